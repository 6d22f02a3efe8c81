/* SPDX-License-Identifier: ISC */

#ifndef BSD_SYS_TIME_H
#define BSD_SYS_TIME_H

typedef __INT64_TYPE__ time_t;
typedef long suseconds_t;
struct timeval {
	time_t tv_sec;
	suseconds_t tv_usec;
};

#endif
