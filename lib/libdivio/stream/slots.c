/* SPDX-License-Identifier: ISC */

/*
 * Slots: a packet that a port received stays where it is, in memory that the
 * reader shares with the processes of its pipeline, and its frame goes from one to
 * the next by reference.  A slot is free again when the sink has seen the packet's
 * frame, or the record in its place.  A reference is unedited, because only the
 * reader can write the memory.
 */

#include <sys/mman.h>

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "stream/stream.h"

#define SWEEP 32 /* words of slots that one receive looks through */

uint8_t *
slots_at(const struct div_slots *s, uint32_t slot)
{
	return s->memory + (size_t)(slot - 1) * s->size;
}

/* Takes the lowest free slot, which is most likely in the cache; 0: none. */
uint32_t
slots_take(struct div_slots *s)
{
	uint64_t *busy;
	uint32_t slot;

	for (; s->low < SLOTS_MAX / 64; s->low++) {
		busy = &s->busy[s->low];
		if (*busy == UINT64_MAX)
			continue;
		slot = s->low * 64 + (uint32_t)__builtin_ctzll(~*busy) + 1;
		if (slot > s->n)
			return 0;
		*busy |= *busy + 1;
		return slot;
	}
	return 0;
}

void
slots_release(struct div_slots *s, uint32_t slot)
{
	slot--;
	atomic_store_explicit(&s->entries[slot].id, 0, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	s->busy[slot / 64] &= ~((uint64_t)1 << slot % 64);
	if (s->low > slot / 64)
		s->low = slot / 64;
}

static _Atomic uint64_t *
returned_word(const struct div_slots *s, uint64_t id)
{
	return &s->returned[id % SLOTS_IDS / 64];
}

static uint64_t
returned_bit(uint64_t id)
{
	return (uint64_t)1 << id % 64;
}

/* Before a reference is put; the bit stood for an older id. */
void
slots_publish(struct div_slots *s, const struct div_frame *f)
{
	struct slots_entry *e = &s->entries[f->slot - 1];

	if (s->fd == -1)
		return;
	atomic_fetch_and_explicit(returned_word(s, f->id), ~returned_bit(f->id),
	    memory_order_relaxed);
	e->at = (uint32_t)(f->packet - slots_at(s, f->slot));
	e->len = f->caplen;
	atomic_store_explicit(&e->id, f->id, memory_order_release);
}

int
slots_is_published(const struct div_slots *s, uint32_t slot)
{
	return s->entries[slot - 1].id != 0;
}

static void
sweep_word(struct div_slots *s, uint32_t i)
{
	uint64_t busy, id;
	uint32_t slot;

	for (busy = s->busy[i]; busy != 0; busy &= busy - 1) {
		slot = i * 64 + (uint32_t)__builtin_ctzll(busy);
		id = s->entries[slot].id;
		if (id != 0 && *returned_word(s, id) & returned_bit(id))
			slots_release(s, slot + 1);
	}
}

/*
 * Releases slots whose packets have returned, the lowest first, until so many are
 * free.  Where a filter holds packets, it takes several calls to see all slots.
 */
void
slots_sweep(struct div_slots *s, unsigned int want)
{
	unsigned int found = 0, words;

	for (words = 0; found < want && words < SWEEP; words++) {
		sweep_word(s, s->sweep);
		found += (unsigned int)__builtin_popcountll(~s->busy[s->sweep]);
		if (++s->sweep * 64 >= s->n)
			s->sweep = 0;
	}
	if (found >= want)
		s->sweep = 0;
}

/* The slot's packet, whose beginning will be looked at soon. */
void
slots_prefetch(const struct div_slots *s, uint64_t slot)
{
	const uint8_t *p;
	uint32_t at;
	int line;

	if (slot == 0 || slot > s->n ||
	    (at = s->entries[slot - 1].at) > s->size)
		return;
	p = slots_at(s, (uint32_t)slot) + at;
	for (line = 0; line < 4; line++)
		__builtin_prefetch(p + line * 64);
}

/*
 * The packet of an id in a slot, and its length; or NULL.  Another process may write
 * the entry: each field of it is read once.
 */
uint8_t *
slots_find(const struct div_slots *s, uint64_t slot, uint64_t id, uint32_t *len)
{
	struct slots_entry *e;
	uint32_t at;

	if (slot == 0 || slot > s->n || id == 0)
		return NULL;
	e = &s->entries[slot - 1];
	if (atomic_load_explicit(&e->id, memory_order_acquire) != id)
		return NULL;
	at = *(volatile uint32_t *)&e->at;
	*len = *(volatile uint32_t *)&e->len;
	return at > s->size || *len > s->size - at ?
	    NULL :
	    slots_at(s, (uint32_t)slot) + at;
}

/*
 * Points a frame that was read by reference to its packet.  0: the slot does not
 * have this packet, and the frame is forged.
 */
int
slots_resolve(const struct div_slots *s, struct div_frame *f)
{
	uint64_t slot = f->digest;
	uint8_t *packet;
	uint32_t len;

	if (f->type != DIV_PACKET || f->epoch != s->epoch || f->caplen != 0 ||
	    (packet = slots_find(s, slot, f->id, &len)) == NULL)
		return 0;
	f->slot = (uint32_t)slot;
	f->packet = packet;
	f->caplen = len;
	f->digest = 0;
	f->flags &= (uint8_t)~SLOTS_FLAG;
	return 1;
}

/* Whether a slot still has the packet that was found there. */
int
slots_has(const struct div_slots *s, uint32_t slot, uint64_t id)
{
	atomic_thread_fence(memory_order_acquire);
	return s->entries[slot - 1].id == id;
}

/* Whether the frame's packet is that of its slot: as the owner received it. */
int
slots_holds(const struct div_slots *s, const struct div_frame *f)
{
	const struct slots_entry *e = &s->entries[f->slot - 1];
	size_t at = (size_t)(f->packet - slots_at(s, f->slot));

	if (f->type != DIV_PACKET || f->slot > s->n)
		return 0;
	if (s->fd != -1)
		return at < s->size;
	return e->at == at && e->len == f->caplen &&
	    slots_has(s, f->slot, f->id);
}

/* The packet has left the pipeline: none of its processes looks at it again. */
void
slots_return(struct div_slots *s, uint64_t id)
{
	if (s != NULL && s->returned != NULL)
		atomic_fetch_or_explicit(returned_word(s, id), returned_bit(id),
		    memory_order_release);
}
