/* SPDX-License-Identifier: ISC */

/*
 * The pending table: copies of packets without a verdict, which the BSDs'
 * kernels forget; found by id, in the order of arrival, and bounded.  The
 * reader's thread puts packets in, the sink's takes them out.
 */

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "divert/divert.h"

LIST_HEAD(pending_bucket, pending_packet);

struct pending {
	pthread_mutex_t lock;
	_Atomic uint64_t emitted;             /* highest id put in */
	uint64_t overflowed;                  /* packets that found no room */
	uint32_t size, count;                 /* packets: at most, and now */
	TAILQ_HEAD(, pending_packet) packets; /* oldest first */
	struct pending_bucket *buckets;       /* size of them, by id */
};

struct pending *
pending_new(uint32_t size)
{
	struct pending *t;

	if ((t = calloc(1, sizeof(*t))) == NULL)
		return NULL;
	t->buckets = calloc(size, sizeof(*t->buckets));
	if (t->buckets == NULL ||
	    (errno = pthread_mutex_init(&t->lock, NULL)) != 0) {
		free(t->buckets);
		free(t);
		return NULL;
	}
	TAILQ_INIT(&t->packets);
	t->size = size;
	return t;
}

void
pending_free(struct pending *t)
{
	struct pending_packet *p;

	if (t == NULL)
		return;
	while ((p = TAILQ_FIRST(&t->packets)) != NULL) {
		TAILQ_REMOVE(&t->packets, p, entry);
		free(p);
	}
	pthread_mutex_destroy(&t->lock);
	free(t->buckets);
	free(t);
}

static struct pending_packet *
packet_new(const struct div_frame *f)
{
	struct pending_packet *p;

	if ((p = malloc(sizeof(*p) + f->caplen)) == NULL)
		return NULL;
	p->id = f->id;
	memcpy(p->addr.raw, f->opaque, f->hdrlen - DIV_HDRLEN);
	p->len = f->caplen;
	memcpy(p->packet, f->packet, f->caplen);
	return p;
}

/* Keeps a copy; -1 when there is no room.  Ids go up. */
int
pending_put(struct pending *t, const struct div_frame *f)
{
	struct pending_packet *p = packet_new(f);
	int full;

	pthread_mutex_lock(&t->lock);
	full = p == NULL || t->count == t->size;
	if (full)
		t->overflowed++;
	else {
		LIST_INSERT_HEAD(&t->buckets[f->id % t->size], p, chain);
		TAILQ_INSERT_TAIL(&t->packets, p, entry);
		t->count++;
		t->emitted = f->id;
	}
	pthread_mutex_unlock(&t->lock);
	if (!full)
		return 0;
	free(p);
	return -1;
}

static void
pending_remove(struct pending *t, struct pending_packet *p)
{
	LIST_REMOVE(p, chain);
	TAILQ_REMOVE(&t->packets, p, entry);
	t->count--;
}

/* Takes the packet out, for the caller to free; NULL if it is not here. */
struct pending_packet *
pending_take(struct pending *t, uint64_t id)
{
	struct pending_packet *p;

	pthread_mutex_lock(&t->lock);
	LIST_FOREACH(p, &t->buckets[id % t->size], chain)
		if (p->id == id)
			break;
	if (p != NULL)
		pending_remove(t, p);
	pthread_mutex_unlock(&t->lock);
	return p;
}

/* The same with the oldest packet, if its id is not above top. */
struct pending_packet *
pending_take_first(struct pending *t, uint64_t top)
{
	struct pending_packet *p;

	pthread_mutex_lock(&t->lock);
	p = TAILQ_FIRST(&t->packets);
	if (p != NULL && p->id > top)
		p = NULL;
	if (p != NULL)
		pending_remove(t, p);
	pthread_mutex_unlock(&t->lock);
	return p;
}

uint64_t
pending_emitted(const struct pending *t)
{
	return t->emitted;
}

void
pending_counters(struct pending *t, struct div_kernel *out)
{
	pthread_mutex_lock(&t->lock);
	out->pending = t->count;
	out->overflowed = t->overflowed;
	pthread_mutex_unlock(&t->lock);
}
