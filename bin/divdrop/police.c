/* SPDX-License-Identifier: ISC */

/* Token buckets, one for each key, in a table that never grows. */

#include <err.h>
#include <string.h>

#include <xxhash.h>

#include "divdrop.h"
#include "tool.h"

#define SETS 8192
#define WAYS 8
#define NSEC 1000000000ULL

#define SRC 1
#define DST 2
#define SPORT 4
#define DPORT 8
#define PROTO 16

static const struct {
	const char *name;
	int fields;
} keys[] = {
	{ "src", SRC },
	{ "dst", DST },
	{ "flow", SRC | DST | SPORT | DPORT | PROTO },
	{ "port", DPORT | PROTO },
};

#define NKEYS (sizeof(keys) / sizeof(keys[0]))

static struct bucket table[SETS][WAYS];
static struct rate rate;
static int fields; /* that make the key; 0: all packets have one bucket */
static uint64_t seed, forgotten;

void
police_rate(const char *arg)
{
	rate_parse(arg, &rate);
}

void
police_key(const char *arg)
{
	size_t i;

	for (i = 0; i < NKEYS; i++) {
		if (strcmp(arg, keys[i].name) == 0) {
			fields = keys[i].fields;
			return;
		}
	}
	errx(TOOL_USAGE, "-k %s: expected src, dst, flow or port", arg);
}

void
police_seed(uint64_t s)
{
	seed = s;
}

uint64_t
police_forgotten(void)
{
	return forgotten;
}

/*
 * Time as the packets tell it, that never goes back: those that are a little
 * late come at the time of the newest, and a clock that was set back goes on
 * from there.
 */
uint64_t
police_clock(uint64_t t)
{
	static uint64_t now, newest;

	if (t > newest) {
		now += t - newest;
		newest = t;
	} else if (newest - t > NSEC)
		newest = t;
	return now;
}

/*
 * A bucket of depth ns fills up as time goes by.  Takes what a packet costs, if
 * there is enough; from one that is full, also more than it holds.
 */
int
bucket_take(struct bucket *b, uint64_t now, uint64_t cost, uint64_t depth)
{
	if (b->full < now)
		b->full = now;
	if (b->full != now && b->full - now + cost > depth)
		return 0;
	b->full += cost;
	return 1;
}

static uint64_t
key_of(const struct div_frame *f)
{
	struct {
		uint8_t src[16], dst[16];
		uint16_t sport, dport;
		uint8_t version, proto;
	} key;
	struct div_packet p;

	memset(&key, 0, sizeof(key));
	if (fields == 0 || div_packet_parse(&p, f->packet, f->caplen) == -1)
		return 0;
	if (fields & SRC)
		memcpy(key.src, p.src, p.addrlen);
	if (fields & DST)
		memcpy(key.dst, p.dst, p.addrlen);
	if (fields & (SRC | DST))
		key.version = p.version;
	if (fields & SPORT)
		key.sport = p.sport;
	if (fields & DPORT)
		key.dport = p.dport;
	if (fields & PROTO)
		key.proto = p.proto;
	return XXH3_64bits_withSeed(&key, sizeof(key), seed);
}

/*
 * The bucket of a key.  A new one is full, and takes the place of the one that
 * is the closest to it.
 */
static struct bucket *
find(uint64_t key, uint64_t now)
{
	struct bucket *set = table[key % SETS], *b = set;
	int i;

	for (i = 0; i < WAYS; i++) {
		if (set[i].key == key)
			return &set[i];
		if (set[i].full < b->full)
			b = &set[i];
	}
	if (b->full > now)
		forgotten++;
	b->key = key;
	b->full = 0;
	return b;
}

/* Is this packet beyond the rate of its key? */
int
police_exceeds(const struct div_frame *f)
{
	uint64_t now = police_clock(f->time), n = 1, scale = NSEC;

	if (rate.rate == 0)
		return 0;
	if (!rate.packets) {
		n = f->flags & DIV_F_TRUNC ? f->origlen : f->caplen;
		scale = 8 * NSEC;
	}
	return !bucket_take(find(key_of(f), now), now, n * scale / rate.rate,
	    rate.burst * scale / rate.rate);
}
