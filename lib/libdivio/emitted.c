/* SPDX-License-Identifier: ISC */

/*
 * A writer must not believe every id that it reads, and not miss those that the
 * reader let pass itself: which they are stands in memory that both share.
 */

#include <sys/mman.h>

#include <unistd.h>

#include "nfq.h"

#define SIZE sizeof(struct emitted)

/* New memory, of which fd will be the descriptor; NULL with errno. */
struct emitted *
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

/* That of another process, to be read; the descriptor is closed. */
struct emitted *
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
emitted_unmap(struct emitted *e)
{
	if (e != NULL)
		munmap(e, SIZE);
}

static _Atomic uint64_t *
word(struct emitted *e, uint64_t id)
{
	return &e->own[id % LEDGER_WINDOW / 64];
}

/*
 * The id of a packet comes into the pipeline, or is the reader's own affair.  Who
 * sees its bit sees before that that it is no longer another's.
 */
void
emitted_note(struct emitted *e, uint64_t id, int own)
{
	_Atomic uint64_t *w = word(e, id);
	uint64_t bits = atomic_load_explicit(w, memory_order_relaxed);

	atomic_store_explicit(&e->noted, id, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	if ((int)(bits >> id % 64 & 1) != own)
		atomic_store_explicit(w, bits ^ (uint64_t)1 << id % 64,
		    memory_order_relaxed);
	if (!own)
		atomic_store_explicit(&e->top, id, memory_order_release);
}

static int
is_overwritten(struct emitted *e, uint64_t id)
{
	atomic_thread_fence(memory_order_acquire);
	return atomic_load_explicit(&e->noted, memory_order_relaxed) - id >=
	    LEDGER_WINDOW;
}

/* The first of the reader's own after this one and up to top, or 0. */
uint64_t
emitted_own(struct emitted *e, uint64_t id, uint64_t top)
{
	uint64_t bits;

	for (id++; id <= top; id++) {
		bits = atomic_load_explicit(word(e, id), memory_order_relaxed);
		if (bits == 0)
			id |= 63;
		else if (bits >> id % 64 & 1 && !is_overwritten(e, id))
			return id;
	}
	return 0;
}
