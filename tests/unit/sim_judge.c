/* SPDX-License-Identifier: ISC */

/*
 * The invariant: bytes arrive at their place, as edited, or the connection ends
 * and both ends are told.
 *
 * What an end has received is a row of pieces, each of which begins where the one
 * before ended, in the original as in the edited stream: a segment that the
 * filter resized, whole, as the filter made it; or single bytes of segments that
 * kept their length, in any version of them.  For a filter that sees one segment
 * at a time makes two versions of a byte when the sender cuts a retransmission
 * elsewhere, as every textbook's does, and it depends on the network which one
 * arrives: at its place, and of the filter's making, are both.  Nothing else may
 * arrive, and a FIN only behind all of it.
 */

#include <stdlib.h>
#include <string.h>

#include "sim.h"

#define STATES 24

/* A byte that was sent once never changes, when the connection is translated. */
void
judge_sent(struct world *w, int side, uint32_t off, const uint8_t *p,
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
		if (st->known[off + i] && st->sent[off + i] != p[i] &&
		    off + i >= st->fixed && !w->hostile) {
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

static void
add_version(struct versions *v, uint8_t c)
{
	if (memchr(v->byte, c, v->n) == NULL && v->n < sizeof(v->byte))
		v->byte[v->n++] = c;
}

static int
is_version(const struct versions *v, uint8_t c)
{
	return memchr(v->byte, c, v->n) != NULL || v->n == sizeof(v->byte);
}

/* These bytes may arrive in their place. */
void
judge_original(struct world *w, int side, uint32_t off, const uint8_t *data,
    uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		add_version(&w->stream[side].versions[off + i], data[i]);
}

/* The filter made these of n bytes at off. */
void
judge_filtered(struct world *w, int side, uint32_t off, uint32_t olen,
    const uint8_t *data, uint32_t elen, uint32_t fin)
{
	struct stream *st = &w->stream[side];
	struct candidate *c;

	if (olen == elen) {
		judge_original(w, side, off, data, olen);
		return;
	}
	c = sim_alloc(sizeof(*c) + elen);
	c->olen = olen;
	c->elen = elen;
	c->fin = fin;
	if (elen != 0)
		memcpy(c->data, data, elen);
	c->next = st->resized[off];
	st->resized[off] = c;
}

void
judge_inserted(struct world *w, int side, const uint8_t *data, uint32_t n)
{
	struct stream *st = &w->stream[side];
	struct candidate *c;

	c = sim_alloc(sizeof(*c) + n);
	memset(c, 0, sizeof(*c));
	c->elen = n;
	memcpy(c->data, data, n);
	st->insert[st->inserts++] = c;
}

/* A parse of what arrived: edited offset, number of insertions. */
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

/* As much of it as has arrived. */
static int
fits(const struct end *to, const struct candidate *c, uint32_t e, uint32_t top)
{
	uint32_t n = c->elen < top - e ? c->elen : top - e;

	return memcmp(to->got + e, c->data, n) == 0;
}

/* Where the next pieces end; returns whether all that arrived is explained. */
static int
step(struct world *w, int side, struct states *at, uint32_t o, uint32_t top)
{
	const struct stream *st = &w->stream[side];
	const struct end *from = &w->end[side], *to = &w->end[!side];
	const struct candidate *c;
	uint32_t i;
	int explained = 0;

	for (i = 0; i < at[o].n; i++) {
		struct state s = at[o].s[i];

		if (s.e >= top) {
			explained = 1;
			if (s.e > top)
				continue;
		}
		if (s.inserts < st->inserts &&
		    fits(to, st->insert[s.inserts], s.e, top))
			reach(&at[o], s.e + st->insert[s.inserts]->elen,
			    s.inserts + 1);
		if (o <= from->len && s.e < top &&
		    is_version(&st->versions[o], to->got[s.e]))
			reach(&at[o + 1], s.e + 1, s.inserts);
		for (c = st->resized[o]; c != NULL; c = c->next)
			if (fits(to, c, s.e, top))
				reach(&at[o + c->olen], s.e + c->elen,
				    s.inserts);
	}
	return explained;
}

/* All, and all that was inserted, unless memory was short for it. */
static int
is_complete(const struct world *w, const struct states *at, uint32_t top,
    uint32_t inserts)
{
	uint32_t i;

	for (i = 0; i < at->n; i++)
		if (at->s[i].e == top &&
		    (at->s[i].inserts == inserts || w->host.opt.memory != 0 ||
			sim_scarce))
			return 1;
	return 0;
}

/* What one end sent, against what the other received. */
void
judge_stream(struct world *w, int side)
{
	static struct states at[STREAM_MAX + 3];
	const struct stream *st = &w->stream[side];
	const struct end *from = &w->end[side], *to = &w->end[!side];
	int all = end_has_all(to), explained = 0;
	uint32_t o, top = all ? to->fin : to->rcv_nxt, last = from->len + 1;

	if (top <= 1 && !all)
		return;
	for (o = 1; o <= last; o++)
		at[o].n = 0;
	reach(&at[1], 1, 0);
	for (o = 1; o <= last; o++)
		explained |= step(w, side, at, o, top);
	if (all ? is_complete(w, &at[last], top, st->inserts) : explained)
		return;
	for (o = last; o > 0 && at[o].n == 0; o--)
		;
	world_fail(w,
	    "side %d: no edit of the original, from %u of %u on (%u of %u%s)",
	    side, o, from->len, at[o].n > 0 ? at[o].s[0].e : 0, top,
	    all ? ", all" : "");
}
