/* SPDX-License-Identifier: ISC */

/* What becomes of one segment. */

#include <string.h>

#include "flow_table.h"

#define HDR_MAX 256 /* longer headers are nobody's */

void
segment_open(struct segment *s, struct div_frame *f, const struct div_packet *p,
    struct flow *flow, int side)
{
	s->f = f;
	s->flow = flow;
	s->side = side;
	s->from = &flow->half[side];
	s->to = &flow->half[!side];
	s->tcp = f->packet + p->l4;
	s->hlen = p->payload;
	s->seq = get32(s->tcp + 4);
	s->ack = get32(s->tcp + 8);
	s->flags = s->tcp[13];
	s->win = get16(s->tcp + 14);
	s->urg = get16(s->tcp + 18);
	s->elen = f->caplen - (uint32_t)p->payload;
	s->olen = f->origlen - (uint32_t)p->payload;
	s->own = f->type == DIV_INJECT ||
	    (s->olen == 0 && s->elen != 0 && !(s->flags & TH_FIN));
	s->translated = 0;
	s->news = 1;
	s->answers = 0;
	s->sack.n = 0;
	if (s->own)
		s->olen = 0;
}

/* Of the windows that h tells its peer. */
int
flow_wscale(const struct half *h, const struct half *peer)
{
	if (h->wscale == WSCALE_UNKNOWN || peer->wscale == WSCALE_UNKNOWN)
		return WSCALE_UNKNOWN;
	if (h->wscale == WSCALE_NONE || peer->wscale == WSCALE_NONE)
		return 0;
	return h->wscale;
}

/*
 * The window counts edited bytes.  What its growth beyond the acknowledgement
 * takes of it is not the other end's to use.
 */
static uint16_t
window(const struct segment *s, uint32_t ack)
{
	const struct seqmap *m = &s->to->map;
	int scale = flow_wscale(s->from, s->to);
	int32_t growth;
	uint32_t bytes;

	growth = (int32_t)((m->enext - s->ack) - (m->onext - ack));
	if (growth <= 0 || scale == WSCALE_UNKNOWN)
		return s->win;
	bytes = (uint32_t)s->win << scale;
	bytes = bytes > (uint32_t)growth ? bytes - (uint32_t)growth : 0;
	return (uint16_t)(bytes >> scale);
}

static void
acknowledged(struct flows *fs, struct half *h, uint32_t ack)
{
	const struct kept *k;

	if (h->acked && !seq_before(h->una, ack))
		return;
	if (seq_before(h->map.enext, ack))
		return;
	h->una = ack;
	h->acked = 1;
	h->stuck = 0;
	/* an end may say that it has what waits to be sent */
	if (seq_before(h->sent, ack))
		h->sent = ack;
	while (h->map.count > 0) {
		k = seqmap_at(&h->map, 0);
		if (seq_before(ack, k->e + k->elen))
			break;
		flow_pop(fs, h);
	}
}

/*
 * Translates what a segment says of the other direction.  An acknowledgement of
 * bytes that only we sent is no news, and would be taken for a duplicate.
 */
static void
translate_ack(struct flows *fs, struct segment *s)
{
	struct half *h = s->from, *peer = s->to;
	uint32_t ack, una = peer->una;
	uint16_t win;
	int blocks, first = !peer->acked, ahead = flow_ahead(peer);

	if (!(s->flags & TH_ACK))
		return;
	options_times(s, h);
	/* who was told by us of what is newer would not take it */
	options_renew(s, h->tsval);
	blocks = options_sack(s, peer, &s->sack);
	watch_edge(s);
	acknowledged(fs, peer, s->ack);
	ack = seqmap_original(&peer->map, s->ack);
	ahead = ahead && seq_before(ack, peer->told);
	if (ahead) {
		ack = peer->told;
		/* what the other end lacks is old, and no measure of the path */
		options_echo(s, peer->tsval);
	}
	win = window(s, ack);
	s->news = (una == peer->una && !ahead) || ack != peer->told ||
	    win != h->win || blocks != 0;
	s->translated = ack != s->ack || peer->map.onext != peer->map.enext;
	put32(s->tcp + 8, ack);
	put16(s->tcp + 14, win);
	if (first || seq_before(peer->told, ack))
		peer->told = ack;
	if (!h->said || !seq_before(ack, h->ack)) {
		s->answers = ack != h->ack || win != h->win || blocks != 0;
		h->said = 1;
		h->ack = ack;
		h->win = win;
	}
}

static int
send_data(struct flows *fs, struct segment *s)
{
	int32_t rel = (int32_t)(s->seq - s->from->map.onext);

	watch_size(s);
	if (s->own)
		return flow_send_own(fs, s);
	if (rel < 0)
		return flow_send_again(fs, s);
	/* nobody takes what is behind a FIN, and we cannot answer for that */
	if (seqmap_ended(&s->from->map))
		return flow_strip(fs, s);
	if (rel > 0)
		return flow_hold(fs, s);
	return flow_send_new(fs, s);
}

/* The connection is over if the other end believes it. */
static int
send_rst(struct flows *fs, struct segment *s)
{
	const struct half *h = s->from;
	uint32_t seq = seqmap_edited(&h->map, s->seq);

	if (!h->acked ||
	    (!seq_before(seq, h->una) && !seq_before(h->map.enext, seq)))
		s->flow->over = 1;
	return flow_send_bare(fs, s, seq);
}

/*
 * A filter ends a connection.  It knows one end's numbers at most, and each end
 * has its own.
 */
static enum flow_answer
inject_rst(struct flows *fs, struct segment *s)
{
	s->from->reset = 1;
	s->flow->over = s->to->reset;
	return flow_rst(fs, s->flow, s->side) == -1 ? FLOW_FAILED : FLOW_TAKEN;
}

/*
 * An acknowledgement, or a question.  What the other end answers to that is no
 * news as long as it lacks what its sender believes to have arrived.
 */
static int
send_empty(struct flows *fs, struct segment *s)
{
	const struct half *h = s->from;

	if (s->flags & TH_ACK && s->seq + 1 == h->told && flow_ahead(h) &&
	    flow_ack(fs, s->flow, s->side, h->told, NULL) == -1)
		return -1;
	return flow_send_bare(fs, s, seqmap_edited(&h->map, s->seq));
}

/*
 * A segment of a connection whose numbers are shifted; what it says of the other
 * direction is translated.
 */
enum flow_answer
flow_process(struct flows *fs, struct segment *s)
{
	int error;

	if (s->flags & TH_RST)
		error = send_rst(fs, s);
	else if (!(s->flags & TH_SYN) &&
	    (s->elen != 0 || s->olen != 0 || s->flags & TH_FIN))
		error = send_data(fs, s);
	else if (!s->news)
		error = fs->ops->verdict(fs->arg, s->f, 1);
	else
		error = send_empty(fs, s);
	if (error == 1)
		return FLOW_ORIGINAL;
	return error == -1 ? FLOW_FAILED : FLOW_TAKEN;
}

/*
 * A SYN that begins another connection between the same ports, and not one that
 * is late, or that its receiver will refuse.
 */
static int
reused(const struct segment *s)
{
	const struct flow *flow = s->flow;

	if ((s->flags & (TH_SYN | TH_ACK)) != TH_SYN ||
	    s->f->type != DIV_PACKET ||
	    (s->from->syn && s->seq == s->from->iss))
		return 0;
	return !flow->shifted || flow->over ||
	    (flow->half[0].fin && flow->half[1].fin);
}

/*
 * Gives data of a script the numbers that come next.  Returns 0 if there is no
 * such place: neither end has been heard, or this one has said that it is done.
 */
static int
place(struct segment *s)
{
	const struct half *h = s->from;

	if (!h->seen || !s->to->acked || h->fin || s->elen == 0)
		return 0;
	s->seq = h->map.onext;
	s->ack = s->to->una;
	s->win = h->win;
	put32(s->tcp + 4, s->seq);
	put32(s->tcp + 8, s->ack);
	put16(s->tcp + 14, s->win);
	return 1;
}

/* Packets of ours go the way that those of their sender go. */
static void
follow(struct half *h, const struct div_frame *f)
{
	size_t n = f->hdrlen > DIV_HDRLEN ? f->hdrlen - DIV_HDRLEN : 0;

	if (f->type != DIV_PACKET || n > sizeof(h->opaque))
		return;
	h->hdrlen = f->hdrlen;
	if (n > 0)
		memcpy(h->opaque, f->opaque, n);
}

/*
 * Takes a whole TCP segment, p being the view of f's packet.  An edited one may
 * have another length than f's origlen says, but not other headers; a new packet
 * (DIV_INJECT) with data that comes next in a known connection becomes part of
 * its stream.
 */
enum flow_answer
flows_segment(struct flows *fs, struct div_frame *f, const struct div_packet *p,
    uint64_t now)
{
	enum flow_answer answer = FLOW_PASS;
	struct flow *flow;
	struct segment s;
	int side;
	uint32_t una;

	fs->now = now;
	if (f->origlen < p->payload || p->payload > HDR_MAX ||
	    (flow = flow_find(fs, p, &side)) == NULL)
		return f->caplen == f->origlen ? FLOW_PASS : FLOW_REFUSED;
	flow->ifindex = f->ifindex;
	segment_open(&s, f, p, flow, side);
	if (f->type == DIV_INJECT && f->flags & DIV_F_NEXT && !place(&s))
		return FLOW_REFUSED;
	if (reused(&s))
		flow_clear(fs, flow);
	follow(s.from, f);
	if (!flow->shifted)
		answer = flow_plain(fs, &s);
	if (flow->shifted && f->type == DIV_INJECT && s.flags & TH_RST)
		answer = inject_rst(fs, &s);
	else if (flow->shifted) {
		una = s.to->una;
		translate_ack(fs, &s);
		if (flow_answered(fs, flow, !side, una, &s.sack) == -1)
			return FLOW_FAILED;
		answer = flow_process(fs, &s);
		if (answer == FLOW_TAKEN)
			answer = flow_release(fs, flow, side);
		flow_trip_begin(fs, s.from);
	}
	if (answer == FLOW_REFUSED || answer == FLOW_ORIGINAL)
		fs->n.refused++;
	if (flow->lost && flow_end(fs, flow) == -1)
		return FLOW_FAILED;
	if (flows_shrink(fs) == -1)
		return FLOW_FAILED;
	return answer;
}
