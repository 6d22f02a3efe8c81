/* SPDX-License-Identifier: ISC */

#ifndef BSD_SYS_TYPES_H
#define BSD_SYS_TYPES_H

/* not the limits, which are in stdint.h */
typedef __INT8_TYPE__ int8_t;
typedef __INT16_TYPE__ int16_t;
typedef __INT32_TYPE__ int32_t;
typedef __INT64_TYPE__ int64_t;
typedef __UINT8_TYPE__ uint8_t;
typedef __UINT16_TYPE__ uint16_t;
typedef __UINT32_TYPE__ uint32_t;
typedef __UINT64_TYPE__ uint64_t;
typedef unsigned char u_char;
typedef unsigned short u_short;
typedef unsigned int u_int;
typedef unsigned long u_long;
typedef __SIZE_TYPE__ size_t;
typedef long ssize_t;
typedef __INT64_TYPE__ off_t;
typedef __UINT64_TYPE__ dev_t, ino_t;
typedef int pid_t;
typedef unsigned int uid_t, gid_t, mode_t;
typedef __INT64_TYPE__ time_t;
typedef long suseconds_t;

#endif
