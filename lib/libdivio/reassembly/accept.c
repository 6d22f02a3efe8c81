/* SPDX-License-Identifier: ISC */

/*
 * Segments that the receiver does not accept are not part of the stream: with a
 * wrong checksum, data without ACK, out of the window, behind a FIN; SYN in a
 * connection, until the other end acknowledges it (RFC 9293 3.10.7.4, RFC 5961).
 * The window is the largest that was seen, beyond the data that was seen.
 */

#include "reassembly/reass.h"

#define WINDOW_MIN 66000       /* bytes: before a window was seen */
#define WINDOW_ANY (1LL << 30) /* the other direction is not seen */
#define WSCALE_MAX 14          /* RFC 7323, 2.3 */
#define OPT_WSCALE 3
#define SYN_DATA 65536 /* bytes of data in a SYN, RFC 7413 */

/*
 * Whether the checksum is wrong.  After an edit it is void.  Where the digest
 * does not tell, checksums count once one of the stream was right: captures may
 * have been taken before the network card filled them in.
 */
int
reass_is_damaged(struct reass_stream *st, const struct reass_segment *s)
{
	const struct div_frame *f = &s->f;

	if (f->flags & (DIV_F_NOCSUM | DIV_F_GSO))
		return 0;
	if (f->flags & DIV_F_BADSUM)
		return 1;
	if (!packet_damaged(&s->p)) {
		st->summed = 1;
		return 0;
	}
	if (f->type == DIV_INJECT && packet_checksum_offloaded(&s->p))
		return 0;
	return f->digest == 0 ? st->summed : !div_frame_edited(f);
}

static uint8_t
wscale_of(const struct reass_segment *s)
{
	const uint8_t *tcp = s->p.data + s->p.l4;
	size_t at, n;

	at = packet_tcp_option(tcp, s->p.payload - s->p.l4, OPT_WSCALE, &n);
	if (at == 0 || n != 3)
		return 0;
	return tcp[at + 2] < WSCALE_MAX ? tcp[at + 2] : WSCALE_MAX;
}

/* A stream begins with a SYN. */
static void
begin(struct reass_stream *st, const struct reass_segment *s)
{
	st->nxt = st->isn = s->seq;
	st->seen = st->syn = 1;
	st->sack = (uint8_t)reass_dupack_permits(s);
	st->wscale = wscale_of(s);
}

/* The other end acknowledges a SYN that was not part of the connection. */
static int
confirms(const struct reass_segment *s)
{
	int64_t n = seq_diff(s->ack, s->peer->new_isn);

	return s->peer->new_syn && n >= 0 && n <= SYN_DATA;
}

/* Another connection begins, from the SYN on that waited for its confirmation. */
static int
begin_anew(struct div_reass *ra, struct div_writer *w, struct reass_segment *s,
    struct reass_stream *st)
{
	uint32_t isn = st->new_isn;
	uint8_t sack = st->new_sack, wscale = st->new_wscale;

	if (reass_conn_clear(ra, w, s->conn) == -1)
		return -1;
	st->nxt = st->isn = isn;
	st->seen = st->syn = 1;
	st->sack = sack;
	st->wscale = wscale;
	return 0;
}

/* 1 if it is of the stream, 0 if it waits for the other end, or -1. */
static int
accept_syn(struct div_reass *ra, struct div_writer *w, struct reass_segment *s)
{
	struct reass_stream *st = s->stream;

	if (!st->seen && !TAILQ_EMPTY(&st->gap) &&
	    reass_gap_expire(ra, w, st) == -1)
		return -1;
	if (st->syn && st->isn == s->seq)
		return 1;
	if (s->flags & TH_ACK && confirms(s)) {
		if (begin_anew(ra, w, s, s->peer) == -1)
			return -1;
		begin(st, s);
		return 1;
	}
	if (!st->seen && (s->flags & TH_ACK || !s->peer->seen)) {
		begin(st, s);
		return 1;
	}
	if (!(s->flags & TH_ACK)) {
		st->new_isn = s->seq;
		st->new_syn = 1;
		st->new_sack = (uint8_t)reass_dupack_permits(s);
		st->new_wscale = wscale_of(s);
	}
	return 0;
}

/* The right edge of the receiver's window, from nxt on. */
static int64_t
window_end(const struct reass_stream *st)
{
	int64_t ahead;

	if (!st->acked)
		return WINDOW_ANY;
	ahead = seq_diff(st->ack, st->nxt);
	return (ahead > 0 ? ahead : 0) +
	    (st->window > WINDOW_MIN ? st->window : WINDOW_MIN);
}

static int
in_window(const struct reass_segment *s)
{
	const struct reass_stream *st = s->stream;
	int64_t off = seq_diff(s->seq, st->nxt);

	if (!st->seen)
		return 1;
	if (st->fin && s->len > 0 && off + (int64_t)s->len > -1)
		return 0;
	return off <= window_end(st) && off >= -WINDOW_ANY;
}

/* Acknowledgements may count edited bytes; windows have no place. */
static void
note_ack(const struct reass_segment *s)
{
	int scale = s->flags & TH_SYN ? 0 : s->stream->wscale;
	uint32_t window = (uint32_t)get16(s->p.data + s->p.l4 + 14) << scale;
	struct reass_stream *peer = s->peer;

	if (!(s->flags & TH_ACK))
		return;
	if (!peer->acked || seq_diff(s->ack, peer->ack) >= 0) {
		peer->ack = s->ack;
		reass_dupack_note(s);
	}
	peer->acked = 1;
	if (peer->window < window)
		peer->window = window;
}

/*
 * Whether a segment is part of its stream: 1, or 0 if it changes nothing, with
 * why in *undecided, or -1.
 */
static int
accept_data(struct div_reass *ra, struct div_writer *w, struct reass_segment *s,
    enum div_undecided *undecided)
{
	struct reass_stream *st = s->stream;
	int data = s->len > 0 || has_fin(s);

	if (!in_window(s) && st->new_syn && s->seq == st->new_isn &&
	    !s->peer->seen && begin_anew(ra, w, s, st) == -1)
		return -1;
	if (!in_window(s) || (data && !(s->flags & TH_ACK))) {
		if (data)
			*undecided = DIV_UNDECIDED_INVALID;
		return 0;
	}
	note_ack(s);
	return data;
}

int
reass_accept(struct div_reass *ra, struct div_writer *w,
    struct reass_segment *s, enum div_undecided *undecided)
{
	struct reass_stream *st = s->stream;
	int n;

	*undecided = DIV_DECIDED;
	if (reass_is_damaged(st, s)) {
		*undecided = DIV_UNDECIDED_INVALID;
		return 0;
	}
	if (s->flags & TH_RST) {
		/* nothing follows, if the receiver accepts it */
		if (st->seen && s->seq == st->nxt)
			return reass_release(ra, w, st, DIV_UNDECIDED_MATCH);
		return 0;
	}
	if (!(s->flags & TH_SYN))
		return accept_data(ra, w, s, undecided);
	if ((n = accept_syn(ra, w, s)) == 1)
		note_ack(s);
	return n == 1 ? s->len > 0 : n;
}
