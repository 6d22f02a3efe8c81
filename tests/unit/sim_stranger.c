/* SPDX-License-Identifier: ISC */

/*
 * Strangers, who know the addresses and ports, and perhaps the numbers: they send
 * what the ends do not accept (RFC 9293, 3.10.7; RFC 5961), before the host or
 * behind it.  An RST with the right number is the one exception.
 */

#include <netinet/in.h>

#include <string.h>

#include "sim.h"

#define FAR 0x40000000U  /* out of every window */
#define UNSENT 0x400000U /* more than anybody has sent */

enum forgery {
	AT_NEXT,   /* numbers from the next one on */
	AT_EDGE,   /* in the window */
	AT_PAST,   /* data that was acknowledged, with other bytes */
	AT_RANDOM, /* any number */
	AGREEING   /* of a connection of the stranger's own */
};

static const struct forged {
	enum forgery kind;
	uint8_t flags;
	uint32_t seq, ack, len;
	uint8_t late;   /* a timestamp that PAWS rejects */
	uint8_t wrong;  /* checksum */
	uint8_t closed; /* window */
} forged[] = {
	{ AT_NEXT, TH_ACK, FAR, 0, 100, 0, 0, 0 },
	{ AT_NEXT, TH_ACK, -FAR, 0, 100, 0, 0, 0 },
	{ AT_NEXT, TH_ACK, 0x200000, 0, 100, 0, 0, 0 },
	{ AT_NEXT, TH_ACK | TH_FIN, FAR, 0, 0, 0, 0, 0 },
	{ AT_NEXT, TH_ACK | TH_FIN, 0x200000, 0, 10, 0, 0, 0 },
	{ AT_NEXT, TH_ACK, FAR, 0, 0, 0, 0, 0 },
	{ AT_NEXT, TH_ACK, 0, UNSENT, 0, 0, 0, 0 },
	{ AT_NEXT, TH_ACK, 0, UNSENT, 100, 0, 0, 0 },
	{ AT_NEXT, TH_ACK, 0, FAR, 100, 0, 0, 0 },
	{ AT_NEXT, TH_ACK, 0, -FAR, 0, 0, 0, 0 },
	{ AT_NEXT, TH_ACK, 0, -FAR, 100, 0, 0, 0 },
	{ AT_NEXT, TH_SYN, FAR, 0, 0, 0, 0, 0 },
	{ AT_NEXT, TH_SYN, 10, 0, 0, 0, 0, 0 },
	{ AT_NEXT, TH_SYN | TH_ACK, FAR, UNSENT, 0, 0, 0, 0 },
	{ AT_NEXT, TH_SYN | TH_ACK, 10, UNSENT, 0, 0, 0, 0 },
	{ AT_NEXT, TH_RST, FAR, 0, 0, 0, 0, 0 },
	{ AT_EDGE, TH_RST, 0, 0, 0, 0, 0, 0 },
	{ AT_NEXT, TH_RST, -FAR, 0, 0, 0, 0, 0 },
	{ AT_EDGE, TH_RST | TH_ACK, 0, UNSENT, 0, 0, 0, 0 },
	{ AT_EDGE, TH_RST | TH_ACK, 0, FAR, 0, 0, 0, 0 },
	{ AT_EDGE, TH_RST | TH_ACK, 0, -FAR, 0, 0, 0, 0 },
	{ AT_NEXT, 0, 0, 0, 100, 0, 0, 0 },
	{ AT_NEXT, TH_ACK, 0, 0, 100, 1, 0, 0 },
	{ AT_NEXT, TH_ACK | TH_FIN, 0, 0, 10, 1, 0, 0 },
	{ AT_NEXT, TH_ACK, 0, 0, 100, 0, 1, 0 },
	{ AT_NEXT, TH_ACK | TH_FIN, 0, 0, 0, 0, 1, 0 },
	{ AT_NEXT, TH_RST, 0, 0, 0, 0, 1, 0 },
	{ AT_NEXT, TH_ACK, 0, 0, 0, 0, 0, 0 },
	{ AT_NEXT, TH_ACK, 0, 0, 0, 0, 0, 1 },
	{ AT_PAST, TH_ACK, 0, 0, 100, 0, 0, 0 },
	{ AT_PAST, TH_ACK, 0, 0, 1, 0, 0, 0 },
	{ AT_RANDOM, TH_ACK, 0, 0, 100, 0, 0, 0 },
	{ AT_RANDOM, TH_ACK, 0, 0, 0, 0, 0, 0 },
	{ AT_RANDOM, TH_ACK | TH_FIN, 0, 0, 0, 0, 0, 0 },
	{ AT_RANDOM, TH_SYN, 0, 0, 0, 0, 0, 0 },
	{ AT_RANDOM, TH_RST, 0, 0, 0, 0, 0, 0 },
};

static const struct forged reset = { AT_NEXT, TH_RST, 0, 0, 0, 0, 0, 0 };

/*
 * Numbers as they are on the wire before the host, or behind it.  The host knows
 * no connection of a port that a NAT took later: what passes there has the same
 * numbers on both sides.
 */
static void
numbers(struct world *w, const struct forged *f, enum place place, int side,
    uint32_t *seq, uint32_t *ack, uint32_t *len)
{
	const struct end *from = &w->end[side], *to = &w->end[!side];
	int rebound = w->nat[0].rebound;
	uint32_t next, past;

	next = place == AT_HOST ? from->max : to->rcv_nxt;
	if (f->kind == AT_EDGE)
		next = place == AT_HOST ? from->una + from->wnd - 1 :
					  to->edge - 1;
	past = place == AT_HOST && !rebound ? from->una : to->rcv_nxt;
	*seq = f->seq;
	*len = f->len;
	if (f->kind == AT_PAST) {
		if (*len >= past)
			*len = past > 1 ? past - 1 : 0;
		*seq += past - *len;
	} else
		*seq += next;
	*seq += place == AT_HOST ? from->iss : to->irs;
	*ack = f->ack +
	    (place == AT_HOST ? from->irs + from->rcv_nxt : to->iss + to->una);
	if (place == AT_HOST)
		*seq += w->nat[side].shift;
	else
		*ack += w->nat[!side].shift;
	if (f->kind == AT_RANDOM) {
		*seq = (uint32_t)rng_next(&w->rng);
		*ack = (uint32_t)rng_next(&w->rng);
	}
}

/* A stranger begins another connection, and agrees to it. */
static void
make_agree(struct world *w, const struct forged *f, int side, uint32_t *seq,
    uint32_t *ack)
{
	if (f->kind != AGREEING)
		return;
	*seq = side == 0 ? w->forged_iss : w->forged_iss + FAR;
	*ack = w->forged_iss + 1;
}

static size_t
put_late(const struct world *w, const struct end *to, uint8_t *opt)
{
	(void)w;
	memcpy(opt, "\1\1\10\12", 4);
	put32(opt + 4, to->ts_recent - FAR);
	put32(opt + 8, 0);
	return 12;
}

static void
forge(struct world *w, const struct forged *f, int side, uint16_t port)
{
	const struct end *from = &w->end[side], *to = &w->end[!side];
	enum place place = rng_chance(&w->rng, 700) ? AT_HOST : AT_END;
	size_t ip = from->version == 4 ? V4_HDRLEN : V6_HDRLEN, n = TCP_HDRLEN;
	size_t addr = from->version == 4 ? 4 : 16;
	uint8_t p[PACKET_MAX], *tcp = p + ip;
	uint32_t seq, ack, len;

	if (f->late && !from->ts)
		return;
	/* without the scale of windows, a host allows for some of 1 GB */
	if (f->kind == AT_RANDOM && w->middle)
		place = AT_END;
	numbers(w, f, place, side, &seq, &ack, &len);
	make_agree(w, f, side, &seq, &ack);
	memset(p, 0, ip + TCP_HDRLEN);
	p[0] = (uint8_t)(from->version << 4 | (from->version == 4 ? 5 : 0));
	p[from->version == 4 ? 9 : 6] = IPPROTO_TCP;
	p[ip - addr - 1] = (uint8_t)(side + 1);
	p[ip - 1] = (uint8_t)(2 - side);
	put16(tcp, side == 0 ? port : w->nat[1].port);
	put16(tcp + 2, side == 0 ? w->nat[1].port : port);
	put32(tcp + 4, seq);
	put32(tcp + 8, f->flags & TH_ACK ? ack : 0);
	if (f->late)
		n += put_late(w, to, tcp + n);
	else if (f->kind == AT_PAST && from->ts) {
		n += put_late(w, to, tcp + n);
		put32(tcp + n - 8, to->ts_recent);
	}
	tcp[12] = (uint8_t)(n / 4 << 4);
	tcp[13] = f->flags;
	if (!f->closed)
		put16(tcp + 14, (uint16_t)(from->lastwnd >> from->scale));
	memset(tcp + n, 'X', len);
	(void)div_repair_new(p, ip + n + len);
	if (f->wrong)
		tcp[16] ^= 0x55;
	w->chance |= f->kind == AT_EDGE;
	w->forged = 1;
	link_send(w, place, side, p, ip + n + len);
	w->forged = 0;
	w->n->forged++;
}

/* Other connections, which nobody has. */
static void
flood(struct world *w)
{
	static const struct forged syn = { AT_RANDOM, TH_SYN, 0, 0, 0, 0, 0,
		0 };
	static const struct forged data = { AT_RANDOM, TH_ACK, 0, 0, 100, 0, 0,
		0 };
	int i;

	for (i = 0; i < 8; i++)
		forge(w, rng_chance(&w->rng, 500) ? &syn : &data, i & 1,
		    (uint16_t)(2000 + rng_below(&w->rng, 60000)));
}

static void
take_over(struct world *w)
{
	static const struct forged syn = { AGREEING, TH_SYN, 0, 0, 0, 0, 0, 0 };
	static const struct forged ack = { AGREEING, TH_SYN | TH_ACK, 0, 0, 0,
		0, 0, 0 };
	static const struct forged data = { AGREEING, TH_ACK, 1, 0, 50, 0, 0,
		0 };

	/* behind both FINs it succeeds: a last ACK that is lost stays lost */
	w->mortal = 1;
	w->forged_iss = (uint32_t)rng_next(&w->rng);
	forge(w, &syn, 0, w->nat[0].port);
	forge(w, &ack, 1, w->nat[0].port);
	if (rng_chance(&w->rng, 500))
		forge(w, &data, 0, w->nat[0].port);
}

/*
 * Both ends are open.  A connection that the host met in the middle must have
 * shown its numbers first: those of a stranger's segment are as good before.
 */
static int
are_open(const struct world *w)
{
	const struct end *e = w->end;
	uint32_t least = w->middle ? 2 : 1;

	return e[0].known && e[1].known && e[0].una >= least &&
	    e[1].una >= least;
}

void
stranger_time(struct world *w)
{
	const size_t n = sizeof(forged) / sizeof(forged[0]);
	const struct forged *f = &forged[rng_below(&w->rng, (uint32_t)n)];
	int side = (int)rng_below(&w->rng, 2);

	if (w->stranger_at > w->now)
		return;
	w->stranger_at = w->now + (1 + rng_below(&w->rng, 50)) * MS;
	if (w->forging-- == 0) {
		w->stranger_at = NEVER;
		return;
	}
	/* short of memory, the host meets the connection in the middle again */
	if (w->host.opt.memory != 0 || sim_scarce || rng_chance(&w->rng, 50))
		flood(w);
	else if (rng_chance(&w->rng, 50) && are_open(w))
		take_over(w);
	else if (w->mortal && rng_chance(&w->rng, 5) && are_open(w))
		forge(w, &reset, side, w->nat[0].port);
	else if ((f->kind == AT_RANDOM && !w->middle) || are_open(w))
		forge(w, f, side, w->nat[0].port);
}
