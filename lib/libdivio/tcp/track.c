/* SPDX-License-Identifier: ISC */

/*
 * Connections without a translation: tracks sequence numbers, windows, MSS and
 * options of both halves, as nf_conntrack_proto_tcp does, so that a change of
 * length can begin (seqadj_start) at data that has not passed before.
 */

#include "tcp/tcp.h"

/* Data before this number has passed, and was never queued. */
static void
track_next(struct tcp_half *h, uint32_t seq)
{
	h->map.rcv_nxt = h->map.write_seq = h->snd_nxt = seq;
	if (seq_before(h->seen_end, seq))
		h->seen_end = seq;
}

/* The right edge of the window that this segment advertises. */
void
tcp_track_window(struct tcp_segment *s)
{
	int scale = s->flags & TH_SYN ? 0 : tcp_wscale(s->from, s->to);
	uint32_t edge;

	if (scale == TCP_WSCALE_UNKNOWN)
		scale = TCP_WSCALE_MAX;
	edge = s->ack + ((uint32_t)s->wnd << scale);
	if (!s->to->acked || seq_before(s->to->wnd_end, edge))
		s->to->wnd_end = edge;
	if (s->to->wnd_max < edge - s->ack)
		s->to->wnd_max = edge - s->ack;
}

/*
 * Of a connection that was met in the middle, the receiver may have data from
 * before behind a gap: what comes in the gap has its place.
 */
static void
track_sack(struct tcp_segment *s)
{
	struct tcp_half *peer = s->to;
	uint32_t top;

	if (peer->syn || !tcp_opt_sack_top(s, &top) ||
	    seq_before(s->ack + peer->wnd_max, top) ||
	    (peer->seen && !seq_before(peer->map.rcv_nxt, top)) ||
	    (peer->gapped && !seq_before(peer->gap_end, top)))
		return;
	if (!peer->gapped)
		peer->gap = s->ack;
	peer->gapped = 1;
	peer->gap_end = top;
	if (peer->seen)
		track_next(peer, top);
}

/* The same in a translated connection, while nothing is queued. */
void
tcp_track_sack(struct tcp_segment *s)
{
	const struct tcp_half *peer = s->to;

	if (peer->map.count == 0 && TAILQ_EMPTY(&peer->ofoq) &&
	    peer->map.rcv_nxt == peer->map.write_seq)
		track_sack(s);
}

/* Acknowledged data has passed, even if it was not seen here. */
static void
track_ack(struct tcp_segment *s)
{
	struct tcp_half *h = s->from, *peer = s->to;

	tcp_track_window(s);
	peer->rcv_wnd_end = peer->wnd_end;
	if (!peer->acked || seq_before(peer->snd_una, s->ack))
		peer->snd_una = peer->last_ack_sent = s->ack;
	peer->acked = 1;
	/* its SYN was missed: its data begins here */
	if (s->flags & TH_SYN && !peer->seen) {
		peer->seen = 1;
		peer->seen_end = s->ack;
		track_next(peer, s->ack);
	}
	if (peer->seen && seq_before(peer->map.rcv_nxt, s->ack))
		track_next(peer, s->ack);
	track_sack(s);
	if (!h->ack_seen || !seq_before(s->ack, h->ack)) {
		h->ack = s->ack;
		h->wnd = s->wnd;
	}
	h->ack_seen = 1;
}

/* The first segment may be a retransmission of acknowledged data. */
static void
track_first(struct tcp_segment *s)
{
	struct tcp_half *h = s->from;

	if (h->seen)
		return;
	h->seen = 1;
	h->seen_end = s->seq;
	track_next(h, s->seq);
	if (h->acked && seq_before(s->seq, h->snd_una))
		track_next(h, h->snd_una);
	if (h->gapped && seq_before(s->seq, h->gap_end))
		track_next(h, h->gap_end);
}

/* The largest segment so far, with options: the path carries it. */
void
tcp_track_mss(struct tcp_segment *s)
{
	uint32_t n = s->olen + tcp_opt_len(s);

	if (s->olen != 0 && n > s->from->mss && n <= UINT16_MAX &&
	    !(s->f->flags & DIV_F_GSO))
		s->from->mss = (uint16_t)n;
}

/* Whether some of the data may not have passed before, although it is old. */
int
tcp_in_gap(const struct tcp_segment *s)
{
	const struct tcp_half *h = s->from;

	return h->gapped && seq_before(h->gap, seq_end(s)) &&
	    !(h->acked && !seq_before(h->snd_una, h->gap_end));
}

/* Whether all of the data has passed before, and as it was diverted. */
int
tcp_passed_original(const struct tcp_segment *s)
{
	const struct tcp_half *h = s->from;

	return !tcp_in_gap(s) &&
	    !(h->edited && seq_before(s->seq, h->edited_end));
}

/* While the peer was not seen, data behind a gap cannot wait. */
static void
track_gap(struct tcp_segment *s)
{
	struct tcp_half *h = s->from;

	if (seq_end(s) == s->seq || !seq_before(h->map.rcv_nxt, s->seq))
		return;
	if (!h->gapped)
		h->gap = h->map.rcv_nxt;
	h->gapped = 1;
	h->gap_end = seq_end(s);
}

static void
track_edited(struct tcp_segment *s)
{
	struct tcp_half *h = s->from;

	if (!s->edited || s->olen == 0)
		return;
	if (!h->edited || seq_before(h->edited_end, seq_end(s)))
		h->edited_end = seq_end(s);
	h->edited = 1;
}

/* Tracks a segment. */
static void
track(struct tcp_segment *s)
{
	struct tcp_half *h = s->from;
	struct tcp_syn_options o;
	uint32_t end = seq_end(s);

	if (s->flags & TH_RST)
		return;
	if (s->flags & TH_SYN) {
		/* state from before this SYN is another connection's */
		h->seen &= h->syn && h->iss == s->seq;
		tcp_opt_syn(s, &o);
		h->wscale = o.wscale;
		h->sack_ok = o.sack_ok;
		h->peer_mss = o.mss;
		h->syn = 1;
		h->iss = s->seq;
	}
	if (s->conn->immutable == DIV_OK)
		s->conn->immutable = (uint8_t)tcp_opt_immutable(s);
	track_first(s);
	tcp_opt_ts(s, h);
	track_gap(s);
	if (end != s->seq && seq_before(h->map.rcv_nxt, end))
		track_next(h, end);
	tcp_track_mss(s);
	track_edited(s);
	if (s->flags & TH_FIN)
		h->fin = 1;
	if (s->flags & TH_ACK)
		track_ack(s);
}

/* Starts the translation: from here on data is queued until acknowledged. */
static void
seqadj_start(struct tcp_segment *s)
{
	struct tcp_half *h = s->from, *peer = s->to;
	uint16_t least = tcp_mss_min(s->conn);
	int i;

	/* timestamps are in use only if both ends sent them */
	tcp_opt_ts(s, h);
	h->ts_ok = peer->ts_ok = h->ts_ok && peer->ts_ok;
	for (i = 0; i < 2; i++)
		if (s->conn->half[i].mss < least)
			s->conn->half[i].mss = least;
	s->conn->translated = 1;
}

/* The numbers of a connection differ between its ends from the first on. */
void
tcp_note_resized(struct tcp_table *tbl, struct tcp_segment *s)
{
	tbl->n.resized++;
	tbl->n.shifted += !s->conn->resized;
	if (!s->conn->resized && tbl->ops->resized != NULL)
		tbl->ops->resized(tbl->arg, s->f);
	s->conn->resized = 1;
}

/*
 * A SYN whose data changed its length goes without: its receiver acknowledges
 * the SYN alone, and the data comes again (RFC 7413, 4.2).
 */
static enum tcp_action
send_syn(struct tcp_table *tbl, struct tcp_segment *s)
{
	if (s->inserted || s->olen == 0)
		return tcp_refuse(tbl, DIV_REFUSE_SYN);
	s->olen = s->elen = 0;
	s->f->caplen = (uint32_t)s->hlen;
	track(s);
	return tbl->ops->verdict(tbl->arg, s->f, TCP_EDIT) == -1 ? TCP_FAILED :
								   TCP_STOLEN;
}

/*
 * Data whose length changed and that has passed before: as diverted, if it was
 * then; what a filter has edited has no other place now.
 */
static enum tcp_action
send_seen(struct tcp_table *tbl, struct tcp_segment *s, uint32_t next)
{
	if (!seq_before(next, seq_end(s)) && tcp_passed_original(s))
		return TCP_PASS_ORIGINAL;
	if (seq_before(next, seq_end(s)) && tcp_ask_up_to(tbl, s, next) == -1)
		return TCP_FAILED;
	return tcp_refuse(tbl, DIV_REFUSE_PASSED);
}

/*
 * The peer has not been seen.  A keepalive probe makes it send an ACK, which is
 * diverted, too, if both directions are; the sender retransmits the data.
 */
static enum tcp_action
send_probe(struct tcp_table *tbl, struct tcp_segment *s)
{
	if (s->conn->probed || s->inserted || s->flags & (TH_SYN | TH_RST) ||
	    !(s->flags & TH_ACK))
		return tcp_refuse(tbl, DIV_REFUSE_TCPLEN);
	s->conn->probed = 1;
	return tcp_send_header(tbl, s, s->seq - 1) == -1 ? TCP_FAILED :
							   TCP_STOLEN;
}

/* Whether a change of length may begin with this segment, and what else to do. */
static enum tcp_action
seqadj_check(struct tcp_table *tbl, struct tcp_segment *s)
{
	uint32_t next;

	if (s->flags & TH_SYN)
		return send_syn(tbl, s);
	track_first(s);
	next = s->from->map.rcv_nxt;
	if (s->inserted && s->f->type == DIV_INJECT && s->seq != next)
		return TCP_PASS;
	if (!s->to->seen || !s->from->acked)
		return send_probe(tbl, s);
	if (!s->inserted && seq_before(s->seq, next))
		return send_seen(tbl, s, next);
	if (s->from->fin || s->flags & TH_RST)
		return tcp_refuse(tbl, DIV_REFUSE_CLOSED);
	seqadj_start(s);
	return TCP_PASS;
}

/* Why this segment may not be edited, to whatever length. */
static enum div_reason
immutable(const struct tcp_segment *s)
{
	return s->conn->immutable != DIV_OK ?
	    (enum div_reason)s->conn->immutable :
	    tcp_opt_immutable(s);
}

/*
 * Data is queued although no number differs, so that its first version is the
 * only one: data behind a gap, which could not change its length once it had
 * passed, unless a filter changes the order on purpose; an edited segment, whose
 * retransmission the filter may see cut elsewhere, and not edit; with queue_all,
 * all data.
 */
static int
must_queue(const struct tcp_table *tbl, const struct tcp_segment *s)
{
	uint32_t next = s->from->map.rcv_nxt;

	return s->f->type == DIV_PACKET && s->from->seen && s->to->seen &&
	    !s->conn->immutable && !(s->flags & (TH_SYN | TH_RST)) &&
	    (s->olen != 0 || s->flags & TH_FIN) && !seq_before(s->seq, next) &&
	    (tbl->queue_all || s->edited || (s->seq != next && !tbl->disorder));
}

/*
 * Whether tcp_input() will look at the headers of a segment alone, which was not
 * edited: its data is neither queued nor translated.
 */
int
tcp_only_tracks(struct tcp_table *tbl, struct div_frame *f,
    const struct div_packet *p)
{
	struct tcp_segment s;
	struct tcp_conn *conn;
	int side;

	if (f->origlen != f->caplen ||
	    (conn = tcp_conn_lookup(tbl, p, &side)) == NULL)
		return 0;
	tcp_segment_parse(&s, f, p, conn, side);
	s.edited = 0;
	return !conn->translated && !(s.flags & TH_SYN) && !must_queue(tbl, &s);
}

/*
 * The peer has been probed, for data in front of this: had this passed, that could
 * not change its length any more.
 */
static int
waits_for_peer(const struct tcp_segment *s)
{
	return s->conn->probed && !s->to->seen && seq_end(s) != s->seq &&
	    seq_before(s->from->map.rcv_nxt, s->seq);
}

static enum tcp_action
track_or_start(struct tcp_table *tbl, struct tcp_segment *s)
{
	int resized = s->olen != s->elen &&
	    (s->f->type != DIV_INJECT || s->from->seen);

	if ((resized || (s->edited && s->f->type == DIV_PACKET)) &&
	    immutable(s) != DIV_OK)
		return tcp_refuse(tbl, immutable(s));
	if (resized)
		return seqadj_check(tbl, s);
	if (s->f->type == DIV_PACKET && waits_for_peer(s))
		return tcp_refuse(tbl, DIV_REFUSE_TCPLEN);
	if (must_queue(tbl, s))
		seqadj_start(s);
	else if (s->f->type == DIV_PACKET)
		track(s);
	return TCP_PASS;
}

/*
 * A segment passed as it was diverted, before it was seen here: what its data is,
 * can no longer change.
 */
void
tcp_note_passed(struct tcp_table *tbl, struct div_frame *f,
    const struct div_packet *p)
{
	struct tcp_conn *conn;
	struct tcp_segment s;
	int side;

	if ((conn = tcp_conn_find(tbl, p, &side)) == NULL || conn->translated)
		return;
	tcp_segment_parse(&s, f, p, conn, side);
	s.elen = s.olen;
	s.edited = 0;
	track(&s);
}

/* A segment of an untranslated connection; it may become a translated one. */
enum tcp_action
tcp_track(struct tcp_table *tbl, struct tcp_segment *s)
{
	enum tcp_action action = track_or_start(tbl, s);

	if (action != TCP_REFUSED || !tbl->passes_refused ||
	    s->f->type != DIV_PACKET)
		return action;
	/* it passes as diverted, and has its place by that */
	s->elen = s->olen;
	s->edited = 0;
	track(s);
	return action;
}
