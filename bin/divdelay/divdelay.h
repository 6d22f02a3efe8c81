/* SPDX-License-Identifier: ISC */

#ifndef DIVDELAY_H
#define DIVDELAY_H

#include "divio.h"
#include "unit.h"

/*
 * divdelay: when packets go, and how often.
 *
 *   divdelay.c  command line
 *   field.c     arguments: lists of numbers with units
 *   profile.c   -P
 *   impair.c    what becomes of a packet
 *   event.c     whether something happens to it: -c, -o, -u
 *   corrupt.c   -c
 *   delay.c     -d
 *   dist.c      -D, distributions
 *   link.c      -r, links with a queue
 *   codel.c     -a
 *   trace.c     -r trace:file
 *   order.c     the order of a flow, unless -x
 *   slot.c      -l
 *   queue.c     packets that wait
 *   pool.c      their memory
 *   count.c     -v
 */

#define NEVER UINT64_MAX /* ns */

/* Each option has random numbers of its own: the seed, and its letter. */
uint64_t seed_of(int);

/*
 * field.c: fields_parse() returns the number of values in a list, or exits with
 * the position of the bad one.
 */
struct field {
	const char *name;
	unsigned int kinds; /* UNIT_* */
	double min, max;
	const char *expected; /* for messages */
};

struct value {
	double v;
	unsigned int kind; /* one of UNIT_*; 0: not given */
};

#define FIELD_TIME(name)                                               \
	{                                                              \
		name, UNIT_TIME, 0, 60e9,                              \
		    "a time such as 20ms, in us, ms or s, at most 60s" \
	}
#define FIELD_PART(name)                                                      \
	{                                                                     \
		name, UNIT_PART, 0, 1, "a part such as 0.05 or 5%, at most 1" \
	}

int fields_parse(int, const char *, const struct field *, int, struct value *);

struct delay_event {
	double p;
	double correlation; /* part of the decisions that repeat the last one */
	int letter;         /* of its option: 0: never */
	int decided, last;
	uint64_t random;
};

void event_set(struct delay_event *, int, const struct value *,
    const struct value *);
int event_hit(struct delay_event *);

#define DIST_SCALE 8192 /* of the values in tables, as in netem */
#define DIST_SIZE 16384 /* values of our own tables */

void dist_parse(const char *);
const int16_t *dist_normal(void);
int64_t dist_value(uint32_t, uint64_t);
uint64_t dist_most(uint64_t);

void delay_parse(const char *);
void delay_init(void);
uint64_t delay_draw(void);
uint64_t delay_longest(void);

/* Controlled delay, RFC 8289. */
struct codel {
	uint64_t first_above, drop_next; /* ns */
	uint32_t count, lastcount;
	int dropping;
};

int codel_drops(struct codel *, uint64_t, uint64_t, uint64_t);

/* The bytes of an opportunity in a trace: a packet of the usual MTU. */
#define TRACE_BYTES 1500

struct trace_place {
	uint64_t begun; /* opportunities, through all repetitions */
	uint32_t left;  /* bytes of the last one */
};

void trace_load(const char *);
void trace_advance(struct trace_place *, uint64_t);
uint64_t trace_send(struct trace_place *, uint64_t);
uint64_t trace_bytes(const struct trace_place *, uint64_t);

enum link_outcome { LINK_SENT, LINK_FULL, LINK_CODEL };

void link_parse(const char *);
void link_key(const char *);
void link_overhead(const char *);
void link_codel(void);
int link_given(void);
void link_init(void);
enum link_outcome link_send(const struct div_frame *, uint64_t, uint64_t *);
uint64_t link_longest(void);

void order_init(void);
uint64_t order_keep(const struct div_frame *, uint64_t);

void slot_parse(const char *);
int slot_given(void);
uint64_t slot_time(uint64_t, uint32_t);
uint64_t slot_longest(void);

/* A packet that waits, with its bytes. */
struct delayed {
	uint64_t time;    /* ns: when it leaves */
	uint64_t arrived; /* ns */
	struct div_frame frame;
	struct delayed *next; /* free one of the same size */
	unsigned int size;    /* class */
	uint8_t bytes[];
};

#define POOL_BYTES (128 << 20) /* at most */

struct delayed *pool_new(const struct div_frame *);
void pool_free(struct delayed *);

#define QUEUE_MAX 65536 /* packets */

void queue_init(void);
int queue_push(struct delayed *);
uint64_t queue_first(void);
struct delayed *queue_pop(void);

void corrupt_parse(const char *);
void corrupt_init(void);
void corrupt_keep(void);
int corrupt_given(void);
int corrupt_is_kept(void);
int corrupt(struct div_frame *);

void overtake_parse(const char *);
void duplicate_parse(const char *);
void impair_overtaking(void);
void impair_quiet(void);
void impair_init(void);
int impair_frame(struct div_writer *, struct div_frame *);
void impair_other(const struct div_frame *);
int64_t impair_due(struct div_writer *);
void impair_ended(void);
int impair_end(struct div_writer *);
int impair_given(void);
uint64_t impair_longest(void);
int impair_disorders(void);

void profile_apply(const char *, int, int);

struct counts {
	uint64_t packets, selected, delayed, overtook, duplicated, damaged;
	uint64_t full, codel, too_long, no_room; /* dropped */
};

extern struct counts counts;

void count_left(uint64_t, uint64_t);
void report(void);

#endif /* DIVDELAY_H */
