/* SPDX-License-Identifier: ISC */

#ifndef DIVIO_NFQ_H
#define DIVIO_NFQ_H

#include <sys/socket.h>

#include <net/if.h>
#include <stdatomic.h>

#include "port.h"

/* One message from the queue, taken apart. */
struct nfq_packet {
	uint32_t id;
	uint32_t mark, indev, outdev;
	uint32_t skbinfo; /* NFQA_SKB_* */
	uint32_t origlen;
	uint8_t hook;
	uint8_t *payload;
	uint32_t len;
};

/* The longest of our verdicts, without its payload. */
#define NFQ_VERDICT_MAX 64
#define NFQ_BEYOND (1 << 30)  /* ids, for all that is pending */
#define NFQ_PAYLOAD_MAX 65531 /* an attribute's length has 16 bits */

size_t nfq_config(uint8_t *, uint16_t, const struct div_options *);
size_t nfq_config_drain(uint8_t *, uint16_t);
size_t nfq_config_unbind(uint8_t *, uint16_t);
size_t nfq_verdict(uint8_t *, uint16_t, const struct div_frame *, enum verdict);
size_t nfq_payload(uint8_t *, size_t, const uint8_t *, uint32_t);
int nfq_parse(uint8_t *, size_t, struct nfq_packet *);

/* Who has the queue: text for people, 0 when nobody is found. */
int nfq_owner(uint16_t, char *, size_t);

/* The raw sockets for new packets. */
struct raw {
	int fd4, fd6;
};

int raw_open(struct raw *, uint32_t);
int raw_send(const struct raw *, const struct div_frame *);
void raw_close(struct raw *);

/* A queue, as a reader or a sink has it. */
#define NNAMES 16

struct nfq {
	int fd;
	struct handover *share;
	struct nfq *reader; /* of a twin */

	struct mmsghdr *msgs;
	struct iovec *iovs;
	uint8_t *slots;
	unsigned int nslots, have, next;
	uint64_t time; /* of the last receive */
	uint64_t last; /* id, with the bits that wrapped */
	struct emitted *emitted;
	int page; /* that it is in, or -1 */
	struct {
		uint32_t ifindex;
		uint64_t time;
		char name[IF_NAMESIZE];
	} names[NNAMES];

	uint8_t *out; /* verdicts that are gathered */
	size_t used;
	uint64_t top;   /* highest id that has a verdict */
	uint64_t given; /* how many have one */
	struct {
		size_t at; /* of the last verdict, if it can grow */
		uint32_t mark;
		uint8_t type; /* of its frame; 0: it cannot */
	} run;
	struct raw raw;
};

int nfq_slots(struct nfq *, unsigned int);
int nfq_await_ack(struct nfq *);
int nfq_receive(struct div *, struct div_frame *);
int nfq_judge(struct div *, const struct div_frame *, enum verdict);
int nfq_flush(struct div *);

/* What a reader tells its writer of ids. */
struct emitted {
	_Atomic uint64_t top;   /* the highest one in the pipeline */
	_Atomic uint64_t noted; /* the last one of all */
	_Atomic uint64_t
	    own[LEDGER_WINDOW / 64]; /* bits: passed by the reader */
};

struct emitted *emitted_new(int *);
struct emitted *emitted_map(int);
void emitted_unmap(struct emitted *);
void emitted_note(struct emitted *, uint64_t, int);
uint64_t emitted_own(struct emitted *, uint64_t, uint64_t);

/*
 * The reader's end of the hand-over: a thread that gives the queue's socket to
 * one writer, and the page that emitted is in.  Event becomes readable when the
 * writer has gone.
 */
struct handover;

struct handover *handover_serve(struct div *, int, int, struct emitted *);
int handover_event(const struct handover *);
int handover_gone(const struct handover *);
uint64_t handover_expired(const struct handover *);
void handover_drained(struct handover *);
int handover_finish(struct handover *, int);

/* The writer's end. */
enum handover_news { HANDOVER_NONE, HANDOVER_DRAINED, HANDOVER_BROKEN };

int handover_join(struct div *, int[2], uint64_t *);
enum handover_news handover_hear(int);

#endif /* DIVIO_NFQ_H */
