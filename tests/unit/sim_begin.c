/* SPDX-License-Identifier: ISC */

/* A connection: its ends, networks, filter and strangers, from the seed. */

#include <stdlib.h>
#include <string.h>

#include "sim.h"

/* Memory of ends, which is cleared behind each run as far as it was used. */
static struct memory {
	uint8_t data[STREAM_MAX + 3], sacked[STREAM_MAX + 3];
	uint8_t got[EDITED_MAX + 1], have[EDITED_MAX + 1];
	uint8_t sent[EDITED_MAX], known[EDITED_MAX];
	struct versions versions[STREAM_MAX + 3];
	struct candidate *resized[STREAM_MAX + 3];
} memory[2];

static uint32_t
stream_length(struct rng *r)
{
	static const uint32_t most[] = { 1, 200, 2000, 6000, 6000, 12000,
		STREAM_MAX };

	return rng_below(r, most[rng_below(r, sizeof(most) / sizeof(most[0]))]);
}

static void
end_new(struct world *w, int side)
{
	struct end *e = &w->end[side];
	struct memory *m = &memory[side];
	struct rng *r = &w->rng;
	uint64_t word = 0;
	uint32_t i;

	memset(e, 0, sizeof(*e));
	e->w = w;
	e->side = side;
	e->iss = rng_chance(r, 500) ? -rng_below(r, 40000) :
				      (uint32_t)rng_next(r);
	e->len = stream_length(r);
	e->mss = (uint16_t)(rng_chance(r, 500) ? 1460 :
						 60 + rng_below(r, 1400));
	e->cwnd = e->mss * (1 + rng_below(r, 20));
	e->rcvbuf = rng_chance(r, 300) ? 1000 + rng_below(r, 4000) :
					 4000 + rng_below(r, 60000);
	e->slow = rng_chance(r, 300);
	e->strict = rng_chance(r, 500);
	e->discovers = (uint8_t)rng_chance(r, 500);
	e->wscale = rng_chance(r, 200) ? NO_WSCALE : (uint8_t)rng_below(r, 8);
	e->port = (uint16_t)(1000 + side);
	e->abort_at = NEVER;
	e->data = m->data;
	e->sacked = m->sacked;
	e->got = m->got;
	e->have = m->have;
	for (i = 0; i < e->len; i++, word >>= 8) {
		if (i % 8 == 0)
			word = rng_next(r);
		e->data[i] = (uint8_t)word;
	}
}

static void
stream_new(struct world *w, int side)
{
	struct stream *st = &w->stream[side];
	struct memory *m = &memory[side];
	struct rng *r = &w->rng;

	memset(st, 0, sizeof(*st));
	st->edits = (enum edits)rng_below(r, EDIT_RANDOM + 1);
	st->rate = 1 + rng_below(r, rng_chance(r, 300) ? 120 : 12);
	st->place = rng_next(r);
	st->fixed = UINT32_MAX;
	st->versions = m->versions;
	st->resized = m->resized;
	st->sent = m->sent;
	st->known = m->known;
}

static struct link
link_new(struct world *w)
{
	struct rng *r = &w->rng;
	struct link l = { .delay = 1 + rng_below(r, 30),
		.mtu = 1500,
		.change_at = NEVER };

	l.jitter = 1 + rng_below(r, rng_chance(r, 200) ? 2000 : 50);
	if (rng_chance(r, 100))
		l.change_at = w->now + rng_below(r, 1000) * MS;
	l.hole = rng_chance(r, 200);
	if (rng_chance(r, 250))
		return l;
	l.loss = rng_below(r, rng_chance(r, 200) ? 150 : 30);
	l.twice = rng_below(r, 50);
	l.late = rng_below(r, 100);
	l.damage = rng_chance(r, 300) ? rng_below(r, 40) : 0;
	return l;
}

static void
nat_new(struct world *w, int side)
{
	struct nat *nat = &w->nat[side];
	struct rng *r = &w->rng;

	memset(nat, 0, sizeof(*nat));
	nat->port = w->end[side].port;
	nat->rebind_at = NEVER;
	if (!rng_chance(r, 250))
		return;
	nat->shift = (uint32_t)rng_next(r);
	nat->port += 1000;
	if (side == 0 && rng_chance(r, 50)) {
		nat->rebind_at = w->now + rng_below(r, 1000) * MS;
		w->mortal = 1;
	}
}

/* For the queues of this connection, or for a flood of others. */
static void
limit_memory(struct world *w)
{
	struct rng *r = &w->rng;

	if (!rng_chance(r, 50))
		return;
	w->mortal = 1;
	w->host.opt.memory = w->hostile ? 50000 + rng_below(r, 100000) :
					  4000 + rng_below(r, 40000);
}

static void
strangers_new(struct world *w)
{
	w->stranger_at = NEVER;
	w->hostile = rng_chance(&w->rng, 300);
	if (!w->hostile)
		return;
	w->stranger_at = w->now;
	w->forging = 1 + rng_below(&w->rng, 60);
}

/* Networks and filters in which a connection may die. */
static int
is_risky(const struct world *w)
{
	int i;

	for (i = 0; i < 2; i++)
		if (w->link[i].loss > 50 || w->link[i].damage > 20 ||
		    (w->link[i].hole && w->link[i].change_at != NEVER) ||
		    w->stream[i].edits == EDIT_RANDOM ||
		    w->stream[i].edits == EDIT_WORDS)
			return 1;
	return 0;
}

static void
agree(struct world *w, int middle)
{
	struct end *e = w->end;
	struct rng *r = &w->rng;
	uint32_t hdr;
	int i, scaled = e[0].wscale != NO_WSCALE && e[1].wscale != NO_WSCALE;

	e[0].version = rng_chance(r, 700) ? 4 : 6;
	e[0].ts = (uint8_t)rng_below(r, 2);
	e[0].sack = (uint8_t)rng_below(r, 2);
	e[rng_below(r, 2)].patient = rng_chance(r, 500);
	e[1].version = e[0].version;
	e[1].ts = e[0].ts;
	e[1].sack = e[0].sack;
	hdr = e[0].version == 4 ? V4_HDRLEN : V6_HDRLEN;
	for (i = 0; i < 2; i++) {
		e[i].scale = scaled ? e[i].wscale : 0;
		e[i].peerscale = scaled ? e[!i].wscale : 0;
		e[i].peerport = w->nat[!i].port;
		e[i].irs = e[!i].iss + w->nat[!i].shift;
		e[i].ts_recent = e[!i].iss;
		e[i].wnd = middle ? e[!i].rcvbuf : 0;
		e[i].smss = e[i].mss;
		if (middle && e[!i].mss < e[i].smss)
			e[i].smss = e[!i].mss;
		if (e[i].smss > 1500 - hdr - TCP_HDRLEN)
			e[i].smss = (uint16_t)(1500 - hdr - TCP_HDRLEN);
	}
}

void
connection_new(struct world *w)
{
	struct rng *r = &w->rng;
	int i, middle = w->middle = rng_chance(r, 200);

	for (i = 0; i < 2; i++) {
		end_new(w, i);
		stream_new(w, i);
		w->link[i] = link_new(w);
		nat_new(w, i);
	}
	if (w->host.hands)
		w->link[0] = (struct link){ .mtu = 1 << 20,
			.change_at = NEVER };
	strangers_new(w);
	limit_memory(w);
	host_open(w);
	agree(w, middle);
	w->inserting = rng_chance(r, 200);
	w->drops = rng_chance(r, 100) ? rng_below(r, 50) : 0;
	if (rng_chance(r, 30)) {
		w->end[rng_below(r, 2)].abort_at = w->now +
		    rng_below(r, 2000) * MS;
		w->mortal = 1;
	}
	w->mortal |= middle || is_risky(w);
	for (i = 0; i < 2; i++)
		end_start(&w->end[i], middle);
}

void
connection_free(struct world *w)
{
	struct candidate *c;
	struct memory *m;
	uint32_t o;
	int i;

	for (i = 0; i < 2; i++) {
		m = &memory[i];
		for (o = 0; o < w->end[i].len + 3; o++)
			while ((c = m->resized[o]) != NULL) {
				m->resized[o] = c->next;
				free(c);
			}
		for (o = 0; o < w->stream[i].inserts; o++)
			free(w->stream[i].insert[o]);
		memset(m->sacked, 0, w->end[i].len + 3);
		memset(m->versions, 0,
		    (w->end[i].len + 3) * sizeof(m->versions[0]));
		memset(m->have, 0, w->end[i].top + 1);
		memset(m->known, 0, w->stream[i].top + 1);
	}
	while (w->nheap > 0)
		free(heap_get(w).packet);
}
