/* SPDX-License-Identifier: ISC */

/*
 * Events of TCP connections by the definitions of Wireshark's tcp.analysis:
 * retransmission, out of order, duplicate ACK, zero window.  Round trips are
 * from here to an end and back, by one timed segment at a time (RFC 6298, 3:
 * Karn's algorithm).
 */

#include <sys/types.h>
#include <sys/endian.h>

#include "stat.h"

#define FLAG_FIN 0x01
#define FLAG_SYN 0x02
#define FLAG_RST 0x04
#define FLAG_ACK 0x10
#define FLAGS_CONTROL (FLAG_FIN | FLAG_SYN | FLAG_RST)

#define HAS_BASE_SEQ 0x01
#define HAS_NEXTSEQ 0x02
#define HAS_LASTACK 0x04

#define LAST_KEEPALIVE 0x01
#define LAST_PROBE 0x02

/* Wireshark's limits: fast retransmission; out of order without a known RTT */
#define FAST_NS 20000000
#define ORDER_NS 3000000

struct stat_segment {
	uint32_t seq, ack, len, end; /* end: with SYN and FIN */
	uint16_t window;
	uint8_t flags;
	uint64_t time; /* ns */
};

static int
before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

static void
segment_read(struct stat_segment *g, const struct stat_packet *s)
{
	const uint8_t *h = s->p.data + s->p.l4;

	g->seq = be32dec(h + 4);
	g->ack = be32dec(h + 8);
	g->flags = h[13];
	g->window = be16dec(h + 14);
	g->len = s->len > s->p.payload ? (uint32_t)(s->len - s->p.payload) : 0;
	g->end = g->seq + g->len + ((g->flags & (FLAG_SYN | FLAG_FIN)) != 0);
	g->time = s->time;
}

/* Events of the acknowledgement; a mask of enum health. */
static unsigned int
check_ack(struct stat_half *me, const struct stat_half *peer,
    const struct stat_segment *g)
{
	unsigned int health = 0;
	int plain = (g->flags & FLAGS_CONTROL) == 0, repeats;

	me->last_kind = 0;
	if (g->len == 1 && (me->has & HAS_NEXTSEQ) && g->seq == me->nextseq &&
	    (peer->has & HAS_NEXTSEQ) && peer->window == 0) {
		me->last_kind = LAST_PROBE;
		return 0;
	}
	if (g->window == 0 && plain)
		health |= 1 << ZERO_WINDOW;
	if (plain && g->len <= 1 && (me->has & HAS_NEXTSEQ) &&
	    g->seq == me->nextseq - 1)
		me->last_kind = LAST_KEEPALIVE;
	repeats = plain && g->len == 0 && g->window == me->window &&
	    (me->has & HAS_NEXTSEQ) && g->seq == me->nextseq &&
	    (me->has & HAS_LASTACK) && g->ack == me->lastack;
	if (repeats && g->window != 0 &&
	    (peer->last_kind & LAST_KEEPALIVE) == 0) {
		if (me->dupacknum < UINT8_MAX)
			me->dupacknum++;
		health |= 1 << DUPLICATE_ACK;
	}
	return health;
}

/* Data behind nextseq was retransmitted, or is out of order. */
static unsigned int
check_seq(const struct stat_flow *flow, const struct stat_half *me,
    const struct stat_half *peer, const struct stat_segment *g)
{
	int behind = (me->has & HAS_NEXTSEQ) && before(g->seq, me->nextseq);
	uint64_t limit = flow->handshake != 0 ? flow->handshake : ORDER_NS;

	if (g->end == g->seq || me->last_kind == LAST_KEEPALIVE)
		return 0;
	if (g->len > 1 && g->seq == me->nextseq - 1)
		behind = 0;
	if (g->len > 0 && (peer->has & HAS_LASTACK) &&
	    !before(peer->lastack, g->seq + g->len))
		return 1 << RETRANSMISSION;
	if (!behind)
		return 0;
	if (peer->dupacknum >= 2 && peer->lastack == g->seq &&
	    g->time - peer->lastacktime < FAST_NS)
		return 1 << RETRANSMISSION;
	if (g->time - me->nextseqtime < limit && g->end != me->nextseq)
		return 1 << OUT_OF_ORDER;
	return 1 << RETRANSMISSION;
}

/* The handshake in ns, when its third segment is seen; else 0. */
static uint64_t
check_handshake(struct stat_flow *flow, const struct stat_half *me,
    const struct stat_half *peer, const struct stat_segment *g)
{
	unsigned int syns = (me->letters | peer->letters) &
	    (1 << LETTER_SYN | 1 << LETTER_SYNACK);

	if ((g->flags & (FLAG_SYN | FLAG_ACK)) == FLAG_SYN)
		flow->syn = g->time;
	if ((g->flags & (FLAG_SYN | FLAG_RST | FLAG_ACK)) != FLAG_ACK ||
	    flow->handshake != 0 || g->time <= flow->syn ||
	    syns != (1 << LETTER_SYN | 1 << LETTER_SYNACK))
		return 0;
	return flow->handshake = g->time - flow->syn;
}

/*
 * Times a new segment if none is timed.  Returns the RTT of peer in ns, or 0.
 */
static uint64_t
check_rtt(struct stat_half *me, struct stat_half *peer,
    const struct stat_segment *g)
{
	uint64_t rtt;

	if (me->last_kind == 0 && g->end != g->seq && me->rtt_start == 0 &&
	    (!(me->has & HAS_NEXTSEQ) || before(me->nextseq, g->end))) {
		me->rtt_start = g->time;
		me->rtt_seq = g->end;
	}
	if ((g->flags & FLAG_ACK) == 0 || peer->rtt_start == 0 ||
	    before(g->ack, peer->rtt_seq))
		return 0;
	rtt = g->time > peer->rtt_start ? g->time - peer->rtt_start : 0;
	peer->rtt_start = 0;
	peer->rtt.n += rtt != 0;
	peer->rtt.sum += rtt;
	return rtt;
}

static void
note_letters(struct stat_flow *flow, int side, const struct stat_segment *g,
    unsigned int health)
{
	if (g->flags & FLAG_SYN)
		flow_letter(flow, side,
		    g->flags & FLAG_ACK ? LETTER_SYNACK : LETTER_SYN);
	if (g->len > 0)
		flow_letter(flow, side, LETTER_DATA);
	else if ((g->flags & (FLAGS_CONTROL | FLAG_ACK)) == FLAG_ACK)
		flow_letter(flow, side, LETTER_ACK);
	if (g->flags & FLAG_FIN)
		flow_letter(flow, side, LETTER_FIN);
	if (g->flags & FLAG_RST)
		flow_letter(flow, side, LETTER_RST);
	if (health & 1 << RETRANSMISSION)
		flow_letter(flow, side, LETTER_RETRANSMISSION);
	if (health & 1 << ZERO_WINDOW)
		flow_letter(flow, side, LETTER_WINDOW);
}

static void
update_seq(struct stat_half *me, const struct stat_segment *g)
{
	uint32_t fresh = g->len;

	if (me->has & HAS_NEXTSEQ) {
		if (!before(me->nextseq, g->seq + g->len))
			fresh = 0;
		else if (before(g->seq, me->nextseq))
			fresh = g->seq + g->len - me->nextseq;
	}
	me->data += fresh;
	if ((g->flags & FLAG_SYN) || !(me->has & HAS_BASE_SEQ)) {
		me->base_seq = g->seq;
		me->has |= HAS_BASE_SEQ;
	}
	if (me->last_kind == LAST_PROBE ||
	    ((me->has & HAS_NEXTSEQ) && !before(me->nextseq, g->end)))
		return;
	me->has |= HAS_NEXTSEQ;
	me->nextseq = g->end;
	me->nextseqtime = g->time;
}

static void
update_ack(struct stat_half *me, const struct stat_segment *g)
{
	if (g->ack != me->lastack)
		me->dupacknum = 0;
	me->window = g->window;
	me->lastack = g->ack;
	me->lastacktime = g->time;
	if (g->flags & FLAG_ACK)
		me->has |= HAS_LASTACK;
	else
		me->has &= (uint8_t)~HAS_LASTACK;
}

/* True if there is a whole TCP header, and no fragment. */
static int
is_segment(const struct stat_packet *s)
{
	return !s->p.truncated && s->p.fragment == DIV_WHOLE;
}

/* True for a SYN with another sequence number: ports are reused. */
int
stat_tcp_reused(const struct stat_flow *flow, int side,
    const struct stat_packet *s)
{
	const struct stat_half *me = &flow->half[side];
	struct stat_segment g;

	if (!is_segment(s) || !(me->has & HAS_BASE_SEQ))
		return 0;
	segment_read(&g, s);
	return (g.flags & (FLAG_SYN | FLAG_ACK)) == FLAG_SYN &&
	    g.seq != me->base_seq;
}

/* Adds a segment that was sent by the end with index side. */
void
stat_tcp_add(struct stat_flow *flow, int side, const struct stat_packet *s,
    struct stat_tcp_event *ev)
{
	struct stat_half *me = &flow->half[side], *peer = &flow->half[!side];
	struct stat_segment g;
	int i;

	if (!is_segment(s))
		return;
	segment_read(&g, s);
	ev->health = check_ack(me, peer, &g);
	if (g.flags & FLAG_RST)
		ev->health |= 1 << RESET;
	ev->health |= check_seq(flow, me, peer, &g);
	if (ev->health & 1 << RETRANSMISSION)
		me->rtt_start = 0;
	else
		ev->rtt = check_rtt(me, peer, &g);
	note_letters(flow, side, &g, ev->health);
	ev->handshake = check_handshake(flow, me, peer, &g);
	update_seq(me, &g);
	update_ack(me, &g);
	for (i = 0; i < NHEALTHS; i++)
		flow->health[i] += ev->health >> i & 1;
	flow->closed = (me->letters & peer->letters & 1 << LETTER_FIN) ||
	    ((me->letters | peer->letters) & 1 << LETTER_RST);
}
