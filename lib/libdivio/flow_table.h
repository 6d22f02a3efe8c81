/* SPDX-License-Identifier: ISC */

#ifndef DIVIO_FLOW_TABLE_H
#define DIVIO_FLOW_TABLE_H

#include "flow.h"

LIST_HEAD(bucket, flow);

struct flows {
	const struct flow_ops *ops;
	void *arg;
	struct flow_counters n;
	size_t limit;
	size_t heldbytes; /* of all segments that wait */
	struct bucket *table;
	uint64_t seed;
	uint64_t now;
	TAILQ_HEAD(, flow) lru;
	TAILQ_HEAD(, flow) timed;
	TAILQ_HEAD(, flow) unsent;
	uint32_t slots; /* of the kernel, that held segments have */
	uint8_t *buf;   /* for packets that we make */
};

/* What arrived behind a gap. */
#define SACK_MOST 4
#define SACK_TIMES 3 /* beside timestamps */

struct sack {
	uint32_t left[SACK_MOST], right[SACK_MOST];
	unsigned int n;
};

/* A segment on its way: headers in place, fields taken out. */
struct segment {
	struct div_frame *f;
	struct flow *flow;
	struct half *from, *to;
	int side;
	uint8_t *tcp;
	size_t hlen; /* of all headers */
	uint32_t seq, ack;
	uint32_t olen, elen; /* of data, without SYN and FIN */
	uint16_t win, urg;
	uint8_t flags;
	uint8_t own;        /* data that nobody sent */
	uint8_t translated; /* acknowledges other numbers */
	uint8_t news;       /* without data, it is worth sending */
	uint8_t answers;    /* it acknowledges more, or another window */
	struct sack sack;   /* edited */
};

struct flow *flow_find(struct flows *, const struct div_packet *, int *);
void flow_clear(struct flows *, struct flow *);
int flow_end(struct flows *, struct flow *);
void flow_pop(struct flows *, struct half *);
int flows_shrink(struct flows *);

void segment_open(struct segment *, struct div_frame *,
    const struct div_packet *, struct flow *, int);
int flow_wscale(const struct half *, const struct half *);
enum flow_answer flow_process(struct flows *, struct segment *);
enum flow_answer flow_plain(struct flows *, struct segment *);
void watch_edge(struct segment *);
void watch_size(struct segment *);

int flow_send_new(struct flows *, struct segment *);
int flow_send_own(struct flows *, struct segment *);
int flow_send_again(struct flows *, struct segment *);
int flow_strip(struct flows *, struct segment *);
int flow_send_bare(struct flows *, struct segment *, uint32_t);

void flow_timed(struct flows *, struct flow *);
int flow_hold(struct flows *, struct segment *);
int flow_tell_held(struct flows *, struct flow *, int);
int flow_tell_soon(struct flows *, struct flow *, int);
void flow_take_out(struct flows *, struct half *, struct held *);
enum flow_answer flow_release(struct flows *, struct flow *, int);

/* Options of a segment. */
void options_syn(const struct segment *, struct half *);
int options_signed(const struct segment *);
void options_times(const struct segment *, struct half *);
void options_renew(const struct segment *, uint32_t);
void options_echo(const struct segment *, uint32_t);
int options_sack(const struct segment *, const struct half *, struct sack *);

/* Data that we answer for. */
void flow_promise(struct flows *, struct flow *, int, uint32_t);
int flow_promise_all(struct flows *, struct flow *, int);
int flow_ahead(const struct half *);
int flow_answered(struct flows *, struct flow *, int, uint32_t,
    const struct sack *);
int flow_keep_promise(struct flows *, struct flow *, int, uint64_t *);

void flow_trip_begin(struct flows *, struct half *);
void flow_trip_end(struct flows *, struct half *, const struct sack *);
uint32_t flow_holes_fill(struct flows *, struct half *, const struct sack *);
int flow_holes_add(struct flows *, struct flow *, int, uint32_t, uint32_t);
int flow_holes_late(struct flows *, struct flow *, int);
int flow_holes_first(struct flows *, struct flow *, int, uint32_t);
void flow_holes_free(struct flows *, struct half *);

/* Packets that we make. */
void flow_defer(struct flows *, struct flow *);
int flow_ack(struct flows *, struct flow *, int, uint32_t, const struct sack *);
int flow_rst(struct flows *, struct flow *, int);
uint32_t flow_room(const struct half *);
int flow_send_bytes(struct flows *, struct flow *, int, uint32_t, uint32_t);
int flow_send_rest(struct flows *, struct flow *, int);

/* Numbers on the circle of 2^32: a lies before b. */
static inline int
seq_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

/* The bytes of its options, which take room from its data. */
static inline uint32_t
options_len(const struct segment *s)
{
	return (uint32_t)(s->tcp[12] >> 4) * 4 - TCP_HDRLEN;
}

/* The number behind a segment. */
static inline uint32_t
seq_end(const struct segment *s)
{
	return s->seq + s->olen + ((s->flags & TH_SYN) != 0) +
	    ((s->flags & TH_FIN) != 0);
}

/*
 * What has grown may go beyond the window that the other end has; but an
 * acknowledgement from beyond would not be taken.
 */
static inline uint32_t
seq_within(const struct half *h, uint32_t e)
{
	return h->acked && seq_before(h->edge, e) ? h->edge : e;
}

#endif /* DIVIO_FLOW_TABLE_H */
