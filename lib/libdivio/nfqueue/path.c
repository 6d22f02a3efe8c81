/* SPDX-License-Identifier: ISC */

/*
 * The path of a new packet: the one of the diverted packets of its flow.  Sent
 * by a raw socket it passes OUTPUT and POSTROUTING, where connection tracking
 * must know it, or it becomes a connection of its own and NAT gives it another
 * port; so it gets the addresses that arriving packets have before NAT.  Routing
 * must take it where it would take a forwarded packet: with our mark, else with
 * the flow's own, else the packet socket sends it, past netfilter.
 */

#include <string.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <unistd.h>

#include "nfqueue/nfq.h"

#define PATHS_MAX 4096           /* flows */
#define PATH_MAX_AGE 1000000000U /* ns, then the kernel is asked again */
#define SEARCH_COST_MAX 262144 /* entries that searches look at in that time */
#define SEARCH_PAUSE 10000000000 /* ns between searches for a flow in vain */

int
path_open(struct paths *p, const struct div_options *opt)
{
	const struct div_table_options table = {
		.size = sizeof(struct path),
		.key = offsetof(struct path, key),
		.keylen = sizeof(struct path_key),
		.max = PATHS_MAX,
	};

	p->mark = opt->mark;
	p->mask = opt->markmask != 0 ? opt->markmask : UINT32_MAX;
	p->bit = div_translated_bit(opt);
	/* kernels may lack either */
	p->conntrack = netlink_open(NETLINK_NETFILTER);
	p->route = netlink_open(NETLINK_ROUTE);
	return (p->table = div_table_new(&table)) == NULL ? -1 : 0;
}

void
path_close(struct paths *p)
{
	if (p->conntrack != -1)
		close(p->conntrack);
	if (p->route != -1)
		close(p->route);
	div_table_free(p->table);
	div_table_free(p->stations);
}

/*
 * Finds the entry of connection tracking that a diverted packet belongs to, and
 * its direction: 1 replies, 0 the other; -1: it is not tracked.  Behind NAT of
 * its destination only the inverted tuple is known.
 */
static int
find_direction(struct paths *ps, const struct tuple *t,
    const struct tuple *inverse, struct conntrack *ct)
{
	int found = conntrack_find(ps->conntrack, t, ct);

	ps->unasked += found == -1;
	if (found == 1)
		return memcmp(t, &ct->reply, sizeof(*t)) == 0;
	if (conntrack_find(ps->conntrack, inverse, ct) == 1)
		return memcmp(inverse, &ct->orig, sizeof(*inverse)) == 0;
	return -1;
}

/* The same where both ends are translated, if the entry was found before. */
static int
find_again(struct paths *ps, const struct path *p, const struct tuple *inverse,
    struct conntrack *ct)
{
	if (p->t.proto == 0 || conntrack_find(ps->conntrack, &p->t, ct) != 1)
		return -1;
	if (conntrack_joins(ct, &p->key.t))
		return 0;
	return conntrack_joins(ct, inverse) ? 1 : -1;
}

/* Else all entries must be looked at.  Where that is too much now, it is due. */
static int
search_direction(struct paths *ps, struct path *p, const struct tuple *inverse,
    struct conntrack *ct, uint64_t entries)
{
	if (p->key.ifindex == 0 ||
	    (p->untracked != 0 && p->time - p->untracked < SEARCH_PAUSE))
		return -1;
	if (p->time - ps->search_since > PATH_MAX_AGE) {
		ps->search_since = p->time;
		ps->search_cost = 0;
	}
	p->unknown = ps->search_cost > SEARCH_COST_MAX;
	if (p->unknown)
		return -1;
	ps->search_cost += 2 * entries;
	if (conntrack_search(ps->conntrack, &p->key.t, ct))
		return 0;
	if (conntrack_search(ps->conntrack, inverse, ct))
		return 1;
	p->untracked = p->time;
	return -1;
}

/* The direction of a packet, and its entry; -1: it is not tracked. */
int
path_entry(struct paths *ps, struct path *p, struct conntrack *ct)
{
	uint64_t entries = nfq_conntrack_count();
	struct tuple inverse;
	int reply;

	p->unknown = 0;
	if (p->key.t.proto == 0 || entries == 0)
		return -1;
	tuple_invert(&inverse, &p->key.t);
	if ((reply = find_direction(ps, &p->key.t, &inverse, ct)) == -1 &&
	    (reply = find_again(ps, p, &inverse, ct)) == -1)
		reply = search_direction(ps, p, &inverse, ct, entries);
	return reply;
}

/*
 * Sets the tuples that the packet has at OUTPUT, between NAT of its destination
 * and routing (routed), and on the link.
 */
static void
find_nat(struct paths *ps, struct path *p, struct tuple *routed)
{
	struct conntrack ct;
	int reply = path_entry(ps, p, &ct);

	p->t = p->on_link = *routed = p->key.t;
	p->tracked = reply != -1;
	if (reply == -1)
		return;
	p->t = reply ? ct.reply : ct.orig;
	tuple_invert(&p->on_link, reply ? &ct.orig : &ct.reply);
	memcpy(routed->addr[0], p->t.addr[0], sizeof(routed->addr[0]));
	routed->port[0] = p->t.port[0];
	memcpy(routed->addr[1], p->on_link.addr[1], sizeof(routed->addr[1]));
	routed->port[1] = p->on_link.port[1];
}

/* Is the route that a packet of ours gets the one that it should get? */
static int
goes(struct paths *ps, const struct tuple *t, uint32_t oif, uint32_t mark,
    const struct route *want)
{
	struct route r;

	return route_find(ps->route, t, 0, oif, mark, &r) == 0 &&
	    memcmp(&r, want, sizeof(r)) == 0;
}

/* Finds a mark, and an interface, with which a packet of ours gets a route. */
static int
find_mark(struct paths *ps, struct path *p, const struct tuple *t,
    const struct route *want)
{
	const uint32_t marks[] = { p->mark, p->key.mark };
	unsigned int i;

	for (i = 0; i < 4; i++) {
		p->mark = marks[i % 2];
		p->oif = i < 2 ? 0 : want->oif;
		if ((i % 2 == 0 || ps->mark != 0) &&
		    goes(ps, t, p->oif, p->mark, want))
			return 1;
	}
	p->mark = marks[0];
	p->oif = 0;
	return 0;
}

/* Multicast, and broadcast to the link: no route says which link. */
static int
is_of_link(const struct tuple *t)
{
	return t->version == 4 ? t->addr[1][0] >= 224 : t->addr[1][0] == 0xff;
}

/* Packets that were never diverted, or are for this host, go as routed. */
static void
find_route(struct paths *ps, struct path *p, const struct tuple *t)
{
	uint32_t iif = p->key.dir == DIV_FORWARD ? p->key.ifindex : 0;
	uint32_t mark = p->key.mark & ~ps->bit; /* as diverted */
	struct route want;

	p->by_link = 0;
	p->oif = 0;
	p->mark = (p->key.mark & (~ps->mask | ps->bit)) | (ps->mark & ps->mask);
	if (p->key.dir == DIV_OUT && is_of_link(t)) {
		p->oif = p->key.ifindex;
		return;
	}
	if (p->key.dir == DIV_IN || (mark == 0 && iif == 0))
		return;
	if (route_find(ps->route, t, iif, 0, mark, &want) == -1 ||
	    want.type != RTN_UNICAST || find_mark(ps, p, t, &want))
		return;
	p->by_link = 1;
	p->oif = want.oif;
	/* a link may have no addresses */
	(void)route_neighbour(ps->route, &want, &p->ll);
}

/* A bridge may have no address and no route: its ports and stations do. */
static int
find_bridge(struct paths *ps, struct path *p)
{
	const struct station *from, *to;

	from = bridge_find(ps, p->key.t.addr[0]);
	to = bridge_find(ps, p->key.t.addr[1]);
	if (from == NULL || to == NULL)
		return 0;
	p->by_link = p->bridged = 1;
	p->oif = to->port;
	p->ll = to->ll;
	p->source = from->ll;
	return 1;
}

/* The path of a packet; NULL: no memory. */
const struct path *
path_find(struct paths *ps, const struct div_frame *f,
    const struct div_packet *packet, uint64_t now)
{
	struct path_key key;
	struct tuple routed;
	struct path *p;

	memset(&key, 0, sizeof(key));
	tuple_of(&key.t, packet);
	key.mark = f->mark;
	key.ifindex = f->ifindex;
	key.dir = f->dir;
	if ((p = div_table_get(ps->table, &key)) == NULL)
		return NULL;
	if (p->time != 0 && !p->unknown && now - p->time < PATH_MAX_AGE)
		return p;
	p->time = now;
	find_nat(ps, p, &routed);
	p->bridged = 0;
	if (!find_bridge(ps, p))
		find_route(ps, p, &routed);
	return p;
}

/*
 * Tells connection tracking that numbers of a packet's connection differ between
 * its ends: 0, also where it is not tracked, or -1.
 */
static int
set_liberal(struct paths *ps, const struct div_frame *f, uint64_t now)
{
	const struct path *p;
	struct div_packet packet;

	if (div_packet_parse(&packet, f->packet, f->caplen) == -1 ||
	    (p = path_find(ps, f, &packet, now)) == NULL || p->unknown)
		return -1;
	return p->tracked ? conntrack_set_liberal(ps->conntrack, &p->t) : 0;
}

/* Else conntrack finds segments of the connection INVALID, and NAT skips them. */
void
nfq_resized(struct div *d, const struct div_frame *f)
{
	struct nfq *q = d->priv;

	if (div_conntrack() && set_liberal(&q->paths, f, d->now) == -1)
		d->n.strict++;
}
