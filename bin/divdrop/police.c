/* SPDX-License-Identifier: ISC */

/*
 * Policing by one token bucket a key, as in the generic cell rate algorithm's
 * virtual scheduling (ITU-T I.371): the state is one time.  The buckets are a
 * set-associative table of fixed size.  A new key takes the bucket that is the
 * closest to full, whose loss changes the least; if it took the least recently
 * used one, a flood of new keys would refill all others.
 */

#include "divdrop.h"
#include "pktkey.h"
#include "tool.h"

#define SETS 8192
#define WAYS 8 /* buckets in a set */
#define NSEC 1000000000ULL

static struct bucket table[SETS][WAYS];
static struct tool_rate rate;
static int fields; /* 0: one bucket for all packets */
static uint64_t seed, forgotten;

void
police_rate(const char *arg)
{
	tool_rate('r', arg, &rate);
}

void
police_key(const char *arg)
{
	fields = pktkey_parse('k', arg);
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
 * Takes the tokens of a packet, cost, from a bucket that holds depth; both are
 * in ns, the time in which so many tokens come in.  Returns 0 if there are too
 * few.  A full bucket takes any packet, lest large ones never pass.
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

/* The bucket of a key.  A new one is full. */
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

/* True if a packet exceeds the rate of its key. */
int
police_exceeds(const struct div_frame *f)
{
	uint64_t now = tool_clock(f->time), n = 1, scale = NSEC;

	if (rate.rate == 0)
		return 0;
	if (!rate.packets) {
		n = f->flags & DIV_F_TRUNC ? f->origlen : f->caplen;
		scale = 8 * NSEC;
	}
	return !bucket_take(find(pktkey_hash(fields, f, seed), now), now,
	    n * scale / rate.rate, rate.burst * scale / rate.rate);
}
