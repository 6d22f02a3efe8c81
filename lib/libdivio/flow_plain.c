/* SPDX-License-Identifier: ISC */

/* Connections whose numbers are as they were, until one is to be shifted. */

#include "flow_table.h"

/* How far the other end may send, as this one sees it. */
void
watch_edge(struct segment *s)
{
	int scale = s->flags & TH_SYN ? 0 : flow_wscale(s->from, s->to);
	uint32_t edge;

	if (scale == WSCALE_UNKNOWN)
		scale = WSCALE_MAX;
	edge = s->ack + ((uint32_t)s->win << scale);
	if (!s->to->acked || seq_before(s->to->edge, edge))
		s->to->edge = edge;
}

/* What a segment acknowledges has passed, even if we did not see it. */
static void
watch_ack(struct segment *s)
{
	struct half *h = s->from, *peer = s->to;

	watch_edge(s);
	if (!peer->acked || seq_before(peer->una, s->ack))
		peer->una = peer->told = s->ack;
	peer->acked = 1;
	if (peer->seen && seq_before(peer->map.onext, s->ack))
		peer->map.onext = peer->map.enext = s->ack;
	if (!h->said || !seq_before(s->ack, h->ack)) {
		h->ack = s->ack;
		h->win = s->win;
	}
	h->said = 1;
}

static void
watch_first(struct segment *s)
{
	struct half *h = s->from;

	if (h->seen)
		return;
	h->seen = 1;
	h->map.onext = h->map.enext = s->seq;
}

/* What the path carries in one packet. */
void
watch_size(struct segment *s)
{
	uint32_t n = s->olen + options_len(s);

	if (s->olen != 0 && n > s->from->mss && n <= UINT16_MAX &&
	    !(s->f->flags & DIV_F_GSO))
		s->from->mss = (uint16_t)n;
}

/* A segment of a connection whose numbers are as they were. */
static void
watch(struct segment *s)
{
	struct half *h = s->from;
	uint32_t end = seq_end(s);

	if (s->flags & TH_SYN) {
		/* what was before it was no connection */
		h->seen &= h->syn && h->iss == s->seq;
		options_syn(s, h);
		s->flow->signed_ |= (uint8_t)options_signed(s);
		h->syn = 1;
		h->iss = s->seq;
	}
	watch_first(s);
	options_times(s, h);
	if (end != s->seq && seq_before(h->map.onext, end))
		h->map.onext = h->map.enext = end;
	watch_size(s);
	if (s->flags & TH_FIN)
		h->fin = 1;
	if (s->flags & TH_ACK)
		watch_ack(s);
}

/* From here on what is sent is kept until it is acknowledged. */
static int
shift(struct segment *s)
{
	struct half *h = s->from, *peer = s->to;
	uint16_t least = s->flow->key.version == 4 ? 536 : 1220;
	int i;

	if (!peer->seen || s->flow->signed_ || options_signed(s) || h->fin ||
	    s->flags & (TH_SYN | TH_RST))
		return -1;
	/* times that one end alone offered are not used */
	options_times(s, h);
	h->ts = peer->ts = h->ts && peer->ts;
	for (i = 0; i < 2; i++) {
		if (s->flow->half[i].mss < least)
			s->flow->half[i].mss = least;
		s->flow->half[i].sent = s->flow->half[i].map.enext;
	}
	s->flow->shifted = 1;
	return 0;
}

/*
 * Old bytes, and after them new ones that came to another length: what is old
 * goes on, and its sender will bring the rest again.
 */
static enum flow_answer
send_old(struct flows *fs, struct segment *s, uint32_t n)
{
	if (n > s->elen)
		n = s->elen;
	if (n == 0)
		return FLOW_REFUSED;
	s->olen = s->elen = n;
	s->f->caplen = (uint32_t)s->hlen + n;
	s->flags &= (uint8_t)~TH_FIN;
	s->tcp[13] = s->flags;
	watch(s);
	return fs->ops->verdict(fs->arg, s->f, 0) == -1 ? FLOW_FAILED :
							  FLOW_TAKEN;
}

/*
 * The other end has not been seen yet.  A segment from the past makes it speak,
 * if it can be heard here at all; the data will come again.
 */
static enum flow_answer
ask(struct flows *fs, struct segment *s)
{
	if (s->flow->asked || s->own || s->flags & (TH_SYN | TH_RST) ||
	    !(s->flags & TH_ACK))
		return FLOW_REFUSED;
	s->flow->asked = 1;
	return flow_send_bare(fs, s, s->seq - 1) == -1 ? FLOW_FAILED :
							 FLOW_TAKEN;
}

/* Whether a resize may begin with this segment, and what if not. */
static enum flow_answer
begin(struct flows *fs, struct segment *s)
{
	uint32_t next;

	watch_first(s);
	next = s->from->map.onext;
	if (s->own && s->f->type == DIV_INJECT && s->seq != next)
		return FLOW_PASS;
	if (!s->to->seen)
		return ask(fs, s);
	if (!s->own && seq_before(s->seq, next)) {
		if (!seq_before(next, seq_end(s)))
			return FLOW_ORIGINAL;
		return send_old(fs, s, next - s->seq);
	}
	return shift(s) == -1 ? FLOW_REFUSED : FLOW_PASS;
}

/* Takes a segment; the numbers may be shifted from here on. */
enum flow_answer
flow_plain(struct flows *fs, struct segment *s)
{
	if (s->olen != s->elen && (s->f->type != DIV_INJECT || s->from->seen))
		return begin(fs, s);
	if (s->f->type == DIV_PACKET)
		watch(s);
	return FLOW_PASS;
}
