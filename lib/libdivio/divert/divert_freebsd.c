/* SPDX-License-Identifier: ISC */

/* FreeBSD: one socket for both families. */

#include <errno.h>

#include "divert/divert.h"

#define PF_DIVERT_14 44       /* since FreeBSD 14 */
#define IPPROTO_DIVERT_13 258 /* before */

/* socket options of FreeBSD, for the tests on Linux */
#define SO_REUSEPORT_LB_FREEBSD 0x10000
#define SO_DOMAIN_FREEBSD 0x1019

const char divert_missing[] = "load the kernel module ipdivert";

int
divert_sockets(int fd[2])
{
	fd[1] = -1;
	fd[0] = socket(PF_DIVERT_14, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd[0] == -1 && errno == EAFNOSUPPORT)
		fd[0] = socket(PF_INET, SOCK_RAW | SOCK_CLOEXEC,
		    IPPROTO_DIVERT_13);
	return fd[0] == -1 ? -1 : 0;
}

/*
 * Sockets of this family share the states of pf(4), which divert to their port.
 * Kernels that cannot do it say so, but for FreeBSD 13: there the second socket
 * would get nothing.
 */
int
divert_balance(int fd)
{
	int family = 0, on = 1;
	socklen_t len = sizeof(family);

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN_FREEBSD, &family, &len) ==
		-1 ||
	    family != PF_DIVERT_14) {
		errno = EOPNOTSUPP;
		return -1;
	}
	return setsockopt(fd, SOL_SOCKET, SO_REUSEPORT_LB_FREEBSD, &on,
	    sizeof(on));
}
