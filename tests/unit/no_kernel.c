/* SPDX-License-Identifier: ISC */

#include "no_kernel.h"

int
no_kernel(struct div *d)
{
	(void)d;
	return 0;
}

int
no_kernel_finish(struct div *d, int fd)
{
	(void)fd;
	return no_kernel(d);
}

void
no_kernel_close(struct div *d)
{
	(void)d;
}
