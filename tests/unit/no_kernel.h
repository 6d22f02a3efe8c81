/* SPDX-License-Identifier: ISC */

/* What a backend without a kernel has, besides its verdicts and new packets. */

#ifndef NO_KERNEL_H
#define NO_KERNEL_H

#include "port/port.h"

int no_kernel(struct div *);
int no_kernel_finish(struct div *, int);
void no_kernel_close(struct div *);

#define NO_KERNEL                                                     \
	.open = no_kernel, .flush = no_kernel, .sync_ids = no_kernel, \
	.poll_peer = no_kernel, .finish = no_kernel_finish,           \
	.close = no_kernel_close

#endif /* NO_KERNEL_H */
