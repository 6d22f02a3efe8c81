/* SPDX-License-Identifier: ISC */

/* Socket addresses are in netinet/in.h, address families in sys/socket.h. */

#ifndef BSD_ARPA_INET_H
#define BSD_ARPA_INET_H

#include <sys/_in_addr.h>
typedef unsigned int socklen_t;
const char *inet_ntop(int, const void *, char *, socklen_t);
int inet_pton(int, const char *, void *);

#endif
