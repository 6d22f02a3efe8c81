/* SPDX-License-Identifier: ISC */

/*
 * The out-of-order queue: segments beyond rcv_nxt wait, sorted by number, until
 * the gap before them is filled, and the sender gets duplicate ACKs with SACK
 * blocks (RFC 2018, 4) as the receiver would send them.  The queue is bounded in
 * bytes, segments and time; a few segments keep their place in the kernel's
 * queue, the others go on as new packets.
 */

#include <stdlib.h>
#include <string.h>

#include "tcp/tcp.h"

#define OFO_BYTES (16 << 20)          /* of a half-connection */
#define OFO_SEGS 4096                 /* of one: ACKs walk them */
#define OFO_TIME (30 * 1000000000ULL) /* ns */

void
tcp_timer_arm(struct tcp_table *tbl, struct tcp_conn *conn)
{
	if (conn->timer_armed)
		return;
	conn->timer_armed = 1;
	TAILQ_INSERT_TAIL(&tbl->timers, conn, timer_entry);
}

/*
 * Drops the diverted packet; the segment will go on as a new one.  A local sender
 * does not retransmit while its packets wait in the kernel, and a queue full of
 * waiting segments could not take in the missing one.
 */
static int
release_slot(struct tcp_table *tbl, struct tcp_ofo_seg *seg)
{
	if (seg->f.id == 0)
		return 0;
	if (seg->f.dir != DIV_OUT && tbl->queue_slots < tbl->queue_max) {
		tbl->queue_slots++;
		return 0;
	}
	if (tbl->ops->verdict(tbl->arg, &seg->f, TCP_ABSORB) == -1)
		return -1;
	seg->f.id = 0;
	return 0;
}

/* Queues a segment behind at, or first; NULL if there is no room. */
static struct tcp_ofo_seg *
ofo_new(struct tcp_table *tbl, struct tcp_segment *s, struct tcp_ofo_seg *at)
{
	struct tcp_half *h = s->from;
	size_t size = sizeof(*at) + s->f->caplen;
	struct tcp_ofo_seg *seg;

	if (h->ofo_segs == OFO_SEGS || h->ofo_bytes + size > OFO_BYTES ||
	    tbl->ofo_bytes + size > tbl->limit / 2 ||
	    (seg = malloc(size)) == NULL)
		return NULL;
	seg->f = *s->f;
	seg->f.packet = seg->packet;
	seg->f.wire = NULL;
	seg->f.hdrlen = h->hdrlen;
	seg->f.opaque = h->opaque;
	seg->seq = s->seq;
	seg->end = seq_end(s);
	seg->size = size;
	seg->sack_pending = 0;
	seg->expires = tbl->now + OFO_TIME;
	memcpy(seg->packet, s->f->packet, s->f->caplen);
	if (at == NULL)
		TAILQ_INSERT_HEAD(&h->ofoq, seg, entry);
	else
		TAILQ_INSERT_AFTER(&h->ofoq, at, seg, entry);
	h->ofo_segs++;
	h->ofo_bytes += size;
	tbl->ofo_bytes += size;
	tbl->n.memory += size;
	tbl->n.held++;
	return seg;
}

/* Remembers a block that was reported before; the newest come first. */
static void
older_block(struct tcp_sack *old, uint32_t left, uint32_t right)
{
	unsigned int i;

	old->n += old->n < TCP_SACK_TS;
	for (i = old->n - 1; i > 0; i--) {
		old->left[i] = old->left[i - 1];
		old->right[i] = old->right[i - 1];
	}
	old->left[0] = left;
	old->right[0] = right;
}

/* Repeats older blocks in the room left: an ACK may have been lost (RFC 2018). */
static void
repeat_older(struct tcp_sack *sack, const struct tcp_sack *old)
{
	unsigned int i;

	for (i = 0; i < old->n && sack->n < TCP_SACK_TS; i++) {
		sack->left[sack->n] = old->left[i];
		sack->right[sack->n++] = old->right[i];
	}
}

/* The block that begins with a segment; returns the segment behind it or NULL. */
static struct tcp_ofo_seg *
next_block(struct tcp_ofo_seg *seg, uint32_t *left, uint32_t *right, int *fresh)
{
	*left = seg->seq;
	*right = seg->end;
	*fresh = 0;
	for (; seg != NULL && !seq_before(*right, seg->seq);
	     seg = TAILQ_NEXT(seg, entry)) {
		if (seq_before(*right, seg->end))
			*right = seg->end;
		*fresh |= seg->sack_pending;
		seg->sack_pending = 0;
	}
	return seg;
}

/* Reports all blocks with segments that arrived since the last report. */
static int
send_sacks(struct tcp_table *tbl, struct tcp_conn *conn, int side)
{
	struct tcp_half *h = &conn->half[side];
	struct tcp_ofo_seg *seg = TAILQ_FIRST(&h->ofoq);
	struct tcp_sack sack = { .n = 0 }, old = { .n = 0 };
	uint32_t left, right;
	int fresh;

	while (seg != NULL) {
		seg = next_block(seg, &left, &right, &fresh);
		if (fresh) {
			sack.left[sack.n] = left;
			sack.right[sack.n++] = right;
		} else
			older_block(&old, left, right);
		if (seg == NULL && sack.n > 0)
			repeat_older(&sack, &old);
		if (sack.n < TCP_SACK_TS && (seg != NULL || sack.n == 0))
			continue;
		if (tcp_send_ack(tbl, conn, side, h->last_ack_sent, &sack) ==
		    -1)
			return -1;
		sack.n = 0;
	}
	return 0;
}

/* Sends the duplicate ACKs that the receiver would send for queued segments. */
int
tcp_sack_send(struct tcp_table *tbl, struct tcp_conn *conn, int side)
{
	struct tcp_half *h = &conn->half[side];
	uint32_t fresh = h->sack_pending;
	int advanced;

	h->sack_pending = 0;
	if (fresh == 0 || !h->acked)
		return 0;
	/* with equal numbers, the ends must be able to go on without us */
	advanced = conn->resized && tcp_local_ack_all(tbl, conn, side);
	if (TAILQ_EMPTY(&h->ofoq))
		return advanced ?
		    tcp_send_ack(tbl, conn, side, h->last_ack_sent, NULL) :
		    0;
	if (h->sack_ok && conn->half[!side].sack_ok)
		return send_sacks(tbl, conn, side);
	while (fresh-- > 0)
		if (tcp_send_ack(tbl, conn, side, h->last_ack_sent, NULL) == -1)
			return -1;
	return 0;
}

/* One report for all segments of a batch. */
int
tcp_sack_schedule(struct tcp_table *tbl, struct tcp_conn *conn, int side)
{
	if (!tbl->ops->gather)
		return tcp_sack_send(tbl, conn, side);
	if (conn->half[side].sack_pending > 0)
		tcp_defer(tbl, conn);
	return 0;
}

/* Queues a segment beyond rcv_nxt; its acknowledgement goes on at once. */
int
tcp_ofo_insert(struct tcp_table *tbl, struct tcp_segment *s)
{
	struct tcp_half *h = s->from;
	struct tcp_ofo_seg *seg, *at;
	int error, repeated;

	TAILQ_FOREACH_REVERSE(at, &h->ofoq, tcp_ofo_head, entry)
	if (!seq_before(s->seq, at->seq))
		break;
	repeated = at != NULL && at->seq == s->seq;
	seg = repeated ? at : ofo_new(tbl, s, at);
	if (seg == NULL) {
		tcp_note_dropped(tbl, DIV_REFUSE_MEMORY);
		return tcp_send_ack_only(tbl, s);
	}
	if (s->advances && !repeated)
		seg->f.id = 0;
	error = s->advances || repeated ? tcp_send_ack_only(tbl, s) :
					  release_slot(tbl, seg);
	seg->sack_pending = 1;
	h->sack_pending++;
	tcp_timer_arm(tbl, s->conn);
	return error | tcp_sack_schedule(tbl, s->conn, s->side);
}

void
tcp_ofo_remove(struct tcp_table *tbl, struct tcp_half *h,
    struct tcp_ofo_seg *seg)
{
	TAILQ_REMOVE(&h->ofoq, seg, entry);
	h->ofo_segs--;
	h->ofo_bytes -= seg->size;
	tbl->ofo_bytes -= seg->size;
	tbl->n.memory -= seg->size;
	tbl->queue_slots -= seg->f.id != 0;
}

/*
 * Delivers queued segments while they are in order.  Their timestamps are old by
 * now: refresh them, or PAWS rejects the segments (RFC 7323, 5.3).
 */
enum tcp_action
tcp_ofo_deliver(struct tcp_table *tbl, struct tcp_conn *conn, int side)
{
	struct tcp_half *h = &conn->half[side];
	struct div_packet p;
	struct tcp_segment s;
	struct tcp_ofo_seg *seg;
	enum tcp_action action = TCP_STOLEN;

	while (action == TCP_STOLEN && (seg = TAILQ_FIRST(&h->ofoq)) != NULL &&
	    !seq_before(h->map.rcv_nxt, seg->seq)) {
		tcp_ofo_remove(tbl, h, seg);
		div_packet_parse(&p, seg->packet, seg->f.caplen);
		tcp_segment_parse(&s, &seg->f, &p, conn, side);
		tcp_ts_refresh(&s, h->ts_recent);
		action = tcp_input_translated(tbl, &s);
		free(seg);
		h->sack_pending = 1; /* one ACK for all */
	}
	if (action == TCP_STOLEN && tcp_sack_schedule(tbl, conn, side) == -1)
		return TCP_FAILED;
	return action;
}

/*
 * Drops the segments of out-of-order queues in the kernel, before a verdict on
 * all pending packets: they will go on as new packets.
 */
int
tcp_leave_queue(struct tcp_table *tbl)
{
	struct tcp_conn *conn;
	struct tcp_ofo_seg *seg;
	int side;

	TAILQ_FOREACH(conn, &tbl->timers, timer_entry)
		for (side = 0; side < 2; side++)
			TAILQ_FOREACH(seg, &conn->half[side].ofoq, entry) {
				if (seg->f.id == 0)
					continue;
				if (tbl->ops->verdict(tbl->arg, &seg->f,
					TCP_ABSORB) == -1)
					return -1;
				seg->f.id = 0;
				tbl->queue_slots--;
			}
	return 0;
}

/* Drops segments whose gap was not filled in time. */
static int
ofo_expire(struct tcp_table *tbl, struct tcp_half *h, uint64_t *next)
{
	struct tcp_ofo_seg *seg, *next_seg;
	int error = 0;

	TAILQ_FOREACH_SAFE(seg, &h->ofoq, entry, next_seg)
	{
		if (seg->expires > tbl->now) {
			if (seg->expires < *next)
				*next = seg->expires;
			continue;
		}
		tcp_ofo_remove(tbl, h, seg);
		error |= tbl->ops->verdict(tbl->arg, &seg->f, TCP_ABSORB);
		free(seg);
	}
	return error;
}

/* Runs the timers of one connection, which may end by that. */
static int
tick(struct tcp_table *tbl, struct tcp_conn *conn, uint64_t *next)
{
	struct tcp_half *h;
	int side, n, busy = 0;

	for (side = 0; side < 2; side++) {
		h = &conn->half[side];
		n = tcp_rto_tick(tbl, conn, side, next);
		if (n == -2)
			return tcp_conn_end(tbl, conn);
		if (n == -1 || ofo_expire(tbl, h, next) == -1)
			return -1;
		busy |= h->local_ack || !TAILQ_EMPTY(&h->ofoq);
	}
	if (!busy) {
		TAILQ_REMOVE(&tbl->timers, conn, timer_entry);
		conn->timer_armed = 0;
	}
	return 0;
}

/*
 * Runs the timers that have expired.  Returns when the next one will, or
 * UINT64_MAX; 0 when a packet could not be sent.
 */
uint64_t
tcp_tick(struct tcp_table *tbl, uint64_t now)
{
	struct tcp_conn *conn, *next_conn;
	uint64_t next = UINT64_MAX;

	tbl->now = now;
	TAILQ_FOREACH_SAFE(conn, &tbl->timers, timer_entry, next_conn)
	if (tick(tbl, conn, &next) == -1)
		return 0;
	return next;
}
