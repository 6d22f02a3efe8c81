/* SPDX-License-Identifier: ISC */

/* Is what the sink sent an edit of what it took? */

#include <stdlib.h>
#include <string.h>

#include "flow_world.h"

#define STATES 16

/* What the sink sends of one byte, it sends for ever. */
void
stream_sent(struct world *w, int side, uint32_t off, const uint8_t *p,
    uint32_t n)
{
	struct stream *st = &w->stream[side];
	uint32_t i;

	for (i = 0; i < n; i++) {
		if (off + i < 1 || off + i >= EDITED_MAX) {
			world_fail(w, "sink: byte %u of side %d sent", off + i,
			    side);
			return;
		}
		if (st->known[off + i] && st->sent[off + i] != p[i]) {
			world_fail(w, "sink: byte %u of side %d changed",
			    off + i, side);
			return;
		}
		st->known[off + i] = 1;
		st->sent[off + i] = p[i];
	}
	if (n > 0 && off + n > st->top)
		st->top = off + n;
}

void
stream_took(struct world *w, int side, uint32_t off, uint32_t olen,
    const uint8_t *data, uint32_t elen, uint32_t fin)
{
	struct stream *st = &w->stream[side];
	struct candidate *c;

	if (olen == 0 && fin == 0)
		return;
	if ((c = malloc(sizeof(*c) + elen)) == NULL)
		abort();
	c->olen = olen + fin;
	c->elen = elen;
	c->fin = fin;
	if (elen != 0)
		memcpy(c->data, data, elen);
	c->next = st->taken[off];
	st->taken[off] = c;
	/* of which the part that cannot be resized may go on alone */
	if (off < st->floor && off + olen > st->floor)
		stream_took(w, side, off, st->floor - off, data,
		    st->floor - off, 0);
}

void
stream_inserted(struct world *w, int side, const uint8_t *data, uint32_t n)
{
	struct stream *st = &w->stream[side];
	struct candidate *c;

	if ((c = calloc(1, sizeof(*c) + n)) == NULL)
		abort();
	c->elen = n;
	memcpy(c->data, data, n);
	st->insert[st->inserts++] = c;
}

/* A way to cut the stream: so much of each, so many insertions. */
struct state {
	uint32_t e, inserts;
};

struct states {
	struct state s[STATES];
	uint32_t n;
};

static void
reach(struct states *at, uint32_t e, uint32_t inserts)
{
	uint32_t i;

	for (i = 0; i < at->n; i++)
		if (at->s[i].e == e && at->s[i].inserts == inserts)
			return;
	if (at->n < STATES) {
		at->s[at->n].e = e;
		at->s[at->n++].inserts = inserts;
	}
}

static int
fits(const struct stream *st, const struct candidate *c, uint32_t e)
{
	return e + c->elen <= st->top &&
	    memcmp(st->sent + e, c->data, c->elen) == 0 &&
	    (!c->fin || st->fin == e + c->elen);
}

/*
 * Is what was sent a row of edited segments, each beginning where the one before
 * ended, on both sides?
 */
void
stream_judge(struct world *w, int side)
{
	struct stream *st = &w->stream[side];
	const struct end *from = &w->end[side], *to = &w->end[!side];
	struct states *at = calloc(from->len + 3, sizeof(*at));
	const struct candidate *c;
	uint32_t o, i;

	if (at == NULL)
		abort();
	if (st->top == 0)
		st->top = 1;
	reach(&at[1], 1, 0);
	for (o = 1; o < from->len + 2; o++)
		for (i = 0; i < at[o].n; i++) {
			struct state s = at[o].s[i];

			if (s.inserts < st->inserts &&
			    fits(st, st->insert[s.inserts], s.e))
				reach(&at[o], s.e + st->insert[s.inserts]->elen,
				    s.inserts + 1);
			if (o < st->floor && s.e == o && o <= from->len &&
			    st->sent[o] == (from->data[o - 1] ^ st->flip))
				reach(&at[o + 1], o + 1, s.inserts);
			for (c = st->taken[o]; c != NULL; c = c->next)
				if (fits(st, c, s.e))
					reach(&at[o + c->olen], s.e + c->elen,
					    s.inserts);
		}
	for (i = 0; i < at[o].n; i++)
		if (at[o].s[i].e == st->top &&
		    at[o].s[i].inserts == st->inserts)
			break;
	if (i == at[o].n) {
		for (i = o; i > 0 && at[i].n == 0; i--)
			;
		world_fail(w,
		    "side %d: not an edit of the original, from %u on", side,
		    i);
	}
	free(at);
	if (to->fin != st->top || to->rcv_nxt != st->top + 1)
		world_fail(w, "side %d: %u of %u bytes arrived", side, to->fin,
		    st->top);
	else if (memcmp(to->got + 1, st->sent + 1, st->top - 1) != 0)
		world_fail(w, "side %d: other bytes arrived", side);
}
