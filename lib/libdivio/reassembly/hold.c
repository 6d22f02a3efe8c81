/* SPDX-License-Identifier: ISC */

/*
 * Connections and their streams, the longest unused of which go when there are
 * too many; the runs of frames that wait in them.
 */

#include <stdlib.h>
#include <string.h>

#include "reassembly/reass.h"

#define WSCALE_MAX 14 /* RFC 7323, 2.3 */

/* NULL when memory is short. */
struct div_reass *
div_reass_new(const struct div_reass_ops *ops, void *arg, unsigned int ms)
{
	struct div_table_options opt = {
		.size = sizeof(struct reass_conn),
		.keylen = sizeof(struct div_flow_key),
		.max = REASS_CONNS,
	};
	struct div_reass *ra;

	if ((ra = calloc(1, sizeof(*ra))) == NULL)
		return NULL;
	ra->conns = div_table_new(&opt);
	ra->packet = malloc(DIV_PACKETMAX);
	ra->grown = malloc(DIV_PACKETMAX);
	TAILQ_INIT(&ra->age);
	TAILQ_INIT(&ra->gap_age);
	TAILQ_INIT(&ra->edits);
	TAILQ_INIT(&ra->pasts);
	if (ra->conns == NULL || ra->packet == NULL || ra->grown == NULL) {
		div_reass_free(ra);
		return NULL;
	}
	ra->ops = ops;
	ra->arg = arg;
	ra->limit = (uint64_t)ms * 1000000;
	return ra;
}

const struct div_reass_counters *
div_reass_counters(const struct div_reass *ra)
{
	return &ra->n;
}

static void
stream_open(struct reass_stream *s, struct reass_conn *conn)
{
	*s = (struct reass_stream){ .conn = conn, .wscale = WSCALE_MAX };
	TAILQ_INIT(&s->run.frames);
	TAILQ_INIT(&s->gap);
	LIST_INIT(&s->edits);
}

/* Frees what a stream holds; frames in it are lost. */
static void
stream_free(struct div_reass *ra, struct reass_stream *s)
{
	while (!TAILQ_EMPTY(&s->gap))
		reass_gap_remove(ra, TAILQ_FIRST(&s->gap));
	reass_run_cut(ra, &s->run, s->run.n);
	free(s->run.payload);
	free(s->template);
	reass_history_clear(ra, s);
	reass_past_forget(ra, s);
}

/* The connection of a segment, or NULL; side: of the sender. */
struct reass_conn *
reass_conn_find(struct div_reass *ra, const struct div_packet *p, int *side)
{
	struct reass_conn *conn;
	struct div_flow_key key;

	*side = div_flow_key(&key, p);
	if ((conn = div_table_find(ra->conns, &key)) != NULL)
		div_table_touch(ra->conns, conn);
	return conn;
}

/* Releases and forgets what is known of a connection: another one begins. */
int
reass_conn_clear(struct div_reass *ra, struct div_writer *w,
    struct reass_conn *conn)
{
	struct reass_stream *s;
	struct reass_frame *h;

	for (s = conn->side; s < conn->side + 2; s++) {
		if (reass_release(ra, w, s, DIV_UNDECIDED_MATCH) == -1)
			return -1;
		TAILQ_FOREACH(h, &s->gap, next)
			if (reass_alone(ra, w, &h->f, DIV_UNDECIDED_GAP) == -1)
				return -1;
		stream_free(ra, s);
		stream_open(s, conn);
	}
	return 0;
}

/* A new connection, perhaps in place of an old one; NULL on an error. */
struct reass_conn *
reass_conn_new(struct div_reass *ra, struct div_writer *w,
    const struct div_packet *p)
{
	struct reass_conn *conn;
	struct div_flow_key key;

	if (div_table_count(ra->conns) == REASS_CONNS) {
		conn = div_table_oldest(ra->conns, 0);
		if (reass_conn_clear(ra, w, conn) == -1)
			return NULL;
		div_table_remove(ra->conns, conn);
	}
	(void)div_flow_key(&key, p);
	conn = div_table_add(ra->conns, &key);
	stream_open(&conn->side[0], conn);
	stream_open(&conn->side[1], conn);
	return conn;
}

/* Makes a run's frames the ones that are being searched; their number. */
size_t
reass_run_load(struct div_reass *ra, const struct reass_run *run)
{
	const struct reass_frame *h;
	size_t n = 0;

	TAILQ_FOREACH(h, &run->frames, next) {
		ra->frame[n] = h->f;
		ra->part[n++] = h->part;
	}
	return n;
}

/* Adds to a run's payload; -1 when memory is short. */
int
reass_run_append(struct reass_run *run, const uint8_t *p, size_t n)
{
	size_t size = run->size;
	uint8_t *new;

	if (n == 0)
		return 0;
	while (size < run->len + n)
		size = size == 0 ? 4096 : 2 * size;
	if (run->payload == NULL || size > run->size) {
		if ((new = realloc(run->payload, size)) == NULL)
			return -1;
		run->payload = new;
		run->size = size;
	}
	memcpy(run->payload + run->len, p, n);
	run->len += n;
	return 0;
}

/* A copy of a frame; NULL when memory is short. */
struct reass_frame *
reass_frame_new(const struct div_frame *f, uint64_t wait)
{
	size_t opaque = f->hdrlen > DIV_HDRLEN ? f->hdrlen - DIV_HDRLEN : 0;
	struct reass_frame *h;

	if ((h = malloc(sizeof(*h) + opaque + f->caplen)) == NULL)
		return NULL;
	h->f = *f;
	h->f.wire = NULL;
	h->f.opaque = h->bytes;
	h->f.packet = h->bytes + opaque;
	if (opaque > 0)
		memcpy(h->bytes, f->opaque, opaque);
	memcpy(h->f.packet, f->packet, f->caplen);
	h->due = clock_now() + wait;
	return h;
}

/* Holds a copy of a frame whose payload the run has; -1 when memory is short. */
int
reass_run_hold(struct div_reass *ra, struct reass_stream *s,
    const struct div_frame *f, const struct reass_part *part)
{
	struct reass_frame *h;

	if ((h = reass_frame_new(f, ra->limit)) == NULL)
		return -1;
	h->stream = s;
	h->part = *part;
	TAILQ_INSERT_TAIL(&s->run.frames, h, next);
	TAILQ_INSERT_TAIL(&ra->age, h, age);
	s->run.n++;
	ra->frames++;
	ra->bytes += f->caplen;
	ra->n.held++;
	return 0;
}

/* Frees the first frame; the bytes of its payload. */
static size_t
run_shift(struct div_reass *ra, struct reass_run *run)
{
	struct reass_frame *h = TAILQ_FIRST(&run->frames);
	size_t len = h->part.len;

	TAILQ_REMOVE(&run->frames, h, next);
	TAILQ_REMOVE(&ra->age, h, age);
	run->n--;
	ra->frames--;
	ra->bytes -= h->f.caplen;
	free(h);
	return len;
}

/* Frees the first n frames, which went on, and what was before them. */
void
reass_run_cut(struct div_reass *ra, struct reass_run *run, size_t n)
{
	size_t off = run->passed;

	if (n == 0)
		return;
	for (; n > 0; n--)
		off += run_shift(ra, run);
	memmove(run->payload, run->payload + off, run->len - off);
	run->len -= off;
	run->passed = 0;
}

/*
 * All frames went on.  The bytes from an offset on stay in front of the next
 * ones: a match may go on there.
 */
void
reass_run_pass(struct div_reass *ra, struct reass_run *run, size_t from)
{
	while (run->n > 0)
		(void)run_shift(ra, run);
	if (from > run->len)
		from = run->len;
	if (run->len - from > REASS_PASSED)
		from = run->len - REASS_PASSED;
	if (run->len != from)
		memmove(run->payload, run->payload + from, run->len - from);
	run->len -= from;
	run->passed = run->len;
	run->wait = 0;
	if (run->size > 2 * REASS_PASSED && run->len == 0) {
		free(run->payload);
		run->payload = NULL;
		run->size = 0;
	}
}

/* All frames were dropped: the stream is where it was before them. */
void
reass_run_drop(struct div_reass *ra, struct reass_stream *s)
{
	struct reass_run *run = &s->run;
	size_t n = 0;

	while (run->n > 0)
		n += run_shift(ra, run);
	s->nxt -= (uint32_t)n;
	s->known = s->known > n ? s->known - (uint32_t)n : 0;
	run->len = run->passed;
	if (run->wait > run->len)
		run->wait = run->len;
}

/* Held frames are lost. */
void
div_reass_free(struct div_reass *ra)
{
	struct reass_conn *conn = NULL;

	if (ra == NULL)
		return;
	while (ra->conns != NULL &&
	    (conn = div_table_next(ra->conns, conn)) != NULL) {
		stream_free(ra, &conn->side[0]);
		stream_free(ra, &conn->side[1]);
	}
	div_table_free(ra->conns);
	free(ra->packet);
	free(ra->grown);
	free(ra);
}
