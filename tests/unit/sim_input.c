/* SPDX-License-Identifier: ISC */

/*
 * Arrival of a segment at an end: RFC 9293, 3.10.7, with RFC 5961 for what a
 * stranger may send, and RFC 7323 for what is late.
 */

#include <string.h>

#include <netinet/in.h>

#include "sim_end.h"

#define MTU_MIN 552

/* An option, if its length is right. */
static const uint8_t *
option(const struct arrival *s, uint8_t kind)
{
	size_t len, at;

	at = packet_tcp_option(s->tcp, (s->tcp[12] >> 4) * 4U, kind, &len);
	return at == 0 ? NULL : s->tcp + at;
}

/* Closed ends and unknown ports, RFC 9293 3.10.7.1. */
static void
refuse(struct end *e, const struct arrival *s)
{
	if (s->flags & TH_RST)
		return;
	if (s->flags & TH_ACK)
		end_send_rst(e, s->ack, 0, 0);
	else
		end_send_rst(e, 0,
		    s->seq + s->len + ((s->flags & TH_SYN) != 0) +
			((s->flags & TH_FIN) != 0),
		    TH_ACK);
}

static void
take_sack(struct end *e, const struct arrival *s)
{
	const uint8_t *p = option(s, 5);
	uint32_t a, b;
	int i, n;

	if (p == NULL)
		return;
	n = (p[1] - 2) / 8;
	for (i = 0; i < n; i++) {
		a = get32(p + 2 + 8 * i) - e->iss;
		b = get32(p + 6 + 8 * i) - e->iss;
		if ((int32_t)b <= (int32_t)e->una)
			continue;
		if ((int32_t)a < 0 || a > b || b > e->max) {
			world_suspect(e->w, "end %d: SACK %u-%u of %u", e->side,
			    a, b, e->max);
			continue;
		}
		memset(e->sacked + a, 1, b - a);
	}
}

/* RFC 6298, 2 */
static void
take_rtt(struct end *e)
{
	uint64_t rtt = world_now(e->w) - e->timed_at, d;

	if (e->timed_at == 0 || e->una < e->timed)
		return;
	e->timed_at = 0;
	if (e->srtt == 0) {
		e->srtt = rtt;
		e->rttvar = rtt / 2;
		return;
	}
	d = e->srtt > rtt ? e->srtt - rtt : rtt - e->srtt;
	e->rttvar = (3 * e->rttvar + d) / 4;
	e->srtt = (7 * e->srtt + rtt) / 8;
}

static void
duplicate_ack(struct end *e)
{
	if (++e->dupacks < 3)
		return;
	if (e->una >= e->recover) {
		e->recover = e->max;
		e->rexmit = e->una;
		end_repair_hole(e);
	} else if (e->sack)
		end_repair_hole(e);
}

/* The ACK is acceptable, RFC 5961 5. */
static void
take_ack(struct end *e, const struct arrival *s, uint32_t ack, int bare)
{
	uint32_t wnd = get16(s->tcp + 14);

	if (!(s->flags & TH_SYN))
		wnd <<= e->peerscale;
	if ((int32_t)(ack - e->una) < 0)
		return;
	take_sack(e, s);
	if (ack > e->una) {
		e->una = ack;
		if (e->nxt < ack)
			e->nxt = ack;
		e->dupacks = e->backoff = e->tries = 0;
		take_rtt(e);
		end_rto_arm(e);
		if (ack < e->recover)
			end_repair_hole(e);
	} else if (bare && wnd == e->wnd && e->una < e->max)
		duplicate_ack(e);
	e->wnd = wnd;
	if (wnd > e->wnd_max)
		e->wnd_max = wnd;
	e->probes = e->keepalives = 0;
	e->keep_at = world_now(e->w) + KEEP_IDLE;
}

/* Returns whether it is; an unacceptable one is answered. */
static int
ack_acceptable(struct end *e, const struct arrival *s, uint32_t *ack)
{
	*ack = s->ack - e->iss;
	if ((int32_t)(*ack - e->max) > 0)
		world_suspect(e->w, "end %d: ACK %u of %u", e->side, *ack,
		    e->max);
	else if ((int32_t)(*ack - e->una) >= -(int32_t)e->wnd_max - 1)
		return 1;
	end_challenge(e);
	return 0;
}

static void
take_syn(struct end *e, const struct arrival *s)
{
	const uint8_t *p;
	uint16_t mss = 536;

	e->known = 1;
	e->irs = s->seq;
	e->rcv_nxt = e->taken = 1;
	if ((p = option(s, 8)) != NULL)
		e->ts_recent = get32(p + 2);
	if ((p = option(s, 2)) != NULL)
		mss = get16(p + 2);
	if (mss < e->smss)
		e->smss = mss;
	e->app_at = world_now(e->w);
}

/* SYN-SENT, RFC 9293 3.10.7.3; nobody opens from both sides here. */
static void
in_syn_sent(struct end *e, const struct arrival *s)
{
	int acked = s->flags & TH_ACK && s->ack == e->iss + 1;

	if (s->flags & TH_ACK && !acked) {
		refuse(e, s);
		return;
	}
	if (s->flags & TH_RST) {
		if (acked)
			end_close(e, RESET);
		return;
	}
	if (!acked || !(s->flags & TH_SYN))
		return;
	take_syn(e, s);
	take_ack(e, s, 1, 0);
	end_acknowledge(e);
	end_output(e);
}

/* LISTEN, RFC 9293 3.10.7.2 */
static void
in_listen(struct end *e, const struct arrival *s)
{
	if (s->flags & TH_RST)
		return;
	if (s->flags & TH_ACK) {
		refuse(e, s);
		return;
	}
	if (!(s->flags & TH_SYN))
		return;
	take_syn(e, s);
	e->wnd = get16(s->tcp + 14);
	end_output(e);
}

static void
listen_again(struct end *e)
{
	e->known = 0;
	e->una = e->nxt = e->max = e->rcv_nxt = e->taken = e->edge = 0;
	e->backoff = e->tries = 0;
	e->rto_at = e->delack_at = e->app_at = NEVER;
}

/* RFC 5961, 3: exactly the next number. */
static void
take_rst(struct end *e, const struct arrival *s)
{
	uint32_t off = s->seq - e->irs;

	if (s->rel == 0 && e->side == 1 && e->una == 0)
		listen_again(e);
	else if (s->rel == 0)
		end_close(e, RESET);
	else if (s->rel > 0 && (int32_t)(off - e->edge) < 0)
		end_challenge(e);
}

/* PAWS (RFC 7323, 5.3); Linux allows one tick. */
static int
is_late(struct end *e, const struct arrival *s)
{
	const uint8_t *p = option(s, 8);
	uint32_t val;

	if (!e->ts || p == NULL)
		return 0;
	val = get32(p + 2);
	if ((int32_t)(e->ts_recent - val) > 1)
		return 1;
	return 0;
}

static void
take_timestamp(struct end *e, const struct arrival *s)
{
	const uint8_t *p = option(s, 8);

	if (!e->ts || p == NULL || (int32_t)(s->seq - e->irs - e->lastack) > 0)
		return;
	if ((int32_t)(get32(p + 2) - e->ts_recent) > 0)
		e->ts_recent = get32(p + 2);
}

/* In the window: strictly so, or as Linux has it, with old ACKs. */
static int
is_in_window(const struct end *e, const struct arrival *s)
{
	int32_t right = (int32_t)(e->edge - e->rcv_nxt);
	int64_t end = (int64_t)s->rel + s->len + ((s->flags & TH_FIN) != 0);

	if (s->rel > right)
		return 0;
	if (!e->strict)
		return end >= (int32_t)(e->lastack - e->rcv_nxt);
	if (end == s->rel)
		return s->rel >= 0 && (s->rel < right || s->rel == 0);
	return end > 0 && s->rel < right;
}

static void
in_connection(struct end *e, const struct arrival *s)
{
	uint32_t ack;

	if (s->flags & TH_RST) {
		take_rst(e, s);
		return;
	}
	if (s->flags & TH_SYN) {
		if (e->side == 1 && e->una == 0 && s->seq == e->irs &&
		    !(s->flags & TH_ACK))
			end_transmit(e, 0, 1);
		else
			end_challenge(e);
		return;
	}
	if (is_late(e, s) || !is_in_window(e, s)) {
		if (s->len == 0)
			end_challenge(e);
		else
			end_acknowledge(e);
		return;
	}
	if (!(s->flags & TH_ACK) || !ack_acceptable(e, s, &ack))
		return;
	take_timestamp(e, s);
	take_ack(e, s, ack, s->len == 0 && !(s->flags & (TH_SYN | TH_FIN)));
	if (e->una > 0)
		end_take_data(e, s);
	end_output(e);
}

/* A smaller MTU, if the quoted segment is one of ours (RFC 5927). */
static void
take_icmp(struct end *e, const struct div_packet *p)
{
	const uint8_t *h = p->data + p->l4;
	uint32_t hdr = e->version == 4 ? V4_HDRLEN : V6_HDRLEN, mtu, off;
	struct div_packet q;

	if (p->len - p->l4 < 8 ||
	    div_packet_parse(&q, h + 8, p->len - p->l4 - 8) == -1 ||
	    q.proto != IPPROTO_TCP || q.len - q.l4 < 8 || q.sport != e->port ||
	    q.dport != e->peerport)
		return;
	mtu = e->version == 4 ? get16(h + 6) : get32(h + 4);
	off = get32(q.data + q.l4 + 4) - e->iss;
	if (off < e->una || off >= e->max || mtu < MTU_MIN ||
	    mtu - hdr - TCP_HDRLEN >= e->smss || e->fate != OPEN)
		return;
	e->smss = (uint16_t)(mtu - hdr - TCP_HDRLEN);
	e->nxt = e->una > 0 ? e->una : e->nxt;
	end_output(e);
}

void
end_receive(struct end *e, const uint8_t *packet, size_t size)
{
	struct arrival s;
	struct div_packet p;

	if (div_packet_parse(&p, packet, size) == -1 || p.truncated ||
	    packet_damaged(&p))
		return;
	if (p.proto != IPPROTO_TCP) {
		take_icmp(e, &p);
		return;
	}
	s.tcp = packet + p.l4;
	s.data = packet + p.payload;
	s.seq = get32(s.tcp + 4);
	s.ack = get32(s.tcp + 8);
	s.flags = s.tcp[13];
	s.len = (uint32_t)(size - p.payload);
	s.rel = (int32_t)(s.seq - (e->irs + e->rcv_nxt));
	if (p.dport != e->port || p.sport != e->peerport || e->fate != OPEN) {
		uint16_t peer = e->peerport;

		e->peerport = p.sport;
		refuse(e, &s);
		e->peerport = peer;
	} else if (e->known)
		in_connection(e, &s);
	else if (e->side == 0)
		in_syn_sent(e, &s);
	else
		in_listen(e, &s);
}
