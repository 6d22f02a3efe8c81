/* SPDX-License-Identifier: ISC */

/* TCP options: MSS, window scale and timestamps (RFC 7323), SACK (RFC 2018). */

#include <string.h>

#include "tcp/tcp.h"

#define MP_CAPABLE 0 /* subtype of MPTCP */

/* ns: half of a clock of microseconds goes round in 35 minutes */
#define PAWS_TIME (1200 * 1000000000ULL)
#define LATE_MAX 0x4000000 /* ticks: a minute, if they are microseconds */

enum tcp_option_kind {
	NOP = 1,
	MSS = 2,
	WSCALE = 3,
	SACK_PERMITTED = 4,
	SACK = 5,
	TIMESTAMPS = 8,
	MD5 = 19,
	AO = 29,
	MPTCP = 30,
	ENO = 69
};

/* The option of this kind, and its length; NULL if there is none. */
static uint8_t *
find(const struct tcp_segment *s, enum tcp_option_kind kind, size_t *len)
{
	size_t at;

	at = packet_tcp_option(s->tcp, TCP_HDRLEN + tcp_opt_len(s),
	    (uint8_t)kind, len);
	return at == 0 ? NULL : s->tcp + at;
}

/* Options of a SYN. */
void
tcp_opt_syn(const struct tcp_segment *s, struct tcp_syn_options *o)
{
	const uint8_t *p;
	size_t len;

	p = find(s, WSCALE, &len);
	o->wscale = TCP_WSCALE_NONE;
	if (p != NULL && len == 3)
		o->wscale = p[2] < TCP_WSCALE_MAX ? p[2] : TCP_WSCALE_MAX;
	o->sack_ok = find(s, SACK_PERMITTED, &len) != NULL;
	p = find(s, MSS, &len);
	o->mss = p == NULL || len != 4 ? 0 : get16(p + 2);
}

/*
 * Why the payload must not change, as an option covers it: a signature (RFC 2385,
 * RFC 5925), a mapping and a checksum (RFC 8684), encryption (RFC 8548), which a
 * SYN with an acknowledgement has agreed on.
 */
enum div_reason
tcp_opt_immutable(const struct tcp_segment *s)
{
	size_t len;

	if (find(s, MD5, &len) != NULL || find(s, AO, &len) != NULL)
		return DIV_REFUSE_SIGNED;
	if (find(s, MPTCP, &len) != NULL)
		return DIV_REFUSE_MPTCP;
	if ((s->flags & (TH_SYN | TH_ACK)) == (TH_SYN | TH_ACK) &&
	    find(s, ENO, &len) != NULL)
		return DIV_REFUSE_CRYPT;
	return DIV_OK;
}

/*
 * Takes the offer of Multipath TCP (MP_CAPABLE) out of a SYN: both ends fall
 * back to TCP (RFC 8684, 3.7).  Returns whether there was one.
 */
int
tcp_make_plain(struct div_frame *f, const struct div_packet *p)
{
	uint8_t *tcp = f->packet + p->l4;
	size_t at, len;

	if (!(tcp[13] & TH_SYN))
		return 0;
	at = packet_tcp_option(tcp, p->payload - p->l4, MPTCP, &len);
	if (at == 0 || len < 3 || tcp[at + 2] >> 4 != MP_CAPABLE)
		return 0;
	memset(tcp + at, NOP, len);
	return 1;
}

/* TSval and TSecr, 4 bytes each; or NULL. */
static uint8_t *
timestamps(const struct tcp_segment *s)
{
	size_t len;
	uint8_t *p = find(s, TIMESTAMPS, &len);

	return p == NULL || len != 10 ? NULL : p + 2;
}

/* Updates TS.Recent of an end. */
void
tcp_opt_ts(const struct tcp_segment *s, struct tcp_half *h)
{
	const uint8_t *p = timestamps(s);

	if (p == NULL || (h->ts_ok && seq_before(get32(p), h->ts_recent)))
		return;
	h->ts_ok = 1;
	h->ts_recent = get32(p);
}

/*
 * Whether the receiver rejects the segment by PAWS (RFC 7323, 5.3), with the one
 * tick that Linux allows.  Before its TS.Recent is known, no network is as late as
 * that.
 */
int
tcp_opt_is_late(const struct tcp_segment *s, uint64_t now)
{
	const struct tcp_half *h = s->from;
	const uint8_t *p = timestamps(s);

	if (p == NULL || !h->ts_ok || now - h->ts_at > PAWS_TIME)
		return 0;
	if (h->paws_ok && (int32_t)(get32(p) - h->ts_paws) < -1)
		return 1;
	return (int32_t)(get32(p) - h->ts_recent) < -LATE_MAX;
}

static void
opt_paws(const struct tcp_segment *s, const uint8_t *p, uint64_t now)
{
	struct tcp_half *h = s->from;

	if (!(s->flags & TH_SYN) &&
	    (!h->acked || seq_before(h->last_ack_sent, s->seq)))
		return;
	if (!h->paws_ok || now - h->ts_at > PAWS_TIME ||
	    seq_before(h->ts_paws, get32(p)))
		h->ts_paws = get32(p);
	h->paws_ok = 1;
}

/* Updates TS.Recent as the receiver does, RFC 7323, 4.3. */
void
tcp_opt_paws(const struct tcp_segment *s, uint64_t now)
{
	const uint8_t *p = timestamps(s);

	if (p == NULL || s->f->type != DIV_PACKET || s->flags & TH_RST)
		return;
	opt_paws(s, p, now);
	s->from->ts_at = now;
}

/* Sets TSval: a delayed segment must pass PAWS (RFC 7323, 5.3). */
void
tcp_ts_refresh(const struct tcp_segment *s, uint32_t val)
{
	uint8_t *p = timestamps(s);

	if (p != NULL)
		put32(p, val);
}

/* Sets TSecr. */
void
tcp_ts_set_ecr(const struct tcp_segment *s, uint32_t val)
{
	uint8_t *p = timestamps(s);

	if (p != NULL)
		put32(p + 4, val);
}

/* The end of the last SACK block behind the ACK; returns whether there is one. */
int
tcp_opt_sack_top(const struct tcp_segment *s, uint32_t *top)
{
	size_t len, at;
	const uint8_t *p = find(s, SACK, &len);

	*top = s->ack;
	for (at = 2; p != NULL && at + 8 <= len; at += 8)
		if (seq_before(*top, get32(p + at + 4)))
			*top = get32(p + at + 4);
	return *top != s->ack;
}

/*
 * Translates the SACK blocks for the data of h, and leaves the edited ones in
 * sack.  Blocks without a whole segment, or below last_ack_sent, are removed.
 * Returns how many are left.
 */
int
tcp_opt_sack(const struct tcp_segment *s, const struct tcp_half *h,
    struct tcp_sack *sack)
{
	int ahead = tcp_acked_ahead(h);
	uint32_t left, right;
	size_t len, in, out = 2;
	uint8_t *p;

	sack->n = 0;
	if ((p = find(s, SACK, &len)) == NULL)
		return 0;
	for (in = 2; in + 8 <= len; in += 8) {
		left = get32(p + in);
		right = get32(p + in + 4);
		if (sack->n < TCP_SACK_MAX) {
			sack->left[sack->n] = left;
			sack->right[sack->n++] = right;
		}
		seqmap_block(&h->map, &left, &right);
		if (ahead && seq_before(left, h->last_ack_sent))
			left = h->last_ack_sent;
		if (!seq_before(left, right))
			continue;
		put32(p + out, left);
		put32(p + out + 4, right);
		out += 8;
	}
	if (out == 2)
		memset(p, NOP, len);
	else {
		p[1] = (uint8_t)out;
		memset(p + out, NOP, len - out);
	}
	return (int)((out - 2) / 8);
}
