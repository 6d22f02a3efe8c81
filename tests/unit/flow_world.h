/* SPDX-License-Identifier: ISC */

/* What lies between the two ends of the model. */

#ifndef FLOW_WORLD_H
#define FLOW_WORLD_H

#include "flow_model.h"
#include "flow_table.h"

#define INSERTS 8

enum place { AT_SINK, AT_END };

struct event {
	uint64_t at, n;
	enum place place;
	int side; /* that sent it */
	size_t len;
	uint8_t *packet;
};

struct link {
	uint32_t loss, twice, late; /* of 1000 */
	uint32_t delay, jitter;     /* ms */
};

/* Data that the sink took: o to o + olen became these bytes. */
struct candidate {
	struct candidate *next;
	uint32_t olen, elen, fin;
	uint8_t data[];
};

enum edits { EDIT_NONE, EDIT_PLACES, EDIT_RANDOM };

/* What one end's data becomes. */
struct stream {
	enum edits edits;
	uint32_t rate;
	uint32_t floor; /* may not be resized below */
	uint32_t flip;  /* an edit of the same length */
	struct candidate **taken;
	struct candidate *insert[INSERTS];
	uint32_t inserts;
	uint8_t *sent, *known; /* what the sink made of it */
	uint32_t top, fin;
	uint64_t place;
};

struct world {
	struct rng rng;
	uint64_t now, count;
	struct event *heap;
	size_t nheap, size;
	struct link link[2];
	struct end end[2];
	struct stream stream[2];
	struct flows *flows;
	uint64_t tick;
	uint64_t ids, verdicts;
	uint8_t *judged;
	size_t judgedsize;
	uint64_t segments;
	uint8_t inserting;
	int failed;
	char *error;
};

struct event heap_get(struct world *);
void link_send(struct world *, enum place, int, const uint8_t *, size_t);

/* An edit of data at an offset, of n bytes; returns the length of the new ones. */
uint32_t stream_edit(struct world *, int, uint32_t, const uint8_t *, uint32_t,
    uint8_t *);
uint64_t rng_mix(uint64_t);

/* The sink sent, or took, these bytes of a side's; or took its own. */
void stream_sent(struct world *, int, uint32_t, const uint8_t *, uint32_t);
void stream_took(struct world *, int, uint32_t, uint32_t, const uint8_t *,
    uint32_t, uint32_t);
void stream_inserted(struct world *, int, const uint8_t *, uint32_t);
void stream_judge(struct world *, int);

#endif /* FLOW_WORLD_H */
