/* SPDX-License-Identifier: ISC */

/*
 * -c: a random bit of the payload is flipped.  The writer makes the checksum right
 * again, so that the damage reaches the program; with -C it stays wrong, and the
 * receiver's kernel drops the packet.
 */

#include <string.h>

#include "divdelay.h"
#include "random.h"

static struct delay_event damage;
static uint64_t random_state;
static int keep; /* -C */
static uint8_t damaged[DIV_PACKETMAX];

void
corrupt_parse(const char *arg)
{
	static const struct field fields[] = {
		FIELD_PART("probability"),
		FIELD_PART("correlation"),
	};
	struct value v[2];

	fields_parse('c', arg, fields, 2, v);
	event_set(&damage, 'c', &v[0], &v[1]);
}

void
corrupt_init(void)
{
	random_state = seed_of('C');
}

void
corrupt_keep(void)
{
	keep = 1;
}

int
corrupt_is_kept(void)
{
	return keep;
}

int
corrupt_given(void)
{
	return damage.p != 0;
}

/*
 * Points the frame to a damaged copy, valid until the next one: 1, or 0 if it
 * stays as it is.  Packets that cannot be edited stay.
 */
int
corrupt(struct div_frame *f)
{
	struct div_packet p;
	uint64_t bit;
	size_t n;

	if (!event_hit(&damage))
		return 0;
	bit = random_next(&random_state) >> 32;
	if (div_editable(f, &p) != DIV_OK || p.payload == p.len)
		return 0;
	n = p.len - p.payload;
	memcpy(damaged, f->packet, f->caplen);
	if (keep && div_repair(damaged, f->caplen) != DIV_OK)
		return 0;
	bit = bit * (8 * n) >> 32;
	damaged[p.payload + bit / 8] ^= (uint8_t)(1 << bit % 8);
	div_frame_replace(f, damaged, f->caplen);
	if (!keep)
		return 1;
	f->flags &= (uint8_t)~DIV_F_NOCSUM;
	f->flags |= DIV_F_BADSUM | DIV_F_KEEPSUM;
	return 1;
}
