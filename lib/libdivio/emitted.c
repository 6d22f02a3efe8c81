/* SPDX-License-Identifier: ISC */

/*
 * A writer must not believe every id that it reads: which ones the reader has
 * emitted stands in memory that both share.
 */

#include <sys/mman.h>

#include <unistd.h>

#include "nfq.h"

#define SIZE sizeof(_Atomic uint64_t)

/* A new page, of which fd will be the descriptor; NULL with errno. */
_Atomic uint64_t *
emitted_new(int *fd)
{
	void *p;

	if ((*fd = memfd_create("divert", MFD_CLOEXEC)) == -1 ||
	    ftruncate(*fd, SIZE) == -1)
		return NULL;
	p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
	if (p == MAP_FAILED)
		return NULL;
	return p;
}

/* The page of another process, to be read; the descriptor is closed. */
_Atomic uint64_t *
emitted_map(int fd)
{
	void *p;

	p = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (p == MAP_FAILED)
		return NULL;
	return p;
}

void
emitted_unmap(_Atomic uint64_t *p)
{
	if (p != NULL)
		munmap((void *)p, SIZE);
}
