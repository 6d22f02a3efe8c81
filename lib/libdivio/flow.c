/* SPDX-License-Identifier: ISC */

/* The table of TCP connections: bounded. */

#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "flow_table.h"

#define BUCKETS (1 << 16)
#define LOOK 64 /* connections until one that needs us is given up */

/*
 * memory is the most that the table may use, in bytes; the functions in ops get
 * arg.  NULL when there is not that much.
 */
struct flows *
flows_new(size_t memory, const struct flow_ops *ops, void *arg)
{
	struct flows *fs;

	if ((fs = calloc(1, sizeof(*fs))) == NULL)
		return NULL;
	fs->table = calloc(BUCKETS, sizeof(*fs->table));
	fs->buf = malloc(DIV_PACKETMAX);
	if (fs->table == NULL || fs->buf == NULL) {
		free(fs->table);
		free(fs->buf);
		free(fs);
		return NULL;
	}
	arc4random_buf(&fs->seed, sizeof(fs->seed));
	fs->limit = memory;
	fs->ops = ops;
	fs->arg = arg;
	TAILQ_INIT(&fs->lru);
	TAILQ_INIT(&fs->timed);
	TAILQ_INIT(&fs->unsent);
	return fs;
}

const struct flow_counters *
flows_counters(const struct flows *fs)
{
	return &fs->n;
}

static void
half_init(struct half *h)
{
	memset(h, 0, sizeof(*h));
	h->wscale = WSCALE_UNKNOWN;
	TAILQ_INIT(&h->held);
	TAILQ_INIT(&h->holes);
}

/* Held segments of a connection that ends are dropped. */
static void
half_free(struct flows *fs, struct half *h)
{
	struct held *hd;

	while ((hd = TAILQ_FIRST(&h->held)) != NULL) {
		flow_take_out(fs, h, hd);
		fs->ops->verdict(fs->arg, &hd->f, 1);
		free(hd);
	}
	flow_holes_free(fs, h);
	while (h->map.count > 0)
		flow_pop(fs, h);
	fs->n.memory -= h->map.size * sizeof(struct kept);
	seqmap_free(&h->map);
}

/* Forgets what is known of a connection, but not the connection. */
void
flow_clear(struct flows *fs, struct flow *flow)
{
	int i;

	for (i = 0; i < 2; i++) {
		half_free(fs, &flow->half[i]);
		half_init(&flow->half[i]);
	}
	if (flow->is_timed)
		TAILQ_REMOVE(&fs->timed, flow, timed);
	if (flow->is_unsent)
		TAILQ_REMOVE(&fs->unsent, flow, unsent);
	flow->is_unsent = flow->is_timed = flow->shifted = flow->signed_ = 0;
	flow->asked = flow->over = flow->lost = 0;
}

static void
flow_free(struct flows *fs, struct flow *flow)
{
	flow_clear(fs, flow);
	TAILQ_REMOVE(&fs->lru, flow, lru);
	LIST_REMOVE(flow, chain);
	fs->n.memory -= sizeof(*flow);
	fs->n.flows--;
	free(flow);
}

void
flow_pop(struct flows *fs, struct half *h)
{
	fs->n.memory -= seqmap_at(&h->map, 0)->elen;
	seqmap_pop(&h->map);
}

static struct flow *
flow_new(struct flows *fs, const struct div_flow_key *key,
    struct bucket *bucket)
{
	struct flow *flow;

	if ((flow = calloc(1, sizeof(*flow))) == NULL)
		return NULL;
	flow->key = *key;
	half_init(&flow->half[0]);
	half_init(&flow->half[1]);
	LIST_INSERT_HEAD(bucket, flow, chain);
	TAILQ_INSERT_TAIL(&fs->lru, flow, lru);
	fs->n.memory += sizeof(*flow);
	fs->n.flows++;
	return flow;
}

/* Finds the connection of a packet, or makes it; side says which end sent it. */
struct flow *
flow_find(struct flows *fs, const struct div_packet *p, int *side)
{
	struct div_flow_key key;
	struct bucket *bucket;
	struct flow *flow;

	*side = div_flow_key(&key, p);
	bucket = &fs->table[XXH3_64bits_withSeed(&key, sizeof(key), fs->seed) %
	    BUCKETS];
	LIST_FOREACH(flow, bucket, chain)
		if (memcmp(&flow->key, &key, sizeof(key)) == 0)
			break;
	if (flow == NULL)
		return flow_new(fs, &key, bucket);
	if (TAILQ_NEXT(flow, lru) != NULL) {
		TAILQ_REMOVE(&fs->lru, flow, lru);
		TAILQ_INSERT_TAIL(&fs->lru, flow, lru);
	}
	return flow;
}

/* Both ends have said that they are done, and heard it. */
static int
closed(const struct flow *flow)
{
	const struct half *a = &flow->half[0], *b = &flow->half[1];

	return a->fin && b->fin && a->una == a->map.enext &&
	    b->una == b->map.enext;
}

/* One whose numbers are shifted could not live without us. */
static int
needs_us(const struct flow *flow)
{
	return flow->shifted && !flow->over && !closed(flow);
}

/* Ends a connection.  If it could not live without us, both ends are told. */
int
flow_end(struct flows *fs, struct flow *flow)
{
	int error = 0;

	if (needs_us(flow)) {
		fs->n.reset++;
		error = flow_rst(fs, flow, 0) | flow_rst(fs, flow, 1);
	}
	flow_free(fs, flow);
	return error;
}

/*
 * The one that was idle for longest and does not need us; or, as what is dead
 * without having said so must not fill the table, the one idle for longest.
 */
static struct flow *
victim(struct flows *fs)
{
	struct flow *flow = TAILQ_FIRST(&fs->lru);
	int i;

	for (i = 0; flow != NULL && i < LOOK; i++) {
		if (!needs_us(flow))
			return flow;
		flow = TAILQ_NEXT(flow, lru);
	}
	fs->n.evicted++;
	return TAILQ_FIRST(&fs->lru);
}

/* Keeps to the memory that we may use. */
int
flows_shrink(struct flows *fs)
{
	while (fs->n.memory > fs->limit && !TAILQ_EMPTY(&fs->lru))
		if (flow_end(fs, victim(fs)) == -1)
			return -1;
	return 0;
}

/* Ends all connections. */
int
flows_reset(struct flows *fs)
{
	int error = 0;

	while (!TAILQ_EMPTY(&fs->lru))
		if (flow_end(fs, TAILQ_FIRST(&fs->lru)) == -1)
			error = -1;
	return error;
}

/* Forgets all connections, without telling their ends. */
void
flows_free(struct flows *fs)
{
	if (fs == NULL)
		return;
	while (!TAILQ_EMPTY(&fs->lru))
		flow_free(fs, TAILQ_FIRST(&fs->lru));
	free(fs->table);
	free(fs->buf);
	free(fs);
}
