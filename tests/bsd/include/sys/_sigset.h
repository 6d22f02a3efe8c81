/* SPDX-License-Identifier: ISC */

#ifndef BSD_SYS_SIGSET_H
#define BSD_SYS_SIGSET_H

typedef struct {
	unsigned int bits[4];
} sigset_t;

#endif
