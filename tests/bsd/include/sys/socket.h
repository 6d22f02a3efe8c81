/* SPDX-License-Identifier: ISC */

#ifndef BSD_SYS_SOCKET_H
#define BSD_SYS_SOCKET_H

#include <sys/types.h>
typedef unsigned int socklen_t;
typedef unsigned char sa_family_t;
struct sockaddr {
	unsigned char sa_len;
	sa_family_t sa_family;
	char sa_data[14];
};
#define SOCK_DGRAM 2
#define SOCK_RAW 3
#define SOCK_CLOEXEC 0x10000000
#define AF_INET 2
#define PF_INET AF_INET
#define SOL_SOCKET 0xffff
#define SO_RCVBUF 0x1002
#define MSG_DONTWAIT 0x80
int socket(int, int, int);
int bind(int, const struct sockaddr *, socklen_t);
int setsockopt(int, int, int, const void *, socklen_t);
ssize_t recvfrom(int, void *, size_t, int, struct sockaddr *, socklen_t *);
ssize_t
sendto(int, const void *, size_t, int, const struct sockaddr *, socklen_t);
#include <sys/socket_family.h>

#endif
