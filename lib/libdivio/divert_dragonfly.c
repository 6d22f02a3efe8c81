/* SPDX-License-Identifier: ISC */

#include "divert.h"

#define IPPROTO_DIVERT_DRAGONFLY 254

const char divert_missing[] = "load the kernel module ipdivert";

/* IPv4 only. */
int
divert_sockets(int fd[2])
{
	fd[1] = -1;
	fd[0] = socket(PF_INET, SOCK_RAW | SOCK_CLOEXEC,
	    IPPROTO_DIVERT_DRAGONFLY);
	return fd[0] == -1 ? -1 : 0;
}
