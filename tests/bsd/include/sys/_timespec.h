/* SPDX-License-Identifier: ISC */

#ifndef BSD_SYS_TIMESPEC_H
#define BSD_SYS_TIMESPEC_H

typedef __INT64_TYPE__ time_t;
struct timespec {
	time_t tv_sec;
	long tv_nsec;
};

#endif
