/* SPDX-License-Identifier: ISC */

#ifndef BSD_STRINGS_H
#define BSD_STRINGS_H

typedef __SIZE_TYPE__ size_t;
int strcasecmp(const char *, const char *);
int strncasecmp(const char *, const char *, size_t);

#endif
