/* SPDX-License-Identifier: ISC */

#include <fcntl.h>

#include "internal.h"

/* Hundreds of packets per system call need room; what is no pipe stays. */
void
pipe_grow(int fd)
{
	(void)fcntl(fd, F_SETPIPE_SZ, 1024 * 1024);
}
