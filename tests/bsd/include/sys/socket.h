/* SPDX-License-Identifier: ISC */

#ifndef BSD_SYS_SOCKET_H
#define BSD_SYS_SOCKET_H

#include <sys/_iovec.h>
typedef long ssize_t;
typedef unsigned int socklen_t;
typedef unsigned char sa_family_t;
struct sockaddr {
	unsigned char sa_len;
	sa_family_t sa_family;
	char sa_data[14];
};
struct msghdr {
	void *msg_name;
	socklen_t msg_namelen;
	struct iovec *msg_iov;
	unsigned int msg_iovlen;
	void *msg_control;
	socklen_t msg_controllen;
	int msg_flags;
};
struct cmsghdr {
	socklen_t cmsg_len;
	int cmsg_level;
	int cmsg_type;
};
#define CMSG_ALIGN(n) (((n) + 7) & ~7UL)
#define CMSG_DATA(c) ((unsigned char *)(c) + CMSG_ALIGN(sizeof(*(c))))
#define CMSG_FIRSTHDR(m)                                 \
	((m)->msg_controllen >= sizeof(struct cmsghdr) ? \
		(struct cmsghdr *)(m)->msg_control :     \
		(struct cmsghdr *)0)
#define CMSG_LEN(n) (CMSG_ALIGN(sizeof(struct cmsghdr)) + (n))
#define CMSG_SPACE(n) (CMSG_ALIGN(sizeof(struct cmsghdr)) + CMSG_ALIGN(n))
#define SCM_RIGHTS 1
#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define SOCK_SEQPACKET 5
#define AF_UNIX 1
#define SOCK_RAW 3
#define SOCK_CLOEXEC 0x10000000
#define AF_INET 2
#define PF_INET AF_INET
#define SOL_SOCKET 0xffff
#define SO_RCVBUF 0x1002
#define MSG_DONTWAIT 0x80
#define MSG_NOSIGNAL 0x20000
#define MSG_CMSG_CLOEXEC 0x40000
int getsockopt(int, int, int, void *, socklen_t *);
ssize_t recvmsg(int, struct msghdr *, int);
ssize_t sendmsg(int, const struct msghdr *, int);
int socketpair(int, int, int, int *);
int socket(int, int, int);
int bind(int, const struct sockaddr *, socklen_t);
int setsockopt(int, int, int, const void *, socklen_t);
ssize_t recvfrom(int, void *, size_t, int, struct sockaddr *, socklen_t *);
ssize_t
sendto(int, const void *, size_t, int, const struct sockaddr *, socklen_t);
#include <sys/socket_family.h>

#endif
