/* SPDX-License-Identifier: ISC */

#include "internal.h"

/* Pipes grow by themselves here. */
void
pipe_grow(int fd)
{
	(void)fd;
}
