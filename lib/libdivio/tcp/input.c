/* SPDX-License-Identifier: ISC */

/*
 * Arrival of a segment (RFC 9293, 3.10.7).  A connection is tracked until the
 * first change of length; from then on it is translated: data goes through the
 * retransmission queue of its half, and the acknowledgement, window, SACK blocks
 * and timestamps are mapped from edited to original numbers.  Data beyond
 * rcv_nxt waits in the out-of-order queue.
 */

#include <string.h>

#include "tcp/tcp.h"

#define REFUSED_MAX 1000000000ULL /* ns of retransmissions */
#define HDR_MAX 256               /* bytes; the largest headers are some 100 */

void
tcp_segment_parse(struct tcp_segment *s, struct div_frame *f,
    const struct div_packet *p, struct tcp_conn *conn, int side)
{
	s->f = f;
	s->conn = conn;
	s->side = side;
	s->from = &conn->half[side];
	s->to = &conn->half[!side];
	s->tcp = f->packet + p->l4;
	s->hlen = p->payload;
	s->seq = get32(s->tcp + 4);
	s->ack = get32(s->tcp + 8);
	s->flags = s->tcp[13];
	s->wnd = get16(s->tcp + 14);
	s->urg = get16(s->tcp + 18);
	s->elen = f->caplen - (uint32_t)p->payload;
	s->olen = f->origlen - (uint32_t)p->payload;
	s->edited = 0;
	s->inserted = f->type == DIV_INJECT ||
	    (s->olen == 0 && s->elen != 0 && !(s->flags & TH_FIN));
	s->ack_shifted = 0;
	s->is_dupack = 0;
	s->advances = 0;
	s->sack.n = 0;
	if (s->inserted)
		s->olen = 0;
}

enum tcp_action
tcp_refuse(struct tcp_table *tbl, enum div_reason reason)
{
	tbl->reason = reason;
	return TCP_REFUSED;
}

/*
 * Why tcp_input() returned TCP_REFUSED or TCP_DROPPED; or why there is no table.
 */
enum div_reason
tcp_refusal(const struct tcp_table *tbl)
{
	return tbl == NULL ? DIV_REFUSE_MEMORY : tbl->reason;
}

/*
 * Data of this segment was dropped.  Its acknowledgement may go on; the sender
 * retransmits the data.
 */
void
tcp_note_dropped(struct tcp_table *tbl, enum div_reason reason)
{
	tbl->dropped = 1;
	tbl->reason = reason;
}

/* From now on, segments whose edit is refused pass as diverted (DIV_O_PASS). */
void
tcp_pass_refused(struct tcp_table *tbl)
{
	tbl->passes_refused = 1;
}

/* The scale of windows that h advertises; RFC 7323, 2.2: both must offer it. */
int
tcp_wscale(const struct tcp_half *h, const struct tcp_half *peer)
{
	if (h->wscale == TCP_WSCALE_UNKNOWN ||
	    peer->wscale == TCP_WSCALE_UNKNOWN)
		return TCP_WSCALE_UNKNOWN;
	if (h->wscale == TCP_WSCALE_NONE || peer->wscale == TCP_WSCALE_NONE)
		return 0;
	return h->wscale;
}

/*
 * Of a connection that was met in the middle, data behind a gap may have passed
 * before, too: its sender may not have been told yet.
 */
static int
may_have_passed(const struct tcp_segment *s)
{
	return !s->from->syn && tcp_in_gap(s);
}

static int
send_data(struct tcp_table *tbl, struct tcp_segment *s)
{
	int32_t rel = (int32_t)(s->seq - s->from->map.rcv_nxt);

	tcp_track_mss(s);
	tcp_path_refresh(tbl, s->from);
	if (!s->inserted && seq_before(s->from->seen_end, seq_end(s)))
		s->from->seen_end = seq_end(s);
	if (rel >= 0 && s->olen != s->elen && may_have_passed(s)) {
		tcp_note_dropped(tbl, DIV_REFUSE_PASSED);
		return tcp_send_ack_only(tbl, s);
	}
	if (s->inserted)
		return tcp_send_inserted(tbl, s);
	if (rel < 0)
		return tcp_send_again(tbl, s);
	/* data behind a FIN is never accepted, so do not acknowledge it */
	if (seqmap_has_fin(&s->from->map))
		return tcp_send_ack_only(tbl, s);
	if (rel > 0)
		return tcp_ofo_insert(tbl, s);
	return tcp_send_new(tbl, s);
}

/* The connection is closed if the receiver accepts the RST (RFC 5961, 3). */
static int
send_rst(struct tcp_table *tbl, struct tcp_segment *s)
{
	const struct tcp_half *h = s->from;
	uint32_t seq = seqmap_edited(&h->map, s->seq);

	if (!h->acked || seq == h->snd_una || seq == h->snd_nxt)
		s->conn->closed = 1;
	return tcp_send_header(tbl, s, seq);
}

/* An RST by a filter: each end gets one with the number that it expects. */
static enum tcp_action
inject_rst(struct tcp_table *tbl, struct tcp_segment *s)
{
	s->from->reset = 1;
	s->conn->closed = s->to->reset;
	return tcp_send_rst(tbl, s->conn, s->side) == -1 ? TCP_FAILED :
							   TCP_STOLEN;
}

/*
 * A pure ACK or a keepalive probe.  While data is acknowledged ahead of the
 * receiver, its answer to a probe would be suppressed: answer locally.
 */
static int
send_empty(struct tcp_table *tbl, struct tcp_segment *s)
{
	const struct tcp_half *h = s->from;

	if (s->flags & TH_ACK && s->seq + 1 == h->last_ack_sent &&
	    tcp_acked_ahead(h) &&
	    tcp_send_ack(tbl, s->conn, s->side, h->last_ack_sent, NULL) == -1)
		return -1;
	return tcp_send_header(tbl, s, seqmap_edited(&h->map, s->seq));
}

/* Handles the data and flags of a segment whose ACK part is translated. */
enum tcp_action
tcp_input_translated(struct tcp_table *tbl, struct tcp_segment *s)
{
	int error;

	if (s->flags & TH_RST)
		error = send_rst(tbl, s);
	else if (!(s->flags & TH_SYN) &&
	    (s->elen != 0 || s->olen != 0 || s->flags & TH_FIN))
		error = send_data(tbl, s);
	else if (s->is_dupack)
		error = tbl->ops->verdict(tbl->arg, s->f, TCP_ABSORB);
	else
		error = send_empty(tbl, s);
	if (error == 1)
		return TCP_PASS_ORIGINAL;
	return error == -1 ? TCP_FAILED : TCP_STOLEN;
}

/*
 * Numbers inserted data (DIV_F_NEXT): it comes next in the stream.  Returns 0
 * where the next number is not known, or behind a FIN.
 */
static int
number_inserted(struct tcp_segment *s)
{
	const struct tcp_half *h = s->from;

	if (!h->seen || !s->to->acked || h->fin || s->elen == 0)
		return 0;
	s->seq = h->map.rcv_nxt;
	s->ack = s->to->snd_una;
	s->wnd = h->wnd;
	put32(s->tcp + 4, s->seq);
	put32(s->tcp + 8, s->ack);
	put16(s->tcp + 14, s->wnd);
	return 1;
}

/* Packets of our own are addressed as the newest diverted one of that end. */
static void
remember_path(struct tcp_half *h, const struct div_frame *f)
{
	size_t n = f->hdrlen > DIV_HDRLEN ? f->hdrlen - DIV_HDRLEN : 0;

	if (f->type != DIV_PACKET || n > sizeof(h->opaque))
		return;
	h->mark = f->mark;
	h->ifindex = f->ifindex;
	h->dir = f->dir;
	h->hdrlen = f->hdrlen;
	if (n > 0)
		memcpy(h->opaque, f->opaque, n);
}

/*
 * Whether a segment that is not accepted must not go on: an answer to a SYN waits
 * until it is known whether the connection goes on, and what is late only from
 * here would pass behind a gap.
 */
static int
is_dropped(const struct tcp_table *tbl, const struct tcp_segment *s)
{
	if (s->flags & TH_SYN)
		return s->flags & TH_ACK && s->conn->asked_at != 0;
	return s->conn->translated ||
	    (seq_end(s) != s->seq && tcp_opt_is_late(s, tbl->now));
}

/* A segment that its receiver does not accept changes nothing. */
static enum tcp_action
ignore(struct tcp_table *tbl, struct tcp_segment *s)
{
	tbl->n.invalid++;
	if (is_dropped(tbl, s))
		return tbl->ops->verdict(tbl->arg, s->f, TCP_ABSORB) == -1 ?
		    TCP_FAILED :
		    TCP_STOLEN;
	if (s->olen != s->elen)
		return tcp_refuse(tbl, DIV_REFUSE_UNACCEPTABLE);
	if (s->conn->resized)
		s->f->mark |= tbl->mark;
	return TCP_PASS;
}

static int
is_accepted(struct tcp_table *tbl, struct tcp_segment *s)
{
	if (s->f->type != DIV_PACKET)
		return 1;
	if (s->flags & TH_SYN)
		return tcp_accept_syn(tbl, s);
	return tcp_acceptable(s, tbl->now) || tcp_accept_anew(tbl, s);
}

/* Numbers are the same at both ends, and nothing waits: no need to translate. */
static int
is_idle(const struct tcp_conn *conn)
{
	const struct tcp_half *h;

	for (h = conn->half; h < conn->half + 2; h++)
		if (h->map.count != 0 || h->ofo_segs != 0 ||
		    h->snd_nxt != h->map.write_seq)
			return 0;
	return !conn->resized;
}

static enum tcp_action
translate(struct tcp_table *tbl, struct tcp_segment *s)
{
	struct tcp_conn *conn = s->conn;
	uint32_t una = s->to->snd_una, limit = snd_limit(s->to);
	enum tcp_action action;

	tcp_translate_ack(tbl, s);
	if (seq_before(limit, snd_limit(s->to)) &&
	    tcp_send_pending(tbl, conn, !s->side) == -1)
		return TCP_FAILED;
	if (!(s->flags & TH_RST) &&
	    tcp_ack_received(tbl, conn, !s->side, una, &s->sack) == -1)
		return TCP_FAILED;
	action = tcp_input_translated(tbl, s);
	if (action == TCP_STOLEN)
		action = tcp_ofo_deliver(tbl, conn, s->side);
	if (action == TCP_STOLEN)
		action = tcp_ofo_deliver(tbl, conn, !s->side);
	tcp_rtt_start(tbl, s->from);
	if (is_idle(conn))
		conn->translated = 0;
	if (conn->closed)
		tcp_unsave(tbl, conn);
	else if (conn->resized)
		tcp_save(tbl, conn);
	return action;
}

/* A segment of a connection that was reset from here. */
static enum tcp_action
refuse_dead(struct tcp_table *tbl, struct tcp_segment *s)
{
	if (s->f->type != DIV_PACKET)
		return tcp_refuse(tbl, DIV_REFUSE_CLOSED);
	if (tcp_answer_dead(tbl, s) == -1 ||
	    tbl->ops->verdict(tbl->arg, s->f, TCP_ABSORB) == -1)
		return TCP_FAILED;
	return TCP_STOLEN;
}

/* An end that goes on was not reset: its peer did not accept the RST. */
static void
reopen(struct tcp_segment *s)
{
	if (s->f->type != DIV_PACKET || s->flags & (TH_RST | TH_SYN))
		return;
	s->conn->closed = 0;
	s->conn->asked_at = 0;
}

static enum tcp_action
input(struct tcp_table *tbl, struct tcp_segment *s)
{
	enum tcp_action action = TCP_PASS;

	if (tcp_is_orphan(tbl, s)) {
		remember_path(s->from, s->f);
		return tcp_reset_orphan(tbl, s);
	}
	if (s->conn->dead && !(s->flags & TH_SYN))
		return refuse_dead(tbl, s);
	if (!is_accepted(tbl, s))
		return ignore(tbl, s);
	if (!(s->flags & TH_RST)) {
		remember_path(s->from, s->f);
		s->conn->used |= s->olen != 0 && tcp_is_agreed(s->conn);
	}
	reopen(s);
	tcp_opt_paws(s, tbl->now);
	s->f->mark |= tcp_mark(tbl, s->conn);
	if (!s->conn->translated)
		action = tcp_track(tbl, s);
	if (!s->conn->translated)
		return action;
	if (s->f->type == DIV_INJECT && s->flags & TH_RST)
		return inject_rst(tbl, s);
	return translate(tbl, s);
}

/*
 * A sender retransmits a segment whose edit is refused until it gives up, after
 * minutes: better that the connection ends soon, and its ends know.
 */
static void
track_refusals(struct tcp_table *tbl, const struct tcp_segment *s,
    enum tcp_action action)
{
	struct tcp_conn *conn = s->conn;

	tbl->gives_up = 0;
	if (s->f->type != DIV_PACKET || (s->olen == 0 && s->elen == 0))
		return;
	if (action != TCP_REFUSED)
		conn->refused_since = 0;
	else if (conn->refused_since == 0)
		conn->refused_since = tbl->now;
	else
		tbl->gives_up = tbl->now - conn->refused_since > REFUSED_MAX;
}

/* Whether the refusal was one too many. */
int
tcp_gives_up(const struct tcp_table *tbl)
{
	return tbl != NULL && tbl->gives_up;
}

/* Its ends were reset. */
void
tcp_given_up(struct tcp_table *tbl)
{
	tbl->gives_up = 0;
	tbl->n.reset++;
}

/*
 * Takes a whole TCP segment, p being the view of f's packet.  An edited one may
 * have another length than f's origlen says, but not other headers; a new packet
 * (DIV_INJECT) with data that comes next in a known connection becomes part of
 * its stream.
 */
enum tcp_action
tcp_input(struct tcp_table *tbl, struct div_frame *f,
    const struct div_packet *p, int edited, uint64_t now)
{
	enum tcp_action action;
	struct tcp_conn *conn;
	struct tcp_segment s;
	int side;

	tbl->now = now;
	tbl->dropped = 0;
	if (f->origlen < p->payload || f->origlen > DIV_PACKETMAX ||
	    p->payload > HDR_MAX)
		return f->caplen == f->origlen ?
		    TCP_PASS :
		    tcp_refuse(tbl, DIV_REFUSE_MALFORMED);
	if ((conn = tcp_conn_find(tbl, p, &side)) == NULL)
		return edited ? tcp_refuse(tbl, DIV_REFUSE_MEMORY) : TCP_PASS;
	conn->ifindex = f->ifindex;
	tcp_segment_parse(&s, f, p, conn, side);
	s.edited = edited != 0;
	if (f->type == DIV_INJECT && f->flags & DIV_F_NEXT &&
	    !number_inserted(&s))
		return tcp_shrink(tbl) == -1 ? TCP_FAILED :
					       tcp_refuse(tbl, DIV_REFUSE_NEXT);
	action = input(tbl, &s);
	if (action == TCP_STOLEN && tbl->dropped)
		action = TCP_DROPPED;
	track_refusals(tbl, &s, action);
	if (action == TCP_REFUSED || action == TCP_PASS_ORIGINAL)
		tbl->n.refused++;
	if (!conn->broken)
		tcp_conn_touch(tbl, conn);
	else if (tcp_conn_end(tbl, conn) == -1)
		return TCP_FAILED;
	if (tcp_shrink(tbl) == -1)
		return TCP_FAILED;
	return action;
}
