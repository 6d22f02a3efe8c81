/* SPDX-License-Identifier: ISC */

/*
 * Segments behind missing data wait for it: the receiver could not use them
 * either.  The first version of each byte counts here as well.  When the data
 * does not come, and nobody acknowledges it, they go to the filter as undecided,
 * and a filter that drops them will get them again.
 */

#include <stdlib.h>
#include <string.h>

#include "reassembly/reass.h"

static int64_t
end_of(const struct reass_frame *h)
{
	return (int64_t)h->part.len;
}

static void
unlink_frame(struct div_reass *ra, struct reass_frame *h)
{
	TAILQ_REMOVE(&h->stream->gap, h, next);
	TAILQ_REMOVE(&ra->gap_age, h, age);
	h->stream->ngap--;
	ra->gap_frames--;
	ra->gap_bytes -= h->f.caplen;
}

void
reass_gap_remove(struct div_reass *ra, struct reass_frame *h)
{
	unlink_frame(ra, h);
	free(h);
}

/* Copies bytes that are held to where a segment has them, too. */
static int
copy_held(const struct reass_frame *h, struct reass_segment *s)
{
	int64_t off = seq_diff(h->part.seq, s->seq);
	int64_t from = off < 0 ? 0 : off, to = off + (int64_t)h->part.len;
	const uint8_t *held;

	if (to > (int64_t)s->len)
		to = (int64_t)s->len;
	if (from >= to)
		return 0;
	held = h->f.packet + h->part.head + (from - off);
	if (memcmp(s->data + from, held, (size_t)(to - from)) == 0)
		return 0;
	memcpy(s->data + from, held, (size_t)(to - from));
	return 1;
}

/* Rewrites a segment to the bytes that are held; true if they are all its. */
int
reass_gap_rewrite(struct div_reass *ra, struct reass_segment *s)
{
	const struct reass_frame *h;
	int64_t covered = 0, off;
	int differs = 0;

	TAILQ_FOREACH(h, &s->stream->gap, next) {
		off = seq_diff(h->part.seq, s->seq);
		if (off >= (int64_t)s->len)
			break;
		differs |= copy_held(h, s);
		if (off <= covered && covered < off + end_of(h))
			covered = off + end_of(h);
	}
	ra->n.changed += (uint64_t)differs;
	return s->len > 0 && covered >= (int64_t)s->len && !has_fin(s);
}

static int
is_full(const struct div_reass *ra, const struct reass_stream *st)
{
	return st->ngap >= REASS_GAP_FRAMES ||
	    ra->gap_frames >= REASS_GAP_ALL || ra->gap_bytes >= REASS_GAP_BYTES;
}

/* Inserts a frame behind those with lesser numbers. */
static void
insert(struct div_reass *ra, struct reass_stream *st, struct reass_frame *h)
{
	struct reass_frame *at;

	TAILQ_FOREACH_REVERSE(at, &st->gap, reass_frames, next)
	if (seq_diff(at->part.seq, h->part.seq) <= 0)
		break;
	if (at == NULL)
		TAILQ_INSERT_HEAD(&st->gap, h, next);
	else
		TAILQ_INSERT_AFTER(&st->gap, at, h, next);
	TAILQ_FOREACH_REVERSE(at, &ra->gap_age, reass_frames, age)
	if (at->due <= h->due)
		break;
	if (at == NULL)
		TAILQ_INSERT_HEAD(&ra->gap_age, h, age);
	else
		TAILQ_INSERT_AFTER(&ra->gap_age, at, h, age);
	st->ngap++;
	ra->gap_frames++;
	ra->gap_bytes += h->f.caplen;
}

/* Of a stream that was met in the middle, earlier data may be on its way. */
static uint64_t
wait_of(const struct div_reass *ra, const struct reass_stream *st)
{
	if (!st->seen)
		return ra->limit < REASS_PICKUP ? ra->limit : REASS_PICKUP;
	return ra->limit > REASS_GAP_TIME ? ra->limit : REASS_GAP_TIME;
}

/* The stream goes on at another number. */
static void
resync(struct div_reass *ra, struct reass_stream *st, uint32_t seq)
{
	reass_run_pass(ra, &st->run, SIZE_MAX);
	reass_past_forget(ra, st);
	st->nxt = seq;
	st->seen = 1;
}

/*
 * There is no room for a segment.  A diverted one is dropped, and will come
 * again.  Of a capture, the gap is taken for lost; a stream that was met in the
 * middle begins.
 */
static int
no_room(struct div_reass *ra, struct div_writer *w, struct reass_segment *s)
{
	struct reass_stream *st = s->stream;

	ra->n.crowded++;
	if (st->seen && s->f.type == DIV_PACKET)
		return div_writer_drop(w, &s->f);
	if (TAILQ_EMPTY(&st->gap))
		resync(ra, st, s->seq);
	else if (reass_gap_expire(ra, w, st) == -1)
		return -1;
	return reass_place(ra, w, s);
}

/* Holds a segment. */
int
reass_gap_add(struct div_reass *ra, struct div_writer *w,
    struct reass_segment *s)
{
	struct reass_stream *st = s->stream;
	struct reass_frame *h = NULL;

	if (reass_gap_rewrite(ra, s))
		return reass_repeat(ra, w, &s->f);
	if (!is_full(ra, st))
		h = reass_frame_new(&s->f, wait_of(ra, st));
	if (h == NULL)
		return no_room(ra, w, s);
	h->stream = st;
	h->part.seq = s->seq;
	h->part.head = s->p.payload;
	h->part.len = s->len;
	insert(ra, st, h);
	ra->n.gaps += st->seen;
	st->newest = s->seq;
	if (st->waiting < UINT8_MAX)
		st->waiting++;
	return reass_dupack_send(ra, w, st);
}

/* A held frame as the segment that it was. */
static void
segment_of(struct reass_segment *s, struct reass_frame *h)
{
	(void)div_packet_parse(&s->p, h->f.packet, h->f.caplen);
	reass_segment_set(s, &h->f);
	s->stream = h->stream;
	s->conn = h->stream->conn;
	s->peer = &s->conn->side[s->stream == s->conn->side];
}

/* Hands over the frames whose gap is filled. */
int
reass_gap_fill(struct div_reass *ra, struct div_writer *w,
    struct reass_stream *st)
{
	struct reass_segment s;
	struct reass_frame *h;
	int error = 0;

	while (error == 0 && (h = TAILQ_FIRST(&st->gap)) != NULL &&
	    seq_diff(h->part.seq, st->nxt) <= 0) {
		unlink_frame(ra, h);
		segment_of(&s, h);
		if (seq_diff(s.seq + (uint32_t)s.len, st->nxt) + has_fin(&s) <=
		    0)
			error = reass_repeat(ra, w, &h->f);
		else
			error = reass_in_order(ra, w, &s);
		free(h);
	}
	return error;
}

/* Hands the first frame over although data before it is missing. */
static int
give_up(struct div_reass *ra, struct div_writer *w, struct reass_stream *st,
    enum div_undecided why)
{
	struct reass_frame *h = TAILQ_FIRST(&st->gap);
	struct reass_segment s;
	int error;

	segment_of(&s, h);
	error = reass_alone(ra, w, &s.f, why);
	if (error == 0 && !ra->dropped) {
		resync(ra, st, s.seq);
		reass_past_add(ra, st, s.data, s.len);
		if (has_fin(&s))
			reass_past_fin(ra, st);
	}
	reass_gap_remove(ra, h);
	return error;
}

/* Hands over what is behind the first gap and before the next. */
static int
give_up_block(struct div_reass *ra, struct div_writer *w,
    struct reass_stream *st)
{
	struct reass_frame *h;
	uint32_t end = TAILQ_FIRST(&st->gap)->part.seq;

	while ((h = TAILQ_FIRST(&st->gap)) != NULL &&
	    seq_diff(h->part.seq, end) <= 0) {
		if (seq_diff(h->part.seq + (uint32_t)h->part.len, end) > 0)
			end = h->part.seq + (uint32_t)h->part.len;
		if (give_up(ra, w, st, DIV_UNDECIDED_GAP) == -1)
			return -1;
		if (!ra->dropped)
			return reass_gap_fill(ra, w, st);
	}
	return 0;
}

/*
 * The gap was not filled in time.  If the receiver has acknowledged the data, it
 * went another way; if the other direction is not seen, it may have.
 */
int
reass_gap_expire(struct div_reass *ra, struct div_writer *w,
    struct reass_stream *st)
{
	struct reass_frame *h = TAILQ_FIRST(&st->gap);
	struct reass_stream *peer = &st->conn->side[st == &st->conn->side[0]];

	if (reass_release(ra, w, st, DIV_UNDECIDED_MATCH) == -1)
		return -1;
	if (!st->seen || (st->acked && seq_diff(st->ack, h->part.seq) >= 0))
		resync(ra, st, h->part.seq);
	else if (st->acked || peer->seen)
		return give_up_block(ra, w, st);
	else if (give_up(ra, w, st, DIV_UNDECIDED_MATCH) == -1)
		return -1;
	return reass_gap_fill(ra, w, st);
}

/*
 * A stream that was met in the middle begins with its first data: the receiver
 * has acknowledged what was before, or segments come in order.
 */
int
reass_gap_begin(struct div_reass *ra, struct div_writer *w,
    struct reass_stream *st)
{
	const struct reass_frame *h = TAILQ_FIRST(&st->gap), *next;

	if (st->seen || h == NULL)
		return 0;
	next = TAILQ_NEXT(h, next);
	if ((st->acked && seq_diff(st->ack, h->part.seq) >= 0) ||
	    (next != NULL &&
		next->part.seq == h->part.seq + (uint32_t)h->part.len))
		return reass_gap_expire(ra, w, st);
	return 0;
}
