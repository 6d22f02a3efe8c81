/* SPDX-License-Identifier: ISC */

/*
 * -r: a link with a queue, by virtual scheduling: as its rate is known, so is the
 * time at which a packet leaves when it arrives, and no packet has to be moved
 * from one queue to another.  The same holds for controlled delay, which drops at
 * the head: nothing else sees when.  With -k there is a link for each key; the
 * one that was idle for longest is forgotten.
 */

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "divdelay.h"
#include "pktkey.h"
#include "tool.h"

#define NSEC 1000000000ULL
#define LINKS_MAX 4096
#define LINKS_BYTES (64 << 20)
#define LIMIT_PACKETS 10000
#define LIMIT_BYTES 1000000000
#define LONGEST 65535 /* bytes of a packet */
#define MTU 1500
#define DEFAULT_TIME (NSEC / 4) /* of the default limit */
#define DEFAULT_PACKETS 10      /* at least */

struct delay_link {
	uint64_t key;
	uint64_t free; /* ns: when the last packet has left */
	struct trace_place place;
	struct codel codel;
	uint32_t turn;     /* of leaves: the oldest */
	uint64_t leaves[]; /* ns, of as many packets as may wait */
};

static const struct field fields[] = {
	{ "rate", UNIT_BITS | UNIT_PPS, 1, 1e12,
	    "a rate such as 10mbit, 500kbit or 100pps, at most 1000gbit" },
	{ "limit", UNIT_TIME | UNIT_BYTES | UNIT_PACKETS, 1, 60e9,
	    "bytes such as 64KiB (at most 1000m), packets such as 1000p (at most 10000), or a "
	    "time such as 100ms (at most 60s)" },
};

static uint64_t rate;     /* bits or packets a second; 0: no link, or a trace */
static int packets;       /* it is in packets */
static int traced, codel; /* -r trace:, -a */
static uint64_t limit;
static unsigned int limit_kind; /* UNIT_*, of limit; 0: the default */
static int64_t overhead;        /* bytes */
static int keyed;
static uint64_t seed;
static struct div_table *links;

static void
set_limit(const char *arg, const struct value *v)
{
	limit = (uint64_t)v->v;
	limit_kind = v->kind;
	if (limit_kind == UNIT_PACKETS && limit > LIMIT_PACKETS)
		errx(TOOL_USAGE, "-r %s: limit: expected at most %d packets",
		    arg, LIMIT_PACKETS);
	if (limit_kind == UNIT_BYTES && limit > LIMIT_BYTES)
		errx(TOOL_USAGE, "-r %s: limit: expected at most 1000m bytes",
		    arg);
}

/* trace:file[,limit]; the limit follows the last comma. */
static void
parse_trace(const char *arg, const char *path)
{
	const char *comma = strrchr(path, ',');
	char *name;
	struct value v;

	if ((name = strdup(path)) == NULL)
		err(1, NULL);
	traced = 1;
	rate = 0;
	if (comma != NULL) {
		name[comma - path] = '\0';
		fields_parse('r', comma + 1, fields + 1, 1, &v);
		set_limit(arg, &v);
	}
	trace_load(name);
	free(name);
}

void
link_parse(const char *arg)
{
	struct value v[2];

	limit_kind = 0;
	if (strncmp(arg, "trace:", 6) == 0) {
		parse_trace(arg, arg + 6);
		return;
	}
	fields_parse('r', arg, fields, 2, v);
	traced = 0;
	rate = (uint64_t)v[0].v;
	packets = v[0].kind == UNIT_PPS;
	if (v[1].kind != 0)
		set_limit(arg, &v[1]);
	if (packets && limit_kind == UNIT_BYTES)
		errx(TOOL_USAGE,
		    "-r %s: limit: the rate is in packets, so expected packets "
		    "such as 100p or a time",
		    arg);
}

void
link_key(const char *arg)
{
	keyed = pktkey_parse('k', arg);
}

void
link_overhead(const char *arg)
{
	const char *why;

	overhead = strtonum(arg, -MTU, MTU, &why);
	if (why != NULL)
		errx(TOOL_USAGE, "-O %s: expected bytes, from -%d to %d", arg,
		    MTU, MTU);
}

void
link_codel(void)
{
	codel = 1;
}

int
link_given(void)
{
	return traced || rate != 0;
}

/* A quarter of a second, but ten packets at least. */
static void
default_limit(void)
{
	limit = DEFAULT_TIME;
	limit_kind = UNIT_TIME;
	if (packets && rate < DEFAULT_PACKETS * 4) {
		limit = DEFAULT_PACKETS;
		limit_kind = UNIT_PACKETS;
	} else if (!packets && rate / 8 / 4 < DEFAULT_PACKETS * MTU) {
		limit = DEFAULT_PACKETS * MTU;
		limit_kind = UNIT_BYTES;
	}
}

void
link_init(void)
{
	struct div_table_options opt = {
		.size = sizeof(struct delay_link),
		.key = offsetof(struct delay_link, key),
		.keylen = sizeof(uint64_t),
		.max = 1,
	};

	if (!link_given())
		return;
	seed = seed_of('k');
	if (limit_kind == 0)
		default_limit();
	if (limit_kind == UNIT_PACKETS)
		opt.size += limit * sizeof(uint64_t);
	if (keyed)
		opt.max = LINKS_BYTES / opt.size < LINKS_MAX ?
		    LINKS_BYTES / opt.size :
		    LINKS_MAX;
	if ((links = div_table_new(&opt)) == NULL)
		err(1, NULL);
}

/* ns in which so many bytes leave; a packet, if the rate is in packets */
static uint64_t
cost(uint64_t bytes)
{
	return packets ? NSEC / rate : bytes * 8 * NSEC / rate;
}

static uint64_t
size_of(const struct div_frame *f)
{
	int64_t n = f->flags & DIV_F_TRUNC ? f->origlen : f->caplen;

	return n + overhead > 0 ? (uint64_t)(n + overhead) : 1;
}

/* The bytes that wait: those that the link can send until it is free. */
static uint64_t
backlog(const struct delay_link *l, uint64_t now)
{
	if (traced)
		return trace_bytes(&l->place, now);
	return (uint64_t)((double)(l->free - now) * (double)rate / 8e9);
}

static int
is_full(const struct delay_link *l, uint64_t now, uint64_t bytes)
{
	if (l->free <= now)
		return 0;
	switch (limit_kind) {
	case UNIT_PACKETS:
		return l->leaves[l->turn] > now;
	case UNIT_BYTES:
		return backlog(l, now) + bytes > limit;
	default:
		return l->free - now > limit;
	}
}

/* When a packet leaves that comes to the head of the queue at a time. */
static uint64_t
transmit(struct delay_link *l, uint64_t now, uint64_t bytes)
{
	uint64_t start = l->free > now ? l->free : now;

	if (!traced)
		return start + cost(bytes);
	trace_advance(&l->place, now);
	return trace_send(&l->place, bytes);
}

/* A packet that arrives at *t and is not dropped leaves at *t. */
enum link_outcome
link_send(const struct div_frame *f, uint64_t now, uint64_t *t)
{
	uint64_t key = pktkey_hash(keyed, f, seed), bytes = size_of(f);
	uint64_t start;
	struct delay_link *l;

	if (links == NULL)
		return LINK_SENT;
	l = div_table_get(links, &key);
	start = l->free > now ? l->free : now;
	if (is_full(l, now, bytes))
		return LINK_FULL;
	if (codel &&
	    codel_drops(&l->codel, start, start - now, traced ? 0 : cost(MTU)))
		return LINK_CODEL;
	*t = l->free = transmit(l, now, bytes);
	if (limit_kind == UNIT_PACKETS) {
		l->leaves[l->turn] = l->free;
		l->turn = (l->turn + 1) % (uint32_t)limit;
	}
	return LINK_SENT;
}

/* The longest time in the queue, ns. */
uint64_t
link_longest(void)
{
	if (!link_given())
		return 0;
	if (limit_kind == UNIT_TIME && !traced)
		return limit + cost(LONGEST);
	if (traced)
		return NEVER;
	return limit_kind == UNIT_BYTES ? cost(limit + LONGEST) :
					  (limit + 1) * cost(LONGEST);
}
