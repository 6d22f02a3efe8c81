/* SPDX-License-Identifier: ISC */

/*
 * TCP connections whose segments change their length: a transparent proxy that
 * keeps both ends' sequence numbers (as conntrack's seqadj does) and, where data
 * was lost behind it, acknowledges and retransmits locally (RFC 3135).
 *
 *   table.c    connections, bounded; eviction
 *   track.c    connections that are not translated yet
 *   ack.c      acknowledgements, windows, SACK blocks, mapped
 *   accept.c   acceptable segments, RFC 9293 3.10.7.4, RFC 5961
 *   handshake.c which connection a record is of
 *   input.c    arrival of a segment, RFC 9293 3.10.7
 *   seqmap.c   retransmission queue, original and edited sequence numbers
 *   ofo.c      out-of-order queue, SACK generation (RFC 2018)
 *   rexmit.c   local acknowledgement, RTT and RTO (RFC 6298), loss (RFC 6675)
 *   output.c   diverted segments on their way out, segmentation
 *   resend.c   retransmissions by the sender
 *   segment.c  segments of our own: ACK, RST, retransmission
 *   pmtu.c     the path's MTU (RFC 4821, 8899), ICMP errors
 *   saved.c    numbers that outlive the process
 *   orphan.c   connections that another process has left
 *   option.c   options: window scale, SACK, timestamps (RFC 7323)
 *
 * There is no I/O here: segments come in by tcp_input(), and go out by struct
 * tcp_ops.  Times are in ns of one monotonic clock.  An original sequence number
 * is the sender's, an edited one the receiver's.
 */

#ifndef DIVIO_TCP_H
#define DIVIO_TCP_H

#include <sys/queue.h>

#include <stdatomic.h>

#include "packet/packet.h"

enum tcp_verdict {
	TCP_EDIT,      /* numbers are the same at both ends */
	TCP_TRANSLATE, /* they differ, or it was put in order only */
	TCP_ABSORB     /* dropped: what it had is in others */
};

/*
 * verdict() is called once for each diverted segment that tcp_input() returned
 * TCP_STOLEN for, at once or later: with the packet that it becomes, of
 * f->caplen bytes, or TCP_ABSORB.  inject() sends a new packet.  Lengths in the IP
 * header and checksums are void in both.  Frames of connections whose numbers
 * differ carry the bit of tcp_set_mark(), for the firewall's rules.  resized() is
 * called at the first segment of a connection whose length changed, before its
 * verdict.
 */
struct tcp_ops {
	int gather; /* tcp_flush() will be called soon after segments */
	int (*verdict)(void *, struct div_frame *f, enum tcp_verdict);
	int (*inject)(void *, struct div_frame *f);
	/* the firewall notes the connection as translated; or NULL */
	int (*noted)(void *, const struct div_frame *f);
	void (*resized)(void *, const struct div_frame *f); /* or NULL */
};

enum tcp_action {
	TCP_PASS,          /* not ours: goes on as any packet would */
	TCP_PASS_ORIGINAL, /* refused: old data, passes as diverted */
	TCP_REFUSED,       /* refused: this edit cannot be done */
	TCP_STOLEN,        /* verdict() has been or will be called */
	TCP_DROPPED,       /* the same, but some of its data was dropped */
	TCP_FAILED         /* verdict() or inject() returned -1 */
};

struct tcp_counters {
	uint64_t conns;   /* in the table now */
	uint64_t resized; /* segments with another length */
	uint64_t resent;  /* retransmissions with what was sent before */
	uint64_t held;    /* segments that went through an out-of-order queue */
	uint64_t shifted; /* connections whose numbers came to differ */
	uint64_t reset;   /* connections that could not go on */
	uint64_t evicted; /* of these, for want of memory */
	uint64_t refused; /* edits, passed as diverted ones too */
	uint64_t invalid; /* segments that their receiver does not accept */
	uint64_t path_limited; /* times that a path took less than the MSS */
	size_t memory;         /* bytes in use */
};

struct tcp_table;

struct tcp_table *tcp_new(size_t, const struct tcp_ops *, void *);
enum tcp_action tcp_input(struct tcp_table *, struct div_frame *,
    const struct div_packet *, int, uint64_t);
enum div_reason tcp_refusal(const struct tcp_table *);
int tcp_gives_up(const struct tcp_table *);
void tcp_given_up(struct tcp_table *);
void tcp_note_passed(struct tcp_table *, struct div_frame *,
    const struct div_packet *);
int tcp_make_plain(struct div_frame *, const struct div_packet *);
void tcp_pass_refused(struct tcp_table *);
void tcp_limit_queue(struct tcp_table *, uint32_t);
void tcp_queue_all(struct tcp_table *);
void tcp_set_mark(struct tcp_table *, uint32_t);
void tcp_allow_disorder(struct tcp_table *);
int tcp_flush(struct tcp_table *);
int tcp_leave_queue(struct tcp_table *);
int tcp_is_translating(const struct tcp_table *);
int tcp_may_leave(struct tcp_table *, const struct div_packet *);
uint64_t tcp_tick(struct tcp_table *, uint64_t);
int tcp_icmp_error(struct tcp_table *, uint8_t *, const struct div_packet *,
    uint64_t);
const struct tcp_counters *tcp_counters(const struct tcp_table *);
int tcp_reset_all(struct tcp_table *);
void tcp_free(struct tcp_table *);

/* Translated connections, for those who outlive this process; edited numbers. */
#define TCP_SAVED 16384

struct tcp_saved {
	_Atomic uint32_t n; /* in use */
	uint32_t flushes;   /* of verdicts, by the backend */
	struct tcp_saved_conn {
		struct div_flow_key key;
		uint32_t una[2], nxt[2], ack[2];
		uint32_t sent[2], flushes; /* nxt at that flush */
		uint32_t mark[2], ifindex[2];
		uint8_t dir[2];
		uint8_t used;
	} conn[TCP_SAVED];
};

void tcp_save_to(struct tcp_table *, struct tcp_saved *);
uint32_t tcp_reset_saved(struct tcp_saved *, const struct tcp_ops *, void *);

/* A segment of the retransmission queue: olen original, elen edited bytes. */
struct tcp_rtxseg {
	uint32_t oseq, olen;
	uint32_t eseq, elen;
	uint8_t fin;   /* the last of each is a FIN */
	uint8_t *data; /* elen - fin bytes */
};

/* The retransmission queue of a half-connection, in the stream's order. */
struct seqmap {
	struct tcp_rtxseg *ring;
	uint32_t first, count, size; /* size: a power of two */
	uint32_t rcv_nxt;            /* original: next from the sender */
	uint32_t write_seq;          /* edited: end of the queue */
};

struct tcp_rtxseg *seqmap_at(const struct seqmap *, uint32_t);
struct tcp_rtxseg *seqmap_push(struct seqmap *, uint32_t, uint32_t);
void seqmap_pop(struct seqmap *);
int seqmap_has_fin(const struct seqmap *);
uint32_t seqmap_edited(const struct seqmap *, uint32_t);
uint32_t seqmap_original(const struct seqmap *, uint32_t);
uint32_t seqmap_find(const struct seqmap *, uint32_t);
void seqmap_copy(const struct seqmap *, uint32_t, uint32_t, uint8_t *);
void seqmap_block(const struct seqmap *, uint32_t *, uint32_t *);
void seqmap_free(struct seqmap *);

#define TCP_OPAQUE 32 /* bytes of the opaque part that are kept */

/* A segment of the out-of-order queue. */
struct tcp_ofo_seg {
	TAILQ_ENTRY(tcp_ofo_seg) entry;
	struct div_frame f;
	uint32_t seq, end; /* original */
	size_t size;       /* bytes of memory */
	uint64_t expires;  /* ns */
	uint8_t sack_pending;
	uint8_t packet[];
};

/* A range that was retransmitted locally, and not acknowledged since. */
struct tcp_rexmit {
	TAILQ_ENTRY(tcp_rexmit) entry;
	uint32_t seq, end; /* edited */
	uint64_t sent_at;  /* ns, the last time */
	uint8_t backoff;   /* times that the wait was doubled */
};

/*
 * A half-connection: the data that one end sends, and the acknowledgements that
 * it sends for the other half.
 */
struct tcp_half {
	/* sequence space of its data; edited but for last_ack_sent */
	struct seqmap map;
	uint32_t snd_una;       /* acknowledged by the receiver */
	uint32_t snd_nxt;       /* sent; data behind it waits in the queue */
	uint32_t wnd_end;       /* right edge of the receiver's window */
	uint32_t last_ack_sent; /* original: acknowledged to the sender */
	uint32_t iss;           /* of its SYN, if syn */
	uint32_t edited_end;    /* original: end of what passed edited */
	uint32_t gap, gap_end;  /* original: not all of it has passed */
	uint32_t seen_end;      /* original: end of the data seen, queued too */
	uint32_t rcv_wnd_end;   /* original: window advertised to the sender */
	uint32_t wnd_max;       /* bytes: the receiver's largest window */

	/* out-of-order queue */
	TAILQ_HEAD(tcp_ofo_head, tcp_ofo_seg) ofoq;
	size_t ofo_bytes; /* of memory */
	uint32_t ofo_segs;
	uint32_t sack_pending; /* segments queued since the last SACK */

	/* local acknowledgement and retransmission; edited */
	uint32_t local_ack_end;           /* ours to retransmit up to here */
	uint32_t high_rxt;                /* HighRxt, RFC 6675 */
	uint32_t recovery_point;          /* RecoveryPoint, RFC 6675 */
	TAILQ_HEAD(, tcp_rexmit) rexmits; /* sorted */
	uint32_t nrexmits;
	uint32_t rtt_seq;       /* the timed segment ends here */
	uint64_t rtt_start;     /* ns, when it was sent; 0: none is timed */
	uint64_t rtt;           /* ns, decaying maximum; 0: unknown */
	uint64_t rto_at;        /* ns, when the retransmission timer expires */
	uint64_t stalled_since; /* ns, since then data has no place; or 0 */

	/* newest header fields of this end, as they went on */
	uint32_t ts_recent; /* newest TSval, RFC 7323 */
	uint32_t ts_paws;   /* TS.Recent of the receiver, if paws_ok */
	uint64_t ts_at;     /* ns, of the last TSval */
	uint32_t ack;
	uint16_t wnd;        /* not scaled */
	uint16_t mss;        /* largest segment: options and payload */
	uint16_t path_mss;   /* that the path takes of it; 0: all */
	uint8_t stalls;      /* retransmissions of such data, since */
	uint8_t path_losses; /* of the first segment, in a row */
	uint64_t path_since; /* ns, when path_mss was set */
	uint16_t peer_mss;   /* the MSS option, a limit for the peer; or 0 */
	uint8_t wscale;      /* of wnd; TCP_WSCALE_* */
	uint8_t rxtshift;    /* expirations of the retransmission timer */
	uint32_t mark,
	    ifindex; /* of the newest frame, as dir, hdrlen, opaque */
	uint8_t dir;
	uint16_t hdrlen;
	uint8_t opaque[TCP_OPAQUE];

	uint8_t seen;      /* rcv_nxt and write_seq are valid */
	uint8_t acked;     /* snd_una and wnd_end are valid */
	uint8_t ack_seen;  /* ack and wnd are valid */
	uint8_t syn;       /* iss is valid */
	uint8_t sack_ok;   /* SACK permitted */
	uint8_t ts_ok;     /* ts_recent is valid */
	uint8_t paws_ok;   /* ts_paws is valid */
	uint8_t fin;       /* a FIN was sent */
	uint8_t edited;    /* edited_end is valid */
	uint8_t gapped;    /* gap and gap_end are valid */
	uint8_t local_ack; /* data was acknowledged locally, RFC 3135 */
	uint8_t reset;     /* a filter injected an RST of this end */
};

#define TCP_WSCALE_UNKNOWN 255
#define TCP_WSCALE_NONE 254
#define TCP_WSCALE_MAX 14

#define TCP_SYNS 16 /* remembered: all but one may be a stranger's */

/* A SYN that may begin another connection on the same ports. */
struct tcp_syn {
	uint32_t iss;
	struct tcp_syn_options {
		uint16_t mss;   /* or 0 */
		uint8_t wscale; /* TCP_WSCALE_* */
		uint8_t sack_ok;
	} options;
	uint8_t side;
	uint8_t immutable; /* enum div_reason */
	uint8_t valid;
};

/* Lists of the table, in the order of eviction. */
enum tcp_list {
	TCP_LIST_HALF_OPEN,  /* not acknowledged by both ends */
	TCP_LIST_PLAIN,      /* not translated, or closed */
	TCP_LIST_TRANSLATED, /* eviction resets them */
	TCP_NLISTS
};

/* An entry of the table; the connection is apart, for its memory is counted. */
struct tcp_entry {
	struct div_flow_key key;
	struct tcp_conn *conn;
};

struct tcp_conn {
	TAILQ_ENTRY(tcp_conn) deferred_entry; /* tcp_flush() has work */
	TAILQ_ENTRY(tcp_conn) timer_entry;    /* tcp_tick() has work */
	struct tcp_entry *entry;
	uint64_t touched;       /* ns, when it became the newest */
	uint64_t refused_since; /* ns, edits are; or 0 */
	uint64_t asked_at;      /* ns, whether the ends live; or 0 */
	struct tcp_half half[2];
	uint32_t ifindex;
	struct tcp_syn syn[TCP_SYNS]; /* not acknowledged yet */
	struct tcp_saved_conn *saved; /* or NULL */
	uint8_t used;                 /* data came since both ends agree */
	uint8_t translated; /* data is queued until acknowledged (seqadj) */
	uint8_t resized;    /* and numbers differ between the ends */
	uint8_t immutable;  /* enum div_reason: options cover the payload */
	uint8_t is_deferred;
	uint8_t timer_armed;
	uint8_t probed; /* a keepalive probe was sent */
	uint8_t closed; /* reset by an end */
	uint8_t asked;  /* whether it is an orphan */
	uint8_t orphan; /* another sink has translated it, and is gone */
	uint8_t noted;  /* the firewall takes it for one, but it began anew */
	uint8_t broken; /* cannot go on */
	uint8_t dead;   /* both ends were reset from here */
};

struct tcp_table {
	const struct tcp_ops *ops;
	void *arg;
	struct tcp_counters n;
	size_t limit;     /* bytes */
	size_t ofo_bytes; /* of all out-of-order queues */
	struct div_table *entries;
	struct tcp_entry *found; /* last, or NULL */
	size_t reserved; /* connections of a list that others leave room for */
	uint64_t now;    /* ns */
	enum div_reason reason; /* of the last refusal */
	uint8_t dropped;        /* data of this segment, for that reason */
	uint8_t gives_up;       /* its connection cannot go on */
	uint8_t disorder;       /* a gap alone starts no translation */
	uint8_t passes_refused; /* the caller passes them as diverted */
	TAILQ_HEAD(, tcp_conn) timers;
	TAILQ_HEAD(, tcp_conn) deferred;
	uint32_t mark;           /* bits of frames whose numbers differ */
	uint32_t queue_slots;    /* of the kernel's queue, held by segments */
	uint32_t queue_max;      /* so many at most */
	uint8_t queue_all;       /* all data is queued until acknowledged */
	uint8_t *buf;            /* for packets that we make */
	struct tcp_saved *saved; /* or NULL */
	uint32_t next_saved;     /* place to look at */
};

#define TCP_SACK_MAX 4 /* blocks in an option */
#define TCP_SACK_TS 3  /* beside timestamps */

struct tcp_sack {
	uint32_t left[TCP_SACK_MAX], right[TCP_SACK_MAX];
	unsigned int n;
};

/* A segment that arrived: its headers in place, fields taken out. */
struct tcp_segment {
	struct div_frame *f;
	struct tcp_conn *conn;
	struct tcp_half *from, *to;
	int side;
	uint8_t *tcp;
	size_t hlen; /* of all headers */
	uint32_t seq, ack;
	uint32_t olen, elen; /* of data, without SYN and FIN */
	uint16_t wnd, urg;
	uint8_t flags;
	uint8_t edited;       /* by a filter, to any length */
	uint8_t inserted;     /* its data was sent by no end */
	uint8_t ack_shifted;  /* the acknowledgement was translated */
	uint8_t is_dupack;    /* acknowledges what the sender knows */
	uint8_t advances;     /* acknowledges more, or another window */
	struct tcp_sack sack; /* edited */
};

/* table.c */
struct tcp_conn *
tcp_conn_find(struct tcp_table *, const struct div_packet *, int *);
struct tcp_conn *
tcp_conn_lookup(struct tcp_table *, const struct div_packet *, int *);
void tcp_conn_clear(struct tcp_table *, struct tcp_conn *);
void tcp_conn_touch(struct tcp_table *, struct tcp_conn *);
int tcp_conn_is_closed(const struct tcp_conn *);
int tcp_conn_end(struct tcp_table *, struct tcp_conn *);
void tcp_rtxq_pop(struct tcp_table *, struct tcp_half *);
int tcp_shrink(struct tcp_table *);

/* input.c, track.c */
enum tcp_action tcp_refuse(struct tcp_table *, enum div_reason);
void tcp_note_dropped(struct tcp_table *, enum div_reason);
void tcp_segment_parse(struct tcp_segment *, struct div_frame *,
    const struct div_packet *, struct tcp_conn *, int);
int tcp_wscale(const struct tcp_half *, const struct tcp_half *);
enum tcp_action tcp_input_translated(struct tcp_table *, struct tcp_segment *);
enum tcp_action tcp_track(struct tcp_table *, struct tcp_segment *);
int tcp_only_tracks(struct tcp_table *, struct div_frame *,
    const struct div_packet *);
void tcp_track_window(struct tcp_segment *);
void tcp_track_sack(struct tcp_segment *);
void tcp_track_mss(struct tcp_segment *);
void tcp_note_resized(struct tcp_table *, struct tcp_segment *);
int tcp_in_gap(const struct tcp_segment *);
int tcp_passed_original(const struct tcp_segment *);

/* accept.c */
int tcp_acceptable(const struct tcp_segment *, uint64_t);

/* handshake.c */
int tcp_is_agreed(const struct tcp_conn *);
int tcp_accept_anew(struct tcp_table *, const struct tcp_segment *);
int tcp_accept_syn(struct tcp_table *, struct tcp_segment *);

/* ack.c */
void tcp_translate_ack(struct tcp_table *, struct tcp_segment *);

/* output.c */
int tcp_send_rtxseg(struct tcp_table *, struct tcp_segment *,
    const struct tcp_rtxseg *, uint32_t, int);
int tcp_ack_deleted(struct tcp_table *, struct tcp_conn *, int);
struct tcp_rtxseg *tcp_rtxq_add(struct tcp_table *, struct tcp_segment *,
    uint32_t, const uint8_t *, uint32_t);
int tcp_send_new(struct tcp_table *, struct tcp_segment *);
int tcp_send_inserted(struct tcp_table *, struct tcp_segment *);
int tcp_send_ack_only(struct tcp_table *, struct tcp_segment *);
int tcp_send_header(struct tcp_table *, struct tcp_segment *, uint32_t);

/* resend.c */
int tcp_send_again(struct tcp_table *, struct tcp_segment *);
int tcp_ask_up_to(struct tcp_table *, struct tcp_segment *, uint32_t);
uint16_t tcp_stall_window(const struct tcp_conn *, int, uint16_t);

/* ofo.c */
void tcp_timer_arm(struct tcp_table *, struct tcp_conn *);
int tcp_ofo_insert(struct tcp_table *, struct tcp_segment *);
void
tcp_ofo_remove(struct tcp_table *, struct tcp_half *, struct tcp_ofo_seg *);
enum tcp_action tcp_ofo_deliver(struct tcp_table *, struct tcp_conn *, int);
int tcp_sack_send(struct tcp_table *, struct tcp_conn *, int);
int tcp_sack_schedule(struct tcp_table *, struct tcp_conn *, int);

/* pmtu.c */
uint16_t tcp_mss(const struct tcp_half *);
uint16_t tcp_mss_min(const struct tcp_conn *);
void tcp_path_refresh(struct tcp_table *, struct tcp_half *);
void tcp_path_rexmit(struct tcp_table *, const struct tcp_segment *);
void tcp_path_loss(struct tcp_table *, const struct tcp_conn *,
    struct tcp_half *, uint32_t);

/* saved.c */
void tcp_save(struct tcp_table *, struct tcp_conn *);
void tcp_unsave(struct tcp_table *, struct tcp_conn *);

/* orphan.c */
int tcp_is_orphan(struct tcp_table *, const struct tcp_segment *);
enum tcp_action tcp_reset_orphan(struct tcp_table *, struct tcp_segment *);

/* option.c */
void tcp_opt_syn(const struct tcp_segment *, struct tcp_syn_options *);
enum div_reason tcp_opt_immutable(const struct tcp_segment *);
int tcp_opt_is_late(const struct tcp_segment *, uint64_t);
void tcp_opt_paws(const struct tcp_segment *, uint64_t);
void tcp_opt_ts(const struct tcp_segment *, struct tcp_half *);
int tcp_opt_sack_top(const struct tcp_segment *, uint32_t *);
int tcp_opt_sack(const struct tcp_segment *, const struct tcp_half *,
    struct tcp_sack *);
void tcp_ts_refresh(const struct tcp_segment *, uint32_t);
void tcp_ts_set_ecr(const struct tcp_segment *, uint32_t);

/* rexmit.c */
void tcp_local_ack(struct tcp_table *, struct tcp_conn *, int, uint32_t);
int tcp_local_ack_all(struct tcp_table *, struct tcp_conn *, int);
int tcp_acked_ahead(const struct tcp_half *);
int tcp_ack_received(struct tcp_table *, struct tcp_conn *, int, uint32_t,
    const struct tcp_sack *);
int tcp_rto_tick(struct tcp_table *, struct tcp_conn *, int, uint64_t *);
void tcp_rtt_start(struct tcp_table *, struct tcp_half *);
void tcp_rexmit_free(struct tcp_table *, struct tcp_half *);

/* segment.c */
void tcp_defer(struct tcp_table *, struct tcp_conn *);
int tcp_send_ack(struct tcp_table *, struct tcp_conn *, int, uint32_t,
    const struct tcp_sack *);
int tcp_send_rst_at(struct tcp_table *, struct tcp_conn *, int, uint32_t);
int tcp_send_rst(struct tcp_table *, struct tcp_conn *, int);
int tcp_answer_dead(struct tcp_table *, struct tcp_segment *);
uint32_t tcp_payload_max(const struct tcp_half *);
int tcp_send_probe(struct tcp_table *, struct tcp_conn *, int);
int tcp_send_pending(struct tcp_table *, struct tcp_conn *, int);
int
tcp_retransmit(struct tcp_table *, struct tcp_conn *, int, uint32_t, uint32_t);

/* Sequence numbers compare modulo 2^32 (RFC 9293, 3.4). */
static inline int
seq_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

/* Whether numbers are others at one end than at the other one. */
static inline int
tcp_differs(const struct tcp_conn *conn)
{
	return conn->resized || conn->noted || conn->orphan;
}

/* Bits of the mark by which rules know that the packet went through here. */
static inline uint32_t
tcp_mark(const struct tcp_table *tbl, const struct tcp_conn *conn)
{
	return tcp_differs(conn) ? tbl->mark : 0;
}

/* Bytes of options, which take room from the data. */
static inline uint32_t
tcp_opt_len(const struct tcp_segment *s)
{
	return (uint32_t)(s->tcp[12] >> 4) * 4 - TCP_HDRLEN;
}

/* The original sequence number behind a segment. */
static inline uint32_t
seq_end(const struct tcp_segment *s)
{
	return s->seq + s->olen + ((s->flags & TH_SYN) != 0) +
	    ((s->flags & TH_FIN) != 0);
}

/* End of the queued data that the receiver's window admits. */
static inline uint32_t
snd_limit(const struct tcp_half *h)
{
	uint32_t end = h->map.write_seq;

	if (h->acked && seq_before(h->wnd_end, end))
		end = h->wnd_end;
	return seq_before(end, h->snd_nxt) ? h->snd_nxt : end;
}

/*
 * Clamps the number of a segment without data to snd_nxt, and to the window: the
 * receiver accepts no ACK from beyond (RFC 9293, 3.10.7.4).
 */
static inline uint32_t
seq_clamp(const struct tcp_half *h, uint32_t seq)
{
	if (seq_before(h->snd_nxt, seq))
		seq = h->snd_nxt;
	return h->acked && seq_before(h->wnd_end, seq) ? h->wnd_end : seq;
}

#endif /* DIVIO_TCP_H */
