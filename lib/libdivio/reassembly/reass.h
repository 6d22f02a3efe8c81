/* SPDX-License-Identifier: ISC */

/*
 * Reassembly of TCP payloads for filters (-S), and normalisation, so that the
 * filter and the receiver see the same stream (Handley, Paxson and Kreibich,
 * "Network Intrusion Detection: Evasion, Traffic Normalization, and End-to-End
 * Protocol Semantics", 2001; scrub in pf.conf(5); Suricata's inline mode).
 *
 *   reass.c    arrival of a segment; hands runs to the filter
 *   due.c      the time of held frames
 *   accept.c   segments that the receiver accepts, RFC 9293 3.10.7, RFC 5961
 *   gap.c      segments behind missing data wait for it
 *   dupack.c   duplicate ACKs for these
 *   past.c     the first version of each byte is the only one
 *   hold.c     connections, their streams, held frames
 *   edit.c     what a filter does to a run: search, join, edit, put, drop
 *   history.c  edits, applied to retransmissions of their bytes
 *
 * Each direction is a stream.  Data in order is a run: frames that wait while a
 * match may go on in the next.  When their time is over they go on, but their
 * bytes stay in front of the run, so that the search goes on as well.
 */

#ifndef DIVIO_REASS_H
#define DIVIO_REASS_H

#include <sys/queue.h>

#include <netinet/in.h>

#include "packet/packet.h"

#define REASS_RUN_FRAMES 64          /* in one run */
#define REASS_RUN_BYTES (256 * 1024) /* of payload in one run */
#define REASS_PASSED (16 * 1024)     /* bytes in front of a run */
#define REASS_HEADERS 1024           /* bytes of a frame's headers */
#define REASS_FRAMES 512             /* held in all runs */
#define REASS_BYTES (16 << 20)       /* held in all runs */
#define REASS_GAP_FRAMES 512         /* behind gaps of a stream */
#define REASS_GAP_ALL 2048           /* behind gaps in all */
#define REASS_GAP_BYTES (32 << 20)   /* behind gaps in all */
#define REASS_GAP_TIME 500000000ULL  /* ns, less than -H: an RTO and more */
#define REASS_PICKUP 50000000ULL     /* ns: a stream met in the middle */
#define REASS_EDITS 1024             /* remembered */
#define REASS_EDIT_BYTES (1 << 20)   /* remembered */
#define REASS_CONNS 16384            /* connections */
#define REASS_PAST_MIN (16 * 1024)   /* bytes of a stream's past */
#define REASS_PAST_MAX (4 << 20)     /* the same, powers of two */
#define REASS_PAST_ALL (64 << 20)    /* bytes of all streams' past */

struct reass_stream;

/* A frame's part of a run. */
struct reass_part {
	size_t head;  /* bytes before its new payload */
	size_t old;   /* of these, payload that was there before */
	size_t len;   /* bytes of its new payload */
	uint32_t seq; /* of the first of them */
	int joined;   /* with the next frame: the filter gets both at once */
};

/* A held frame, in a run or behind a gap. */
struct reass_frame {
	TAILQ_ENTRY(reass_frame) next; /* of its run or stream */
	TAILQ_ENTRY(reass_frame) age;  /* of all */
	struct reass_stream *stream;
	struct div_frame f;
	struct reass_part part;
	uint64_t due;    /* ns, when it is released */
	uint8_t bytes[]; /* opaque part and packet */
};

TAILQ_HEAD(reass_frames, reass_frame);

/* Frames in order that wait, behind bytes that have gone on. */
struct reass_run {
	struct reass_frames frames;
	size_t n;         /* frames */
	uint8_t *payload; /* passed bytes, then those of the frames */
	size_t len, size; /* bytes; size: allocated */
	size_t passed;    /* bytes that have gone on */
	size_t wait;      /* offset of a match that needs more bytes */
};

/* The headers of the newest ACK of an end. */
struct reass_ack {
	struct div_frame f;
	size_t len, l4; /* bytes of them; offset of TCP's */
	uint32_t seq;   /* next of that end */
	uint8_t opaque[32], packet[160];
};

/* One direction of a connection. */
struct reass_stream {
	struct reass_conn *conn;
	struct reass_run run;
	struct reass_frames gap;       /* by sequence number */
	size_t ngap;                   /* frames */
	LIST_HEAD(, reass_edit) edits; /* the last of the stream first */
	TAILQ_ENTRY(reass_stream) past_entry;
	uint8_t *past;    /* byte n is at n modulo size */
	uint32_t size;    /* of past, bytes */
	uint32_t known;   /* bytes of it, before nxt */
	uint32_t nxt;     /* number of the next byte in order */
	uint32_t isn;     /* behind its SYN, if syn */
	uint32_t new_isn; /* behind a SYN that may begin anew, if new_syn */
	uint32_t ack;     /* the receiver's newest, if acked */
	uint32_t window;  /* bytes, the receiver's largest */
	uint8_t wscale;   /* of the windows that this end advertises */
	uint8_t
	    seen; /* nxt is valid; before, its data waits as if behind a gap */
	uint8_t new_sack, new_wscale;
	uint8_t syn, new_syn, acked, fin;
	uint8_t sack;               /* this end permits SACK */
	uint8_t waiting;            /* segments to send duplicate ACKs for */
	uint32_t newest;            /* number of the last of them */
	struct reass_ack *template; /* of ACKs that this end sends, or NULL */
	uint8_t summed;             /* a segment with a right checksum came */
};

struct reass_conn {
	struct div_flow_key key;
	struct reass_stream side[2];
	uint8_t type; /* of its frames: DIV_PACKET or DIV_INJECT */
};

/* Bytes of a stream that a filter changed or dropped. */
struct reass_edit {
	LIST_ENTRY(reass_edit) entry;
	TAILQ_ENTRY(reass_edit) age;
	struct reass_stream *stream;
	uint32_t seq;    /* of the first byte */
	size_t len;      /* bytes */
	size_t size;     /* of bytes */
	int dropped;     /* with the whole run; no edited bytes */
	uint8_t bytes[]; /* len edited ones, or none if dropped */
};

/* A segment that has arrived. */
struct reass_segment {
	struct div_frame f;
	struct div_packet p;
	struct reass_conn *conn;
	struct reass_stream *stream, *peer;
	uint8_t *data; /* its payload */
	size_t len;    /* bytes of it */
	uint32_t seq;  /* of the first of them */
	uint32_t ack;
	uint8_t flags;
};

/* frame, part, from, wait and stream are of the run that is being searched. */
struct div_reass {
	const struct div_reass_ops *ops;
	void *arg;
	uint64_t limit; /* ns that a frame may wait */
	struct div_table *conns;
	struct reass_frames age;        /* in runs, oldest first */
	size_t frames, bytes;           /* held in runs */
	struct reass_frames gap_age;    /* behind gaps, oldest first */
	size_t gap_frames, gap_bytes;   /* held there */
	TAILQ_HEAD(, reass_edit) edits; /* oldest first */
	size_t nedits, editbytes;
	TAILQ_HEAD(, reass_stream) pasts; /* oldest first */
	size_t past_bytes;                /* of all */
	struct div_frame frame[REASS_RUN_FRAMES];
	struct reass_part part[REASS_RUN_FRAMES];
	struct reass_stream *stream; /* or NULL */
	size_t from;                 /* offset: bytes before it were searched */
	size_t wait;                 /* offset of what needs more bytes */
	int again;                   /* its bytes have gone on before */
	int dropped;                 /* the filter dropped the run */
	struct div_frame whole;
	uint8_t *packet; /* of whole */
	uint8_t *grown;  /* packet of a frame that has grown */
	struct div_reass_counters n;
};

/* hold.c */
struct reass_conn *
reass_conn_find(struct div_reass *, const struct div_packet *, int *);
struct reass_conn *reass_conn_new(struct div_reass *, struct div_writer *,
    const struct div_packet *);
int
reass_conn_clear(struct div_reass *, struct div_writer *, struct reass_conn *);
int reass_run_append(struct reass_run *, const uint8_t *, size_t);
size_t reass_run_load(struct div_reass *, const struct reass_run *);
struct reass_frame *reass_frame_new(const struct div_frame *, uint64_t);
int reass_run_hold(struct div_reass *, struct reass_stream *,
    const struct div_frame *, const struct reass_part *);
void reass_run_cut(struct div_reass *, struct reass_run *, size_t);
void reass_run_drop(struct div_reass *, struct reass_stream *);
void reass_run_pass(struct div_reass *, struct reass_run *, size_t);

/* reass.c */
int reass_alone(struct div_reass *, struct div_writer *,
    const struct div_frame *, enum div_undecided);
int reass_release(struct div_reass *, struct div_writer *,
    struct reass_stream *, enum div_undecided);
int
reass_in_order(struct div_reass *, struct div_writer *, struct reass_segment *);
int
reass_place(struct div_reass *, struct div_writer *, struct reass_segment *);
void reass_segment_set(struct reass_segment *, const struct div_frame *);
int
reass_repeat(struct div_reass *, struct div_writer *, const struct div_frame *);

/* accept.c */
int reass_is_damaged(struct reass_stream *, const struct reass_segment *);
int reass_accept(struct div_reass *, struct div_writer *,
    struct reass_segment *, enum div_undecided *);

/* gap.c */
int
reass_gap_add(struct div_reass *, struct div_writer *, struct reass_segment *);
int
reass_gap_fill(struct div_reass *, struct div_writer *, struct reass_stream *);
int reass_gap_expire(struct div_reass *, struct div_writer *,
    struct reass_stream *);
int
reass_gap_begin(struct div_reass *, struct div_writer *, struct reass_stream *);
int reass_gap_rewrite(struct div_reass *, struct reass_segment *);
void reass_gap_remove(struct div_reass *, struct reass_frame *);

/* dupack.c */
void reass_dupack_note(const struct reass_segment *);
int reass_dupack_permits(const struct reass_segment *);
int reass_dupack_send(struct div_reass *, struct div_writer *,
    struct reass_stream *);

/* past.c */
void reass_past_add(struct div_reass *, struct reass_stream *, const uint8_t *,
    size_t);
void reass_past_fin(struct div_reass *, struct reass_stream *);
int reass_past_differs(const struct reass_stream *, uint32_t, const uint8_t *,
    size_t, size_t *, size_t *);
int reass_past_copy(const struct reass_stream *, uint32_t, uint8_t *, size_t);
void reass_past_forget(struct div_reass *, struct reass_stream *);

/* history.c */
void reass_history_add(struct div_reass *, struct reass_stream *, uint32_t,
    const uint8_t *, size_t);
int reass_history_dropped(const struct div_reass *, const struct reass_stream *,
    uint32_t, size_t);
void reass_history_apply(const struct div_reass *, const struct reass_stream *,
    uint32_t, uint8_t *, size_t);
void reass_history_clear(struct div_reass *, struct reass_stream *);

/* Sequence numbers compare modulo 2^32 (RFC 9293, 3.4). */
static inline int64_t
seq_diff(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b);
}

static inline int
has_fin(const struct reass_segment *s)
{
	return (s->flags & TH_FIN) != 0;
}

#endif /* DIVIO_REASS_H */
