/* SPDX-License-Identifier: ISC */

/*
 * Connections by their two addresses and ports, both directions as one.  The
 * limit is on the memory of all that they keep; beyond it the connection that
 * was idle for longest is evicted: a half-open one, so that a flood of SYNs evicts
 * no others; then one that is not translated.  Translated connections (seqadj) are
 * evicted when few others are left, with an RST to both ends, whose sequence
 * numbers no longer agree.
 */

#include <stdlib.h>
#include <string.h>

#include "tcp/tcp.h"

#define TOUCH_INTERVAL 10000000 /* ns */
#define SLOTS_MAX 64            /* of the kernel's queue, for all connections */

#define CONN_SIZE /* bytes of memory */                       \
	(sizeof(struct tcp_conn) + sizeof(struct tcp_entry) + \
	    DIV_TABLE_OVERHEAD)

/*
 * memory is the most that the table may use, in bytes; the functions in ops get
 * arg.  NULL when memory is short.
 */
struct tcp_table *
tcp_new(size_t memory, const struct tcp_ops *ops, void *arg)
{
	struct div_table_options opt = {
		.size = sizeof(struct tcp_entry),
		.keylen = sizeof(struct div_flow_key),
		.max = memory / CONN_SIZE + 1, /* the newest is above it */
		.lists = TCP_NLISTS,
	};
	struct tcp_table *tbl;

	if ((tbl = calloc(1, sizeof(*tbl))) == NULL)
		return NULL;
	tbl->entries = div_table_new(&opt);
	tbl->buf = malloc(DIV_PACKETMAX);
	if (tbl->entries == NULL || tbl->buf == NULL) {
		div_table_free(tbl->entries);
		free(tbl->buf);
		free(tbl);
		return NULL;
	}
	tbl->limit = memory;
	tbl->queue_max = SLOTS_MAX;
	tbl->reserved = opt.max / 16;
	tbl->ops = ops;
	tbl->arg = arg;
	TAILQ_INIT(&tbl->timers);
	TAILQ_INIT(&tbl->deferred);
	return tbl;
}

/* Segments that wait leave three quarters of the kernel's queue to others. */
void
tcp_limit_queue(struct tcp_table *tbl, uint32_t queuelen)
{
	tbl->queue_max = queuelen / 4 < SLOTS_MAX ? queuelen / 4 : SLOTS_MAX;
}

/* Queues the data of all connections, from their handshake on. */
void
tcp_queue_all(struct tcp_table *tbl)
{
	tbl->queue_all = 1;
}

/* Sets the bits of the mark for connections whose numbers differ. */
void
tcp_set_mark(struct tcp_table *tbl, uint32_t mark)
{
	tbl->mark = mark;
}

/* Segments behind a gap pass until a change of length. */
void
tcp_allow_disorder(struct tcp_table *tbl)
{
	tbl->disorder = 1;
}

const struct tcp_counters *
tcp_counters(const struct tcp_table *tbl)
{
	return &tbl->n;
}

static void
half_init(struct tcp_half *h)
{
	memset(h, 0, sizeof(*h));
	h->wscale = TCP_WSCALE_UNKNOWN;
	TAILQ_INIT(&h->ofoq);
	TAILQ_INIT(&h->rexmits);
}

/* Held segments of a connection that ends are dropped. */
static void
half_free(struct tcp_table *tbl, struct tcp_half *h)
{
	struct tcp_ofo_seg *seg;

	while ((seg = TAILQ_FIRST(&h->ofoq)) != NULL) {
		tcp_ofo_remove(tbl, h, seg);
		tbl->ops->verdict(tbl->arg, &seg->f, TCP_ABSORB);
		free(seg);
	}
	tcp_rexmit_free(tbl, h);
	while (h->map.count > 0)
		tcp_rtxq_pop(tbl, h);
	tbl->n.memory -= h->map.size * sizeof(struct tcp_rtxseg);
	seqmap_free(&h->map);
}

/* Forgets what is known of a connection, but not the connection. */
void
tcp_conn_clear(struct tcp_table *tbl, struct tcp_conn *conn)
{
	int i;

	tcp_unsave(tbl, conn);
	for (i = 0; i < 2; i++) {
		half_free(tbl, &conn->half[i]);
		half_init(&conn->half[i]);
	}
	if (conn->timer_armed)
		TAILQ_REMOVE(&tbl->timers, conn, timer_entry);
	if (conn->is_deferred)
		TAILQ_REMOVE(&tbl->deferred, conn, deferred_entry);
	conn->is_deferred = conn->timer_armed = conn->translated =
	    conn->immutable = 0;
	conn->probed = conn->closed = conn->broken = conn->resized = 0;
	conn->asked = conn->orphan = conn->noted = 0;
	conn->dead = 0;
	conn->asked_at = 0;
	conn->used = 0;
	memset(conn->syn, 0, sizeof(conn->syn));
}

static void
conn_free(struct tcp_table *tbl, struct tcp_conn *conn)
{
	tcp_conn_clear(tbl, conn);
	if (tbl->found == conn->entry)
		tbl->found = NULL;
	div_table_remove(tbl->entries, conn->entry);
	tbl->n.memory -= CONN_SIZE;
	tbl->n.conns--;
	free(conn);
}

void
tcp_rtxq_pop(struct tcp_table *tbl, struct tcp_half *h)
{
	tbl->n.memory -= seqmap_at(&h->map, 0)->elen;
	seqmap_pop(&h->map);
}

static struct tcp_conn *
conn_new(struct tcp_table *tbl, const struct div_flow_key *key)
{
	struct tcp_conn *conn;

	if ((conn = calloc(1, sizeof(*conn))) == NULL ||
	    (conn->entry = div_table_add(tbl->entries, key)) == NULL) {
		free(conn);
		return NULL;
	}
	conn->entry->conn = conn;
	conn->touched = tbl->now;
	half_init(&conn->half[0]);
	half_init(&conn->half[1]);
	tbl->n.memory += CONN_SIZE;
	tbl->n.conns++;
	return conn;
}

/* The entry with this key: most often, that of the packet before. */
static struct tcp_entry *
find_entry(struct tcp_table *tbl, const struct div_flow_key *key)
{
	struct tcp_entry *entry = tbl->found;

	if (entry != NULL && memcmp(&entry->key, key, sizeof(*key)) == 0)
		return entry;
	if ((entry = div_table_find(tbl->entries, key)) != NULL)
		tbl->found = entry;
	return entry;
}

/* The connection of a packet, or NULL; side says which end sent it. */
struct tcp_conn *
tcp_conn_lookup(struct tcp_table *tbl, const struct div_packet *p, int *side)
{
	const struct tcp_entry *entry;
	struct div_flow_key key;

	*side = div_flow_key(&key, p);
	entry = find_entry(tbl, &key);
	return entry == NULL ? NULL : entry->conn;
}

/* Finds the connection of a packet, or makes it; side says which end sent it. */
struct tcp_conn *
tcp_conn_find(struct tcp_table *tbl, const struct div_packet *p, int *side)
{
	struct div_flow_key key;
	const struct tcp_entry *entry;

	*side = div_flow_key(&key, p);
	entry = find_entry(tbl, &key);
	return entry == NULL ? conn_new(tbl, &key) : entry->conn;
}

/*
 * True if the connection goes on as well unseen: no numbers differ, no edited
 * data may be retransmitted, no segment waits for another.
 */
int
tcp_may_leave(struct tcp_table *tbl, const struct div_packet *p)
{
	const struct tcp_entry *entry;
	const struct tcp_half *half;
	struct div_flow_key key;

	div_flow_key(&key, p);
	if ((entry = find_entry(tbl, &key)) == NULL)
		return 1;
	half = entry->conn->half;
	return !entry->conn->translated && TAILQ_EMPTY(&half[0].ofoq) &&
	    TAILQ_EMPTY(&half[1].ofoq);
}

/* It was reset, or both ends have said that they are done, and heard it. */
int
tcp_conn_is_closed(const struct tcp_conn *conn)
{
	const struct tcp_half *a = &conn->half[0], *b = &conn->half[1];

	return conn->closed ||
	    (a->fin && b->fin && a->snd_una == a->map.write_seq &&
		b->snd_una == b->map.write_seq);
}

/* Its ends depend on the translation of sequence numbers. */
static int
is_translated(const struct tcp_conn *conn)
{
	return conn->resized && !tcp_conn_is_closed(conn);
}

/* What each end sent was acknowledged by the other: neither is forged. */
static int
is_open(const struct tcp_conn *conn)
{
	return conn->half[0].acked && conn->half[1].acked &&
	    conn->half[0].seen && conn->half[1].seen;
}

static enum tcp_list
list_of(const struct tcp_conn *conn)
{
	if (is_translated(conn))
		return TCP_LIST_TRANSLATED;
	return conn->dead || is_open(conn) ? TCP_LIST_PLAIN :
					     TCP_LIST_HALF_OPEN;
}

/*
 * Moves a connection to the list that its state says, and makes it the newest
 * there.  The order need not be exact, and keeping it costs cache misses.
 */
void
tcp_conn_touch(struct tcp_table *tbl, struct tcp_conn *conn)
{
	if (tbl->now - conn->touched >= TOUCH_INTERVAL) {
		conn->touched = tbl->now;
		div_table_touch(tbl->entries, conn->entry);
	}
	div_table_move(tbl->entries, conn->entry, list_of(conn));
}

/* Forgets all but where segments of both halves go. */
static void
bury(struct tcp_table *tbl, struct tcp_conn *conn)
{
	const struct tcp_half half[2] = { conn->half[0], conn->half[1] };
	int i;

	tcp_conn_clear(tbl, conn);
	for (i = 0; i < 2; i++) {
		conn->half[i].mark = half[i].mark;
		conn->half[i].ifindex = half[i].ifindex;
		conn->half[i].dir = half[i].dir;
		conn->half[i].hdrlen = half[i].hdrlen;
		memcpy(conn->half[i].opaque, half[i].opaque, TCP_OPAQUE);
	}
	conn->dead = 1;
	div_table_move(tbl->entries, conn->entry, TCP_LIST_PLAIN);
}

/*
 * Ends a connection.  One that is translated, or has lost data, is reset at both
 * ends, and remembered: where the RST is lost, what comes is answered with
 * another, for it has no place any more.
 */
int
tcp_conn_end(struct tcp_table *tbl, struct tcp_conn *conn)
{
	int error;

	if (!is_translated(conn) && !conn->broken) {
		conn_free(tbl, conn);
		return 0;
	}
	tbl->n.reset++;
	error = tcp_send_rst(tbl, conn, 0) | tcp_send_rst(tbl, conn, 1);
	bury(tbl, conn);
	return error;
}

/*
 * The next connection to evict, or NULL.  Connections of a later list whose ends
 * vanished without a FIN or RST must not keep new ones out for ever.
 */
static struct tcp_conn *
evict_candidate(const struct tcp_table *tbl)
{
	const struct div_table *t = tbl->entries;
	const struct tcp_entry *entry = NULL;
	unsigned int list;

	for (list = 0; entry == NULL && list < TCP_NLISTS - 1; list++)
		if (div_table_length(t, list) > tbl->reserved)
			entry = div_table_oldest(t, list);
	for (list = TCP_NLISTS; entry == NULL && list-- > 0;)
		entry = div_table_oldest(t, list);
	return entry == NULL ? NULL : entry->conn;
}

/* Evicts connections until the limit on memory holds. */
int
tcp_shrink(struct tcp_table *tbl)
{
	struct tcp_conn *conn;

	while (tbl->n.memory > tbl->limit &&
	    (conn = evict_candidate(tbl)) != NULL) {
		tbl->n.evicted += (uint64_t)is_translated(conn);
		if (tcp_conn_end(tbl, conn) == -1)
			return -1;
	}
	return 0;
}

/* Ends all connections. */
int
tcp_reset_all(struct tcp_table *tbl)
{
	struct tcp_conn *conn;
	int error = 0;

	while ((conn = evict_candidate(tbl)) != NULL)
		error |= tcp_conn_end(tbl, conn);
	return error;
}

/* Frees all connections, without an RST to their ends. */
void
tcp_free(struct tcp_table *tbl)
{
	struct tcp_conn *conn;

	if (tbl == NULL)
		return;
	while ((conn = evict_candidate(tbl)) != NULL)
		conn_free(tbl, conn);
	div_table_free(tbl->entries);
	free(tbl->buf);
	free(tbl);
}

/* True while the numbers of any connection are translated. */
int
tcp_is_translating(const struct tcp_table *tbl)
{
	return div_table_length(tbl->entries, TCP_LIST_TRANSLATED) > 0;
}
