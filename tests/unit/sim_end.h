/* SPDX-License-Identifier: ISC */

/*
 * One end of a TCP connection (RFC 9293, 5681, 5961, 6298, 7323, 2018), and what
 * it needs of the simulated world.
 *
 *   sim_end.c      timers, the application
 *   sim_input.c    arrival of a segment, RFC 9293 3.10.7
 *   sim_data.c     its data
 *   sim_output.c   segments, retransmission
 */

#ifndef SIM_END_H
#define SIM_END_H

#include "packet/packet.h"

#define MS 1000000ULL /* in ns, as all times are */
#define SECOND (1000 * MS)
#define NEVER UINT64_MAX
#define STREAM_MAX (32 * 1024)
#define EDITED_MAX (8 * STREAM_MAX)
#define PACKET_MAX 4096
#define NO_WSCALE 255
#define BLOCKS 3
#define KEEP_IDLE (30 * SECOND)

/* xorshift64* */
struct rng {
	uint64_t x;
};

uint64_t rng_mix(uint64_t);
uint64_t rng_next(struct rng *);
uint32_t rng_below(struct rng *, uint32_t);
int rng_chance(struct rng *, uint32_t); /* of 1000 */

struct world;

/* RESET, TIMED_OUT and ABORTED: it is closed, and its application knows. */
enum fate { OPEN, RESET, TIMED_OUT, ABORTED };

/* Offsets count from its SYN, which has 0; the FIN has len + 1. */
struct end {
	struct world *w;
	int side;
	uint8_t version;
	uint8_t fate;
	uint16_t port, peerport;
	uint64_t abort_at;

	/* what it sends */
	uint32_t iss, una, nxt, max, len, avail, wnd, wnd_max, cwnd;
	uint32_t recover, rexmit;
	uint16_t mss, smss; /* of the option; of what it sends, with options */
	int dupacks, patient, backoff, tries, probes, keepalives;
	uint8_t *data, *sacked;
	uint64_t rto_at, probe_at, app_at, keep_at, timed_at;
	uint32_t timed; /* the timed segment ends here */
	uint64_t srtt, rttvar;

	/* what it receives */
	uint32_t irs, rcv_nxt, taken, rcvbuf, fin, edge, top;
	uint8_t *got, *have;
	uint32_t ts_recent, lastack, lastwnd;
	uint64_t delack_at, challenge_at;
	struct {
		uint32_t left, right;
	} block[BLOCKS]; /* the newest first, RFC 2018 */
	int blocks;
	int unacked, slow, strict;

	/* offers, and what was agreed on */
	uint8_t known, ts, sack, wscale, scale, peerscale, discovers;
};

/* A segment as its receiver sees it. */
struct arrival {
	const uint8_t *tcp, *data;
	uint32_t seq, ack, len;
	uint8_t flags;
	int32_t rel; /* seq from rcv_nxt */
};

void end_start(struct end *, int);
void end_receive(struct end *, const uint8_t *, size_t);
void end_time(struct end *);
uint64_t end_next(const struct end *);
int end_done(const struct end *);
int end_has_all(const struct end *);
void end_close(struct end *, enum fate);

/* sim_data.c */
void end_take_data(struct end *, const struct arrival *);

/* sim_output.c */
void end_transmit(struct end *, uint32_t, uint32_t);
void end_acknowledge(struct end *);
void end_challenge(struct end *);
void end_output(struct end *);
void end_rto_arm(struct end *);
void end_rto(struct end *);
void end_probe(struct end *);
void end_keepalive(struct end *);
void end_repair_hole(struct end *);
void end_send_rst(struct end *, uint32_t, uint32_t, uint8_t);
uint32_t end_window(const struct end *);

/* Services of the simulated world for an end. */
uint64_t world_now(const struct world *);
struct rng *world_rng(struct world *);
void world_send(struct world *, int, uint8_t *, size_t);
void world_fail(struct world *, const char *, ...)
    __attribute__((__format__(printf, 2, 3)));

/* Fails unless a stranger may have said so. */
void world_suspect(struct world *, const char *, ...)
    __attribute__((__format__(printf, 2, 3)));

#endif /* SIM_END_H */
