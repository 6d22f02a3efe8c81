/* SPDX-License-Identifier: ISC */

/*
 * Which connection a record is of.  In a connection a SYN changes nothing
 * (RFC 5961, 4): another begins on the same ports when the other end acknowledges
 * one of the last SYNs.  Without a handshake the first segments say which numbers
 * there are, until both ends agree.
 */

#include <string.h>

#include "tcp/tcp.h"

#define ANSWER_TIME 300000000 /* ns: a SYN comes again after a second */

/* Whether both ends agree on the numbers, or on those of a SYN. */
int
tcp_is_agreed(const struct tcp_conn *conn)
{
	const struct tcp_half *a = &conn->half[0], *b = &conn->half[1];

	return (a->syn && a->acked) || (b->syn && b->acked) ||
	    (a->seen && a->acked && b->seen && b->acked);
}

/* The place of a SYN: that of the same one, a free one, or that of the oldest. */
static size_t
place(const struct tcp_conn *conn, int side, uint32_t iss)
{
	const struct tcp_syn *syn;
	size_t i, found = TCP_SYNS - 1;

	for (i = TCP_SYNS; i-- > 0;) {
		syn = &conn->syn[i];
		if (!syn->valid)
			found = i;
		else if (syn->side == side && syn->iss == iss)
			return i;
	}
	return found;
}

/* The newest is the first, also if it comes again. */
static void
remember_syn(struct tcp_conn *conn, const struct tcp_syn *syn)
{
	size_t i = place(conn, syn->side, syn->iss);

	memmove(conn->syn + 1, conn->syn, i * sizeof(*syn));
	conn->syn[0] = *syn;
}

/* The SYN of a segment. */
static struct tcp_syn
syn_of(const struct tcp_segment *s)
{
	struct tcp_syn syn = { .iss = s->seq,
		.side = (uint8_t)s->side,
		.immutable = (uint8_t)tcp_opt_immutable(s),
		.valid = 1 };

	tcp_opt_syn(s, &syn.options);
	return syn;
}

/* A SYN that was taken for the connection's, until it is acknowledged. */
static void
keep_syn(struct tcp_conn *conn, int side)
{
	const struct tcp_half *h = &conn->half[side];
	const struct tcp_syn syn = { .iss = h->iss,
		.options = { h->peer_mss, h->wscale, h->sack_ok },
		.side = (uint8_t)side,
		.immutable = conn->immutable,
		.valid = 1 };

	if (h->syn && !h->acked)
		remember_syn(conn, &syn);
}

/* Forgets the numbers of a connection, but no SYN that may be another's. */
static void
clear_numbers(struct tcp_table *tbl, struct tcp_conn *conn)
{
	struct tcp_syn syn[TCP_SYNS];

	keep_syn(conn, 0);
	keep_syn(conn, 1);
	memcpy(syn, conn->syn, sizeof(syn));
	tcp_conn_clear(tbl, conn);
	memcpy(conn->syn, syn, sizeof(syn));
}

/* A connection begins anew; its SYN was acknowledged. */
static void
install(struct tcp_table *tbl, struct tcp_conn *conn, struct tcp_syn syn)
{
	struct tcp_half *h = &conn->half[syn.side];
	/* connection tracking takes it for the one before */
	uint8_t noted = conn->resized || conn->noted;

	clear_numbers(tbl, conn);
	conn->noted = noted;
	conn->immutable = syn.immutable;
	h->seen = h->syn = 1;
	h->iss = syn.iss;
	h->map.rcv_nxt = h->map.write_seq = syn.iss + 1;
	h->snd_nxt = h->seen_end = syn.iss + 1;
	h->wscale = syn.options.wscale;
	h->sack_ok = syn.options.sack_ok;
	h->peer_mss = syn.options.mss;
	conn->syn[place(conn, syn.side, syn.iss)].valid = 0;
}

/*
 * Whether no more can come of it.  Where both ends were seen this is never sure: a
 * FIN comes again when the last ACK is lost, and a receiver may not accept an RST
 * that looks right from here.
 */
static int
over(const struct tcp_conn *conn)
{
	if (conn->dead || (conn->half[0].seen && conn->half[1].seen))
		return 0;
	return conn->closed || (!conn->half[0].seen && !conn->half[1].seen);
}

/*
 * A SYN and its acknowledgement may both be a stranger's, or an RST that was lost
 * behind the sink.  The ends of a connection that lives answer a probe; those that
 * began another do not, and the acknowledgement comes again.  Returns whether they
 * have had the time.
 */
static int
are_silent(struct tcp_table *tbl, struct tcp_conn *conn)
{
	if (!tcp_is_agreed(conn) || !(conn->used || conn->translated) ||
	    conn->dead ||
	    (tcp_conn_is_closed(conn) && !(conn->closed && conn->resized)))
		return 1;
	if (conn->asked_at != 0)
		return tbl->now - conn->asked_at >= ANSWER_TIME;
	conn->asked_at = tbl->now;
	(void)tcp_send_probe(tbl, conn, 0);
	(void)tcp_send_probe(tbl, conn, 1);
	return 0;
}

/* A SYN with an ACK; returns whether it is of the connection that is known. */
static int
accept_syn_ack(struct tcp_table *tbl, struct tcp_segment *s)
{
	struct tcp_conn *conn = s->conn;
	const struct tcp_half *h = s->from, *peer = s->to;
	const struct tcp_syn *syn;

	if (h->syn && s->seq == h->iss && peer->syn && s->ack == peer->iss + 1)
		return 1;
	/* data of a stranger may have come before */
	if (!conn->translated && !h->syn)
		keep_syn(conn, !s->side);
	for (syn = conn->syn; syn < conn->syn + TCP_SYNS; syn++)
		if (syn->valid && syn->side != s->side &&
		    s->ack == syn->iss + 1) {
			if (!are_silent(tbl, conn))
				return 0;
			install(tbl, conn, *syn);
			return 1;
		}
	if (conn->dead || (peer->syn && s->ack != peer->iss + 1))
		return 0;
	return !h->seen;
}

/* Returns whether a SYN is of the connection that is known. */
int
tcp_accept_syn(struct tcp_table *tbl, struct tcp_segment *s)
{
	struct tcp_syn syn;

	if (s->flags & TH_ACK)
		return accept_syn_ack(tbl, s);
	if (s->from->syn && s->seq == s->from->iss)
		return 1;
	if (!over(s->conn)) {
		syn = syn_of(s);
		remember_syn(s->conn, &syn);
		return 0;
	}
	tcp_conn_clear(tbl, s->conn);
	return 1;
}

/*
 * The numbers of a connection that is met in the middle are those of its first
 * segments, which may be a stranger's.  Until both ends agree, one that
 * contradicts them begins anew.
 */
int
tcp_accept_anew(struct tcp_table *tbl, const struct tcp_segment *s)
{
	const struct tcp_conn *conn = s->conn;

	if (conn->translated || tcp_is_agreed(conn) || !(s->flags & TH_ACK) ||
	    s->flags & TH_RST)
		return 0;
	clear_numbers(tbl, s->conn);
	return 1;
}
