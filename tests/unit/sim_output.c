/* SPDX-License-Identifier: ISC */

/* Segments of an end, and when it retransmits (RFC 5681, 6298, 6675, 1122). */

#include <string.h>

#include <netinet/in.h>

#include "sim_end.h"

#define RTO_MIN (300 * MS)
#define RTO_MAX (20 * SECOND)
#define DISCOVERY 536 /* bytes of a segment that any path takes */
#define TRIES 10      /* retransmissions, then the end gives up */

static uint32_t
clock_ms(const struct end *e)
{
	return (uint32_t)(world_now(e->w) / MS) + e->iss;
}

uint32_t
end_window(const struct end *e)
{
	uint32_t used = e->rcv_nxt - e->taken;

	return used < e->rcvbuf ? e->rcvbuf - used : 0;
}

static size_t
put_ip(const struct end *e, uint8_t *p)
{
	size_t n = e->version == 4 ? V4_HDRLEN : V6_HDRLEN;
	size_t len = e->version == 4 ? 4 : 16;

	memset(p, 0, n);
	p[0] = (uint8_t)(e->version << 4 | (e->version == 4 ? 5 : 0));
	p[e->version == 4 ? 9 : 6] = IPPROTO_TCP;
	if (e->version == 4)
		p[6] = 0x40; /* do not fragment */
	p[n - len - 1] = (uint8_t)(e->side + 1);
	p[n - 1] = (uint8_t)(2 - e->side);
	return n;
}

static size_t
put_sack(const struct end *e, uint8_t *p)
{
	int i;

	if (!e->sack || !e->known || e->blocks == 0)
		return 0;
	memcpy(p, "\1\1\5", 3);
	p[3] = (uint8_t)(2 + 8 * e->blocks);
	for (i = 0; i < e->blocks; i++) {
		put32(p + 4 + 8 * i, e->irs + e->block[i].left);
		put32(p + 8 + 8 * i, e->irs + e->block[i].right);
	}
	return 4 + 8 * (size_t)e->blocks;
}

static size_t
put_options(struct end *e, uint8_t *p, uint8_t flags)
{
	size_t n = 0;

	if (flags & TH_SYN) {
		memcpy(p, "\2\4\0\0", 4);
		put16(p + 2, e->mss);
		n = 4;
		if (e->wscale != NO_WSCALE) {
			memcpy(p + n, "\1\3\3", 3);
			p[n + 3] = e->wscale;
			n += 4;
		}
		if (e->sack) {
			memcpy(p + n, "\1\1\4\2", 4);
			n += 4;
		}
	}
	if (e->ts) {
		memcpy(p + n, "\1\1\10\12", 4);
		put32(p + n + 4, clock_ms(e));
		put32(p + n + 8, e->known ? e->ts_recent : 0);
		n += 12;
	}
	return n + put_sack(e, p + n);
}

static uint8_t *
put_tcp(const struct end *e, uint8_t *p, uint32_t seq, uint32_t ack,
    uint8_t flags)
{
	uint8_t *tcp = p + put_ip(e, p);

	memset(tcp, 0, TCP_HDRLEN);
	put16(tcp, e->port);
	put16(tcp + 2, e->peerport);
	put32(tcp + 4, seq);
	put32(tcp + 8, ack);
	tcp[12] = TCP_HDRLEN / 4 << 4;
	tcp[13] = flags;
	return tcp;
}

void
end_send_rst(struct end *e, uint32_t seq, uint32_t ack, uint8_t flags)
{
	uint8_t p[V6_HDRLEN + TCP_HDRLEN], *tcp;

	tcp = put_tcp(e, p, seq, ack, TH_RST | flags);
	world_send(e->w, e->side, p, (size_t)(tcp - p) + TCP_HDRLEN);
}

static uint8_t
flags_of(const struct end *e, uint32_t a, uint32_t b)
{
	uint8_t flags = e->known ? TH_ACK : 0;

	if (a == 0 && b > 0)
		flags |= TH_SYN;
	if (b > a && b > e->len + 1)
		flags |= TH_FIN;
	return flags;
}

/* The window that goes with an ACK. */
static uint16_t
advertise(struct end *e, uint8_t flags)
{
	uint32_t wnd = end_window(e);
	uint8_t scale = flags & TH_SYN ? 0 : e->scale;

	wnd = wnd >> scale > 65535 ? 65535 : wnd >> scale;
	e->unacked = 0;
	e->delack_at = NEVER;
	e->lastack = e->rcv_nxt;
	e->lastwnd = wnd << scale;
	if (e->rcv_nxt + e->lastwnd > e->edge)
		e->edge = e->rcv_nxt + e->lastwnd;
	return (uint16_t)wnd;
}

/* Sends the bytes from a up to b. */
void
end_transmit(struct end *e, uint32_t a, uint32_t b)
{
	uint8_t p[PACKET_MAX], *tcp, flags = flags_of(e, a, b);
	uint32_t n;
	size_t len;

	tcp = put_tcp(e, p, e->iss + a, e->known ? e->irs + e->rcv_nxt : 0,
	    flags);
	len = put_options(e, tcp + TCP_HDRLEN, flags) + TCP_HDRLEN;
	tcp[12] = (uint8_t)(len / 4 << 4);
	put16(tcp + 14, advertise(e, flags));
	n = b - a - ((flags & TH_SYN) != 0) - ((flags & TH_FIN) != 0);
	if (n > 0)
		memcpy(tcp + len, e->data + a - (a > 0), n);
	if (b > e->max) {
		e->max = b;
		if (e->timed_at == 0) {
			e->timed = b;
			e->timed_at = world_now(e->w);
		}
	} else if (b > a)
		e->timed_at = 0; /* Karn */
	world_send(e->w, e->side, p, (size_t)(tcp - p) + len + n);
}

void
end_acknowledge(struct end *e)
{
	end_transmit(e, e->max, e->max);
}

/* A challenge ACK, limited in rate (RFC 5961, 7). */
void
end_challenge(struct end *e)
{
	if (e->challenge_at > world_now(e->w))
		return;
	e->challenge_at = world_now(e->w) + 50 * MS;
	end_acknowledge(e);
}

/* End of the data that may be sent, by the application and the handshake. */
static uint32_t
limit(const struct end *e)
{
	uint32_t end = 1 + e->avail;

	if (!e->known)
		return 1;
	if (e->avail == e->len && (!e->patient || e->fin != 0))
		end++;
	return end;
}

/* Segments of random length: retransmissions have other boundaries. */
static uint32_t
cut(struct end *e, uint32_t from, uint32_t end)
{
	uint32_t n = e->smss;
	struct rng *r = world_rng(e->w);

	if (from == 0)
		return 1;
	n -= e->ts ? 12 : 0;
	if (e->sack && e->blocks > 0)
		n -= 4 + 8 * (uint32_t)e->blocks;
	if (rng_chance(r, 300))
		n = 1 + rng_below(r, n);
	return end - from > n ? from + n : end;
}

/* RFC 6298, 2 and 5. */
void
end_rto_arm(struct end *e)
{
	uint64_t rto = e->srtt == 0 ? SECOND : e->srtt + 4 * e->rttvar;

	if (rto < RTO_MIN)
		rto = RTO_MIN;
	rto <<= e->backoff;
	e->rto_at = e->una == e->max ?
	    NEVER :
	    world_now(e->w) + (rto < RTO_MAX ? rto : RTO_MAX);
}

void
end_output(struct end *e)
{
	uint32_t end = limit(e), right, b;

	if (e->fate != OPEN || (e->side == 1 && !e->known))
		return;
	right = e->una + (e->wnd < e->cwnd ? e->wnd : e->cwnd);
	if (e->una == 0)
		right = 1;
	if (end > right)
		end = right;
	while (e->nxt < end) {
		b = cut(e, e->nxt, end);
		end_transmit(e, e->nxt, b);
		e->nxt = b;
		if (e->rto_at == NEVER)
			end_rto_arm(e);
	}
	if (e->una == e->max && e->nxt < limit(e)) {
		if (e->probe_at == NEVER)
			e->probe_at = world_now(e->w) + RTO_MIN;
	} else
		e->probe_at = NEVER;
}

/* A zero window probe: an old byte, or a new one. */
void
end_probe(struct end *e)
{
	e->probe_at = NEVER;
	if (e->una != e->max || e->nxt >= limit(e))
		return;
	if (e->probes++ > TRIES) {
		end_close(e, TIMED_OUT);
		return;
	}
	if (e->probes % 2 == 1)
		end_transmit(e, e->una - 1, e->una - 1);
	else if (e->una < 1 + e->avail)
		end_transmit(e, e->una, e->una + 1);
	e->probe_at = world_now(e->w) + (RTO_MIN << e->probes / 2);
	end_rto_arm(e);
}

/* RFC 9293, 3.8.4; with data on its way, the other timers do. */
void
end_keepalive(struct end *e)
{
	if (e->una != e->max) {
		e->keep_at = world_now(e->w) + KEEP_IDLE;
		return;
	}
	if (e->keepalives++ > TRIES) {
		end_close(e, TIMED_OUT);
		return;
	}
	end_transmit(e, e->una - 1, e->una - 1);
	e->keep_at = world_now(e->w) + 5 * SECOND;
}

/* The retransmission timer expired. */
void
end_rto(struct end *e)
{
	uint32_t b;

	if (++e->tries > TRIES) {
		end_close(e, TIMED_OUT);
		return;
	}
	memset(e->sacked, 0, e->len + 2);
	e->dupacks = 0;
	e->recover = 0;
	if (e->backoff < 6)
		e->backoff++;
	/* RFC 4821: a black hole */
	if (e->tries > 2 && e->discovers && e->smss > DISCOVERY)
		e->smss = DISCOVERY;
	b = cut(e, e->una, e->max);
	if (e->wnd > 0 && b > e->una + e->wnd)
		b = e->una + e->wnd;
	end_transmit(e, e->una, b);
	e->nxt = b;
	end_rto_arm(e);
	end_output(e);
}

/* Retransmits the next hole below the highest SACKed byte. */
void
end_repair_hole(struct end *e)
{
	uint32_t a = e->rexmit > e->una ? e->rexmit : e->una, b, top;

	for (top = e->max; top > a && !e->sacked[top - 1]; top--)
		;
	if (top == a && a != e->una)
		return;
	while (a < top && e->sacked[a])
		a++;
	b = cut(e, a, e->max);
	end_transmit(e, a, b);
	e->rexmit = b;
}
