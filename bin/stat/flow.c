/* SPDX-License-Identifier: ISC */

/* Flows: both directions of what two addresses and ports say to each other. */

#include <sys/types.h>
#include <netinet/in.h>

#include <stdio.h>
#include <string.h>

#include "stat.h"

#define SEC UINT64_C(1000000000)

/* How long a flow may be idle until it is taken for finished. */
static const uint64_t idle_ns[NIDLES] = {
	[IDLE_OVER] = 5 * SEC,
	[IDLE_SHORT] = 60 * SEC,
	[IDLE_LONG] = 300 * SEC,
};

/* Writes down what was seen of an end for the first time. */
void
flow_letter(struct flow *flow, int side, enum letter letter)
{
	struct half *h = &flow->half[side];

	if (h->letters & 1 << letter)
		return;
	h->letters |= (uint8_t)(1 << letter);
	flow->history |= (uint64_t)(letter << 1 | (side != flow->orig))
	    << 4 * flow->nhistory++;
}

/* The first packet of a flow tells who began it. */
static void
flow_begin(struct flow *flow, int side, const struct seen *s)
{
	uint8_t flags = 0;

	if (s->p.proto == IPPROTO_TCP && !s->p.truncated &&
	    s->p.fragment == DIV_WHOLE)
		flags = s->p.data[s->p.l4 + 13];
	flow->flipped = (flags & 0x12) == 0x12;
	flow->orig = (uint8_t)(side != flow->flipped);
}

static enum idle
flow_list(const struct flow *flow)
{
	if (flow->key.proto != IPPROTO_TCP)
		return IDLE_SHORT;
	return flow->over ? IDLE_OVER : IDLE_LONG;
}

static void
follow(struct stats *st, struct flow *flow, int side, const struct seen *s)
{
	struct tcp_news news = { 0, 0, 0 };
	int i;

	if (s->p.proto != IPPROTO_TCP) {
		flow->half[side].data += s->len - s->p.payload;
		flow_letter(flow, side, LETTER_DATA);
		return;
	}
	tcp_add(flow, side, s, &news);
	for (i = 0; i < NHEALTHS; i++)
		st->all.health[i] += news.health >> i & 1;
	st->all.handshake.n += news.handshake != 0;
	st->all.handshake.sum += news.handshake;
	st->all.rtt[side == flow->orig].n += news.rtt != 0;
	st->all.rtt[side == flow->orig].sum += news.rtt;
}

/* Counts an IP packet for its flow, which it returns. */
struct flow *
flow_add(struct stats *st, const struct seen *s)
{
	struct div_flow_key key;
	struct flow *flow;
	int side = div_flow_key(&key, &s->p);

	flow = (struct flow *)table_get(&st->flows, &key, s->time);
	if (s->p.proto == IPPROTO_TCP && tcp_reused(flow, side, s)) {
		table_detach(&st->flows, &flow->item);
		table_list(&st->flows, &flow->item, IDLE_OVER);
		flow = (struct flow *)table_get(&st->flows, &key, s->time);
	}
	if (flow->item.all[0].packets + flow->item.all[1].packets == 0)
		flow_begin(flow, side, s);
	item_add(&flow->item, side != flow->orig, s->len, s->time, st->turn);
	follow(st, flow, side, s);
	table_list(&st->flows, &flow->item, flow_list(flow));
	return flow;
}

static uint64_t
apart(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

/* Takes leave of the flows that have been idle for too long at that time. */
void
flow_expire(struct table *t, uint64_t now)
{
	struct item *it;
	int i;

	for (i = 0; i < NIDLES; i++)
		while ((it = table_oldest(t, (enum idle)i)) != NULL &&
		    apart(it->last, now) >= idle_ns[i])
			table_forget(t, it);
}

void
flow_name(const struct flow *flow, char *buf, size_t size)
{
	char from[64], to[64], proto[16];
	const struct div_flow_key *k = &flow->key;
	int o = flow->orig;

	port_format(from, sizeof(from), k->version, k->addr[o], k->port[o]);
	port_format(to, sizeof(to), k->version, k->addr[!o], k->port[!o]);
	proto_format(proto, sizeof(proto), k->proto);
	snprintf(buf, size, "%s %s %s", proto, from, to);
}
