/* SPDX-License-Identifier: ISC */

/*
 * Connections for -s and k: a bounded table, from which the one that was quiet
 * for longest is evicted.  Both directions are one connection.
 */

#include <err.h>
#include <string.h>

#include "divsed.h"

#define FLOWS_MAX 65536

struct flow_item {
	struct div_flow_key key;
	int begun; /* got further than a SYN */
	struct sed_flow flow;
	struct range ranges[];
};

static struct div_table *table;

void
flows_init(void)
{
	struct div_table_options opt = {
		.size = sizeof(struct flow_item) +
		    nranges * sizeof(struct range),
		.keylen = sizeof(struct div_flow_key),
		.max = FLOWS_MAX,
	};

	if ((table = div_table_new(&opt)) == NULL)
		err(1, NULL);
}

static void
item_clear(struct flow_item *it)
{
	memset(&it->flow, 0, sizeof(it->flow));
	memset(it->ranges, 0, nranges * sizeof(it->ranges[0]));
	it->begun = 0;
}

/*
 * The connection of a packet; NULL when it is not known and shall not be made.
 * Packets that are not IP make one, too.
 */
struct sed_flow *
flow_find(const struct div_packet *p, int make)
{
	struct div_flow_key key;
	struct flow_item *it;

	if (div_table_count(table) == 0 && !make)
		return NULL;
	div_flow_key(&key, p);
	if ((it = div_table_find(table, &key)) != NULL)
		div_table_touch(table, it);
	else if (!make)
		return NULL;
	else
		it = div_table_get(table, &key);
	if (!tool_is_syn(p))
		it->begun = 1;
	else if (it->begun)
		item_clear(it);
	it->flow.ranges = it->ranges;
	return &it->flow;
}
