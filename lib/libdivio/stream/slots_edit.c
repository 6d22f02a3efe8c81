/* SPDX-License-Identifier: ISC */

/*
 * Edited packets by reference: a filter puts them into memory of its own, which
 * the sink alone takes them from.  The filter may be taken over, and change the
 * memory at any time: the sink copies a packet before it looks at it, and its slot
 * is free from then on.
 */

#include <string.h>

#include "stream/stream.h"

#define EDIT_MIN 1024 /* bytes; less is as fast in the pipe */

/* Whether there is memory for each filter. */
int
slots_has_edits(const struct div_slots *s)
{
	int i;

	for (i = 0; i < SLOTS_FILTERS; i++)
		if (s->edits[i] == NULL)
			return 0;
	return 1;
}

/* The lowest free slot, or 0. */
static uint32_t
find_free(const struct div_slots *edits)
{
	uint32_t i;

	for (i = 0; i < edits->n; i++)
		if (atomic_load_explicit(&edits->entries[i].id,
			memory_order_acquire) == 0)
			return i + 1;
	return 0;
}

static int
is_edit(const struct div_slots *s, const struct div_frame *f)
{
	return f->type == DIV_PACKET && f->digest == DIV_EDITED &&
	    f->slot == 0 && f->id != 0 && f->epoch == s->epoch &&
	    f->caplen >= EDIT_MIN;
}

/* Puts an edited packet of this filter: what stands for it in a frame, or 0. */
uint64_t
slots_put_edit(const struct div_slots *s, const struct div_frame *f)
{
	const struct div_slots *edits = s->edits[s->filter - 1];
	struct slots_entry *e;
	uint32_t slot;

	if (!is_edit(s, f) || f->caplen > edits->size ||
	    (slot = find_free(edits)) == 0)
		return 0;
	memcpy(slots_at(edits, slot), f->packet, f->caplen);
	e = &edits->entries[slot - 1];
	e->at = 0;
	e->len = f->caplen;
	atomic_store_explicit(&e->id, f->id, memory_order_release);
	return (uint64_t)s->filter << 32 | slot;
}

/*
 * Copies the packet of a frame that was read by reference into buf, of
 * DIV_SLOT_SIZE bytes.  0: the slot does not have this packet.
 */
int
slots_take_edit(const struct div_slots *s, struct div_frame *f, uint8_t *buf)
{
	uint64_t filter = f->digest >> 32;
	uint32_t slot = (uint32_t)f->digest, len;
	const struct div_slots *edits;
	const uint8_t *packet;

	if (f->epoch != s->epoch || filter == 0 || filter > SLOTS_FILTERS ||
	    (edits = s->edits[filter - 1]) == NULL ||
	    (packet = slots_find(edits, slot, f->id, &len)) == NULL)
		return 0;
	memcpy(buf, packet, len);
	atomic_store_explicit(&edits->entries[slot - 1].id, 0,
	    memory_order_release);
	f->packet = buf;
	f->caplen = len;
	f->digest = DIV_EDITED;
	f->flags &= (uint8_t)~SLOTS_FLAG;
	f->wire = NULL;
	return 1;
}
