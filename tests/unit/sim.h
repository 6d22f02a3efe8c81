/* SPDX-License-Identifier: ISC */

/*
 * A simulator: two ends of a TCP connection, the networks that join them to a
 * host, and there a filter and the sink, all on one virtual clock.  All of a run
 * follows from its seed.
 *
 *   sim_begin.c     a connection, from its seed
 *   sim_world.c     a run, to its end
 *   sim_link.c      loss, duplication, delay, reordering, damage, MTU
 *   sim_nat.c       other numbers and ports
 *   sim_stranger.c  forged segments
 *   sim_host.c      the host: the sink, kills and restarts
 *   sim_divert.c    a packet's way through it
 *   sim_out.c       what leaves it
 *   sim_filter.c    edits
 *   sim_judge.c     the invariant
 *   sim_trace.c     a line for each segment
 */

#ifndef SIM_H
#define SIM_H

#include "sim_end.h"
#include "port/port.h"

#define SIM_ERRLEN 256
#define INSERTS 8

enum place { AT_HOST, AT_END };

struct event {
	uint64_t at, n;
	enum place place;
	int side; /* that sent it */
	int forged;
	size_t len;
	uint8_t *packet;
};

/* Between an end and the host. */
struct link {
	uint32_t loss, twice, late, damage; /* of 1000 */
	uint32_t delay, jitter;             /* ms */
	uint32_t mtu;
	int hole; /* no ICMP errors */
	uint64_t change_at;
};

/* Before an end: its numbers and port are others on the wire. */
struct nat {
	uint32_t shift;
	uint16_t port;
	uint64_t rebind_at;
	int rebound;
};

/* Bytes that the filter has put in one place of the stream. */
struct versions {
	uint8_t n, byte[7];
};

/* A segment that the filter resized: olen bytes became these. */
struct candidate {
	struct candidate *next;
	uint32_t olen, elen, fin;
	uint8_t data[];
};

enum edits { EDIT_NONE, EDIT_PLACES, EDIT_WORDS, EDIT_SAME, EDIT_RANDOM };

/* The edited data of one end. */
struct stream {
	enum edits edits;
	uint32_t rate, grown;
	uint64_t place;
	struct versions *versions;
	struct candidate **resized;
	struct candidate *insert[INSERTS];
	uint32_t inserts;
	uint8_t *sent, *known; /* what the sink sent, once it translates */
	uint32_t fixed, top, fin;
	int seen; /* by the sink */
};

/* The host between the ends. */
struct sim_host {
	struct div *port;        /* the sink; or NULL */
	struct tcp_saved *saved; /* outlives it */
	struct div_options opt;
	uint64_t ids, verdicts, next_tick;
	uint8_t *judged;
	size_t judgedsize;
	const struct div_frame *diverted; /* as it came */
	int hands, gather;
	int translated; /* the connection's bit: it never bypasses */
	int dying;
	int restarted;
	uint64_t kill_at, reset_at, restart_at;
	struct div_counters n; /* of sinks that have gone */
};

struct sim_counters {
	uint64_t conns, segments, done, told, timed_out, forged, damaged,
	    killed, rebound, evicted, resized, edited, virtual_ms;
};

struct world {
	struct rng rng;
	uint64_t now, count, started;
	struct event *heap;
	size_t nheap, size;
	struct link link[2];
	struct nat nat[2];
	struct end end[2];
	struct stream stream[2];
	struct sim_host host;
	uint64_t stranger_at;
	uint32_t forging; /* segments that strangers still send */
	uint32_t forged_iss;
	int hostile; /* strangers were there */
	int mortal;  /* the connection may end early */
	int chance;  /* by an RST that may have the right number by chance */
	int forged;  /* the segment at hand */
	int damaged; /* the same; a second error might hide the first */
	int middle;  /* the host sees no handshake */
	int inserting;
	uint32_t drops; /* of 1000 packets, by the filter */
	int failed, traces;
	char *error;
	struct sim_counters *n;
};

/* sim_begin.c */
void connection_new(struct world *);
void connection_free(struct world *);

/* sim_link.c */
void *sim_alloc(size_t);
struct event heap_get(struct world *);
void heap_put(struct world *, struct event);
void link_send(struct world *, enum place, int, const uint8_t *, size_t);
void link_time(struct world *, struct link *);

/* sim_nat.c */
void nat_out(const struct nat *, struct end *, uint8_t *, size_t);
int nat_in(const struct nat *, struct end *, uint8_t *, size_t);
void nat_time(struct world *, int);

/* sim_stranger.c */
void stranger_time(struct world *);

/* sim_out.c */
extern const struct backend host_forwarding, host_local;
int host_is_ours(const struct world *, const struct div_packet *, int);
uint32_t host_offset(const struct world *, int, const uint8_t *);
void host_put_out(struct world *, const uint8_t *, size_t);

/* sim_divert.c */
void host_take(struct world *, const struct event *);

/* sim_host.c */
void host_new(struct world *);
void host_open(struct world *);
void host_time(struct world *);
uint64_t host_next(const struct world *);
void host_finish(struct world *);
void host_free(struct world *);

/* sim_filter.c: returns the length of the new bytes */
uint32_t filter_edit(struct world *, int, uint32_t, const uint8_t *, uint32_t,
    uint8_t *);

/* sim_judge.c */
void judge_sent(struct world *, int, uint32_t, const uint8_t *, uint32_t);
void judge_filtered(struct world *, int, uint32_t, uint32_t, const uint8_t *,
    uint32_t, uint32_t);
void judge_original(struct world *, int, uint32_t, const uint8_t *, uint32_t);
void judge_inserted(struct world *, int, const uint8_t *, uint32_t);
void judge_stream(struct world *, int);

/* sim_trace.c */
void trace_ends(const struct world *);
void trace(const struct world *, const char *, int, const uint8_t *, size_t);

extern int sim_scarce; /* allocations may fail: connections end early */

/* Runs the connection of one seed.  Returns 0, or -1 with a text. */
int sim_run(uint64_t, struct sim_counters *, char[SIM_ERRLEN]);

#endif /* SIM_H */
