/* SPDX-License-Identifier: ISC */

#ifndef BSD_TIME_H
#define BSD_TIME_H

#include <sys/_timespec.h>
typedef __SIZE_TYPE__ size_t;
typedef int clockid_t;
struct tm {
	int tm_sec, tm_min, tm_hour, tm_mday, tm_mon, tm_year, tm_wday;
	int tm_yday, tm_isdst;
	long tm_gmtoff;
	char *tm_zone;
};
#define CLOCK_REALTIME 0
void tzset(void);
int clock_gettime(clockid_t, struct timespec *);
struct tm *gmtime_r(const time_t *, struct tm *);
struct tm *localtime(const time_t *);
struct tm *localtime_r(const time_t *, struct tm *);
int nanosleep(const struct timespec *, struct timespec *);
size_t strftime(char *, size_t, const char *, const struct tm *);
time_t time(time_t *);
#include <time_other.h>

#endif
