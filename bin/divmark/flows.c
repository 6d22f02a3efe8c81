/* SPDX-License-Identifier: ISC */

/*
 * -n: flows of which that many packets with data came, and none of them matched
 * or named a host.  Both directions are one flow.  The table is bounded; a flow
 * that was evicted from it is counted again.
 */

#include <err.h>

#include "divmark.h"

#define FLOWS_MAX 65536

struct mark_flow {
	struct div_flow_key key;
	uint32_t packets; /* with data */
	int wanted;       /* it matched, or named a host */
};

static struct div_table *flows;
static uint32_t enough;

void
flows_init(uint32_t n)
{
	struct div_table_options opt = {
		.size = sizeof(struct mark_flow),
		.keylen = sizeof(struct div_flow_key),
		.max = FLOWS_MAX,
	};

	if ((flows = div_table_new(&opt)) == NULL)
		err(1, NULL);
	enough = n;
}

/*
 * Counts a packet: true if its flow need not be read further.  A request that is
 * not complete starts the count again.
 */
int
flows_enough(const struct div_packet *p, const struct match *m, int matched)
{
	struct div_flow_key key;
	struct mark_flow *flow;

	if (flows == NULL)
		return 0;
	div_flow_key(&key, p);
	flow = div_table_get(flows, &key);
	if (tool_is_syn(p)) /* ports of an earlier connection */
		flow->packets = flow->wanted = 0;
	flow->wanted |= matched || m->names;
	if (m->named == DIV_HOST_UNDECIDED)
		flow->packets = 0;
	else if (p->len > p->payload && flow->packets < enough)
		flow->packets++;
	return !flow->wanted && flow->packets == enough;
}

void
flows_free(void)
{
	div_table_free(flows);
}
