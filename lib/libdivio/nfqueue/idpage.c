/* SPDX-License-Identifier: ISC */

/*
 * The shared id page: a memfd in which the reader notes the ids that it emits
 * and those that it passes itself.  A writer maps it read-only, to refuse ids
 * that were never emitted, and not to miss packets that never reach it.
 */

#include <sys/mman.h>

#include <unistd.h>

#include "nfqueue/nfq.h"

#define SIZE sizeof(struct id_page)

/* Makes a page, with its descriptor in fd; NULL with errno. */
struct id_page *
idpage_new(int *fd)
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

/* Maps the page of another process read-only; closes fd. */
struct id_page *
idpage_map(int fd)
{
	void *p;

	p = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (p == MAP_FAILED)
		return NULL;
	return p;
}

void
idpage_unmap(struct id_page *ids)
{
	if (ids != NULL)
		munmap(ids, SIZE);
}

static _Atomic uint64_t *
idpage_word(struct id_page *ids, uint64_t id)
{
	return &ids->own[id % IDWIN_SIZE / 64];
}

/*
 * Notes an id: emitted into the pipeline, or own, judged by the reader.  The
 * fence makes noted visible before the bit, which stood for an older id.
 */
void
idpage_note(struct id_page *ids, uint64_t id, int own)
{
	_Atomic uint64_t *word = idpage_word(ids, id);
	uint64_t bits = atomic_load_explicit(word, memory_order_relaxed);

	atomic_store_explicit(&ids->noted, id, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	if ((int)(bits >> id % 64 & 1) != own)
		atomic_store_explicit(word, bits ^ (uint64_t)1 << id % 64,
		    memory_order_relaxed);
	if (!own)
		atomic_store_explicit(&ids->top, id, memory_order_release);
}

static int
is_overwritten(struct id_page *ids, uint64_t id)
{
	atomic_thread_fence(memory_order_acquire);
	return atomic_load_explicit(&ids->noted, memory_order_relaxed) - id >=
	    IDWIN_SIZE;
}

/* The reader's first own id above this one and up to top, or 0. */
uint64_t
idpage_own(struct id_page *ids, uint64_t id, uint64_t top)
{
	uint64_t bits;

	for (id++; id <= top; id++) {
		bits = atomic_load_explicit(idpage_word(ids, id),
		    memory_order_relaxed);
		if (bits == 0)
			id |= 63;
		else if (bits >> id % 64 & 1 && !is_overwritten(ids, id))
			return id;
	}
	return 0;
}
