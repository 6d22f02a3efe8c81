/* SPDX-License-Identifier: ISC */

/*
 * The health of TCP connections, by the definitions of Wireshark's
 * tcp.analysis.
 */

#include <sys/types.h>
#include <sys/endian.h>

#include "stat.h"

#define FLAG_FIN 0x01
#define FLAG_SYN 0x02
#define FLAG_RST 0x04
#define FLAG_ACK 0x10
#define FLAGS_EDGE (FLAG_FIN | FLAG_SYN | FLAG_RST)

#define KNOWN_BASE 0x01
#define KNOWN_NEXT 0x02
#define KNOWN_ACK 0x04

#define LAST_KEEPALIVE 0x01
#define LAST_PROBE 0x02

#define FAST_NS 20000000 /* a retransmission this soon is a fast one */
#define ORDER_NS 3000000 /* out of order, when there was no handshake */

struct segment {
	uint32_t seq, ack, len, end; /* end: behind SYN or FIN */
	uint16_t window;
	uint8_t flags;
	uint64_t time;
};

static int
before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

static void
segment_read(struct segment *g, const struct seen *s)
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

/* What the segment says of the other end's data; a mask of health. */
static unsigned int
check_ack(struct half *me, const struct half *peer, const struct segment *g)
{
	unsigned int health = 0;
	int plain = (g->flags & FLAGS_EDGE) == 0, repeats;

	me->last = 0;
	if (g->len == 1 && (me->known & KNOWN_NEXT) && g->seq == me->next &&
	    (peer->known & KNOWN_NEXT) && peer->window == 0) {
		me->last = LAST_PROBE;
		return 0;
	}
	if (g->window == 0 && plain)
		health |= 1 << ZERO_WINDOW;
	if (plain && g->len <= 1 && (me->known & KNOWN_NEXT) &&
	    g->seq == me->next - 1)
		me->last = LAST_KEEPALIVE;
	repeats = plain && g->len == 0 && g->window == me->window &&
	    (me->known & KNOWN_NEXT) && g->seq == me->next &&
	    (me->known & KNOWN_ACK) && g->ack == me->ack;
	if (repeats && g->window != 0 && (peer->last & LAST_KEEPALIVE) == 0) {
		if (me->dupacks < UINT8_MAX)
			me->dupacks++;
		health |= 1 << DUPLICATE_ACK;
	}
	return health;
}

/* A segment that does not advance was sent again, or overtaken. */
static unsigned int
check_seq(const struct flow *flow, const struct half *me,
    const struct half *peer, const struct segment *g)
{
	int behind = (me->known & KNOWN_NEXT) && before(g->seq, me->next);
	uint64_t limit = flow->handshake != 0 ? flow->handshake : ORDER_NS;

	if (g->end == g->seq || me->last == LAST_KEEPALIVE)
		return 0;
	if (g->len > 1 && g->seq == me->next - 1)
		behind = 0;
	if (g->len > 0 && (peer->known & KNOWN_ACK) &&
	    !before(peer->ack, g->seq + g->len))
		return 1 << RETRANSMISSION;
	if (!behind)
		return 0;
	if (peer->dupacks >= 2 && peer->ack == g->seq &&
	    g->time - peer->acktime < FAST_NS)
		return 1 << RETRANSMISSION;
	if (g->time - me->nexttime < limit && g->end != me->next)
		return 1 << OUT_OF_ORDER;
	return 1 << RETRANSMISSION;
}

/* The three segments that open a connection, as far as they were seen. */
static uint64_t
check_handshake(struct flow *flow, const struct half *me,
    const struct half *peer, const struct segment *g)
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
 * One segment at a time is timed until it is acknowledged, and none that was
 * sent twice (Karn's rule).
 */
static uint64_t
check_rtt(struct half *me, struct half *peer, const struct segment *g)
{
	uint64_t rtt;

	if (me->last == 0 && g->end != g->seq && me->timed == 0 &&
	    (!(me->known & KNOWN_NEXT) || before(me->next, g->end))) {
		me->timed = g->time;
		me->timedseq = g->end;
	}
	if ((g->flags & FLAG_ACK) == 0 || peer->timed == 0 ||
	    before(g->ack, peer->timedseq))
		return 0;
	rtt = g->time > peer->timed ? g->time - peer->timed : 0;
	peer->timed = 0;
	peer->rtt.n += rtt != 0;
	peer->rtt.sum += rtt;
	return rtt;
}

static void
note_letters(struct flow *flow, int side, const struct segment *g,
    unsigned int health)
{
	if (g->flags & FLAG_SYN)
		flow_letter(flow, side,
		    g->flags & FLAG_ACK ? LETTER_SYNACK : LETTER_SYN);
	if (g->len > 0)
		flow_letter(flow, side, LETTER_DATA);
	else if ((g->flags & (FLAGS_EDGE | FLAG_ACK)) == FLAG_ACK)
		flow_letter(flow, side, LETTER_ACK);
	if (g->flags & FLAG_FIN)
		flow_letter(flow, side, LETTER_FIN);
	if (g->flags & FLAG_RST)
		flow_letter(flow, side, LETTER_RST);
	if (health & 1 << RETRANSMISSION)
		flow_letter(flow, side, LETTER_AGAIN);
	if (health & 1 << ZERO_WINDOW)
		flow_letter(flow, side, LETTER_WINDOW);
}

static void
remember_seq(struct half *me, const struct segment *g)
{
	uint32_t fresh = g->len;

	if (me->known & KNOWN_NEXT) {
		if (!before(me->next, g->seq + g->len))
			fresh = 0;
		else if (before(g->seq, me->next))
			fresh = g->seq + g->len - me->next;
	}
	me->data += fresh;
	if ((g->flags & FLAG_SYN) || !(me->known & KNOWN_BASE)) {
		me->base = g->seq;
		me->known |= KNOWN_BASE;
	}
	if (me->last == LAST_PROBE ||
	    ((me->known & KNOWN_NEXT) && !before(me->next, g->end)))
		return;
	me->known |= KNOWN_NEXT;
	me->next = g->end;
	me->nexttime = g->time;
}

static void
remember_ack(struct half *me, const struct segment *g)
{
	if (g->ack != me->ack)
		me->dupacks = 0;
	me->window = g->window;
	me->ack = g->ack;
	me->acktime = g->time;
	if (g->flags & FLAG_ACK)
		me->known |= KNOWN_ACK;
	else
		me->known &= (uint8_t)~KNOWN_ACK;
}

/* Is there a whole TCP header, which is not a later fragment's? */
static int
is_segment(const struct seen *s)
{
	return !s->p.truncated && s->p.fragment == DIV_WHOLE;
}

/* A SYN with another number: a new connection with the ports of this one. */
int
tcp_reused(const struct flow *flow, int side, const struct seen *s)
{
	const struct half *me = &flow->half[side];
	struct segment g;

	if (!is_segment(s) || !(me->known & KNOWN_BASE))
		return 0;
	segment_read(&g, s);
	return (g.flags & (FLAG_SYN | FLAG_ACK)) == FLAG_SYN &&
	    g.seq != me->base;
}

/* Follows a connection by a segment that the end side sent. */
void
tcp_add(struct flow *flow, int side, const struct seen *s,
    struct tcp_news *news)
{
	struct half *me = &flow->half[side], *peer = &flow->half[!side];
	struct segment g;
	int i;

	if (!is_segment(s))
		return;
	segment_read(&g, s);
	news->health = check_ack(me, peer, &g);
	if (g.flags & FLAG_RST)
		news->health |= 1 << RESET;
	news->health |= check_seq(flow, me, peer, &g);
	if (news->health & 1 << RETRANSMISSION)
		me->timed = 0;
	else
		news->rtt = check_rtt(me, peer, &g);
	note_letters(flow, side, &g, news->health);
	news->handshake = check_handshake(flow, me, peer, &g);
	remember_seq(me, &g);
	remember_ack(me, &g);
	for (i = 0; i < NHEALTHS; i++)
		flow->health[i] += news->health >> i & 1;
	flow->over = (me->letters & peer->letters & 1 << LETTER_FIN) ||
	    ((me->letters | peer->letters) & 1 << LETTER_RST);
}
