/* SPDX-License-Identifier: ISC */

/*
 * The retransmission queue of a half-connection, which maps sequence numbers: a
 * segment has olen original bytes from oseq on, and elen edited ones from eseq
 * on.  It is a ring in the order of the stream, searched by bisection.  Behind
 * its end the difference of the numbers is constant.
 */

#include <stdlib.h>
#include <string.h>

#include "tcp/tcp.h"

#define RING_MIN 16

struct tcp_rtxseg *
seqmap_at(const struct seqmap *m, uint32_t i)
{
	return &m->ring[(m->first + i) & (m->size - 1)];
}

static int
grow(struct seqmap *m)
{
	uint32_t i, size = m->size == 0 ? RING_MIN : 2 * m->size;
	struct tcp_rtxseg *ring;

	if ((ring = calloc(size, sizeof(*ring))) == NULL)
		return -1;
	for (i = 0; i < m->count; i++)
		ring[i] = *seqmap_at(m, i);
	free(m->ring);
	m->ring = ring;
	m->first = 0;
	m->size = size;
	return 0;
}

/* Appends a segment; NULL when memory is short. */
struct tcp_rtxseg *
seqmap_push(struct seqmap *m, uint32_t olen, uint32_t elen)
{
	struct tcp_rtxseg *k;

	if (m->count == m->size && grow(m) == -1)
		return NULL;
	k = seqmap_at(m, m->count);
	memset(k, 0, sizeof(*k));
	k->oseq = m->rcv_nxt;
	k->eseq = m->write_seq;
	k->olen = olen;
	k->elen = elen;
	if (elen != 0 && (k->data = malloc(elen)) == NULL)
		return NULL;
	m->count++;
	m->rcv_nxt += olen;
	m->write_seq += elen;
	return k;
}

/* Removes the first segment. */
void
seqmap_pop(struct seqmap *m)
{
	free(seqmap_at(m, 0)->data);
	m->first++;
	m->count--;
}

/* Whether the queue ends with a FIN. */
int
seqmap_has_fin(const struct seqmap *m)
{
	return m->count > 0 && seqmap_at(m, m->count - 1)->fin;
}

void
seqmap_free(struct seqmap *m)
{
	while (m->count > 0)
		seqmap_pop(m);
	free(m->ring);
	m->ring = NULL;
	m->size = 0;
}

static uint32_t
segment_end(const struct tcp_rtxseg *k, int edited)
{
	return edited ? k->eseq + k->elen : k->oseq + k->olen;
}

/* Index of the first segment that ends behind the number n. */
static uint32_t
find(const struct seqmap *m, uint32_t n, int edited)
{
	uint32_t low = 0, high = m->count, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (seq_before(n, segment_end(seqmap_at(m, mid), edited)))
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

/* Index of the first segment that ends behind the original number o. */
uint32_t
seqmap_find(const struct seqmap *m, uint32_t o)
{
	return find(m, o, 0);
}

static uint32_t
find_edited(const struct seqmap *m, uint32_t e)
{
	return find(m, e, 1);
}

/* Copies n edited bytes from the number e on; the queue must have them. */
void
seqmap_copy(const struct seqmap *m, uint32_t e, uint32_t n, uint8_t *out)
{
	const struct tcp_rtxseg *k;
	uint32_t i, off, len;

	for (i = find_edited(m, e); n > 0; i++) {
		k = seqmap_at(m, i);
		off = e - k->eseq;
		len = k->elen - off < n ? k->elen - off : n;
		if (len == 0)
			continue;
		memcpy(out, k->data + off, len);
		out += len;
		e += len;
		n -= len;
	}
}

/*
 * Maps an original number to an edited one.  Within a segment the offset stays,
 * but never beyond the segment's end.
 */
uint32_t
seqmap_edited(const struct seqmap *m, uint32_t o)
{
	uint32_t i = seqmap_find(m, o), off;
	const struct tcp_rtxseg *k;

	if (i == m->count)
		return o + (m->write_seq - m->rcv_nxt);
	k = seqmap_at(m, i);
	if (!seq_before(k->oseq, o))
		return o + (k->eseq - k->oseq);
	off = o - k->oseq;
	return k->eseq + (off < k->elen ? off : k->elen);
}

/*
 * Maps an edited number to an original one, for acknowledgements: all segments
 * before it count, deleted ones included.  A segment that arrived in part counts
 * with as many bytes, but never with its last one.
 */
uint32_t
seqmap_original(const struct seqmap *m, uint32_t e)
{
	uint32_t i = find_edited(m, e), off;
	const struct tcp_rtxseg *k;

	if (i == m->count)
		return e - (m->write_seq - m->rcv_nxt);
	k = seqmap_at(m, i);
	if (!seq_before(k->eseq, e))
		return i == 0 ? e - (k->eseq - k->oseq) : k->oseq;
	off = e - k->eseq;
	if (off < k->olen)
		return k->oseq + off;
	return k->olen == 0 ? k->oseq : k->oseq + k->olen - 1;
}

/* Maps a SACK block; its edges round inward to whole segments. */
void
seqmap_block(const struct seqmap *m, uint32_t *left, uint32_t *right)
{
	uint32_t i;
	const struct tcp_rtxseg *k;
	uint32_t l = *left, r = *right;

	*left = seqmap_original(m, l);
	i = find_edited(m, l);
	if (i < m->count) {
		k = seqmap_at(m, i);
		if (seq_before(k->eseq, l) && k->olen != k->elen)
			*left = k->oseq + k->olen;
	}
	*right = seqmap_original(m, r);
	i = find_edited(m, r);
	if (i < m->count) {
		k = seqmap_at(m, i);
		if (seq_before(k->eseq, r) && k->olen != k->elen)
			*right = k->oseq;
	}
}
