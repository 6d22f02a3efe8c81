/* SPDX-License-Identifier: ISC */

#include <errno.h>

#include "divert.h"

#define PF_DIVERT_14 44       /* since FreeBSD 14 */
#define IPPROTO_DIVERT_13 258 /* before */

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
