/* SPDX-License-Identifier: ISC */

#include <sys/socket.h>

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "passing.h"

union control {
	struct cmsghdr align;
	char buf[CMSG_SPACE(PASSING_MAX * sizeof(int))];
};

ssize_t
passing_send(int to, const void *data, size_t len, const int *fds, int n,
    int flags)
{
	size_t size = (size_t)n * sizeof(int);
	struct iovec iov = { (void *)(uintptr_t)data, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	union control control;
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

/* Of strangers' descriptors, too, none stays open. */
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
passing_recv(int from, void *data, size_t len, int *fds, int n, int flags)
{
	size_t size = (size_t)n * sizeof(int);
	struct iovec iov = { data, len };
	union control control;
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
