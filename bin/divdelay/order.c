/* SPDX-License-Identifier: ISC */

/*
 * Jitter does not change the order of a flow: a packet leaves no earlier than the
 * one before.  Flows whose hashes are alike keep their order together.
 */

#include "divdelay.h"
#include "pktkey.h"

#define SLOTS 65536

static uint64_t last[SLOTS]; /* ns: when the last packet leaves */
static uint64_t seed;

void
order_init(void)
{
	seed = seed_of('x');
}

uint64_t
order_keep(const struct div_frame *f, uint64_t t)
{
	uint64_t *slot = &last[pktkey_hash(PKTKEY_FLOW, f, seed) % SLOTS];

	if (*slot < t)
		*slot = t;
	return *slot;
}
