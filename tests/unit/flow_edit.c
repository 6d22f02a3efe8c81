/* SPDX-License-Identifier: ISC */

/* The filter before the sink: what it makes of a segment. */

#include <string.h>

#include "flow_world.h"

uint64_t
rng_mix(uint64_t x)
{
	x = (x ^ x >> 31) * 0x9e3779b97f4a7c15ULL;
	x = (x ^ x >> 29) * 0xbf58476d1ce4e5b9ULL;
	return x ^ x >> 32;
}

/* What the byte at a place becomes, by an edit that looks at nothing else. */
static uint32_t
edit_place(const struct stream *st, uint32_t off, uint8_t c, uint8_t *q)
{
	uint64_t h = rng_mix(st->place + off),
		 blk = rng_mix(st->place ^ (off / 50));
	uint32_t i, n;

	c ^= (uint8_t)st->flip;
	if (off < st->floor)
		h = blk = 999;
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

/* Another edit every time; only the bytes from skip on. */
static uint32_t
edit_random(struct world *w, const struct stream *st, const uint8_t *p,
    uint32_t skip, uint32_t n, uint8_t *q)
{
	struct rng *r = &w->rng;
	uint32_t at, len, grown;

	memcpy(q, p, n);
	if (skip >= n || !rng_chance(r, st->rate * 8))
		return n;
	at = rng_chance(r, 300) ? skip : skip + rng_below(r, n - skip + 1);
	switch (rng_below(r, 4)) {
	case 0:
		return skip;
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
stream_edit(struct world *w, int side, uint32_t off, const uint8_t *p,
    uint32_t n, uint8_t *q)
{
	struct stream *st = &w->stream[side];
	uint32_t len, skip = st->floor > off ? st->floor - off : 0, i;

	if (st->edits == EDIT_RANDOM)
		len = edit_random(w, st, p, skip, n, q);
	else if (st->edits == EDIT_PLACES)
		len = edit_places(st, off, p, n, q);
	else {
		memcpy(q, p, n);
		return n;
	}
	if (len == n) /* resized in two places; may pass unkept */
		for (i = 0; i < n; i++)
			q[i] = p[i] ^ (uint8_t)st->flip;
	return len;
}
