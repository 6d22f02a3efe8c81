/* SPDX-License-Identifier: ISC */

/* Data that arrives at an end: reassembly, SACK blocks, delayed ACKs. */

#include <string.h>

#include "sim_end.h"

#define DELACK (40 * MS)

/* The first version of a byte is the one that counts. */
static void
store(struct end *e, uint32_t off, const uint8_t *data, uint32_t len)
{
	uint32_t i, o, right = e->taken + e->rcvbuf;

	for (i = 0; i < len; i++) {
		o = off + i;
		if (o < e->rcv_nxt || o >= right || e->have[o])
			continue;
		if (o >= EDITED_MAX) {
			world_fail(e->w, "end %d: byte %u", e->side, o);
			return;
		}
		e->have[o] = 1;
		e->got[o] = data[i];
		if (o > e->top)
			e->top = o;
	}
}

/* A FIN has a number, too, and SACK blocks report it. */
static void
store_fin(struct end *e, uint32_t off)
{
	if (e->fin != 0 && e->fin != off)
		world_suspect(e->w, "end %d: FIN moved", e->side);
	if (e->fin != 0 || off > e->taken + e->rcvbuf || off >= EDITED_MAX)
		return;
	e->fin = off;
	e->have[off] = 1;
	if (off > e->top)
		e->top = off;
}

/* Removes blocks that begin in a range. */
static void
forget_blocks(struct end *e, uint32_t from, uint32_t to)
{
	int i, n = 0;

	for (i = 0; i < e->blocks; i++)
		if (e->block[i].left < from || e->block[i].left > to)
			e->block[n++] = e->block[i];
	e->blocks = n;
}

/* The block around a byte that arrived behind a gap. */
static void
note_block(struct end *e, uint32_t off)
{
	uint32_t left = off, right = off;

	while (e->have[left - 1])
		left--;
	while (e->have[right])
		right++;
	forget_blocks(e, left, right);
	if (e->blocks == BLOCKS)
		e->blocks--;
	memmove(e->block + 1, e->block,
	    (size_t)e->blocks * sizeof(e->block[0]));
	e->block[0].left = left;
	e->block[0].right = right;
	e->blocks++;
}

static void
acknowledge_data(struct end *e, uint32_t off, uint32_t end, uint32_t old)
{
	if (e->rcv_nxt > off && e->rcv_nxt != old) {
		forget_blocks(e, 0, e->rcv_nxt);
		if (++e->unacked < 2 && e->rcv_nxt == end) {
			e->delack_at = world_now(e->w) + DELACK;
			return;
		}
	} else if (off > e->rcv_nxt && off < EDITED_MAX && e->have[off])
		note_block(e, off);
	end_acknowledge(e);
}

void
end_take_data(struct end *e, const struct arrival *s)
{
	uint32_t off = s->seq - e->irs, end = off + s->len, old = e->rcv_nxt;

	if (s->len == 0 && !(s->flags & TH_FIN))
		return;
	if (e->fin == 0 || e->rcv_nxt <= e->fin)
		store(e, off, s->data, s->len);
	if (s->flags & TH_FIN)
		store_fin(e, end);
	while (e->have[e->rcv_nxt] && (e->fin == 0 || e->rcv_nxt < e->fin))
		e->rcv_nxt++;
	if (e->fin != 0 && e->rcv_nxt == e->fin)
		e->rcv_nxt++;
	if (e->app_at == NEVER && e->rcv_nxt != old)
		e->app_at = world_now(e->w) +
		    (1 + rng_below(world_rng(e->w), 8)) * MS;
	acknowledge_data(e, off, end, old);
}
