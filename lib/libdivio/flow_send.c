/* SPDX-License-Identifier: ISC */

/* What a segment of a shifted connection becomes, and what is kept of it. */

#include <string.h>

#include "flow_table.h"

#define ETHERNET_MSS 1460
#define STUCK_MAX 5000000000ULL /* ns, then the connection is given up */
#define PACKET_MOST 65531       /* that a verdict of Linux can hold */

static int
answer(struct flows *fs, struct div_frame *f, int first)
{
	if (first)
		return fs->ops->verdict(fs->arg, f, 0);
	f->type = DIV_INJECT;
	f->id = 0;
	f->flags &= (uint8_t)~DIV_F_GSO;
	f->origlen = f->caplen;
	return fs->ops->inject(fs->arg, f);
}

/* The urgent pointer counts from the packet's own number. */
static void
put_urgent(const struct segment *s, uint8_t *tcp, uint32_t seq)
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

/*
 * Whether the first packet is the verdict: 1, 0, or -1.  A super-packet that has
 * shrunk to len bytes, which may be one segment, would not pass: its data goes
 * in new packets.
 */
static int
begin_verdict(struct flows *fs, struct segment *s, uint32_t len)
{
	uint16_t offer = s->to->offer != 0 ? s->to->offer : ETHERNET_MSS;

	if (!(s->f->flags & DIV_F_GSO) || len > offer)
		return 1;
	return fs->ops->verdict(fs->arg, s->f, 1) == -1 ? -1 : 0;
}

/* How many bytes of data a packet may carry. */
static uint32_t
limit(const struct segment *s, int first)
{
	uint32_t most = PACKET_MOST - (uint32_t)s->hlen;
	uint32_t mss = s->from->mss - options_len(s);

	if (s->f->dir == DIV_IN)
		return most;
	if (first && s->f->flags & DIV_F_GSO && s->f->id != 0)
		return most / mss * mss;
	return mss;
}

/* Sends the n bytes that are in fs->buf, behind where the headers go. */
static int
send_packet(struct flows *fs, struct segment *s, uint32_t e, uint32_t n,
    int fin, int first)
{
	struct div_frame f = *s->f;
	uint8_t *tcp = fs->buf + (s->tcp - s->f->packet);

	f.packet = fs->buf;
	f.wire = NULL;
	f.caplen = (uint32_t)s->hlen + n;
	memcpy(fs->buf, s->f->packet, s->hlen);
	put32(tcp + 4, n == 0 && !fin ? seq_within(s->from, e) : e);
	tcp[13] = s->flags & (uint8_t)~TH_FIN;
	put_urgent(s, tcp, e);
	if (fin)
		tcp[13] |= TH_FIN;
	return answer(fs, &f, first);
}

/* Sends a piece, in as many packets as it takes; the first is the verdict. */
static int
send_kept(struct flows *fs, struct segment *s, const struct kept *k, int first)
{
	uint32_t len = k->elen - k->fin, off = 0, n;

	if (first && (first = begin_verdict(fs, s, len)) == -1)
		return -1;
	do {
		n = limit(s, first);
		if (n > len - off)
			n = len - off;
		if (n != 0)
			memcpy(fs->buf + s->hlen, k->data + off, n);
		if (send_packet(fs, s, k->e + off, n, k->fin && off + n == len,
			first) == -1)
			return -1;
		off += n;
		first = 0;
	} while (off < len);
	return 0;
}

/* Only headers are left: an acknowledgement, or a question. */
int
flow_send_bare(struct flows *fs, struct segment *s, uint32_t seq)
{
	struct div_frame f = *s->f;
	int first;

	if (!(s->flags & (TH_SYN | TH_RST)))
		seq = seq_within(s->from, seq);
	put32(s->tcp + 4, seq);
	s->tcp[13] = s->flags & (uint8_t)~TH_FIN;
	put_urgent(s, s->tcp, seq);
	f.caplen = (uint32_t)s->hlen;
	if ((first = begin_verdict(fs, s, 0)) == -1)
		return -1;
	return answer(fs, &f, first);
}

/* Of a segment that does not go on, what it says of the other direction does. */
int
flow_strip(struct flows *fs, struct segment *s)
{
	if (s->answers)
		return flow_send_bare(fs, s, s->from->map.enext);
	return fs->ops->verdict(fs->arg, s->f, 1);
}

/* Data that the other end will never acknowledge, because none is left. */
static int
tell(struct flows *fs, struct flow *flow, int side)
{
	struct half *h = &flow->half[side];
	uint32_t ack;

	if (!h->acked)
		return 0;
	while (h->map.count > 0 && seqmap_at(&h->map, 0)->elen == 0 &&
	    seqmap_at(&h->map, 0)->e == h->una)
		flow_pop(fs, h);
	ack = seqmap_original(&h->map, h->una);
	if (!seq_before(h->told, ack))
		return 0;
	h->told = ack;
	return flow_ack(fs, flow, side, ack, NULL);
}

static struct kept *
keep(struct flows *fs, struct segment *s, uint32_t olen, const uint8_t *data,
    uint32_t elen)
{
	uint8_t fin = (s->flags & TH_FIN) != 0 && !s->own;
	struct seqmap *m = &s->from->map;
	size_t size = m->size;
	struct kept *k;

	k = seqmap_push(m, olen + fin, elen + fin);
	fs->n.memory += (m->size - size) * sizeof(*k);
	if (k == NULL)
		return NULL;
	if (elen != 0)
		memcpy(k->data, data, elen);
	k->fin = fin;
	s->from->fin |= fin;
	fs->n.memory += k->elen;
	if (olen != elen)
		fs->n.resized++;
	return k;
}

/*
 * Sends what is kept and has not been sent; the first packet is the verdict.
 * Segments that grow would all need a second packet for a few bytes: what does
 * not fill one waits for the next segment, if that is here already.
 */
static int
send_unsent(struct flows *fs, struct segment *s, int fin)
{
	struct half *h = s->from;
	uint32_t n, end = h->map.enext - (uint32_t)fin;
	int first = begin_verdict(fs, s, end - h->sent);

	if (first == -1)
		return -1;
	do {
		n = limit(s, first);
		if (n > end - h->sent) {
			n = end - h->sent;
			if (!first && fs->ops->gather && !fin) {
				flow_defer(fs, s->flow);
				break;
			}
		}
		seqmap_copy(&h->map, h->sent, n, fs->buf + s->hlen);
		if (send_packet(fs, s, h->sent, n, fin && h->sent + n == end,
			first) == -1)
			return -1;
		h->sent += n;
		first = 0;
	} while (h->sent != end);
	h->sent += (uint32_t)fin;
	return 0;
}

int
flow_send_new(struct flows *fs, struct segment *s)
{
	const struct kept *k;

	k = keep(fs, s, s->olen, s->f->packet + s->hlen, s->elen);
	if (k == NULL || send_unsent(fs, s, k->fin) == -1)
		return -1;
	return tell(fs, s->flow, s->side);
}

/*
 * Data that a script put into an acknowledgement, or into a new packet: it comes
 * next, and as no end will send it again, we do.
 */
int
flow_send_own(struct flows *fs, struct segment *s)
{
	if (s->from->fin)
		return flow_send_bare(fs, s, s->from->map.enext);
	if (keep(fs, s, 0, s->f->packet + s->hlen, s->elen) == NULL ||
	    send_unsent(fs, s, 0) == -1)
		return -1;
	flow_promise(fs, s->flow, s->side, s->from->map.enext);
	return 0;
}

/*
 * Old and new data in one segment: if its bytes begin with those that were sent
 * the first time, the rest is new.
 */
static int
keep_rest(struct flows *fs, struct segment *s, uint32_t i)
{
	const struct seqmap *m = &s->from->map;
	const uint8_t *data = s->f->packet + s->hlen;
	uint32_t n, done = 0;
	const struct kept *k;

	if (s->from->fin || seqmap_at(m, i)->o != s->seq)
		return 0;
	for (n = i; n < m->count; n++) {
		k = seqmap_at(m, n);
		if (k->elen > s->elen - done ||
		    (k->elen > 0 && memcmp(k->data, data + done, k->elen) != 0))
			return 0;
		done += k->elen;
	}
	if (keep(fs, s, s->seq + s->olen - m->onext, data + done,
		s->elen - done) == NULL)
		return -1;
	return 0;
}

/* Whether what follows the first n edited bytes is what was kept. */
static int
fits(const struct segment *s, uint32_t n)
{
	const struct seqmap *m = &s->from->map;
	const uint8_t *data = s->f->packet + s->hlen;
	const struct kept *k;
	uint32_t i, len;

	if (s->olen == s->elen)
		return 1;
	if (n > s->elen)
		return 0;
	for (i = 0; i < m->count && n < s->elen; i++) {
		k = seqmap_at(m, i);
		if (k->olen == 0)
			continue;
		len = k->elen - k->fin;
		if (len > s->elen - n)
			len = s->elen - n;
		if (len > 0 && memcmp(k->data, data + n, len) != 0)
			return 0;
		n += len;
	}
	return 1;
}

static uint32_t
first_kept(const struct seqmap *m)
{
	return m->count > 0 ? seqmap_at(m, 0)->o : m->onext;
}

/*
 * Data that was on its way when the connection was shifted, and was not kept: it
 * can only go on with the length that it has.  Returns whether it did.
 */
static int
send_unkept(struct flows *fs, struct segment *s)
{
	const struct seqmap *m = &s->from->map;
	struct kept k = { .data = s->f->packet + s->hlen };
	uint32_t start = first_kept(m), n = start - s->seq;

	if (!seq_before(s->seq, start) ||
	    (s->from->acked &&
		!seq_before(seqmap_original(m, s->from->una), start)))
		return 0;
	if (seq_before(s->seq + s->olen, start)) {
		n = s->olen;
		k.fin = (s->flags & TH_FIN) != 0;
	}
	if (n == s->olen ? s->olen != s->elen : !fits(s, n))
		return 0;
	k.elen = n + k.fin;
	s->from->fin |= k.fin;
	k.e = seqmap_edited(m, s->seq);
	return send_kept(fs, s, &k, 1) == -1 ? -1 : 1;
}

/*
 * What was sent before is sent as it was then, in whole pieces.  Returns 1 if
 * that is how it was diverted.  Data that was lost before the connection was
 * shifted has no place any more if it is edited to another length.
 */
int
flow_send_again(struct flows *fs, struct segment *s)
{
	struct half *h = s->from;
	struct seqmap *m = &h->map;
	uint32_t end = seq_end(s), i = seqmap_find(m, s->seq);
	int sent;

	h->trip_at = 0;
	if (flow_send_rest(fs, s->flow, s->side) == -1 ||
	    (sent = send_unkept(fs, s)) == -1)
		return -1;
	if (i < m->count && seq_before(m->onext, end) &&
	    keep_rest(fs, s, i) == -1)
		return -1;
	for (; i < m->count && seq_before(seqmap_at(m, i)->o, end); i++) {
		if (seqmap_at(m, i)->elen == 0)
			continue;
		if (send_kept(fs, s, seqmap_at(m, i), !sent) == -1)
			return -1;
		sent = 1;
		fs->n.resent++;
	}
	h->sent = m->enext;
	if (sent)
		return tell(fs, s->flow, s->side);
	if (seq_before(m->onext, end))
		end = m->onext;
	/* it has all arrived; a question is for the other end to answer */
	if (h->acked && !seq_before(seqmap_original(m, h->una), end)) {
		if (s->olen <= 1)
			return flow_send_bare(fs, s, h->una - 1);
		return flow_strip(fs, s) |
		    flow_ack(fs, s->flow, s->side, h->told, NULL);
	}
	if (!seq_before(first_kept(m), seq_end(s)) && !s->translated)
		return 1;
	if (seq_before(s->seq, first_kept(m))) {
		if (h->stuck == 0)
			h->stuck = fs->now;
		s->flow->lost = fs->now - h->stuck > STUCK_MAX;
	}
	return flow_send_bare(fs, s, seqmap_edited(m, s->seq));
}
