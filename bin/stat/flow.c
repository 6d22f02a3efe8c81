/* SPDX-License-Identifier: ISC */

/*
 * Flows: packets between two addresses and ports, in both directions.  The
 * first packet tells the originator; events are noted in Zeek's history, and
 * idle flows end after Zeek's timeouts for closed, UDP and TCP connections.
 */

#include <sys/types.h>
#include <netinet/in.h>

#include <stdio.h>
#include <string.h>

#include "stat.h"
#include "tool.h"

/* A flow that was idle for so long has ended. */
static const uint64_t idle_ns[NIDLES] = {
	[IDLE_CLOSED] = 5 * NSEC_PER_SEC,
	[IDLE_SHORT] = 60 * NSEC_PER_SEC,
	[IDLE_LONG] = 300 * NSEC_PER_SEC,
};

/* Appends a letter to the history, once for each end. */
void
flow_letter(struct stat_flow *flow, int side, enum letter letter)
{
	struct stat_half *h = &flow->half[side];

	if (h->letters & 1 << letter)
		return;
	h->letters |= (uint8_t)(1 << letter);
	flow->history |= (uint64_t)(letter << 1 | (side != flow->orig))
	    << 4 * flow->nhistory++;
}

/* The sender of the first packet is the originator, unless it is a SYN-ACK. */
static void
flow_begin(struct stat_flow *flow, int side, const struct stat_packet *s)
{
	uint8_t flags = 0;

	if (s->p.proto == IPPROTO_TCP && !s->p.truncated &&
	    s->p.fragment == DIV_WHOLE)
		flags = s->p.data[s->p.l4 + 13];
	flow->flipped = (flags & 0x12) == 0x12;
	flow->orig = (uint8_t)(side != flow->flipped);
	memcpy(flow->ifname, s->f->ifname, sizeof(flow->ifname));
}

static enum idle
flow_list(const struct stat_flow *flow)
{
	if (flow->key.proto != IPPROTO_TCP)
		return IDLE_SHORT;
	return flow->closed ? IDLE_CLOSED : IDLE_LONG;
}

static void
add_transport(struct stats *st, struct stat_flow *flow, int side,
    const struct stat_packet *s)
{
	struct stat_tcp_event ev = { 0, 0, 0 };
	int i, end = side == flow->orig;

	if (s->p.proto != IPPROTO_TCP) {
		flow->half[side].data += s->len - s->p.payload;
		flow_letter(flow, side, LETTER_DATA);
		return;
	}
	stat_tcp_add(flow, side, s, &ev);
	for (i = 0; i < NHEALTHS; i++)
		st->all.health[i] += ev.health >> i & 1;
	st->all.handshake.n += ev.handshake != 0;
	st->all.handshake.sum += ev.handshake;
	st->all.rtt[end].n += ev.rtt != 0;
	st->all.rtt[end].sum += ev.rtt;
	if (ev.rtt != 0)
		st->all.rtts[end][histogram_bucket(ev.rtt, RTT_BITS)]++;
}

/* Counts an IP packet in its flow. */
struct stat_flow *
flow_add(struct stats *st, const struct stat_packet *s)
{
	struct div_flow_key key;
	struct stat_flow *flow;
	int side = div_flow_key(&key, &s->p);

	flow = (struct stat_flow *)table_get(&st->flows, &key, s->time);
	if (s->p.proto == IPPROTO_TCP && stat_tcp_reused(flow, side, s)) {
		div_table_detach(st->flows.items, flow);
		div_table_move(st->flows.items, flow, IDLE_CLOSED);
		flow = (struct stat_flow *)table_get(&st->flows, &key, s->time);
	}
	if (flow->item.all[0].packets + flow->item.all[1].packets == 0)
		flow_begin(flow, side, s);
	item_add(&flow->item, side != flow->orig, s->len, s->time, st->turn);
	add_transport(st, flow, side, s);
	div_table_move(st->flows.items, flow, flow_list(flow));
	return flow;
}

static uint64_t
distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

/* Ends flows that are idle at that time, which may have been set back. */
void
flow_expire(struct table *t, uint64_t now)
{
	struct item *it;
	unsigned int i;

	for (i = 0; i < NIDLES; i++)
		while ((it = div_table_oldest(t->items, i)) != NULL &&
		    distance(it->last, now) >= idle_ns[i])
			table_forget(t, it);
}

void
flow_name(const struct stat_flow *flow, char *buf, size_t size)
{
	char from[64], to[64], proto[16];
	const struct div_flow_key *k = &flow->key;
	int o = flow->orig;

	port_format(from, sizeof(from), k->version, k->addr[o], k->port[o]);
	port_format(to, sizeof(to), k->version, k->addr[!o], k->port[!o]);
	proto_format(proto, sizeof(proto), k->proto);
	snprintf(buf, size, "%s %s %s", proto, from, to);
}
