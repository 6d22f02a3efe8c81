/* SPDX-License-Identifier: ISC */

#ifndef BSD_POLL_H
#define BSD_POLL_H

#include <sys/_sigset.h>
#include <sys/_timespec.h>
typedef unsigned int nfds_t;
struct pollfd {
	int fd;
	short events, revents;
};
#define POLLIN 0x1
#define POLLOUT 0x4
#define POLLERR 0x8
#define POLLHUP 0x10
#define POLLNVAL 0x20
int poll(struct pollfd *, nfds_t, int);
int ppoll(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *);

#endif
