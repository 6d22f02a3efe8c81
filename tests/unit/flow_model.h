/* SPDX-License-Identifier: ISC */

/*
 * A model of two TCP ends, the links that join them, and the sink between.  All
 * of a run follows from its seed.
 */

#ifndef FLOW_MODEL_H
#define FLOW_MODEL_H

#include <stddef.h>
#include <stdint.h>

#define MS 1000000ULL /* in ns, as all times are */
#define MODEL_ERRLEN 256
#define STREAM_MAX (32 * 1024)
#define EDITED_MAX (16 * STREAM_MAX)
#define PACKET_MAX 4096

/* xorshift64* */
struct rng {
	uint64_t x;
};

uint64_t rng_next(struct rng *);
uint32_t rng_below(struct rng *, uint32_t);
int rng_chance(struct rng *, uint32_t); /* of 1000 */

struct world;

/* One end.  Offsets count from its SYN, which has 0; the FIN has len + 1. */
struct end {
	struct world *w;
	int side;
	uint8_t version;
	/* what it sends */
	uint32_t iss, una, nxt, max, len, avail, wnd, cwnd;
	uint32_t recover, rexmit;
	uint16_t mss;
	int dupacks, patient, backoff, probes;
	uint8_t *data, *sacked;
	uint64_t rto_at, probe_at, app_at;
	/* what it receives */
	uint32_t irs, rcv_nxt, taken, rcvbuf, fin, edge;
	uint8_t *got, *have;
	uint32_t ts_recent, lastack, lastwnd;
	uint64_t delack_at, challenge_at;
	uint32_t block[2];
	int unacked, slow;
	/* what was agreed on */
	uint8_t known, ts, sack, wscale, peerscale;
	uint8_t reset;
	uint64_t segments;
};

void end_start(struct end *, int);
void end_receive(struct end *, const uint8_t *, size_t);
void end_time(struct end *);
uint64_t end_next(const struct end *);
int end_done(const struct end *);

/* What an end needs of its world. */
uint64_t world_now(const struct world *);
struct rng *world_rng(struct world *);
void world_send(struct world *, int, const uint8_t *, size_t);
void world_fail(struct world *, const char *, ...)
    __attribute__((__format__(printf, 2, 3)));

/*
 * Runs one connection.  Returns 0, or -1 with a text; segments is how many the
 * sink saw.
 */
int model_run(uint64_t, uint64_t *, char[MODEL_ERRLEN]);

#endif /* FLOW_MODEL_H */
