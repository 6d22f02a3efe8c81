/* SPDX-License-Identifier: ISC */

/*
 * Controlled delay (RFC 8289): whether a packet is dropped when it comes to the
 * head of the queue.
 */

#include <math.h>

#include "divdelay.h"

#define TARGET 5000000UL     /* ns */
#define INTERVAL 100000000UL /* ns */

static uint64_t
control_law(uint64_t t, uint32_t count)
{
	return t + (uint64_t)((double)INTERVAL / sqrt(count));
}

static int
stays_above(struct codel *c, uint64_t now, uint64_t sojourn, uint64_t least)
{
	if (sojourn < (least > TARGET ? least : TARGET)) {
		c->first_above = 0;
		return 0;
	}
	if (c->first_above == 0) {
		c->first_above = now + INTERVAL;
		return 0;
	}
	return now >= c->first_above;
}

/*
 * now and sojourn, in ns, are of the head of the queue; a queue that is emptied in
 * the time least is a good one.
 */
int
codel_drops(struct codel *c, uint64_t now, uint64_t sojourn, uint64_t least)
{
	uint32_t delta = c->count - c->lastcount;

	if (!stays_above(c, now, sojourn, least)) {
		c->dropping = 0;
		return 0;
	}
	if (c->dropping) {
		if (now < c->drop_next)
			return 0;
		c->drop_next = control_law(c->drop_next, ++c->count);
		return 1;
	}
	c->dropping = 1;
	c->count = delta > 1 && now - c->drop_next < 16 * INTERVAL ? delta : 1;
	c->drop_next = control_law(now, c->count);
	c->lastcount = c->count;
	return 1;
}
