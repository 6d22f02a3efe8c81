/* SPDX-License-Identifier: ISC */

/* A stream of TCP segments that goes through a reassembly. */

#ifndef REASS_LAB_H
#define REASS_LAB_H

#include <stddef.h>
#include <stdint.h>

#include "packet/packet.h"

#define LONG 60000 /* ms, more than a test takes */

/* A filter that replaces each match of re, and notes the runs that it got. */
struct reass_world {
	const struct div_reass_ops *ops;
	struct div_regex *re;
	const char *to;
	struct div_reass *reass;
	struct div_writer *writer;
	int version;
	uint64_t id;
	uint32_t seq;
	char runs[4096]; /* ids: + within a run, a blank between runs */
	char data[4096];
	size_t len;       /* bytes of data: the payloads, in order */
	char frames[256]; /* payloads of frames, | between them */
};

struct lab_segment {
	uint32_t seq, ack;
	uint16_t window, urgent;
	uint8_t flags;
	uint16_t sport;
	uint8_t type; /* of the frame */
	uint8_t fflags;
	int fragment;
	uint8_t options; /* bytes */
	int back;        /* from the receiver */
	int sum;         /* 1: a right checksum, -1: a wrong one */
};

/* With a pattern, the replacement of its matches or NULL, and -S in ms. */
void open_world(struct reass_world *, const char *, const char *, unsigned int);
void close_world(struct reass_world *);
struct reass_world *begin(const char *);
void check_end(struct reass_world *, const char *, const char *);

/* Segments. */
void
hand(struct reass_world *, const struct lab_segment *, const void *, size_t);
void feed(struct reass_world *, const void *, size_t);
void say(struct reass_world *, const char *);
void end_input(struct reass_world *);

/* The filter's operations, and how a test replaces them. */
void
reopen_reass(struct reass_world *, const struct div_reass_ops *, unsigned int);
void search_run(void *, struct div_run *);
int note_run(void *, struct div_writer *, struct div_run *);
void change(struct div_run *, const uint8_t *, size_t);

#endif /* REASS_LAB_H */
