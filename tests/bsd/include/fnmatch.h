/* SPDX-License-Identifier: ISC */

#ifndef BSD_FNMATCH_H
#define BSD_FNMATCH_H

#define FNM_CASEFOLD 0x10
#define FNM_NOMATCH 1
int fnmatch(const char *, const char *, int);

#endif
