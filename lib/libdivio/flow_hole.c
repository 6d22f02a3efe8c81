/* SPDX-License-Identifier: ISC */

/* What we have sent again, and how long it may take to arrive. */

#include <stdlib.h>

#include "flow_table.h"

#define WAIT_MIN 5000000ULL /* ns */
#define WAIT_UNKNOWN 200000000ULL
#define DOUBLED_MAX 6

static void
fill(struct flows *fs, struct half *h, struct hole *hole)
{
	TAILQ_REMOVE(&h->holes, hole, entry);
	h->nholes--;
	fs->n.memory -= sizeof(*hole);
	free(hole);
}

void
flow_holes_free(struct flows *fs, struct half *h)
{
	while (!TAILQ_EMPTY(&h->holes))
		fill(fs, h, TAILQ_FIRST(&h->holes));
}

/* Is it all in one of the blocks? */
static int
in_block(const struct sack *sack, uint32_t e, uint32_t end)
{
	unsigned int i;

	for (i = 0; i < sack->n; i++)
		if (!seq_before(e, sack->left[i]) &&
		    !seq_before(sack->right[i], end))
			return 1;
	return 0;
}

/*
 * How long what is sent takes to be acknowledged: of one segment at a time, and
 * of none while some are sent again.
 */
void
flow_trip_begin(struct flows *fs, struct half *h)
{
	if (h->trip_at != 0 || !TAILQ_EMPTY(&h->holes) || !h->acked ||
	    !seq_before(h->una, h->sent))
		return;
	h->trip_at = fs->now;
	h->trip_end = h->sent;
}

/* One that was too short, because of what came late, is soon forgotten. */
void
flow_trip_end(struct flows *fs, struct half *h, const struct sack *sack)
{
	uint64_t ns = fs->now - h->trip_at;

	if (h->trip_at == 0 ||
	    (seq_before(h->una, h->trip_end) &&
		!in_block(sack, h->trip_end - 1, h->trip_end)))
		return;
	h->trip_at = 0;
	h->trip -= h->trip / 8;
	if (h->trip < ns)
		h->trip = ns;
}

/* Forgets those that have arrived; how many bytes these were. */
uint32_t
flow_holes_fill(struct flows *fs, struct half *h, const struct sack *sack)
{
	struct hole *hole, *next;
	uint32_t n = 0;

	TAILQ_FOREACH_SAFE(hole, &h->holes, entry, next)
	{
		if (!seq_before(h->una, hole->end) ||
		    in_block(sack, hole->e, hole->end)) {
			n += hole->end - hole->e;
			fill(fs, h, hole);
		} else if (seq_before(hole->e, h->una))
			hole->e = h->una; /* before it, nothing is kept */
	}
	return n;
}

/*
 * Sends the bytes from e to end again, in one packet; they are behind all other
 * holes.
 */
int
flow_holes_add(struct flows *fs, struct flow *flow, int side, uint32_t e,
    uint32_t end)
{
	struct half *h = &flow->half[side];
	struct hole *hole;

	h->trip_at = 0;
	if ((hole = calloc(1, sizeof(*hole))) != NULL) {
		hole->e = e;
		hole->end = end;
		hole->at = fs->now;
		TAILQ_INSERT_TAIL(&h->holes, hole, entry);
		h->nholes++;
		fs->n.memory += sizeof(*hole);
	}
	return flow_send_bytes(fs, flow, side, e, end);
}

static int
again(struct flows *fs, struct flow *flow, int side, struct hole *hole)
{
	hole->at = fs->now;
	if (hole->doubled < DOUBLED_MAX)
		hole->doubled++;
	return flow_send_bytes(fs, flow, side, hole->e, hole->end);
}

/* Sends those once more that must have been lost again. */
int
flow_holes_late(struct flows *fs, struct flow *flow, int side)
{
	struct half *h = &flow->half[side];
	uint64_t wait = h->trip != 0 ? 2 * h->trip + WAIT_MIN : WAIT_UNKNOWN;
	struct hole *hole;

	TAILQ_FOREACH(hole, &h->holes, entry)
		if (fs->now - hole->at > wait << hole->doubled &&
		    again(fs, flow, side, hole) == -1)
			return -1;
	return 0;
}

/* Sends the first one once more: 1, 0 if it is not what is missing, or -1. */
int
flow_holes_first(struct flows *fs, struct flow *flow, int side, uint32_t e)
{
	struct hole *hole = TAILQ_FIRST(&flow->half[side].holes);

	if (hole == NULL || seq_before(e, hole->e))
		return 0;
	return again(fs, flow, side, hole) == -1 ? -1 : 1;
}
