/* SPDX-License-Identifier: ISC */

/* Links that lose packets, double them, or are late. */

#include <stdlib.h>
#include <string.h>

#include "flow_world.h"

static int
earlier(const struct event *a, const struct event *b)
{
	return a->at != b->at ? a->at < b->at : a->n < b->n;
}

static void
heap_put(struct world *w, struct event ev)
{
	size_t i, up;

	if (w->nheap == w->size) {
		w->size = w->size == 0 ? 64 : 2 * w->size;
		w->heap = realloc(w->heap, w->size * sizeof(*w->heap));
		if (w->heap == NULL)
			abort();
	}
	for (i = w->nheap++; i > 0; i = up) {
		up = (i - 1) / 2;
		if (!earlier(&ev, &w->heap[up]))
			break;
		w->heap[i] = w->heap[up];
	}
	w->heap[i] = ev;
}

struct event
heap_get(struct world *w)
{
	struct event first = w->heap[0], last = w->heap[--w->nheap];
	size_t i, down;

	for (i = 0; (down = 2 * i + 1) < w->nheap; i = down) {
		if (down + 1 < w->nheap &&
		    earlier(&w->heap[down + 1], &w->heap[down]))
			down++;
		if (!earlier(&w->heap[down], &last))
			break;
		w->heap[i] = w->heap[down];
	}
	w->heap[i] = last;
	return first;
}

void
link_send(struct world *w, enum place place, int side, const uint8_t *p,
    size_t len)
{
	const struct link *l = &w->link[place];
	struct event ev = { .place = place, .side = side, .len = len };
	int copies = 1 + rng_chance(&w->rng, l->twice);

	if (rng_chance(&w->rng, l->loss))
		return;
	while (copies-- > 0) {
		ev.at = w->now + l->delay * MS;
		if (rng_chance(&w->rng, l->late))
			ev.at += rng_below(&w->rng, l->jitter) * MS;
		ev.n = w->count++;
		if ((ev.packet = malloc(len)) == NULL)
			abort();
		memcpy(ev.packet, p, len);
		heap_put(w, ev);
	}
}
