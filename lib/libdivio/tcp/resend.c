/* SPDX-License-Identifier: ISC */

/*
 * Retransmissions by the sender: they leave as the bytes that were sent the first
 * time, whatever the filter made of them now.  Data from before the translation
 * was not queued, and its sender is asked for it alone.
 */

#include <string.h>

#include "tcp/tcp.h"

#define STALL_MAX 5000000000ULL /* ns, then the connection is reset */
#define STALLS_MAX 3            /* retransmissions, at least */
#define AGREE_MIN 16            /* bytes */

/*
 * A retransmission that carries new data behind the old: queues the new part, if
 * the edited bytes begin with those that were sent the first time.  Inside of a
 * segment only equal lengths tell which these are.
 */
static void
rtxq_add_rest(struct tcp_table *tbl, struct tcp_segment *s, uint32_t i)
{
	const struct seqmap *m = &s->from->map;
	const uint8_t *data = s->f->packet + s->hlen;
	const struct tcp_rtxseg *k = seqmap_at(m, i);
	uint32_t n, len, done = 0, skip = s->seq - k->oseq;

	if (s->from->fin || seq_before(s->seq, k->oseq) ||
	    (skip != 0 && (k->olen != k->elen || s->olen != s->elen)))
		return;
	for (n = i; n < m->count; n++) {
		k = seqmap_at(m, n);
		len = k->elen - skip;
		if (len > s->elen - done ||
		    (len > 0 && memcmp(k->data + skip, data + done, len) != 0))
			return;
		done += len;
		skip = 0;
	}
	(void)tcp_rtxq_add(tbl, s, s->seq + s->olen - m->rcv_nxt, data + done,
	    s->elen - done);
}

/*
 * Whether the edited bytes from offset n on are those of the queue: then its first
 * n bytes are no others than before.  Where the segment ends within one of the
 * queue's, enough of its bytes must be there to tell.
 */
static int
agrees(const struct tcp_segment *s, uint32_t n)
{
	const struct seqmap *m = &s->from->map;
	const uint8_t *data = s->f->packet + s->hlen;
	uint32_t i, len, first = n, end = s->seq + s->olen;
	const struct tcp_rtxseg *k;

	for (i = 0; i < m->count; i++) {
		k = seqmap_at(m, i);
		if (!seq_before(k->oseq, end))
			break;
		if (k->olen == 0)
			continue;
		len = k->elen - k->fin;
		if (n <= s->elen && len > s->elen - n &&
		    seq_before(end, k->oseq + k->olen - k->fin))
			len = s->elen - n;
		if (n > s->elen || len > s->elen - n ||
		    (len > 0 && memcmp(k->data, data + n, len) != 0))
			return 0;
		n += len;
		if (seq_before(end, k->oseq + k->olen - k->fin) &&
		    n < first + AGREE_MIN)
			return 0;
	}
	return n == s->elen && !seq_before(m->rcv_nxt, end);
}

/* The window of an ACK that asks side to for data up to end, and no more. */
static uint16_t
window_up_to(const struct tcp_conn *conn, int to, uint16_t wnd, uint32_t end)
{
	const struct tcp_half *h = &conn->half[to];
	int scale = tcp_wscale(&conn->half[!to], h);
	uint32_t n;

	if (scale == TCP_WSCALE_UNKNOWN || !seq_before(h->last_ack_sent, end))
		return wnd;
	n = (end - h->last_ack_sent) >> scale;
	return n < wnd ? (uint16_t)n : wnd;
}

/*
 * Old and new data in a segment whose length changed: where in it is not known,
 * and the old data has its place already.  An ACK whose window ends with the old
 * data makes its sender retransmit this alone.
 */
int
tcp_ask_up_to(struct tcp_table *tbl, struct tcp_segment *s, uint32_t end)
{
	struct tcp_half *h = s->from, *peer = s->to;
	uint16_t wnd = peer->wnd;
	int error;

	if (!h->acked || !seq_before(h->last_ack_sent, end) || !peer->ack_seen)
		return 0;
	peer->wnd = window_up_to(s->conn, s->side, wnd, end);
	error = tcp_send_ack(tbl, s->conn, s->side, h->last_ack_sent, NULL);
	peer->wnd = wnd;
	return error;
}

static uint32_t
queue_start(const struct seqmap *m)
{
	return m->count > 0 ? seqmap_at(m, 0)->oseq : m->rcv_nxt;
}

/* While old data has no place, no other ACK to its sender opens the window. */
uint16_t
tcp_stall_window(const struct tcp_conn *conn, int to, uint16_t wnd)
{
	const struct tcp_half *h = &conn->half[to];

	if (h->stalled_since == 0)
		return wnd;
	return window_up_to(conn, to, wnd, queue_start(&h->map));
}

/* Whether it begins with data from before, which has not all arrived. */
static int
is_untracked(const struct tcp_segment *s)
{
	const struct seqmap *m = &s->from->map;
	uint32_t start = queue_start(m);

	return seq_before(s->seq, start) &&
	    !(s->from->acked &&
		!seq_before(seqmap_original(m, s->from->snd_una), start));
}

/* Whether all of it is such data, and may go on as it did before. */
static int
is_original(const struct tcp_segment *s)
{
	return !seq_before(queue_start(&s->from->map), seq_end(s)) &&
	    !s->ack_shifted && tcp_passed_original(s);
}

/* Such data with another length has no place: not for long. */
static int
stall(struct tcp_table *tbl, struct tcp_segment *s)
{
	struct tcp_half *h = s->from;
	uint32_t start = queue_start(&h->map);

	if (h->stalled_since == 0) {
		h->stalled_since = tbl->now;
		h->stalls = 0;
	}
	if (h->stalls <= STALLS_MAX)
		h->stalls++;
	s->conn->broken = tbl->now - h->stalled_since > STALL_MAX &&
	    h->stalls > STALLS_MAX;
	return seq_before(start, seq_end(s)) ? tcp_ask_up_to(tbl, s, start) : 0;
}

/*
 * Data from before the translation began was not queued: it goes on only with
 * its original length.  Returns whether it did.
 */
static int
send_untracked(struct tcp_table *tbl, struct tcp_segment *s)
{
	const struct seqmap *m = &s->from->map;
	struct tcp_rtxseg k = { .data = s->f->packet + s->hlen };
	uint32_t start = queue_start(m), n = start - s->seq;

	if (!is_untracked(s))
		return 0;
	if (seq_before(s->seq + s->olen, start)) {
		n = s->olen;
		k.fin = (s->flags & TH_FIN) != 0;
	}
	if (s->olen != s->elen &&
	    (n == s->olen || tcp_in_gap(s) || !agrees(s, n)))
		return 0;
	k.elen = n + k.fin;
	s->from->fin |= k.fin;
	k.eseq = seqmap_edited(m, s->seq);
	return tcp_send_rtxseg(tbl, s, &k, k.eseq + k.elen, 1) == -1 ? -1 : 1;
}

/*
 * The part of a queued super-packet that a retransmission overlaps, if it was sent
 * and its length did not change: the sender retransmits what is missing, packet by
 * packet, and each would send all of it again.
 */
static struct tcp_rtxseg
overlapped(const struct tcp_segment *s, const struct tcp_rtxseg *k)
{
	const struct tcp_half *h = s->from;
	struct tcp_rtxseg part = *k;
	uint32_t skip = seq_before(k->oseq, s->seq) ? s->seq - k->oseq : 0;
	uint32_t end = seq_end(s);

	if (k->olen != k->elen || k->elen <= tcp_payload_max(h) ||
	    seq_before(h->snd_nxt, k->eseq + k->elen))
		return part;
	if (seq_before(end, k->oseq + k->olen)) {
		part.elen = end - k->oseq;
		part.fin = 0;
	}
	part.oseq += skip;
	part.eseq += skip;
	part.elen -= skip;
	part.data += skip;
	return part;
}

/*
 * Sends the queued segments from index i on that a retransmission overlaps, as
 * far as the window admits.  Where it is closed the retransmission becomes a
 * probe: the sender's timer is the persist timer (RFC 9293, 3.8.6.1).  Returns
 * whether anything was sent.
 */
static int
send_overlap(struct tcp_table *tbl, struct tcp_segment *s, uint32_t i, int sent)
{
	struct tcp_half *h = s->from;
	uint32_t end = seq_end(s), limit = snd_limit(h);
	const struct tcp_rtxseg *k;
	struct tcp_rtxseg part;

	for (; i < h->map.count; i++) {
		k = seqmap_at(&h->map, i);
		if (!seq_before(k->oseq, end))
			break;
		if (k->elen == 0)
			continue;
		if (!seq_before(k->eseq, limit))
			return sent ?
			    1 :
			    tcp_send_header(tbl, s, h->snd_una - 1) | 1;
		part = overlapped(s, k);
		if (tcp_send_rtxseg(tbl, s, &part, limit, !sent) == -1)
			return -1;
		sent = 1;
		tbl->n.resent++;
		if (seq_before(h->snd_nxt, k->eseq + k->elen))
			h->snd_nxt = seq_before(limit, k->eseq + k->elen) ?
			    limit :
			    k->eseq + k->elen;
	}
	return sent;
}

/*
 * A retransmission by the sender: sends the queued segments that it overlaps.
 * Returns 1 if it is to pass as diverted.  Data from before the translation that
 * changes its length now has no place in the stream; after STALL_MAX the
 * connection is reset.
 */
int
tcp_send_again(struct tcp_table *tbl, struct tcp_segment *s)
{
	struct tcp_half *h = s->from;
	struct seqmap *m = &h->map;
	uint32_t end = seq_end(s), i = seqmap_find(m, s->seq);
	int sent;

	h->rtt_start = 0;
	tcp_path_rexmit(tbl, s);
	if (tcp_send_pending(tbl, s->conn, s->side) == -1 ||
	    (sent = send_untracked(tbl, s)) == -1)
		return -1;
	if (!sent && is_untracked(s)) {
		if (is_original(s))
			return 1;
		if (stall(tbl, s) == -1)
			return -1;
	}
	if (i < m->count && seq_before(m->rcv_nxt, end))
		rtxq_add_rest(tbl, s, i);
	if ((sent = send_overlap(tbl, s, i, sent)) == -1)
		return -1;
	if (sent)
		return tcp_ack_deleted(tbl, s->conn, s->side);
	if (seq_before(m->rcv_nxt, end))
		end = m->rcv_nxt;
	/* all of it has arrived; a keepalive is for the receiver to answer */
	if (h->acked && !seq_before(seqmap_original(m, h->snd_una), end)) {
		if (s->olen <= 1)
			return tcp_send_header(tbl, s, h->snd_una - 1);
		return tcp_send_ack_only(tbl, s) |
		    tcp_send_ack(tbl, s->conn, s->side, h->last_ack_sent, NULL);
	}
	return tcp_send_header(tbl, s, seqmap_edited(m, s->seq));
}
