/* SPDX-License-Identifier: ISC */

/*
 * The filter before the sink: edits of one segment at a time.  It knows nothing
 * of what came before.
 */

#include <string.h>

#include "sim.h"

#define GROWTH_MAX (EDITED_MAX / 4)

uint64_t
rng_mix(uint64_t x)
{
	x = (x ^ x >> 31) * 0x9e3779b97f4a7c15ULL;
	x = (x ^ x >> 29) * 0xbf58476d1ce4e5b9ULL;
	return x ^ x >> 32;
}

uint64_t
rng_next(struct rng *r)
{
	r->x ^= r->x >> 12;
	r->x ^= r->x << 25;
	r->x ^= r->x >> 27;
	return r->x * 0x2545f4914f6cdd1dULL;
}

uint32_t
rng_below(struct rng *r, uint32_t n)
{
	return n == 0 ? 0 : (uint32_t)((rng_next(r) >> 33) % n);
}

int
rng_chance(struct rng *r, uint32_t n)
{
	return rng_below(r, 1000) < n;
}

/* An edit that depends on the byte and its offset only. */
static uint32_t
edit_place(const struct stream *st, uint32_t off, uint8_t c, uint8_t *q)
{
	uint64_t h = rng_mix(st->place + off),
		 blk = rng_mix(st->place ^ (off / 50));
	uint32_t i, n;

	if (blk % 1000 < st->rate)
		return 0;
	q[0] = c;
	if (h % 1000 >= st->rate)
		return 1;
	n = h >> 10 & 31;
	for (i = 0; i < n; i++)
		q[i] = (uint8_t)(c + i);
	return n;
}

static uint32_t
edit_places(const struct stream *st, uint32_t off, const uint8_t *p, uint32_t n,
    uint8_t *q)
{
	uint32_t i, len = 0;

	for (i = 0; i < n; i++)
		len += edit_place(st, off + i, p[i], q + len);
	return len;
}

/* The textbook's s/ab/.../g: a word that two segments share stays. */
static uint32_t
edit_words(const struct stream *st, const uint8_t *p, uint32_t n, uint8_t *q)
{
	uint32_t i, len = 0, to = (uint32_t)(st->place % 7);
	uint8_t a = st->place >> 8 & 15, b = st->place >> 16 & 15;

	for (i = 0; i < n; i++)
		if (i + 1 < n && (p[i] & 15) == a && (p[i + 1] & 15) == b) {
			memset(q + len, (int)(st->place >> 24 & 255), to);
			len += to;
			i++;
		} else
			q[len++] = p[i];
	return len;
}

/* Edits of the same length; another one each time. */
static uint32_t
edit_same(struct world *w, const struct stream *st, const uint8_t *p,
    uint32_t n, uint8_t *q)
{
	uint32_t at;

	memcpy(q, p, n);
	if (n > 0 && rng_chance(&w->rng, st->rate * 8)) {
		at = rng_below(&w->rng, n);
		memset(q + at, (int)(st->place & 255),
		    rng_below(&w->rng, n - at) + 1);
	}
	return n;
}

static uint32_t
edit_random(struct world *w, const struct stream *st, const uint8_t *p,
    uint32_t n, uint8_t *q)
{
	struct rng *r = &w->rng;
	uint32_t at, len, grown;

	memcpy(q, p, n);
	if (n == 0 || !rng_chance(r, st->rate * 8))
		return n;
	at = rng_chance(r, 300) ? 0 : rng_below(r, n + 1);
	switch (rng_below(r, 4)) {
	case 0:
		return 0;
	case 1:
		len = rng_below(r, n - at + 1);
		memcpy(q + at, p + at + len, n - at - len);
		return n - len;
	default:
		grown = 1 + rng_below(r, rng_chance(r, 200) ? 4000 : 40);
		memset(q + at, (int)rng_below(r, 256), grown);
		memcpy(q + at + grown, p + at, n - at);
		return n + grown;
	}
}

uint32_t
filter_edit(struct world *w, int side, uint32_t off, const uint8_t *p,
    uint32_t n, uint8_t *q)
{
	struct stream *st = &w->stream[side];
	uint32_t len = n;

	switch (st->grown > GROWTH_MAX ? EDIT_NONE : st->edits) {
	case EDIT_NONE:
		memcpy(q, p, n);
		return n;
	case EDIT_PLACES:
		len = edit_places(st, off, p, n, q);
		break;
	case EDIT_WORDS:
		len = edit_words(st, p, n, q);
		break;
	case EDIT_SAME:
		len = edit_same(w, st, p, n, q);
		break;
	case EDIT_RANDOM:
		len = edit_random(w, st, p, n, q);
		break;
	}
	if (len > n)
		st->grown += len - n;
	return len;
}
