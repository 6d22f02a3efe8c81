/* SPDX-License-Identifier: ISC */

#ifndef DIVIO_FLOW_H
#define DIVIO_FLOW_H

#include <sys/queue.h>

#include "internal.h"

/*
 * TCP connections whose segments change their length.  No I/O happens here:
 * segments come in by flows_segment(), and go out by the functions of a struct
 * flow_ops.  Times are in ns, of one clock that never goes back.
 *
 * Original sequence numbers are what an end sends, edited ones what the other
 * end sees.
 */

/*
 * verdict() is called once for each diverted segment that flows_segment()
 * returned FLOW_TAKEN for, at once or later: with the packet that it becomes,
 * of f->caplen bytes, or drop set.  inject() sends a new packet.  Lengths in the
 * IP header and checksums are void in both.
 */
struct flow_ops {
	int gather; /* flows_flush() will be called soon after segments */
	int (*verdict)(void *, struct div_frame *f, int drop);
	int (*inject)(void *, struct div_frame *f);
};

enum flow_answer {
	FLOW_PASS,     /* not ours: goes on as any packet would */
	FLOW_ORIGINAL, /* refused: bytes that passed before, passes as diverted */
	FLOW_REFUSED, /* refused: this edit cannot be done */
	FLOW_TAKEN,   /* verdict() has been or will be called */
	FLOW_FAILED   /* verdict() or inject() returned -1 */
};

struct flow_counters {
	uint64_t flows;   /* in the table now */
	uint64_t resized; /* segments with another length */
	uint64_t resent;  /* retransmissions with what was sent before */
	uint64_t held;    /* segments that waited for a gap */
	uint64_t reset;   /* connections that could not live on */
	uint64_t evicted; /* of these, for want of memory */
	uint64_t refused; /* edits, passed as diverted ones too */
	size_t memory;    /* bytes in use */
};

struct flows;

struct flows *flows_new(size_t, const struct flow_ops *, void *);
enum flow_answer flows_segment(struct flows *, struct div_frame *,
    const struct div_packet *, uint64_t);
int flows_flush(struct flows *);
uint64_t flows_tick(struct flows *, uint64_t);
const struct flow_counters *flows_counters(const struct flows *);
int flows_reset(struct flows *);
void flows_free(struct flows *);

/* One piece of a stream: olen original became elen edited bytes. */
struct kept {
	uint32_t o, olen;
	uint32_t e, elen;
	uint8_t fin;   /* the last of each is a FIN */
	uint8_t *data; /* elen - fin bytes */
};

/* What one end sends, as far as it is not acknowledged; sorted. */
struct seqmap {
	struct kept *ring;
	uint32_t first, count, size;
	uint32_t onext, enext; /* behind all of it */
};

struct kept *seqmap_at(const struct seqmap *, uint32_t);
struct kept *seqmap_push(struct seqmap *, uint32_t, uint32_t);
void seqmap_pop(struct seqmap *);
int seqmap_ended(const struct seqmap *);
uint32_t seqmap_edited(const struct seqmap *, uint32_t);
uint32_t seqmap_original(const struct seqmap *, uint32_t);
uint32_t seqmap_find(const struct seqmap *, uint32_t);
void seqmap_copy(const struct seqmap *, uint32_t, uint32_t, uint8_t *);
void seqmap_block(const struct seqmap *, uint32_t *, uint32_t *);
void seqmap_free(struct seqmap *);

#define FLOW_OPAQUE 32 /* bytes of the opaque part that are kept */

/* A segment that waits until what is before it has come. */
struct held {
	TAILQ_ENTRY(held) entry;
	struct div_frame f;
	uint32_t seq, end;
	size_t size;
	uint64_t due;  /* then it is dropped */
	uint8_t fresh; /* its sender has not been told */
	uint8_t packet[];
};

/* What we sent again. */
struct hole {
	TAILQ_ENTRY(hole) entry;
	uint32_t e, end; /* edited */
	uint64_t at;     /* for the last time */
	uint8_t doubled; /* so often what we wait for it */
};

/* One direction: what one end sends, and what it told the other. */
struct half {
	struct seqmap map;
	TAILQ_HEAD(heldq, held) held;
	size_t heldbytes;
	uint32_t nheld, nholes;
	uint32_t fresh;           /* segments held since the sender was told */
	uint32_t sent;            /* edited; what is kept may be ahead of it */
	uint32_t una;             /* acknowledged by the other end; edited */
	uint32_t edge;            /* of the other end's window; edited */
	uint32_t told;            /* acknowledged to this end; original */
	uint32_t ours;            /* we answer for what is before it; edited */
	uint32_t resent;          /* by us, as far as missing; edited */
	uint32_t lost;            /* all before it may be; edited */
	TAILQ_HEAD(, hole) holes; /* of what is resent; sorted */
	uint32_t trip_end;        /* edited */
	uint64_t trip_at;         /* when what is before it was sent; or 0 */
	uint64_t trip;            /* ns until that is acknowledged; or 0 */
	uint64_t due;             /* of our retransmission */
	uint64_t stuck;           /* since then data has no place; or 0 */
	uint32_t tsval;           /* newest of this end */
	uint32_t iss;             /* of its SYN, if syn */
	uint32_t ack;             /* newest of this end; as it went on */
	uint16_t win;             /* the same */
	uint16_t mss;             /* largest segment: options and payload */
	uint16_t offer;           /* the MSS option of this end, or 0 */
	uint8_t wscale;           /* of win; WSCALE_UNKNOWN */
	uint8_t tries;            /* of our retransmission */
	uint16_t hdrlen;          /* of a frame with opaque */
	uint8_t opaque[FLOW_OPAQUE]; /* of the newest frame */
	uint8_t seen, acked, said, syn, sack, ts, fin, owes, reset;
};

#define WSCALE_UNKNOWN 255
#define WSCALE_NONE 254
#define WSCALE_MAX 14

struct flow {
	TAILQ_ENTRY(flow) lru; /* newest last */
	TAILQ_ENTRY(flow)
	unsent;                  /* those with something that waits for flush */
	TAILQ_ENTRY(flow) timed; /* those with data that waits */
	LIST_ENTRY(flow) chain;
	struct div_flow_key key;
	struct half half[2];
	uint32_t ifindex;
	uint8_t shifted;
	uint8_t signed_; /* TCP-MD5 or TCP-AO: never edited */
	uint8_t is_unsent;
	uint8_t is_timed;
	uint8_t asked; /* the other end, to be heard */
	uint8_t over;  /* reset by an end */
	uint8_t lost;  /* cannot go on */
};

#endif /* DIVIO_FLOW_H */
