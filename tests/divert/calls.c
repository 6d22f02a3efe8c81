/* SPDX-License-Identifier: ISC */

/*
 * calls PORT COUNT: passes COUNT packets with read(2), write(2), recv(2) and
 * send(2), which have no address: libdivert injects a new packet for each, and
 * drops the one received.  Before that it checks errors.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>

#include <err.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifndef IPPROTO_DIVERT
#define IPPROTO_DIVERT 258
#endif

static unsigned char packet[65535];

static void
fails(ssize_t n, int error, const char *what)
{
	if (n != -1 || errno != error)
		err(1, "%s", what);
}

static int
open_port(uint16_t port)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
	};
	int fd = socket(PF_INET, SOCK_RAW, IPPROTO_DIVERT);

	if (fd == -1)
		err(1, "socket");
	fails(bind(fd, (struct sockaddr *)&sin, 4), EINVAL, "short address");
	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1)
		err(1, "bind");
	fails(bind(fd, (struct sockaddr *)&sin, sizeof(sin)), EINVAL,
	    "second port");
	return fd;
}

/* Before the first packet. */
static void
errors(int fd)
{
	static struct iovec iov[IOV_MAX];
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = IOV_MAX };

	fails(recv(fd, packet, sizeof(packet), MSG_DONTWAIT), EAGAIN, "recv");
	fails(recvmsg(fd, &msg, MSG_DONTWAIT), EMSGSIZE, "recvmsg");
	fails(sendmsg(fd, &msg, 0), EINVAL, "sendmsg");
}

static void
pass(int fd, int i)
{
	ssize_t n, peeked;

	peeked = recv(fd, packet, sizeof(packet), MSG_PEEK);
	n = i % 2 ? recv(fd, packet, sizeof(packet), 0) :
		    read(fd, packet, sizeof(packet));
	if (n == -1 || n != peeked)
		err(1, "received %zd, peeked %zd", n, peeked);
	n = i % 2 ? send(fd, packet, (size_t)n, 0) :
		    write(fd, packet, (size_t)n);
	if (n != peeked)
		err(1, "received %zd, sent %zd", peeked, n);
}

int
main(int argc, char *argv[])
{
	int fd, i, count;

	if (argc != 3)
		errx(2, "usage: calls port count");
	fd = open_port((uint16_t)atoi(argv[1]));
	errors(fd);
	count = atoi(argv[2]);
	for (i = 0; i < count; i++)
		pass(fd, i);
	return 0;
}
