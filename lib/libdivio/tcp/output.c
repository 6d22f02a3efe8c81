/* SPDX-License-Identifier: ISC */

/*
 * Output of diverted segments of a translated connection: data joins the
 * retransmission queue and leaves in segments of at most the path's MSS, the
 * first as the verdict on the diverted packet, the others injected.
 */

#include <string.h>

#include "tcp/tcp.h"

#define ETHERNET_MSS 1460
#define PACKET_MAX 65531 /* bytes in a verdict of nfnetlink */

static int
emit(struct tcp_table *tbl, const struct tcp_segment *s, struct div_frame *f,
    int first)
{
	int edit = s->edited && !tcp_differs(s->conn);

	if (first)
		return tbl->ops->verdict(tbl->arg, f,
		    edit ? TCP_EDIT : TCP_TRANSLATE);
	f->type = DIV_INJECT;
	f->id = 0;
	f->flags &= (uint8_t)~DIV_F_GSO;
	f->origlen = f->caplen;
	return tbl->ops->inject(tbl->arg, f);
}

/* The urgent pointer is relative to the sequence number (RFC 9293, 3.8.5). */
static void
put_urgent(const struct tcp_segment *s, uint8_t *tcp, uint32_t seq)
{
	uint32_t urg;

	if (!(s->flags & TH_URG))
		return;
	urg = seqmap_edited(&s->from->map, s->seq + s->urg) - seq;
	if (urg > UINT16_MAX) {
		tcp[13] &= (uint8_t)~TH_URG;
		urg = 0;
	}
	put16(tcp + 18, (uint16_t)urg);
}

static int
path_limited(const struct tcp_segment *s)
{
	return tcp_mss(s->from) != s->from->mss;
}

/*
 * Whether the first packet is the verdict: 1, 0, or -1.  The kernel drops a GSO
 * packet that shrank to one segment, and segments another as its sender meant:
 * then the data goes into new packets.
 */
static int
verdict_first(struct tcp_table *tbl, struct tcp_segment *s, uint32_t len)
{
	uint16_t offer = s->to->peer_mss != 0 ? s->to->peer_mss : ETHERNET_MSS;

	if (!(s->f->flags & DIV_F_GSO) || (len > offer && !path_limited(s)))
		return 1;
	return tbl->ops->verdict(tbl->arg, s->f, TCP_ABSORB) == -1 ? -1 : 0;
}

/* Bytes of payload in the next packet at most. */
static uint32_t
payload_limit(const struct tcp_segment *s, int first)
{
	uint32_t most = PACKET_MAX - (uint32_t)s->hlen;
	uint32_t mss = tcp_mss(s->from) - tcp_opt_len(s);

	if (s->f->dir == DIV_IN)
		return most;
	if (first && s->f->flags & DIV_F_GSO && s->f->id != 0)
		return most / mss * mss; /* its segments are the sender's */
	return mss;
}

/*
 * Sends the n bytes in packet behind the headers, for which there is room if it is
 * not the segment's own.
 */
static int
send_packet(struct tcp_table *tbl, struct tcp_segment *s, uint8_t *packet,
    uint32_t e, uint32_t n, int fin, int first)
{
	struct div_frame f = *s->f;
	uint8_t *tcp = packet + (s->tcp - s->f->packet);

	f.packet = packet;
	f.wire = NULL;
	f.caplen = (uint32_t)s->hlen + n;
	if (packet != s->f->packet)
		memcpy(packet, s->f->packet, s->hlen);
	put32(tcp + 4, n == 0 && !fin ? seq_clamp(s->from, e) : e);
	tcp[13] = s->flags & (uint8_t)~TH_FIN;
	put_urgent(s, tcp, e);
	if (fin)
		tcp[13] |= TH_FIN;
	f.mark |= tcp_mark(tbl, s->conn);
	return emit(tbl, s, &f, first);
}

/*
 * Sends a queued segment, up to the number end, in as many packets as needed; the
 * first is the verdict.
 */
int
tcp_send_rtxseg(struct tcp_table *tbl, struct tcp_segment *s,
    const struct tcp_rtxseg *k, uint32_t end, int first)
{
	uint32_t len = k->elen - k->fin, off = 0, n;
	int fin = k->fin;

	if (seq_before(end, k->eseq + k->elen)) {
		len = end - k->eseq;
		fin = 0;
	}
	if (first && (first = verdict_first(tbl, s, len)) == -1)
		return -1;
	do {
		n = payload_limit(s, first);
		if (n > len - off)
			n = len - off;
		if (n != 0)
			memcpy(tbl->buf + s->hlen, k->data + off, n);
		if (send_packet(tbl, s, tbl->buf, k->eseq + off, n,
			fin && off + n == len, first) == -1)
			return -1;
		off += n;
		first = 0;
	} while (off < len);
	return 0;
}

/* Sends the headers only: a pure ACK, or a keepalive probe. */
int
tcp_send_header(struct tcp_table *tbl, struct tcp_segment *s, uint32_t seq)
{
	struct div_frame f = *s->f;
	int first;

	if (!(s->flags & (TH_SYN | TH_RST)))
		seq = seq_clamp(s->from, seq);
	put32(s->tcp + 4, seq);
	s->tcp[13] = s->flags & (uint8_t)~TH_FIN;
	put_urgent(s, s->tcp, seq);
	f.caplen = (uint32_t)s->hlen;
	f.mark |= tcp_mark(tbl, s->conn);
	if ((first = verdict_first(tbl, s, 0)) == -1)
		return -1;
	return emit(tbl, s, &f, first);
}

/* Drops the data of a segment; its acknowledgement goes on. */
int
tcp_send_ack_only(struct tcp_table *tbl, struct tcp_segment *s)
{
	if (s->advances)
		return tcp_send_header(tbl, s, s->from->map.write_seq);
	return tbl->ops->verdict(tbl->arg, s->f, TCP_ABSORB);
}

/* Acknowledges deleted data: the receiver never will. */
int
tcp_ack_deleted(struct tcp_table *tbl, struct tcp_conn *conn, int side)
{
	struct tcp_half *h = &conn->half[side];
	uint32_t ack;

	if (!h->acked)
		return 0;
	while (h->map.count > 0 && seqmap_at(&h->map, 0)->elen == 0 &&
	    seqmap_at(&h->map, 0)->eseq == h->snd_una)
		tcp_rtxq_pop(tbl, h);
	ack = seqmap_original(&h->map, h->snd_una);
	if (!seq_before(h->last_ack_sent, ack))
		return 0;
	h->last_ack_sent = ack;
	return tcp_send_ack(tbl, conn, side, ack, NULL);
}

/* NULL when memory is short: the queue and its numbers are as before. */
struct tcp_rtxseg *
tcp_rtxq_add(struct tcp_table *tbl, struct tcp_segment *s, uint32_t olen,
    const uint8_t *data, uint32_t elen)
{
	uint8_t fin = (s->flags & TH_FIN) != 0 && !s->inserted;
	struct seqmap *m = &s->from->map;
	size_t size = m->size;
	struct tcp_rtxseg *k;

	k = seqmap_push(m, olen + fin, elen + fin);
	tbl->n.memory += (m->size - size) * sizeof(*k);
	if (k == NULL) {
		tcp_note_dropped(tbl, DIV_REFUSE_MEMORY);
		return NULL;
	}
	if (elen != 0)
		memcpy(k->data, data, elen);
	k->fin = fin;
	s->from->fin |= fin;
	tbl->n.memory += k->elen;
	if (olen != elen)
		tcp_note_resized(tbl, s);
	return k;
}

/* The next n bytes of the queue, behind headers: in place if they came just now. */
static uint8_t *
next_packet(struct tcp_table *tbl, const struct tcp_segment *s, uint32_t n)
{
	const struct tcp_half *h = s->from;
	uint32_t fin = (uint32_t)seqmap_has_fin(&h->map);

	if (n == s->elen && h->snd_nxt + n + fin == h->map.write_seq)
		return s->f->packet;
	seqmap_copy(&h->map, h->snd_nxt, n, tbl->buf + s->hlen);
	return tbl->buf;
}

/*
 * Sends the queue from snd_nxt on, as far as the receiver's window admits; the
 * first packet is the verdict.  A remainder
 * smaller than a packet waits for the next segment of the batch, as in Nagle's
 * algorithm, so that growth does not double the number of packets.
 */
static int
send_queue(struct tcp_table *tbl, struct tcp_segment *s, int fin)
{
	struct tcp_half *h = s->from;
	uint32_t n, end = snd_limit(h);
	int first;

	if (end == h->snd_nxt && end != h->map.write_seq)
		return tcp_send_ack_only(tbl, s);
	fin = fin && end == h->map.write_seq;
	end -= (uint32_t)fin;
	if ((first = verdict_first(tbl, s, end - h->snd_nxt)) == -1)
		return -1;
	do {
		n = payload_limit(s, first);
		if (n > end - h->snd_nxt) {
			n = end - h->snd_nxt;
			if (!first && tbl->ops->gather && !fin) {
				tcp_defer(tbl, s->conn);
				break;
			}
		}
		if (send_packet(tbl, s, next_packet(tbl, s, n), h->snd_nxt, n,
			fin && h->snd_nxt + n == end, first) == -1)
			return -1;
		h->snd_nxt += n;
		first = 0;
	} while (h->snd_nxt != end);
	h->snd_nxt += (uint32_t)fin;
	return 0;
}

int
tcp_send_new(struct tcp_table *tbl, struct tcp_segment *s)
{
	const struct tcp_rtxseg *k;

	k = tcp_rtxq_add(tbl, s, s->olen, s->f->packet + s->hlen, s->elen);
	if (k == NULL)
		return tcp_send_ack_only(tbl, s);
	if (send_queue(tbl, s, k->fin) == -1)
		return -1;
	return tcp_ack_deleted(tbl, s->conn, s->side);
}

/* Data that a filter inserted comes next; only we can retransmit it. */
int
tcp_send_inserted(struct tcp_table *tbl, struct tcp_segment *s)
{
	if (s->from->fin)
		return tcp_send_header(tbl, s, s->from->map.write_seq);
	if (tcp_rtxq_add(tbl, s, 0, s->f->packet + s->hlen, s->elen) == NULL)
		return tcp_send_ack_only(tbl, s);
	if (send_queue(tbl, s, 0) == -1)
		return -1;
	tcp_local_ack(tbl, s->conn, s->side, s->from->map.write_seq);
	return 0;
}
