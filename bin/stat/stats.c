/* SPDX-License-Identifier: ISC */

/*
 * Counts frames: in rows of totals, in the latency histogram (log-linear, as
 * HDR histograms), in flows and in groups.  Memory is allocated at the start
 * only.
 */

#include <sys/types.h>
#include <netinet/in.h>

#include <err.h>
#include <string.h>

#include "stat.h"
#include "tool.h"

#define MEMORY_OWN 8 /* MiB of the limit that are not for tables */

/* ns; packets that are older come from a recording */
#define LATENCY_MAX (120 * NSEC_PER_SEC)

static const char *const row_names[NROWS] = {
	[TCP] = "tcp",
	[UDP] = "udp",
	[ICMP] = "icmp",
	[ICMP6] = "icmp6",
	[OTHER] = "other",
	[IN] = "in",
	[OUT] = "out",
	[FORWARD] = "forward",
	[UNKNOWN] = "unknown",
	[INJECTED] = "injected",
	[EDITED] = "edited",
	[DROPPED] = "dropped",
	[TOTAL] = "total",
};

const char *
row_name(enum row row)
{
	return row_names[row];
}

/* Bytes for a group: a key of one byte has 257 values at most. */
static size_t
group_memory(size_t size, size_t len, size_t share)
{
	size_t most = 512 * (size + 16);

	return len == 1 && most < share ? most : share;
}

/* Uses that much memory at most; returns how much. */
static size_t
group_init(struct group *g, const struct key *key, size_t share)
{
	size_t size = sizeof(struct item) + 1 + key->len;
	size_t want = group_memory(size, key->len, share);

	g->key = key;
	g->share = share;
	if (key->init != NULL)
		key->init();
	if (table_init(&g->table, 1 + key->len, size, want) == -1)
		err(1, NULL);
	return want;
}

/* Flows and the n keys share mib MiB of memory. */
void
stats_init(struct stats *st, size_t mib, const struct key *const *keys,
    size_t n)
{
	size_t memory = (mib - MEMORY_OWN) << 20, share = memory / (n + 1);
	size_t i;

	memset(st, 0, sizeof(*st));
	st->first = UINT64_MAX;
	st->ngroups = n;
	for (i = 0; i < n; i++)
		memory -= group_init(&st->groups[i], keys[i], share);
	if (table_init(&st->flows, sizeof(struct div_flow_key),
		sizeof(struct stat_flow), memory) == -1)
		err(1, NULL);
}

/* Groups by another key from now on, of which no packet was counted yet. */
void
group_change(struct group *g, const struct key *key)
{
	div_table_free(g->table.items);
	group_init(g, key, g->share);
}

void
stats_clear(struct stats *st)
{
	size_t i;

	memset(&st->all, 0, sizeof(st->all));
	st->first = UINT64_MAX;
	st->last = st->time = 0;
	table_clear(&st->flows);
	for (i = 0; i < st->ngroups; i++)
		table_clear(&st->groups[i].table);
}

void
item_add(struct item *it, int back, uint64_t len, uint64_t time, uint32_t turn)
{
	if (it->turn != turn) {
		it->turn = turn;
		memset(it->now, 0, sizeof(it->now));
	}
	it->all[back].packets++;
	it->all[back].bytes += len;
	it->now[back].packets++;
	it->now[back].bytes += len;
	it->last = time;
	if (time < it->first)
		it->first = time;
}

/* The counters of the current interval, from and to the originator. */
const struct count *
item_now(const struct item *it, uint32_t turn)
{
	static const struct count nothing[2];

	return it->turn == turn ? it->now : nothing;
}

static enum row
row_of_protocol(const struct stat_packet *s)
{
	if (!s->ip)
		return OTHER;
	switch (s->p.proto) {
	case IPPROTO_TCP:
		return TCP;
	case IPPROTO_UDP:
		return UDP;
	case IPPROTO_ICMP:
		return ICMP;
	case IPPROTO_ICMPV6:
		return ICMP6;
	default:
		return OTHER;
	}
}

enum row
row_of_direction(const struct div_frame *f)
{
	if (f->type == DIV_INJECT)
		return INJECTED;
	switch (f->dir) {
	case DIV_IN:
		return IN;
	case DIV_OUT:
		return OUT;
	case DIV_FORWARD:
		return FORWARD;
	default:
		return UNKNOWN;
	}
}

static void
add(struct stats *st, enum row row, uint64_t bytes)
{
	st->all.rows[row].packets++;
	st->all.rows[row].bytes += bytes;
}

/* The time since the diversion.  The clock is read once for each read(2). */
static void
add_latency(struct stats *st, const struct div_frame *f)
{
	uint64_t ns;

	if (st->clock == 0)
		st->clock = div_clock(CLOCK_REALTIME);
	ns = st->clock > f->time ? st->clock - f->time : 0;
	if (ns > LATENCY_MAX)
		return;
	st->all.latency[histogram_bucket(ns, LATENCY_BITS)]++;
	st->all.latency_sum += ns;
	if (ns > st->latency_max[1])
		st->latency_max[1] = ns;
	if (ns > st->latency_max[0])
		st->latency_max[0] = ns;
}

/* A quantile of the latency in ns, as precise as the buckets. */
uint64_t
stats_latency(const struct totals *t, double part)
{
	return histogram_quantile(t->latency, LATENCY_BITS, part);
}

/* The time of a packet, or of the one before if it has none. */
uint64_t
stats_time(const struct stats *st, const struct div_frame *f)
{
	return f->time == 0 || f->time > INT64_MAX ? st->time : f->time;
}

/* Bytes from the IP header on, before truncation. */
uint64_t
stats_length(const struct div_frame *f)
{
	return (f->flags & DIV_F_TRUNC) != 0 && f->origlen > f->caplen ?
	    f->origlen :
	    f->caplen;
}

static void
add_packet(struct stats *st, const struct div_frame *f)
{
	struct stat_packet s = { .f = f };
	struct group *g;

	s.time = st->time = stats_time(st, f);
	s.ip = div_packet_parse(&s.p, f->packet, f->caplen) == 0;
	s.len = stats_length(f);
	add(st, row_of_protocol(&s), s.len);
	add(st, row_of_direction(f), s.len);
	add(st, TOTAL, s.len);
	if (st->edits && f->digest != 0 && div_frame_edited(f))
		add(st, EDITED, s.len);
	if (f->type == DIV_PACKET && f->time != 0)
		add_latency(st, f);
	if (s.ip)
		flow_add(st, &s);
	for (g = st->groups; g < st->groups + st->ngroups; g++)
		group_add(g, &s, st->turn);
	if (s.time != 0 && s.time < st->first)
		st->first = s.time;
	if (s.time > st->last)
		st->last = s.time;
}

/* A drop record has the length of the packet. */
void
stats_frame(struct stats *st, const struct div_frame *f)
{
	if (f->type == DIV_PACKET || f->type == DIV_INJECT)
		add_packet(st, f);
	else if (f->type == DIV_DROP)
		add(st, DROPPED, f->origlen);
}

/* Begins a new interval. */
void
stats_turn(struct stats *st)
{
	st->turn++;
	st->latency_max[1] = 0;
}

/* The difference between two states of the totals. */
void
stats_since(struct totals *diff, const struct totals *now,
    const struct totals *then)
{
	const uint64_t *a = (const uint64_t *)now;
	const uint64_t *b = (const uint64_t *)then;
	uint64_t *d = (uint64_t *)diff;
	size_t i;

	for (i = 0; i < sizeof(*diff) / sizeof(*d); i++)
		d[i] = a[i] - b[i];
}

/* From the first packet to the last, by the time of frames. */
double
stats_seconds(const struct stats *st)
{
	return st->first < st->last ? (double)(st->last - st->first) / 1e9 : 0;
}
