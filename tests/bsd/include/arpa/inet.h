/* SPDX-License-Identifier: ISC */

#ifndef BSD_ARPA_INET_H
#define BSD_ARPA_INET_H

#include <netinet/in.h>
const char *inet_ntop(int, const void *, char *, socklen_t);
int inet_pton(int, const char *, void *);

#endif
