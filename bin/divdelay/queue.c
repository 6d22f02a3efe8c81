/* SPDX-License-Identifier: ISC */

/*
 * The packets that wait, in a binary heap by the time at which they leave; those
 * of the same time leave in the order in which they came.
 */

#include <err.h>
#include <stdlib.h>

#include "divdelay.h"

struct entry {
	uint64_t time;
	uint64_t number;
	struct delayed *packet;
};

static struct entry *heap;
static size_t length;
static uint64_t number;

void
queue_init(void)
{
	if ((heap = calloc(QUEUE_MAX, sizeof(*heap))) == NULL)
		err(1, NULL);
}

static int
is_before(const struct entry *a, const struct entry *b)
{
	return a->time != b->time ? a->time < b->time : a->number < b->number;
}

/* -1 when there are too many. */
int
queue_push(struct delayed *d)
{
	struct entry e = { d->time, number, d };
	size_t i, parent;

	if (length == QUEUE_MAX)
		return -1;
	number++;
	for (i = length++; i > 0; i = parent) {
		parent = (i - 1) / 2;
		if (!is_before(&e, &heap[parent]))
			break;
		heap[i] = heap[parent];
	}
	heap[i] = e;
	return 0;
}

/* ns, or NEVER */
uint64_t
queue_first(void)
{
	return length == 0 ? NEVER : heap[0].time;
}

/* The first packet; there must be one. */
struct delayed *
queue_pop(void)
{
	struct delayed *d = heap[0].packet;
	struct entry e = heap[--length];
	size_t i, child;

	for (i = 0; (child = 2 * i + 1) < length; i = child) {
		if (child + 1 < length &&
		    is_before(&heap[child + 1], &heap[child]))
			child++;
		if (!is_before(&heap[child], &e))
			break;
		heap[i] = heap[child];
	}
	heap[i] = e;
	return d;
}
