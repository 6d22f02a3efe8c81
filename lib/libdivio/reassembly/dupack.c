/* SPDX-License-Identifier: ISC */

/*
 * While segments wait behind a gap, their receiver cannot ask for the missing
 * data: duplicate ACKs go to the sender in its name, with SACK blocks if both ends
 * permit them (RFC 5681 3.2, RFC 2018), or the sender would wait for its RTO.
 * They repeat the receiver's newest ACK, once it covers all that has gone on; they
 * are new packets.  Edits that change lengths shift its numbers: then there are
 * none.
 */

#include <stdlib.h>
#include <string.h>

#include "reassembly/reass.h"

#define OPT_NOP 1
#define OPT_SACK_OK 4
#define OPT_SACK 5
#define OPT_TS 8
#define TS_LEN 10
#define BLOCKS 3 /* beside timestamps */
#define OPT_LEN (2 + TS_LEN + 2 + 2 + 8 * BLOCKS)

/* Remembers the headers of the receiver's newest ACK. */
void
reass_dupack_note(const struct reass_segment *s)
{
	struct reass_stream *st = s->stream;
	struct reass_ack *a = st->template;
	size_t opaque = s->f.hdrlen > DIV_HDRLEN ? s->f.hdrlen - DIV_HDRLEN : 0;

	if (s->f.type != DIV_PACKET || s->flags & (TH_SYN | TH_RST) ||
	    opaque > sizeof(a->opaque) || s->p.payload > sizeof(a->packet) ||
	    (a == NULL && (a = st->template = malloc(sizeof(*a))) == NULL))
		return;
	a->f = s->f;
	memcpy(a->packet, s->p.data, s->p.payload);
	if (opaque > 0)
		memcpy(a->opaque, s->f.opaque, opaque);
	a->len = s->p.payload;
	a->l4 = s->p.l4;
	a->seq = s->seq + (uint32_t)s->len + (uint32_t)has_fin(s);
}

int
reass_dupack_permits(const struct reass_segment *s)
{
	size_t n;

	return packet_tcp_option(s->p.data + s->p.l4, s->p.payload - s->p.l4,
		   OPT_SACK_OK, &n) != 0;
}

/* The next block of held data; returns the frame behind it. */
static const struct reass_frame *
next_block(const struct reass_frame *h, uint32_t *left, uint32_t *right)
{
	uint32_t end;

	*left = *right = h->part.seq;
	for (; h != NULL && seq_diff(h->part.seq, *right) <= 0;
	     h = TAILQ_NEXT(h, next)) {
		end = h->part.seq + (uint32_t)h->part.len;
		if (seq_diff(end, *right) > 0)
			*right = end;
	}
	return h;
}

/* Puts a SACK option; the block with the newest segment comes first. */
static size_t
put_sack(uint8_t *p, const struct reass_stream *st, uint32_t newest)
{
	const struct reass_frame *h = TAILQ_FIRST(&st->gap);
	uint32_t left, right;
	size_t n = 1;

	memset(p, 0, 4 + 8 * BLOCKS);
	while (h != NULL) {
		h = next_block(h, &left, &right);
		if (seq_diff(newest, left) >= 0 &&
		    seq_diff(newest, right) < 0) {
			put32(p + 4, left);
			put32(p + 8, right);
		} else if (n < BLOCKS) {
			put32(p + 4 + 8 * n, left);
			put32(p + 8 + 8 * n++, right);
		}
	}
	p[0] = p[1] = OPT_NOP;
	p[2] = OPT_SACK;
	p[3] = (uint8_t)(2 + 8 * n);
	return 4 + 8 * n;
}

static size_t
put_options(uint8_t *p, const struct reass_ack *a,
    const struct reass_stream *st, uint32_t newest, int sack)
{
	const uint8_t *tcp = a->packet + a->l4;
	size_t at, len, n = 0;

	at = packet_tcp_option(tcp, a->len - a->l4, OPT_TS, &len);
	if (at != 0 && len == TS_LEN) {
		p[0] = p[1] = OPT_NOP;
		memcpy(p + 2, tcp + at, TS_LEN);
		n = 2 + TS_LEN;
	}
	return sack ? n + put_sack(p + n, st, newest) : n;
}

static int
send_one(struct div_writer *w, const struct reass_ack *a,
    const struct reass_stream *st, uint32_t newest, int sack)
{
	uint8_t packet[sizeof(a->packet) + OPT_LEN], *tcp = packet + a->l4;
	struct div_frame f = a->f;
	size_t n;

	memcpy(packet, a->packet, a->l4 + TCP_HDRLEN);
	n = TCP_HDRLEN + put_options(tcp + TCP_HDRLEN, a, st, newest, sack);
	put32(tcp + 4, a->seq);
	put32(tcp + 8, st->ack);
	tcp[12] = (uint8_t)(n / 4 << 4);
	tcp[13] = TH_ACK;
	put16(tcp + 18, 0);
	f.type = DIV_INJECT;
	f.id = f.digest = 0;
	f.flags = 0;
	f.wire = NULL;
	f.opaque = a->opaque;
	f.packet = packet;
	f.caplen = f.origlen = (uint32_t)(a->l4 + n);
	if (div_repair_new(packet, f.caplen) != DIV_OK)
		return 0;
	return div_writer_put(w, &f);
}

/*
 * Sends what the receiver would for segments that wait, if it has got all before
 * the gap.
 */
int
reass_dupack_send(struct div_reass *ra, struct div_writer *w,
    struct reass_stream *st)
{
	const struct reass_stream *peer =
	    &st->conn->side[st == &st->conn->side[0]];
	uint32_t held = (uint32_t)(st->run.len - st->run.passed);
	int sack = st->sack && peer->sack;

	if (st->waiting == 0 || TAILQ_EMPTY(&st->gap) || !st->seen ||
	    !st->acked || peer->template == NULL || st->ack != st->nxt - held)
		return 0;
	for (; st->waiting > 0; st->waiting--) {
		ra->n.dupacks++;
		if (send_one(w, peer->template, st, st->newest, sack) == -1)
			return -1;
		if (sack)
			break;
	}
	st->waiting = 0;
	return 0;
}
