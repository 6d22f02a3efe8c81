/* SPDX-License-Identifier: ISC */

/*
 * -l: packets leave in bursts, as from a link that has to wait for its turn, with
 * the parameters of netem's slot.  Between two turns is a random time; a turn
 * sends what waits, up to so many packets and bytes.
 */

#include <err.h>

#include "divdelay.h"
#include "random.h"
#include "tool.h"

static uint64_t min, max; /* ns */
static uint64_t packets = UINT64_MAX, bytes = UINT64_MAX;
static uint64_t random_state;
static int given;

static uint64_t turn; /* ns: the next one, or the one that goes on */
static uint64_t packets_left, bytes_left;

void
slot_parse(const char *arg)
{
	static const struct field fields[] = {
		FIELD_TIME("min"),
		FIELD_TIME("max"),
		{ "packets", UNIT_COUNT, 0, 1e9, "a number of packets" },
		{ "bytes", UNIT_BYTES, 0, 1e12, "bytes such as 20k" },
	};
	struct value v[4];

	fields_parse('l', arg, fields, 4, v);
	min = (uint64_t)v[0].v;
	max = v[1].v < 1 ? min : (uint64_t)v[1].v;
	if (max < min)
		errx(TOOL_USAGE, "-l %s: max is less than min", arg);
	packets = v[2].v < 1 ? UINT64_MAX : (uint64_t)v[2].v;
	bytes = v[3].v < 1 ? UINT64_MAX : (uint64_t)v[3].v;
	given = 1;
}

int
slot_given(void)
{
	return given;
}

static void
next_turn(uint64_t from)
{
	if (turn == 0)
		random_state = seed_of('l');
	turn = from + min +
	    (uint64_t)((double)(max - min) *
		((double)(random_next(&random_state) >> 11) * 0x1p-53));
	packets_left = packets;
	bytes_left = bytes;
}

/*
 * When a packet leaves that is ready at a time; packets are asked for in the order
 * of that time.
 */
uint64_t
slot_time(uint64_t t, uint32_t size)
{
	if (!given)
		return t;
	if (turn < t)
		next_turn(t);
	else if (packets_left == 0 || bytes_left == 0)
		next_turn(turn);
	packets_left--;
	bytes_left -= size < bytes_left ? size : bytes_left;
	return turn;
}

uint64_t
slot_longest(void)
{
	return packets != UINT64_MAX || bytes != UINT64_MAX ? NEVER : max;
}
