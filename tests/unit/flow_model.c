/* SPDX-License-Identifier: ISC */

/* One end of a TCP connection, simple and correct. */

#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>

#include "flow_table.h"
#include "flow_model.h"

#define NEVER UINT64_MAX
#define RTO_MIN (300 * MS)
#define DELACK (40 * MS)

uint64_t
rng_next(struct rng *r)
{
	r->x ^= r->x >> 12;
	r->x ^= r->x << 25;
	r->x ^= r->x >> 27;
	return r->x * 0x2545f4914f6cdd1dULL;
}

uint32_t
rng_below(struct rng *r, uint32_t n)
{
	return n == 0 ? 0 : (uint32_t)((rng_next(r) >> 33) % n);
}

int
rng_chance(struct rng *r, uint32_t n)
{
	return rng_below(r, 1000) < n;
}

static uint32_t
clock_ms(const struct end *e)
{
	return (uint32_t)(world_now(e->w) / MS) + e->iss;
}

static uint32_t
window(const struct end *e)
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
	p[n - len - 1] = (uint8_t)(e->side + 1);
	p[n - 1] = (uint8_t)(2 - e->side);
	return n;
}

static size_t
put_options(struct end *e, uint8_t *p, uint8_t flags)
{
	size_t n = 0;

	if (flags & TH_SYN) {
		memcpy(p, "\2\4\0\0\1\3\3\0", 8);
		put16(p + 2, e->mss);
		p[7] = e->wscale;
		n = 8;
		if (e->sack) {
			memcpy(p + n, "\1\1\4\2", 4);
			n += 4;
		}
	}
	if (e->ts) {
		memcpy(p + n, "\1\1\10\12", 4);
		put32(p + n + 4, clock_ms(e));
		put32(p + n + 8, e->ts_recent);
		n += 12;
	}
	if (e->sack && e->known && e->block[1] != 0) {
		memcpy(p + n, "\1\1\5\12", 4);
		put32(p + n + 4, e->irs + e->block[0]);
		put32(p + n + 8, e->irs + e->block[1]);
		n += 12;
	}
	return n;
}

/* Sends the bytes from a up to b. */
static void
transmit(struct end *e, uint32_t a, uint32_t b)
{
	uint8_t p[PACKET_MAX], *tcp, flags = 0;
	uint32_t n, wnd = window(e);
	size_t len, shift = e->wscale;

	if (a == 0 && b > 0)
		flags |= TH_SYN;
	if (b > a && b > e->len + 1)
		flags |= TH_FIN;
	if (e->known)
		flags |= TH_ACK;
	tcp = p + put_ip(e, p);
	memset(tcp, 0, 20);
	put16(tcp, (uint16_t)(1000 + e->side));
	put16(tcp + 2, (uint16_t)(1001 - e->side));
	put32(tcp + 4, e->iss + a);
	put32(tcp + 8, e->known ? e->irs + e->rcv_nxt : 0);
	len = put_options(e, tcp + 20, flags) + 20;
	tcp[12] = (uint8_t)(len / 4 << 4);
	tcp[13] = flags;
	if (flags & TH_SYN)
		shift = 0;
	wnd = wnd >> shift > 65535 ? 65535 : wnd >> shift;
	put16(tcp + 14, (uint16_t)wnd);
	n = b - a - ((flags & TH_SYN) != 0) - ((flags & TH_FIN) != 0);
	if (n > 0)
		memcpy(tcp + len, e->data + a - (a > 0), n);
	e->unacked = 0;
	e->delack_at = NEVER;
	e->lastack = e->rcv_nxt;
	e->lastwnd = wnd << shift;
	if (e->rcv_nxt + e->lastwnd > e->edge)
		e->edge = e->rcv_nxt + e->lastwnd;
	if (b > e->max)
		e->max = b;
	e->segments++;
	world_send(e->w, e->side, p, (size_t)(tcp - p) + len + n);
}

static void
acknowledge(struct end *e)
{
	transmit(e, e->max, e->max);
}

/* The answer to what cannot be right; not too often, or there were no end. */
static void
challenge(struct end *e)
{
	if (e->challenge_at > world_now(e->w))
		return;
	e->challenge_at = world_now(e->w) + 50 * MS;
	acknowledge(e);
}

/* What may be sent now at all. */
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

/* A segment of any length, so that no two transmissions are cut alike. */
static uint32_t
cut(struct end *e, uint32_t from, uint32_t end)
{
	uint32_t n = e->mss;
	struct rng *r = world_rng(e->w);

	if (from == 0)
		return 1;
	if (rng_chance(r, 300))
		n = 1 + rng_below(r, e->mss);
	return end - from > n ? from + n : end;
}

static void
arm(struct end *e)
{
	if (e->una == e->max)
		e->rto_at = NEVER;
	else
		e->rto_at = world_now(e->w) + (RTO_MIN << e->backoff);
}

static void
output(struct end *e)
{
	uint32_t end = limit(e), right, b;

	right = e->una + (e->wnd < e->cwnd ? e->wnd : e->cwnd);
	if (e->una == 0)
		right = 1;
	if (end > right)
		end = right;
	while (e->nxt < end) {
		b = cut(e, e->nxt, end);
		transmit(e, e->nxt, b);
		e->nxt = b;
		if (e->rto_at == NEVER)
			arm(e);
	}
	if (e->una == e->max && e->nxt < limit(e)) {
		if (e->probe_at == NEVER)
			e->probe_at = world_now(e->w) + RTO_MIN;
	} else
		e->probe_at = NEVER;
}

/* A byte that was sent before, or one that was not. */
static void
probe(struct end *e)
{
	e->probe_at = NEVER;
	if (e->una != e->max || e->nxt >= limit(e))
		return;
	if (e->probes++ % 2 == 0)
		transmit(e, e->una - 1, e->una - 1);
	else if (e->una < 1 + e->avail)
		transmit(e, e->una, e->una + 1);
	e->probe_at = world_now(e->w) + RTO_MIN;
	arm(e);
}

static void
timeout(struct end *e)
{
	uint32_t b;

	memset(e->sacked, 0, e->len + 2);
	e->dupacks = 0;
	e->recover = 0;
	if (e->backoff < 3)
		e->backoff++;
	b = cut(e, e->una, e->max);
	transmit(e, e->una, b);
	e->nxt = b;
	arm(e);
	output(e);
}

/* The next hole that is known to be one. */
static void
repair_hole(struct end *e)
{
	uint32_t a = e->rexmit > e->una ? e->rexmit : e->una, b, top;

	for (top = e->max; top > a && !e->sacked[top - 1]; top--)
		;
	if (top == a && a != e->una)
		return;
	while (a < top && e->sacked[a])
		a++;
	b = cut(e, a, e->max);
	transmit(e, a, b);
	e->rexmit = b;
}

static void
duplicate_ack(struct end *e)
{
	if (++e->dupacks < 3)
		return;
	if (e->una >= e->recover) {
		e->recover = e->max;
		e->rexmit = e->una;
		repair_hole(e);
	} else if (e->sack)
		repair_hole(e);
}

static const uint8_t *
option(const uint8_t *tcp, uint8_t kind)
{
	const uint8_t *p = tcp + 20, *end = tcp + (tcp[12] >> 4) * 4;

	while (p < end) {
		if (*p == 1) {
			p++;
			continue;
		}
		if (end - p < 2 || p[1] < 2 || p[1] > end - p)
			return NULL;
		if (*p == kind)
			return p;
		p += p[1];
	}
	return NULL;
}

static int
take_sack(struct end *e, const uint8_t *tcp)
{
	const uint8_t *p = option(tcp, 5);
	uint32_t a, b;
	int i, n;

	if (p == NULL)
		return 0;
	n = (p[1] - 2) / 8;
	for (i = 0; i < n; i++) {
		a = e->una + (get32(p + 2 + 8 * i) - (e->iss + e->una));
		b = e->una + (get32(p + 6 + 8 * i) - (e->iss + e->una));
		if ((int32_t)b <= (int32_t)e->una)
			continue;
		if ((int32_t)a < 0 || a > b || b > e->max) {
			world_fail(e->w, "end %d: SACK %u-%u of %u", e->side, a,
			    b, e->max);
			return 0;
		}
		memset(e->sacked + a, 1, b - a);
	}
	return 1;
}

static void
take_ack(struct end *e, const uint8_t *tcp, size_t len)
{
	uint32_t ack = e->una + (get32(tcp + 8) - (e->iss + e->una));
	uint32_t wnd = get16(tcp + 14);

	if (!(tcp[13] & TH_SYN))
		wnd <<= e->peerscale;
	if ((int32_t)ack < (int32_t)e->una)
		return;
	if (ack > e->max) {
		world_fail(e->w, "end %d: ack %u of %u", e->side, ack, e->max);
		return;
	}
	take_sack(e, tcp);
	if (ack > e->una) {
		e->una = ack;
		if (e->nxt < ack)
			e->nxt = ack;
		e->dupacks = 0;
		e->backoff = 0;
		arm(e);
		if (ack < e->recover)
			repair_hole(e);
	} else if (len == 0 && wnd == e->wnd && e->una < e->max &&
	    !(tcp[13] & (TH_SYN | TH_FIN)))
		duplicate_ack(e);
	e->wnd = wnd;
}

static void
store(struct end *e, uint32_t off, const uint8_t *data, uint32_t len)
{
	uint32_t i, o, top = e->taken + e->rcvbuf;

	for (i = 0; i < len; i++) {
		o = off + i;
		if ((int32_t)o < 1 || o >= EDITED_MAX)
			continue;
		if (e->have[o] && e->got[o] != data[i]) {
			world_fail(e->w, "end %d: byte %u changed", e->side, o);
			return;
		}
		if (o < e->rcv_nxt || o >= top)
			continue;
		e->have[o] = 1;
		e->got[o] = data[i];
	}
}

static void
take_data(struct end *e, const uint8_t *tcp, uint32_t off, size_t hlen,
    uint32_t len)
{
	uint32_t end = off + len, old = e->rcv_nxt;

	if (len == 0 && !(tcp[13] & TH_FIN))
		return;
	store(e, off, tcp + hlen, len);
	if (tcp[13] & TH_FIN) {
		if (e->fin != 0 && e->fin != end)
			world_fail(e->w, "end %d: FIN moved", e->side);
		if (e->fin == 0 && end <= e->taken + e->rcvbuf)
			e->fin = end;
	}
	while (e->have[e->rcv_nxt])
		e->rcv_nxt++;
	if (e->fin != 0 && e->rcv_nxt == e->fin)
		e->rcv_nxt++;
	if (e->rcv_nxt > off && e->rcv_nxt != old) {
		e->block[1] = 0;
		if (++e->unacked < 2 && e->rcv_nxt == end) {
			e->delack_at = world_now(e->w) + DELACK;
			return;
		}
	} else if (off > e->rcv_nxt && e->have[off] && len > 0) {
		e->block[0] = off;
		e->block[1] = off;
		while (e->have[e->block[1]])
			e->block[1]++;
	}
	acknowledge(e);
}

static void
open_connection(struct end *e, const uint8_t *tcp)
{
	const uint8_t *p;

	if (!(tcp[13] & TH_SYN))
		return;
	e->known = 1;
	e->irs = get32(tcp + 4);
	e->rcv_nxt = e->taken = 1;
	if ((p = option(tcp, 8)) != NULL)
		e->ts_recent = get32(p + 2);
	if (tcp[13] & TH_ACK) {
		take_ack(e, tcp, 0);
		acknowledge(e);
	}
	e->app_at = world_now(e->w);
}

/* A segment from the past, RFC 7323; Linux allows a tick. */
static int
paws(struct end *e, const uint8_t *tcp, int32_t rel)
{
	const uint8_t *p = option(tcp, 8);
	uint32_t val;

	if (!e->ts || p == NULL)
		return 0;
	val = get32(p + 2);
	if ((int32_t)(e->ts_recent - val) > 1)
		return 1;
	if (rel <= 0 && (int32_t)(val - e->ts_recent) > 0)
		e->ts_recent = val;
	return 0;
}

void
end_receive(struct end *e, const uint8_t *packet, size_t size)
{
	const uint8_t *tcp = packet + (e->version == 4 ? V4_HDRLEN : V6_HDRLEN);
	size_t hlen = (tcp[12] >> 4) * 4;
	uint32_t len = (uint32_t)(size - (size_t)(tcp - packet) - hlen), off;
	int32_t rel;

	if (!e->known) {
		open_connection(e, tcp);
		output(e);
		return;
	}
	rel = (int32_t)(get32(tcp + 4) - (e->irs + e->rcv_nxt));
	if (tcp[13] & TH_RST) {
		if (rel == 0)
			e->reset = 1;
		else
			challenge(e);
		return;
	}
	off = e->rcv_nxt + (uint32_t)rel;
	if (tcp[13] & TH_SYN || paws(e, tcp, rel) ||
	    rel + (int64_t)len + ((tcp[13] & TH_FIN) != 0) < 0 ||
	    (int32_t)(off - e->edge) > 0) {
		if (len == 0)
			challenge(e);
		else
			acknowledge(e);
		return;
	}
	if (tcp[13] & TH_ACK)
		take_ack(e, tcp, len + (e->fin == 0 && tcp[13] & TH_FIN));
	take_data(e, tcp, off, hlen, len);
	output(e);
}

static void
run_app(struct end *e)
{
	struct rng *r = world_rng(e->w);
	uint32_t n;

	e->app_at = world_now(e->w) + (1 + rng_below(r, e->slow ? 80 : 8)) * MS;
	if (e->avail < e->len) {
		n = 1 + rng_below(r, e->slow ? 2000 : 20000);
		e->avail = e->len - e->avail > n ? e->avail + n : e->len;
	}
	if (!e->slow || rng_chance(r, 300)) {
		e->taken = e->rcv_nxt;
		if (e->fin != 0 && e->taken > e->fin)
			e->taken = e->fin;
		if (e->rcv_nxt + window(e) >=
		    e->edge + (e->rcvbuf / 2 < 1000 ? e->rcvbuf / 2 : 1000))
			acknowledge(e);
	}
	if (e->avail == e->len && end_done(e) && e->taken == e->fin)
		e->app_at = NEVER;
}

void
end_time(struct end *e)
{
	uint64_t now = world_now(e->w);

	if (e->app_at <= now)
		run_app(e);
	if (e->delack_at <= now)
		acknowledge(e);
	if (e->rto_at <= now)
		timeout(e);
	if (e->probe_at <= now)
		probe(e);
	output(e);
}

uint64_t
end_next(const struct end *e)
{
	uint64_t next = e->app_at;

	if (e->delack_at < next)
		next = e->delack_at;
	if (e->rto_at < next)
		next = e->rto_at;
	if (e->probe_at < next)
		next = e->probe_at;
	return next;
}

int
end_done(const struct end *e)
{
	return e->una == e->len + 2 && e->fin != 0 && e->rcv_nxt > e->fin;
}

/* Begins; in the middle, the handshake is over. */
void
end_start(struct end *e, int middle)
{
	e->rto_at = e->probe_at = e->delack_at = e->app_at = NEVER;
	e->lastwnd = window(e);
	if (middle) {
		e->una = e->nxt = e->max = 1;
		e->rcv_nxt = e->taken = 1;
		e->known = 1;
		e->edge = 1 + e->rcvbuf;
		e->app_at = 0;
	} else if (e->side == 0)
		output(e);
}
