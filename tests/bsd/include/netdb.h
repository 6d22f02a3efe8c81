/* SPDX-License-Identifier: ISC */

#ifndef BSD_NETDB_H
#define BSD_NETDB_H

#include <sys/socket.h>
struct addrinfo {
	int ai_flags;
	int ai_family;
	int ai_socktype;
	int ai_protocol;
	socklen_t ai_addrlen;
	struct sockaddr *ai_addr;
	char *ai_canonname;
	struct addrinfo *ai_next;
};
#define AI_NUMERICHOST 4
#define NI_MAXHOST 1025
#define NI_NAMEREQD 4
int getaddrinfo(const char *, const char *, const struct addrinfo *,
    struct addrinfo **);
void freeaddrinfo(struct addrinfo *);
int getnameinfo(const struct sockaddr *, socklen_t, char *, size_t, char *,
    size_t, int);

#endif
