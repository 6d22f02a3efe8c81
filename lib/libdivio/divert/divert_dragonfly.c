/* SPDX-License-Identifier: ISC */

/* DragonFly: one socket, IPv4 only. */

#include <errno.h>

#include "divert/divert.h"

#define IPPROTO_DIVERT_DRAGONFLY 254

const char divert_missing[] = "load the kernel module ipdivert";

int
divert_sockets(int fd[2])
{
	fd[1] = -1;
	fd[0] = socket(PF_INET, SOCK_RAW | SOCK_CLOEXEC,
	    IPPROTO_DIVERT_DRAGONFLY);
	return fd[0] == -1 ? -1 : 0;
}

int
divert_balance(int fd)
{
	(void)fd;
	errno = EOPNOTSUPP;
	return -1;
}
