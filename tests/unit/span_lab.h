/* SPDX-License-Identifier: ISC */

/* A stream of TCP segments that goes through spans. */

#ifndef SPAN_LAB_H
#define SPAN_LAB_H

#include <stddef.h>
#include <stdint.h>

#include "internal.h"

#define LONG 60000 /* ms, more than a test takes */

/* Replaces each match of re, if there is one, and notes what was run. */
struct world {
	struct div_regex *re;
	const char *to;
	struct div_spans *spans;
	struct div_writer *writer;
	int version;
	uint64_t id;
	uint32_t seq;
	char runs[4096]; /* ids: + in a span, a blank between spans */
	char data[4096];
	size_t len;       /* of data: what came out, as it came */
	char frames[256]; /* payloads of frames, | between them */
};

struct seg {
	uint32_t seq;
	uint8_t flags;
	uint16_t sport;
	uint8_t type; /* of the frame */
	uint8_t fflags;
	int fragment;
	uint8_t options; /* bytes */
};

/* Worlds: a pattern and what its matches become, or NULL; ms to wait. */
void open_world(struct world *, const char *, const char *, unsigned int);
void close_world(struct world *);
struct world *begin(const char *);
void check_end(struct world *, const char *, const char *);

/* Segments. */
void hand(struct world *, const struct seg *, const void *, size_t);
void feed(struct world *, const void *, size_t);
void say(struct world *, const char *);
void end_input(struct world *);

/* What spans do: the defaults, and for those that do otherwise. */
void respan(struct world *, const struct div_span_ops *, unsigned int);
void look(void *, struct div_span *);
int run(void *, struct div_writer *, struct div_span *);
void change(struct div_span *, const uint8_t *, size_t);

#endif /* SPAN_LAB_H */
