/* SPDX-License-Identifier: ISC */

#ifndef DIVIO_SPAN_H
#define DIVIO_SPAN_H

#include <sys/queue.h>

#include "internal.h"

#define SPAN_FRAMES 64          /* in one span */
#define SPAN_BYTES (256 * 1024) /* of payload in one span */
#define SPAN_HEAD 1024          /* of headers */
#define HELD_FRAMES 512         /* in all */
#define HELD_BYTES (16 << 20)
#define PASTS 1024 /* of which is known what became of them */
#define PAST_BYTES (1 << 20)

enum place {   /* of a segment, to a run */
	NEXT,  /* right behind it */
	AGAIN, /* all of it is held */
	BREAK, /* it ends what is held */
	ASIDE  /* before it, or behind a gap */
};

/* What a span knows of a frame. */
struct part {
	size_t head; /* bytes before its payload */
	size_t len;  /* of its payload */
	int joined;  /* with the next frame, whatever that brings */
};

struct held {
	TAILQ_ENTRY(held) next; /* of its run */
	TAILQ_ENTRY(held) age;  /* of all */
	struct run *run;
	struct div_frame f;
	struct part part;
	uint64_t due;
	uint8_t bytes[]; /* opaque part and packet */
};

struct run_key { /* of one direction */
	struct div_flow_key flow;
	uint64_t side;
};

/* The held frames of one direction of a flow, without a gap. */
struct run {
	LIST_ENTRY(run) chain;
	struct run_key key;
	TAILQ_HEAD(, held) frames;
	size_t n;
	uint32_t seq; /* of the first byte */
	uint8_t *payload;
	size_t len, size;
	size_t wait; /* from here on the payload needs more */
};

/* Bytes that were run in a span, as they came and then as they went. */
struct past {
	LIST_ENTRY(past) chain;
	TAILQ_ENTRY(past) age;
	struct run_key key;
	uint32_t seq;
	size_t len;
	int dropped;
	uint8_t bytes[];
};

struct bucket {
	LIST_HEAD(, run) runs;
	LIST_HEAD(, past) pasts;
};

/* frame, part, from and wait are those of the span in the works. */
struct div_spans {
	const struct div_span_ops *ops;
	void *arg;
	uint64_t limit; /* ns that a frame may wait */
	struct bucket *table;
	uint64_t seed;
	TAILQ_HEAD(, held) age; /* oldest first */
	size_t frames, bytes;   /* held */
	TAILQ_HEAD(, past) pasts;
	size_t npasts, pastbytes;
	struct div_frame frame[SPAN_FRAMES];
	struct part part[SPAN_FRAMES];
	size_t from; /* what is before has been looked at */
	size_t wait; /* what needs more begins here */
	struct div_frame whole;
	uint8_t *packet; /* of whole */
	uint8_t *grown;  /* packet of a frame that is longer than it was */
	struct div_span_counters n;
};

/* span_held.c: what waits */
struct bucket *
run_bucket(struct div_spans *, const struct div_packet *, struct run_key *);
struct run *
run_find(struct div_spans *, const struct div_packet *, enum place *);
struct run *run_new(struct div_spans *, const struct div_packet *);
int run_append(struct run *, const uint8_t *, size_t);
size_t run_load(struct div_spans *, const struct run *);
int run_hold(struct div_spans *, struct run *, const struct div_frame *,
    const struct part *);
void run_cut(struct div_spans *, struct run *, size_t);
void run_free(struct div_spans *, struct run *);

/* span_past.c: what was run */
void past_add(const struct div_span *, size_t, size_t, const uint8_t *);
int past_apply(struct div_spans *, const struct div_packet *, uint8_t *);
void pasts_free(struct div_spans *);

#endif /* DIVIO_SPAN_H */
