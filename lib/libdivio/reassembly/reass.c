/* SPDX-License-Identifier: ISC */

/*
 * Arrival of a segment.  In order, it is searched together with the held ones
 * before it; as long as a match may go on behind its end, it is held until the
 * next one comes or its time is over.  Then the frames that a match joins go to
 * the filter as one run, others alone.
 */

#include <string.h>

#include "reassembly/reass.h"

/*
 * All frames of a run as one packet, with the headers of the first, and the number
 * of its payload.
 */
static struct div_frame *
make_whole(struct div_reass *ra, const struct div_run *run,
    const struct reass_part *part)
{
	struct div_frame *whole = &ra->whole;
	size_t head = part->head - part->old;
	struct div_packet p;

	*whole = run->frame[0];
	whole->wire = NULL;
	whole->packet = ra->packet;
	whole->caplen = whole->origlen = (uint32_t)(head + run->len);
	memcpy(ra->packet, run->frame[0].packet, head);
	memcpy(ra->packet + head, run->payload, run->len);
	if (div_packet_parse(&p, ra->packet, whole->caplen) == 0)
		put32(ra->packet + p.l4 + 4,
		    part->seq - (uint32_t)run->passed -
			((ra->packet[p.l4 + 13] & TH_SYN) != 0));
	return whole;
}

/* Hands the frames from first to last - 1 to the filter. */
static int
run_part(struct div_reass *ra, struct div_writer *w, size_t first, size_t last,
    const uint8_t *payload, size_t len, size_t passed,
    enum div_undecided undecided)
{
	const struct reass_part *part = &ra->part[first];
	struct div_run run = {
		.frame = &ra->frame[first],
		.n = last - first,
		.whole = &ra->frame[first],
		.payload = payload,
		.len = len,
		.passed = passed,
		.undecided = undecided,
		.reass = ra,
	};

	if (run.n > 1)
		ra->n.joined++;
	if (undecided != DIV_DECIDED)
		ra->n.undecided[undecided] += run.n;
	if (run.n > 1 || passed > 0 || part->old > 0)
		run.whole = make_whole(ra, &run, part);
	ra->dropped = 0;
	return ra->ops->run(ra->arg, w, &run);
}

/* Hands a frame over that is not part of a stream. */
int
reass_alone(struct div_reass *ra, struct div_writer *w,
    const struct div_frame *f, enum div_undecided why)
{
	ra->stream = NULL;
	ra->frame[0] = *f;
	memset(&ra->part[0], 0, sizeof(ra->part[0]));
	return run_part(ra, w, 0, 1, NULL, 0, 0, why);
}

/*
 * Hands held frames over.  If a match may go on, its bytes stay in front of the
 * next ones; a filter that dropped them will get them again.
 */
int
reass_release(struct div_reass *ra, struct div_writer *w,
    struct reass_stream *st, enum div_undecided why)
{
	struct reass_run *run = &st->run;
	size_t n = reass_run_load(ra, run);

	if (n == 0)
		return 0;
	ra->stream = st;
	ra->again = 0;
	if (run_part(ra, w, 0, n, run->payload, run->len, run->passed, why) ==
	    -1)
		return -1;
	if (why != DIV_DECIDED && ra->dropped)
		reass_run_drop(ra, st);
	else
		reass_run_pass(ra, run,
		    why == DIV_DECIDED ? SIZE_MAX : run->wait);
	return 0;
}

/* Holds the frames from first to last; those before last are held already. */
static int
hold(struct div_reass *ra, const struct reass_segment *s, size_t first,
    size_t last, size_t off)
{
	const struct reass_part *part = &ra->part[last];
	struct reass_run *run = &s->stream->run;
	struct reass_frame *h;

	if (run->len == 0 &&
	    reass_run_append(run, s->p.data + part->head, part->len) == -1)
		return -1;
	if (reass_run_hold(ra, s->stream, &ra->frame[last], part) == -1)
		return -1;
	reass_run_cut(ra, run, first);
	run->wait = ra->wait - off;
	TAILQ_FOREACH(h, &run->frames, next)
		h->part = ra->part[first++];
	return 0;
}

/*
 * Hands the searched frames over, joined ones together.  The last ones are held
 * if a match may go on, unless memory is short.
 */
static int
deliver(struct div_reass *ra, struct div_writer *w,
    const struct reass_segment *s, const struct div_run *searched)
{
	size_t i, first = 0, off = 0, end = searched->passed;

	for (i = 0; i < searched->n; i++) {
		end += ra->part[i].len;
		if (i + 1 < searched->n) {
			if (ra->part[i].joined || end > ra->wait)
				continue;
		} else if (end > ra->wait && !has_fin(s) &&
		    hold(ra, s, first, i, off) == 0)
			return 0;
		if (run_part(ra, w, first, i + 1, searched->payload + off,
			end - off, off == 0 ? searched->passed : 0,
			DIV_DECIDED) == -1)
			return -1;
		first = i + 1;
		off = end;
	}
	reass_run_pass(ra, &s->stream->run, SIZE_MAX);
	return 0;
}

/*
 * Searches a segment together with the bytes before it, if there are any: its
 * payload is appended to theirs already.
 */
static int
search(struct div_reass *ra, struct div_writer *w,
    const struct reass_segment *s, const struct reass_part *part)
{
	const struct reass_run *run = &s->stream->run;
	struct div_run all = {
		.frame = ra->frame,
		.n = 1,
		.payload = s->p.data + part->head,
		.len = part->len,
		.reass = ra,
	};

	ra->stream = s->stream;
	ra->again = 0;
	ra->from = 0;
	ra->wait = SIZE_MAX;
	if (run->len > 0) {
		all.n += reass_run_load(ra, run);
		all.payload = run->payload;
		all.len = run->len;
		all.passed = run->passed;
		ra->from = run->wait;
	}
	ra->frame[all.n - 1] = s->f;
	ra->part[all.n - 1] = *part;
	ra->ops->search(ra->arg, &all);
	return deliver(ra, w, s, &all);
}

/* Drops a frame whose bytes are held, or were dropped. */
int
reass_repeat(struct div_reass *ra, struct div_writer *w,
    const struct div_frame *f)
{
	ra->n.again++;
	return div_writer_drop(w, f);
}

/* Hands a frame over whose bytes have all gone on before. */
static int
put_again(struct div_reass *ra, struct div_writer *w,
    const struct reass_segment *s)
{
	const struct reass_stream *st = s->stream;
	int unknown = seq_diff(st->nxt - st->known, s->seq) > 0 && s->len > 0;

	ra->n.changed += (uint64_t)reass_past_copy(st, s->seq, s->data, s->len);
	ra->stream = s->stream;
	ra->again = 1;
	ra->frame[0] = s->f;
	memset(&ra->part[0], 0, sizeof(ra->part[0]));
	ra->part[0].head = s->p.payload;
	ra->part[0].len = s->len;
	ra->part[0].seq = s->seq;
	return run_part(ra, w, 0, 1, s->data, s->len, 0,
	    unknown ? DIV_UNDECIDED_MATCH : DIV_DECIDED);
}

/* A segment without new bytes. */
static int
retransmission(struct div_reass *ra, struct div_writer *w,
    const struct reass_segment *s)
{
	const struct reass_stream *st = s->stream;
	uint32_t held = (uint32_t)(st->run.len - st->run.passed);

	if (st->run.n > 0 &&
	    seq_diff(s->seq + (uint32_t)s->len, st->nxt - held) > 0)
		return reass_repeat(ra, w, &s->f);
	if (reass_history_dropped(ra, st, s->seq, s->len))
		return reass_repeat(ra, w, &s->f);
	ra->n.again++;
	return put_again(ra, w, s);
}

/* A FIN without new bytes. */
static int
put_fin(struct div_reass *ra, struct div_writer *w,
    const struct reass_segment *s)
{
	if (reass_release(ra, w, s->stream, DIV_DECIDED) == -1)
		return -1;
	reass_past_fin(ra, s->stream);
	return put_again(ra, w, s);
}

/* Makes room for n bytes of another segment in the run. */
static int
make_room(struct div_reass *ra, struct div_writer *w, struct reass_stream *st,
    size_t n)
{
	struct reass_run *run = &st->run;

	if (run->n < REASS_RUN_FRAMES &&
	    (run->n == 0 || run->len + n <= REASS_RUN_BYTES))
		return 0;
	ra->n.crowded += run->n;
	return reass_release(ra, w, st, DIV_UNDECIDED_MATCH);
}

/* A segment that begins at nxt, or before it and has new bytes or a FIN. */
int
reass_in_order(struct div_reass *ra, struct div_writer *w,
    struct reass_segment *s)
{
	struct reass_stream *st = s->stream;
	struct reass_part part = { 0 };
	size_t old = (size_t)seq_diff(st->nxt, s->seq);

	if (old >= s->len)
		return put_fin(ra, w, s);
	if (make_room(ra, w, st, s->len - old) == -1)
		return -1;
	if (seq_diff(s->seq, st->nxt) > 0)
		return reass_gap_add(ra, w, s);
	(void)reass_gap_rewrite(ra, s);
	part.old = old;
	part.head = s->p.payload + old;
	part.len = s->len - old;
	part.seq = s->seq + (uint32_t)old;
	if (st->run.len > 0 &&
	    reass_run_append(&st->run, s->data + old, part.len) == -1) {
		if (reass_release(ra, w, st, DIV_UNDECIDED_MATCH) == -1)
			return -1;
		reass_run_pass(ra, &st->run, SIZE_MAX);
	}
	ra->n.changed += (uint64_t)reass_past_copy(st, s->seq, s->data, old);
	reass_past_add(ra, st, s->data + old, part.len);
	if (has_fin(s))
		reass_past_fin(ra, st);
	return search(ra, w, s, &part);
}

/* Puts a segment into its stream. */
int
reass_place(struct div_reass *ra, struct div_writer *w, struct reass_segment *s)
{
	const struct reass_stream *st = s->stream;
	int64_t off = seq_diff(s->seq, st->nxt);

	if (!st->seen) {
		if (reass_gap_add(ra, w, s) == -1)
			return -1;
		return reass_gap_begin(ra, w, s->stream);
	}
	if (off + (int64_t)s->len + has_fin(s) <= 0)
		return retransmission(ra, w, s);
	if (off > 0)
		return reass_gap_add(ra, w, s);
	if (reass_in_order(ra, w, s) == -1)
		return -1;
	return reass_gap_fill(ra, w, s->stream);
}

/* Data that an application would read out of band is data like any other. */
static void
clear_urgent(struct div_reass *ra, struct reass_segment *s)
{
	uint8_t *tcp = s->f.packet + s->p.l4;

	if (!(tcp[13] & TH_URG))
		return;
	tcp[13] &= (uint8_t)~TH_URG;
	put16(tcp + 18, 0);
	ra->n.changed++;
}

/* Takes the fields out of a frame whose packet is parsed. */
void
reass_segment_set(struct reass_segment *s, const struct div_frame *f)
{
	const uint8_t *tcp = s->p.data + s->p.l4;

	s->f = *f;
	s->data = f->packet + s->p.payload;
	s->len = s->p.len - s->p.payload;
	s->flags = tcp[13];
	s->seq = get32(tcp + 4) + ((s->flags & TH_SYN) != 0);
	s->ack = get32(tcp + 8);
}

/* Finds the stream of a segment: 1, or 0 if it needs none, or -1. */
static int
find_stream(struct div_reass *ra, struct div_writer *w, struct reass_segment *s)
{
	int side;

	s->peer = NULL;
	s->conn = reass_conn_find(ra, &s->p, &side);
	if (s->conn == NULL) {
		if (s->flags & TH_RST ||
		    (s->len == 0 && !(s->flags & (TH_SYN | TH_FIN))))
			return 0;
		if ((s->conn = reass_conn_new(ra, w, &s->p)) == NULL)
			return -1;
		s->conn->type = s->f.type;
	}
	s->stream = &s->conn->side[side];
	s->peer = &s->conn->side[!side];
	if (s->conn->type == s->f.type)
		return 1;
	/* a filter's packet is not of the sender's numbers */
	if (s->f.type == DIV_INJECT)
		return 0;
	s->conn->type = DIV_PACKET;
	return reass_conn_clear(ra, w, s->conn) == -1 ? -1 : 1;
}

static int
segment(struct div_reass *ra, struct div_writer *w, struct reass_segment *s)
{
	enum div_undecided why = DIV_DECIDED;
	int n;

	if ((n = find_stream(ra, w, s)) == 1)
		n = reass_accept(ra, w, s, &why);
	clear_urgent(ra, s);
	if (s->peer != NULL && n != -1 && reass_gap_begin(ra, w, s->peer) == -1)
		return -1;
	if (n == 0)
		return reass_alone(ra, w, &s->f, why);
	return n == -1 ? -1 : reass_place(ra, w, s);
}

/* Fragments, and headers that are too long, cannot be searched. */
static int
not_a_segment(struct div_reass *ra, struct div_writer *w,
    const struct div_frame *f, const struct div_packet *p)
{
	int hidden = (f->type == DIV_PACKET || f->type == DIV_INJECT) &&
	    p->proto == IPPROTO_TCP && !(f->flags & DIV_F_TRUNC);

	return reass_alone(ra, w, f,
	    hidden ? DIV_UNDECIDED_FRAGMENT : DIV_DECIDED);
}

/* Hands a frame over, at once or together with later ones. */
int
div_reass_frame(struct div_reass *ra, struct div_writer *w,
    const struct div_frame *f)
{
	struct reass_segment s;
	enum div_reason reason = div_editable(f, &s.p);

	if (reason != DIV_OK || s.p.proto != IPPROTO_TCP ||
	    (f->type != DIV_PACKET && f->type != DIV_INJECT) ||
	    s.p.payload > REASS_HEADERS) {
		if (reason == DIV_REFUSE_MALFORMED)
			s.p.proto = 0;
		return not_a_segment(ra, w, f, &s.p);
	}
	while (ra->frames >= REASS_FRAMES || ra->bytes >= REASS_BYTES) {
		ra->n.crowded += TAILQ_FIRST(&ra->age)->stream->run.n;
		if (reass_release(ra, w, TAILQ_FIRST(&ra->age)->stream,
			DIV_UNDECIDED_MATCH) == -1)
			return -1;
	}
	reass_segment_set(&s, f);
	return segment(ra, w, &s);
}
