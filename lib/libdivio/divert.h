/* SPDX-License-Identifier: ISC */

#ifndef DIVIO_DIVERT_H
#define DIVIO_DIVERT_H

#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>

#include "port.h"

/* What the kernel knows a packet by; it travels in the frame's opaque part. */
union divert_addr {
	struct sockaddr sa;
	struct sockaddr_in sin;
	struct sockaddr_in6 sin6;
	uint8_t raw[32]; /* a multiple of 8 */
};

/*
 * Where the systems differ.  Sockets opens one for all packets, or one for each
 * family; origin says what an address tells of a packet; outward is the address
 * of a new one that goes out, cookie being the port of what went out before.
 * What the kernel left out of a packet that it gave is completed.
 */
extern const char divert_missing[]; /* advice if there are no such sockets */

int divert_sockets(int[2]);
socklen_t divert_addrlen(int);
void divert_origin(const union divert_addr *, int, struct div_frame *);
void divert_outward(union divert_addr *, int, uint16_t);
void divert_complete(uint8_t *, size_t);
enum div_reason divert_refuses(const uint8_t *, size_t);

/*
 * Packets that wait for a verdict in this process, as they do in other systems'
 * kernels: for verdicts that come without the packet.
 */
struct keep;

struct kept_packet {
	uint64_t id; /* 0: nothing is here */
	size_t len;
	union divert_addr addr;
	uint8_t *packet;
};

struct keep *keep_new(uint32_t);
void keep_free(struct keep *);
int keep_put(struct keep *, uint64_t, const uint8_t *, size_t,
    const union divert_addr *);
int keep_take(struct keep *, uint64_t, struct kept_packet *);
int keep_first(struct keep *, uint64_t, struct kept_packet *);
uint64_t keep_emitted(const struct keep *);
void keep_counters(struct keep *, struct div_kernel *);

#endif /* DIVIO_DIVERT_H */
