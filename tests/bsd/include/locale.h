/* SPDX-License-Identifier: ISC */

#ifndef BSD_LOCALE_H
#define BSD_LOCALE_H

#define LC_ALL 0
#define LC_CTYPE 2
char *setlocale(int, const char *);

#endif
