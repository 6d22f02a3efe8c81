/* SPDX-License-Identifier: ISC */

#include <stdlib.h>
#include <string.h>

#include "flow_table.h"

#define RING_MIN 16

struct kept *
seqmap_at(const struct seqmap *m, uint32_t i)
{
	return &m->ring[(m->first + i) & (m->size - 1)];
}

static int
grow(struct seqmap *m)
{
	uint32_t i, size = m->size == 0 ? RING_MIN : 2 * m->size;
	struct kept *ring;

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

/* Adds a piece behind all others; NULL when memory is short. */
struct kept *
seqmap_push(struct seqmap *m, uint32_t olen, uint32_t elen)
{
	struct kept *k;

	if (m->count == m->size && grow(m) == -1)
		return NULL;
	k = seqmap_at(m, m->count);
	memset(k, 0, sizeof(*k));
	k->o = m->onext;
	k->e = m->enext;
	k->olen = olen;
	k->elen = elen;
	if (elen != 0 && (k->data = malloc(elen)) == NULL)
		return NULL;
	m->count++;
	m->onext += olen;
	m->enext += elen;
	return k;
}

/* Forgets the first piece. */
void
seqmap_pop(struct seqmap *m)
{
	free(seqmap_at(m, 0)->data);
	m->first++;
	m->count--;
}

/* Whether all of it ends with a FIN. */
int
seqmap_ended(const struct seqmap *m)
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
piece_end(const struct kept *k, int edited)
{
	return edited ? k->e + k->elen : k->o + k->olen;
}

/* The first piece that does not end at or before the number n. */
static uint32_t
find(const struct seqmap *m, uint32_t n, int edited)
{
	uint32_t low = 0, high = m->count, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (seq_before(n, piece_end(seqmap_at(m, mid), edited)))
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

/* The first piece that does not end at or before the original number o. */
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

/* Copies n edited bytes, which must be there, from the number e on. */
void
seqmap_copy(const struct seqmap *m, uint32_t e, uint32_t n, uint8_t *out)
{
	const struct kept *k;
	uint32_t i, off, len;

	for (i = find_edited(m, e); n > 0; i++) {
		k = seqmap_at(m, i);
		off = e - k->e;
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
 * The place of an original number in the edited stream.  Within a piece it is
 * the place so many bytes on, and never behind the piece.
 */
uint32_t
seqmap_edited(const struct seqmap *m, uint32_t o)
{
	uint32_t i = seqmap_find(m, o), off;
	const struct kept *k;

	if (i == m->count)
		return o + (m->enext - m->onext);
	k = seqmap_at(m, i);
	if (!seq_before(k->o, o))
		return o + (k->e - k->o);
	off = o - k->o;
	return k->e + (off < k->elen ? off : k->elen);
}

/*
 * What an acknowledgement of the edited number e acknowledges: all pieces before
 * it, those of which nothing was left too, and of one that arrived in part so
 * many bytes, but not its end.
 */
uint32_t
seqmap_original(const struct seqmap *m, uint32_t e)
{
	uint32_t i = find_edited(m, e), off;
	const struct kept *k;

	if (i == m->count)
		return e - (m->enext - m->onext);
	k = seqmap_at(m, i);
	if (!seq_before(k->e, e))
		return i == 0 ? e - (k->e - k->o) : k->o;
	off = e - k->e;
	if (off < k->olen)
		return k->o + off;
	return k->olen == 0 ? k->o : k->o + k->olen - 1;
}

/* Maps a SACK block; its edges round inward to pieces that arrived whole. */
void
seqmap_block(const struct seqmap *m, uint32_t *left, uint32_t *right)
{
	uint32_t i;
	const struct kept *k;
	uint32_t l = *left, r = *right;

	*left = seqmap_original(m, l);
	i = find_edited(m, l);
	if (i < m->count) {
		k = seqmap_at(m, i);
		if (seq_before(k->e, l) && k->olen != k->elen)
			*left = k->o + k->olen;
	}
	*right = seqmap_original(m, r);
	i = find_edited(m, r);
	if (i < m->count) {
		k = seqmap_at(m, i);
		if (seq_before(k->e, r) && k->olen != k->elen)
			*right = k->o;
	}
}
