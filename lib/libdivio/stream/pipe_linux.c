/* SPDX-License-Identifier: ISC */

#include <sys/stat.h>

#include <fcntl.h>

#include "stream/stream.h"

/* A larger pipe takes more packets per write(2); fails where fd is no pipe. */
void
pipe_grow(int fd)
{
	(void)fcntl(fd, F_SETPIPE_SZ, 1024 * 1024);
}

/* Tells a pipe from others: the same for both of its ends; 0: it is none. */
uint32_t
div_pipe_id(int fd)
{
	struct stat st;
	uint32_t id;

	if (fstat(fd, &st) == -1 || !S_ISFIFO(st.st_mode))
		return 0;
	id = (uint32_t)st.st_ino ^ (uint32_t)st.st_dev * 0x9e3779b1;
	return id != 0 && id != DIV_ANYPIPE ? id : 1;
}
