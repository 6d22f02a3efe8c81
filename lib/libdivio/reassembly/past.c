/* SPDX-License-Identifier: ISC */

/*
 * The past of a stream: its newest bytes as they came first.  Retransmissions are
 * rewritten to them, so that a receiver that lost the first version gets no other
 * one.  The ring holds twice what the receiver has not acknowledged, and more;
 * acknowledgements may count edited bytes, so they give no exact limit.
 */

#include <stdlib.h>
#include <string.h>

#include "reassembly/reass.h"

#define SLACK 65536 /* bytes */

void
reass_past_forget(struct div_reass *ra, struct reass_stream *s)
{
	s->known = 0;
	if (s->past == NULL)
		return;
	TAILQ_REMOVE(&ra->pasts, s, past_entry);
	ra->past_bytes -= s->size;
	free(s->past);
	s->past = NULL;
	s->size = 0;
}

/* The bytes that may have to be known. */
static uint64_t
unacknowledged(const struct reass_stream *s)
{
	return s->acked ? s->nxt - s->ack : UINT32_MAX;
}

/* Copies between a ring and memory. */
static void
ring_put(uint8_t *ring, uint32_t size, uint32_t seq, const uint8_t *p, size_t n)
{
	size_t at = seq & (size - 1), part = size - at;

	if (part > n)
		part = n;
	memcpy(ring + at, p, part);
	memcpy(ring, p + part, n - part);
}

static void
ring_get(const struct reass_stream *s, uint32_t seq, uint8_t *p, size_t n)
{
	size_t at = seq & (s->size - 1), part = s->size - at;

	if (part > n)
		part = n;
	memcpy(p, s->past + at, part);
	memcpy(p + part, s->past, n - part);
}

/* Takes memory from the streams that got theirs first. */
static void
make_room(struct div_reass *ra, const struct reass_stream *s, size_t size)
{
	struct reass_stream *old, *next;

	TAILQ_FOREACH_SAFE(old, &ra->pasts, past_entry, next)
	{
		if (ra->past_bytes + size <= REASS_PAST_ALL)
			return;
		if (old != s)
			reass_past_forget(ra, old);
	}
}

/* Gives the ring another size; without memory it keeps what it has. */
static void
resize(struct div_reass *ra, struct reass_stream *s, uint32_t size)
{
	uint32_t i, known = s->known;
	uint8_t *new;

	make_room(ra, s, size);
	if ((new = malloc(size)) == NULL)
		return;
	for (i = 1; i <= known; i++)
		new[(s->nxt - i) & (size - 1)] =
		    s->past[(s->nxt - i) & (s->size - 1)];
	reass_past_forget(ra, s);
	s->past = new;
	s->size = size;
	s->known = known;
	ra->past_bytes += size;
	TAILQ_INSERT_TAIL(&ra->pasts, s, past_entry);
}

/* Adds the bytes at nxt, which goes on behind them. */
void
reass_past_add(struct div_reass *ra, struct reass_stream *s, const uint8_t *p,
    size_t n)
{
	uint64_t want = 2 * (unacknowledged(s) + n) + SLACK;
	uint32_t size = s->size == 0 ? REASS_PAST_MIN : s->size;

	while (size < REASS_PAST_MAX &&
	    (size < n || (s->known + n > size && size < want)))
		size *= 2;
	if (size != s->size)
		resize(ra, s, size);
	s->nxt += (uint32_t)n;
	if (n > s->size) {
		s->known = 0;
		return;
	}
	ring_put(s->past, s->size, s->nxt - (uint32_t)n, p, n);
	s->known = s->known + n > s->size ? s->size : s->known + (uint32_t)n;
}

/*
 * Copies the first version of n bytes, as far as it is known; returns whether
 * this differs from what p had.
 */
int
reass_past_copy(const struct reass_stream *s, uint32_t seq, uint8_t *p,
    size_t n)
{
	int64_t from = seq_diff(s->nxt - s->known, seq);
	int64_t to = seq_diff(s->nxt, seq);
	size_t at, part;
	uint8_t old[512];
	int differs = 0;

	if (from < 0)
		from = 0;
	if (to > (int64_t)n)
		to = (int64_t)n;
	for (; from < to; from += (int64_t)part) {
		at = (size_t)from;
		part = (size_t)(to - from);
		if (part > sizeof(old))
			part = sizeof(old);
		ring_get(s, seq + (uint32_t)at, old, part);
		if (memcmp(p + at, old, part) == 0)
			continue;
		memcpy(p + at, old, part);
		differs = 1;
	}
	return differs;
}

/* The number of a FIN. */
void
reass_past_fin(struct div_reass *ra, struct reass_stream *s)
{
	static const uint8_t zero;

	if (s->fin)
		return;
	s->fin = 1;
	reass_past_add(ra, s, &zero, 1);
}

/*
 * Where n bytes, all known, differ from their first version: from *from up to
 * *to; returns whether they do.
 */
int
reass_past_differs(const struct reass_stream *s, uint32_t seq, const uint8_t *p,
    size_t n, size_t *from, size_t *to)
{
	size_t i;

	*from = *to = 0;
	if (n == 0 || seq_diff(s->nxt - s->known, seq) > 0 ||
	    seq_diff(seq + (uint32_t)n, s->nxt) > 0)
		return 0;
	for (i = 0; i < n; i++) {
		if (p[i] == s->past[(seq + i) & (s->size - 1)])
			continue;
		if (*to == 0)
			*from = i;
		*to = i + 1;
	}
	return *to != 0;
}
