/* SPDX-License-Identifier: ISC */

#ifndef BSD_ERR_H
#define BSD_ERR_H

#define PRINTS(f, a) __attribute__((__format__(__printf__, f, a)))
#define DIES __attribute__((__noreturn__))
DIES void err(int, const char *, ...) PRINTS(2, 3);
DIES void errc(int, int, const char *, ...) PRINTS(3, 4);
DIES void errx(int, const char *, ...) PRINTS(2, 3);
void warn(const char *, ...) PRINTS(1, 2);
void warnc(int, const char *, ...) PRINTS(2, 3);
void warnx(const char *, ...) PRINTS(1, 2);

#endif
