/* SPDX-License-Identifier: ISC */

/*
 * The acknowledgement part of a segment of a translated connection: ACK number,
 * window, SACK blocks and timestamps, mapped to the numbers of the data's sender.
 */

#include "tcp/tcp.h"

/*
 * The window counts edited bytes: subtract the unacknowledged growth, which the
 * sender knows nothing of.
 */
static uint16_t
window(const struct tcp_segment *s, uint32_t ack)
{
	const struct seqmap *m = &s->to->map;
	int scale = tcp_wscale(s->from, s->to);
	int32_t growth;
	uint32_t bytes;

	growth = (int32_t)((m->write_seq - s->ack) - (m->rcv_nxt - ack));
	if (growth <= 0 || scale == TCP_WSCALE_UNKNOWN)
		return s->wnd;
	bytes = (uint32_t)s->wnd << scale;
	bytes = bytes > (uint32_t)growth ? bytes - (uint32_t)growth : 0;
	return (uint16_t)(bytes >> scale);
}

/* Acknowledged data that never came here (the queue overflowed) is skipped. */
static void
skip_gap(struct tcp_half *h, uint32_t ack)
{
	h->map.rcv_nxt = h->map.write_seq = h->snd_nxt = ack;
	if (seq_before(h->seen_end, ack))
		h->seen_end = ack;
}

static void
ack_advance(struct tcp_table *tbl, struct tcp_half *h, uint32_t ack)
{
	const struct tcp_rtxseg *k;

	if (h->acked && !seq_before(h->snd_una, ack))
		return;
	if (seq_before(h->map.write_seq, ack))
		skip_gap(h, ack);
	h->snd_una = ack;
	h->acked = 1;
	h->stalled_since = 0;
	/* a receiver may acknowledge data that is still queued here */
	if (seq_before(h->snd_nxt, ack))
		h->snd_nxt = ack;
	while (h->map.count > 0) {
		k = seqmap_at(&h->map, 0);
		if (seq_before(ack, k->eseq + k->elen))
			break;
		tcp_rtxq_pop(tbl, h);
	}
}

/* The right edge of the window that the sender sees, in its own numbers. */
static void
track_advertised(struct tcp_segment *s, uint32_t ack, uint16_t wnd, int first)
{
	int scale = tcp_wscale(s->from, s->to);
	uint32_t end;

	end = ack +
	    ((uint32_t)wnd << (scale == TCP_WSCALE_UNKNOWN ? TCP_WSCALE_MAX :
							     scale));
	if (first || seq_before(s->to->rcv_wnd_end, end))
		s->to->rcv_wnd_end = end;
}

/*
 * Translates the acknowledgement, window, SACK blocks and timestamps.  ACKs that
 * cover inserted bytes only are suppressed: the sender would count them as
 * duplicates.
 */
void
tcp_translate_ack(struct tcp_table *tbl, struct tcp_segment *s)
{
	struct tcp_half *h = s->from, *peer = s->to;
	uint32_t ack, una = peer->snd_una;
	uint16_t win;
	int blocks, first = !peer->acked, ahead = tcp_acked_ahead(peer);

	if (!(s->flags & TH_ACK))
		return;
	if (s->flags & TH_RST) {
		/* nobody looks at it (RFC 9293, 3.10.7.4): it may be forged */
		put32(s->tcp + 8, seqmap_original(&peer->map, s->ack));
		return;
	}
	tcp_opt_ts(s, h);
	/* raise TSval, or PAWS at the receiver rejects the segment */
	tcp_ts_refresh(s, h->ts_recent);
	tcp_track_window(s);
	tcp_track_sack(s);
	blocks = tcp_opt_sack(s, peer, &s->sack);
	ack_advance(tbl, peer, s->ack);
	ack = seqmap_original(&peer->map, s->ack);
	ahead = ahead && seq_before(ack, peer->last_ack_sent);
	if (ahead) {
		ack = peer->last_ack_sent;
		/* TSecr of old data would inflate the sender's RTT */
		tcp_ts_set_ecr(s, peer->ts_recent);
	}
	win = tcp_stall_window(s->conn, !s->side, window(s, ack));
	track_advertised(s, ack, win, first);
	s->is_dupack = (una != peer->snd_una || ahead) &&
	    ack == peer->last_ack_sent && win == h->wnd && blocks == 0;
	s->ack_shifted = ack != s->ack ||
	    peer->map.rcv_nxt != peer->map.write_seq;
	put32(s->tcp + 8, ack);
	put16(s->tcp + 14, win);
	if (first || seq_before(peer->last_ack_sent, ack))
		peer->last_ack_sent = ack;
	if (!h->ack_seen || !seq_before(ack, h->ack)) {
		s->advances = ack != h->ack || win != h->wnd || blocks != 0;
		h->ack_seen = 1;
		h->ack = ack;
		h->wnd = win;
	}
}
