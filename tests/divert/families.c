/* SPDX-License-Identifier: ISC */

/*
 * families PORT: passes packets as on OpenBSD, with a non-blocking socket for
 * each address family, poll(2), recvmsg(2) and sendmsg(2).  Prints the
 * version, length of the address, and address of each.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <arpa/inet.h>

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IPPROTO_DIVERT 258

union families_address {
	struct sockaddr sa;
	struct sockaddr_in sin;
	struct sockaddr_in6 sin6;
};

static int
open_port(int family, uint16_t port)
{
	union families_address a;
	int fd, bytes = 1 << 20;

	fd = socket(family, SOCK_RAW | SOCK_NONBLOCK, IPPROTO_DIVERT);
	if (fd == -1)
		err(1, "socket");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes)) == -1)
		err(1, "setsockopt");
	memset(&a, 0, sizeof(a));
	a.sa.sa_family = (sa_family_t)family;
	a.sin.sin_port = htons(port);
	if (bind(fd, &a.sa,
		family == AF_INET ? sizeof(a.sin) : sizeof(a.sin6)) == -1)
		err(1, "bind");
	return fd;
}

static void
pass(int fd)
{
	static unsigned char packet[65535];
	char name[INET6_ADDRSTRLEN];
	union families_address a;
	struct iovec iov = { packet, sizeof(packet) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	for (;;) {
		msg.msg_name = &a;
		msg.msg_namelen = sizeof(a);
		iov.iov_len = sizeof(packet);
		if ((n = recvmsg(fd, &msg, 0)) == -1)
			break;
		if (a.sa.sa_family == AF_INET)
			inet_ntop(AF_INET, &a.sin.sin_addr, name, sizeof(name));
		else
			inet_ntop(AF_INET6, &a.sin6.sin6_addr, name,
			    sizeof(name));
		printf("%d %u %s\n", packet[0] >> 4, msg.msg_namelen, name);
		fflush(stdout);
		iov.iov_len = (size_t)n;
		if (sendmsg(fd, &msg, 0) != n)
			warn("sendmsg");
	}
	if (errno != EAGAIN)
		err(1, "recvmsg");
}

int
main(int argc, char *argv[])
{
	uint16_t port = (uint16_t)atoi(argv[argc - 1]);
	struct pollfd pfd[2] = {
		{ .fd = open_port(AF_INET, port), .events = POLLIN },
		{ .fd = open_port(AF_INET6, port), .events = POLLIN },
	};
	int i;

	while (poll(pfd, 2, -1) > 0)
		for (i = 0; i < 2; i++)
			if (pfd[i].revents != 0)
				pass(pfd[i].fd);
	err(1, "poll");
}
