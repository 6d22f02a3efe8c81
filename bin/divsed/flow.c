/* SPDX-License-Identifier: ISC */

/*
 * What -s and k know of connections: a bounded table, from which the one that
 * was quiet for longest goes first.  Both directions are one connection.
 */

#include <sys/types.h>
#include <sys/queue.h>
#include <netinet/in.h>

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "divsed.h"

#define FLOWS_MAX 65536
#define BUCKETS 65536

struct entry {
	LIST_ENTRY(entry) chain;
	TAILQ_ENTRY(entry) lru;
	struct div_flow_key key;
	int begun; /* got further than a SYN */
	struct flow flow;
	struct range ranges[];
};

static LIST_HEAD(, entry) * table;
static TAILQ_HEAD(lru, entry) lru = TAILQ_HEAD_INITIALIZER(lru);
static unsigned int nentries;
static uint64_t seed;

void
flows_init(void)
{
	if ((table = calloc(BUCKETS, sizeof(*table))) == NULL)
		err(1, NULL);
	arc4random_buf(&seed, sizeof(seed));
}

static void
entry_clear(struct entry *e)
{
	memset(&e->flow, 0, sizeof(e->flow));
	memset(e->ranges, 0, nranges * sizeof(e->ranges[0]));
	e->flow.ranges = e->ranges;
	e->begun = 0;
}

static struct entry *
entry_new(void)
{
	struct entry *e;

	if (nentries == FLOWS_MAX) {
		e = TAILQ_LAST(&lru, lru);
		LIST_REMOVE(e, chain);
		TAILQ_REMOVE(&lru, e, lru);
		return e;
	}
	e = malloc(sizeof(*e) + nranges * sizeof(e->ranges[0]));
	if (e == NULL)
		err(1, NULL);
	nentries++;
	return e;
}

/* A SYN that comes after other packets begins a new connection. */
static int
is_syn(const struct div_packet *p)
{
	return p->proto == IPPROTO_TCP && p->fragment != DIV_LATER &&
	    p->payload >= p->l4 + 20 && (p->data[p->l4 + 13] & 0x12) == 0x02;
}

static struct entry *
find(const struct div_flow_key *key, uint64_t bucket)
{
	struct entry *e;

	LIST_FOREACH(e, &table[bucket], chain)
		if (memcmp(&e->key, key, sizeof(*key)) == 0)
			break;
	return e;
}

/*
 * NULL when the connection is not known and shall not be made.  What is not IP
 * makes one.
 */
struct flow *
flow_find(const struct div_packet *p, int make)
{
	struct div_flow_key key;
	struct entry *e;
	uint64_t bucket;

	if (nentries == 0 && !make)
		return NULL;
	div_flow_key(&key, p);
	bucket = XXH3_64bits_withSeed(&key, sizeof(key), seed) % BUCKETS;
	if ((e = find(&key, bucket)) != NULL)
		TAILQ_REMOVE(&lru, e, lru);
	else if (make) {
		e = entry_new();
		e->key = key;
		entry_clear(e);
		LIST_INSERT_HEAD(&table[bucket], e, chain);
	} else
		return NULL;
	TAILQ_INSERT_HEAD(&lru, e, lru);
	if (!is_syn(p))
		e->begun = 1;
	else if (e->begun)
		entry_clear(e);
	return &e->flow;
}
