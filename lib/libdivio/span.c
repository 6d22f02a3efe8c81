/* SPDX-License-Identifier: ISC */

/*
 * Segments in the order of their stream: those at whose end something may go on
 * wait for the next one, and are run as one with it.
 */

#include <netinet/in.h>

#include <string.h>

#include "span.h"

/* All frames of a span as one packet, with the headers of the first. */
static struct div_frame *
make_whole(struct div_spans *ss, const struct div_span *sp, size_t head)
{
	struct div_frame *whole = &ss->whole;

	*whole = sp->frame[0];
	whole->wire = NULL;
	whole->packet = ss->packet;
	whole->caplen = whole->origlen = (uint32_t)(head + sp->len);
	memcpy(ss->packet, sp->frame[0].packet, head);
	memcpy(ss->packet + head, sp->payload, sp->len);
	return whole;
}

/* Runs the frames from first to last - 1 of those in the works. */
static int
run_part(struct div_spans *ss, struct div_writer *w, size_t first, size_t last,
    const uint8_t *payload, size_t len)
{
	struct div_span sp = { &ss->frame[first], last - first,
		&ss->frame[first], payload, len, ss };

	if (sp.n > 1) {
		ss->n.joined++;
		sp.whole = make_whole(ss, &sp, ss->part[first].head);
	}
	return ss->ops->run(ss->arg, w, &sp);
}

/* Runs a frame that is no segment, or out of order. */
static int
run_alone(struct div_spans *ss, struct div_writer *w, const struct div_frame *f)
{
	ss->frame[0] = *f;
	return run_part(ss, w, 0, 1, NULL, 0);
}

/* Runs what is held as if nothing were to follow. */
static int
release(struct div_spans *ss, struct div_writer *w, struct run *run)
{
	size_t n = run_load(ss, run);
	int error;

	error = run_part(ss, w, 0, n, run->payload, run->len);
	run_free(ss, run);
	return error;
}

static int
release_oldest(struct div_spans *ss, struct div_writer *w, uint64_t *counter)
{
	struct run *run = TAILQ_FIRST(&ss->age)->run;

	*counter += run->n;
	return release(ss, w, run);
}

/* Holds the last frame, and of those before it all from first on. */
static int
keep(struct div_spans *ss, struct run *run, const struct div_packet *p,
    size_t first, size_t last, size_t off)
{
	struct held *h;

	if (run == NULL && (run = run_new(ss, p)) == NULL)
		return -1;
	if (run_hold(ss, run, &ss->frame[last], &ss->part[last]) == -1) {
		if (run->n == 0)
			run_free(ss, run);
		return -1;
	}
	run_cut(ss, run, first);
	run->wait = ss->wait - off;
	TAILQ_FOREACH(h, &run->frames, next)
		h->part = ss->part[first++];
	return 0;
}

/*
 * Runs the frames together that nothing divides.  The last of them wait if more
 * may come, or are run all the same when memory is short.
 */
static int
settle(struct div_spans *ss, struct div_writer *w, struct run *run,
    const struct div_packet *p, const struct div_span *sp)
{
	int final = (p->data[p->l4 + 13] & TH_FIN) != 0;
	size_t i, first = 0, off = 0, end = 0;

	for (i = 0; i < sp->n; i++) {
		end += ss->part[i].len;
		if (i + 1 < sp->n) {
			if (ss->part[i].joined || end > ss->wait)
				continue;
		} else if (end > ss->wait && !final &&
		    keep(ss, run, p, first, i, off) == 0)
			return 0;
		if (run_part(ss, w, first, i + 1, sp->payload + off,
			end - off) == -1)
			return -1;
		first = i + 1;
		off = end;
	}
	if (run != NULL)
		run_free(ss, run);
	return 0;
}

/* Looks at a segment, behind what is held, whose payload has it already. */
static int
look(struct div_spans *ss, struct div_writer *w, struct run *run,
    const struct div_frame *f, const struct div_packet *p)
{
	struct div_span sp = { ss->frame, 1, NULL, f->packet + p->payload,
		p->len - p->payload, ss };

	ss->from = 0;
	ss->wait = SIZE_MAX;
	if (run != NULL) {
		sp.n += run_load(ss, run);
		sp.payload = run->payload;
		sp.len = run->len;
		ss->from = run->wait;
	}
	ss->frame[sp.n - 1] = *f;
	ss->part[sp.n - 1].head = p->payload;
	ss->part[sp.n - 1].len = p->len - p->payload;
	ss->part[sp.n - 1].joined = 0;
	ss->ops->look(ss->arg, &sp);
	return settle(ss, w, run, p, &sp);
}

static int
drop_again(struct div_spans *ss, struct div_writer *w,
    const struct div_frame *f)
{
	ss->n.again++;
	return div_writer_drop(w, f);
}

static int
add(struct div_spans *ss, struct div_writer *w, const struct div_frame *f,
    const struct div_packet *p)
{
	size_t len = p->len - p->payload;
	enum place place;
	struct run *run;

	while ((run = run_find(ss, p, &place)) != NULL && place != AGAIN) {
		if (place == NEXT && run->n < SPAN_FRAMES &&
		    run->len + len <= SPAN_BYTES &&
		    run_append(run, p->data + p->payload, len) == 0)
			break;
		if (place == NEXT)
			ss->n.crowded += run->n;
		if (release(ss, w, run) == -1)
			return -1;
	}
	if (run != NULL && place == AGAIN)
		return drop_again(ss, w, f);
	if (len == 0 || p->data[p->l4 + 13] & (TH_SYN | TH_RST))
		return run_alone(ss, w, f);
	return look(ss, w, run, f, p);
}

/*
 * Runs a frame, now or when what it may be part of has come.  What carries no
 * data and ends nothing, as a pure acknowledgement, waits for nobody.
 */
int
div_spans_frame(struct div_spans *ss, struct div_writer *w,
    const struct div_frame *f)
{
	struct div_packet p;

	if (f->type != DIV_PACKET || div_editable(f, &p) != DIV_OK ||
	    p.proto != IPPROTO_TCP || p.payload > SPAN_HEAD)
		return run_alone(ss, w, f);
	if (p.payload == p.len &&
	    !(p.data[p.l4 + 13] & (TH_SYN | TH_FIN | TH_RST)))
		return run_alone(ss, w, f);
	if (past_apply(ss, &p, f->packet + p.payload))
		return drop_again(ss, w, f);
	while (ss->frames >= HELD_FRAMES || ss->bytes >= HELD_BYTES)
		if (release_oldest(ss, w, &ss->n.crowded) == -1)
			return -1;
	return add(ss, w, f, &p);
}

/*
 * Runs what has waited for too long.  The ms until there is more to do, -1 for
 * never, -2 with errno.
 */
int
div_spans_due(struct div_spans *ss, struct div_writer *w)
{
	uint64_t now = ss->frames == 0 ? 0 : now_ns();
	const struct held *h;

	while ((h = TAILQ_FIRST(&ss->age)) != NULL) {
		if (h->due > now)
			return (int)((h->due - now) / 1000000) + 1;
		if (release_oldest(ss, w, &ss->n.expired) == -1)
			return -2;
	}
	return -1;
}

/* Runs all that waits. */
int
div_spans_end(struct div_spans *ss, struct div_writer *w)
{
	while (!TAILQ_EMPTY(&ss->age))
		if (release(ss, w, TAILQ_FIRST(&ss->age)->run) == -1)
			return -1;
	return 0;
}
