/* SPDX-License-Identifier: ISC */

/* Passing of file descriptors: ancillary data of sendmsg(2), cmsg(3). */

#include <sys/socket.h>

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"

union fdpass_control {
	struct cmsghdr align;
	char buf[CMSG_SPACE(FDPASS_MAX * sizeof(int))];
};

ssize_t
fdpass_send(int to, const void *data, size_t len, const int *fds, int n,
    int flags)
{
	size_t size = (size_t)n * sizeof(int);
	struct iovec iov = { (void *)(uintptr_t)data, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	union fdpass_control control;
	struct cmsghdr *c;

	if (n > 0) {
		memset(&control, 0, sizeof(control));
		msg.msg_control = control.buf;
		msg.msg_controllen = CMSG_SPACE(size);
		c = &control.align;
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(size);
		memcpy(CMSG_DATA(c), fds, size);
	}
	return sendmsg(to, &msg, flags | MSG_NOSIGNAL);
}

/* Closes descriptors that were not expected, so that a peer cannot leak them. */
static void
discard(struct cmsghdr *c)
{
	size_t at;
	int fd;

	for (at = 0; CMSG_LEN(at + sizeof(fd)) <= c->cmsg_len;
	     at += sizeof(fd)) {
		memcpy(&fd, CMSG_DATA(c) + at, sizeof(fd));
		close(fd);
	}
}

ssize_t
fdpass_recv(int from, void *data, size_t len, int *fds, int n, int flags)
{
	size_t size = (size_t)n * sizeof(int);
	struct iovec iov = { data, len };
	union fdpass_control control;
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	struct cmsghdr *c;
	ssize_t got;

	memset(fds, -1, size);
	while ((got = recvmsg(from, &msg, flags | MSG_CMSG_CLOEXEC)) == -1 &&
	    errno == EINTR)
		continue;
	if (got == -1 || (c = CMSG_FIRSTHDR(&msg)) == NULL ||
	    c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
		return got;
	if (c->cmsg_len == CMSG_LEN(size))
		memcpy(fds, CMSG_DATA(c), size);
	else
		discard(c);
	return got;
}
