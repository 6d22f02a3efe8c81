/* SPDX-License-Identifier: ISC */

#ifndef BSD_RESOLV_H
#define BSD_RESOLV_H

#include <sys/types.h>
#include <arpa/nameser.h>
int dn_expand(const u_char *, const u_char *, const u_char *, char *, int);
int dn_skipname(const u_char *, const u_char *);
int res_hnok(const char *);

#endif
