/* SPDX-License-Identifier: ISC */

/* The reader's thread puts packets in, the sink's takes them out. */

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "divert.h"

struct keep {
	pthread_mutex_t lock;
	_Atomic uint64_t emitted; /* highest id put in */
	uint64_t first;           /* none that is lower is here */
	uint64_t pending, overflowed;
	uint32_t size;
	struct kept_packet *ring; /* by id */
};

struct keep *
keep_new(uint32_t size)
{
	struct keep *k;

	if ((k = calloc(1, sizeof(*k))) == NULL)
		return NULL;
	k->ring = calloc(size, sizeof(*k->ring));
	if (k->ring == NULL ||
	    (errno = pthread_mutex_init(&k->lock, NULL)) != 0) {
		free(k->ring);
		free(k);
		return NULL;
	}
	k->size = size;
	k->first = 1;
	return k;
}

void
keep_free(struct keep *k)
{
	uint32_t i;

	if (k == NULL)
		return;
	for (i = 0; i < k->size; i++)
		free(k->ring[i].packet);
	pthread_mutex_destroy(&k->lock);
	free(k->ring);
	free(k);
}

/* Keeps a copy; -1 when there is no room. */
int
keep_put(struct keep *k, uint64_t id, const uint8_t *packet, size_t len,
    const union divert_addr *addr)
{
	struct kept_packet *p = &k->ring[id % k->size];
	uint8_t *copy = malloc(len);
	int full;

	pthread_mutex_lock(&k->lock);
	full = copy == NULL || p->id != 0;
	if (full)
		k->overflowed++;
	else {
		memcpy(copy, packet, len);
		*p = (struct kept_packet){ id, len, *addr, copy };
		k->pending++;
		k->emitted = id;
	}
	pthread_mutex_unlock(&k->lock);
	if (full)
		free(copy);
	return full ? -1 : 0;
}

static int
take(struct keep *k, uint64_t id, struct kept_packet *out)
{
	struct kept_packet *p = &k->ring[id % k->size];

	if (id == 0 || p->id != id)
		return 0;
	*out = *p;
	memset(p, 0, sizeof(*p));
	k->pending--;
	return 1;
}

/* Moves the packet to out, and its memory to the caller: 1, or 0 if not here. */
int
keep_take(struct keep *k, uint64_t id, struct kept_packet *out)
{
	int found;

	pthread_mutex_lock(&k->lock);
	found = take(k, id, out);
	pthread_mutex_unlock(&k->lock);
	return found;
}

/* The same with the oldest packet, if its id is not above top. */
int
keep_first(struct keep *k, uint64_t top, struct kept_packet *out)
{
	int found = 0;

	pthread_mutex_lock(&k->lock);
	if (top > k->emitted)
		top = k->emitted;
	while (!found && k->first <= top)
		found = take(k, k->first++, out);
	pthread_mutex_unlock(&k->lock);
	return found;
}

uint64_t
keep_emitted(const struct keep *k)
{
	return k->emitted;
}

void
keep_counters(struct keep *k, struct div_kernel *out)
{
	pthread_mutex_lock(&k->lock);
	out->pending = k->pending;
	out->overflowed = k->overflowed;
	pthread_mutex_unlock(&k->lock);
}
