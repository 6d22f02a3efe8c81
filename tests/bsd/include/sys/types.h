/* SPDX-License-Identifier: ISC */

#ifndef BSD_SYS_TYPES_H
#define BSD_SYS_TYPES_H

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
#include <stdint.h>

#endif
