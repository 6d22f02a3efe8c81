/* SPDX-License-Identifier: ISC */

#ifndef LIBDIVERT_H
#define LIBDIVERT_H

#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>

#include "divio.h"

/*
 * Between a program and the process that holds its queues: a socket pair for
 * each divert socket, on which every packet has a message before it, and one
 * over which new pairs are handed.
 */
enum kind {
	SOCKET, /* with a pair's end; answered */
	BIND,   /* value: the port; answered */
	ANSWER, /* value: errno */
	PACKET, /* diverted, or to be sent to the address */
	FORGET  /* the packet of this address did not come back */
};

enum flavor { FREEBSD, OPENBSD };

union address {
	struct sockaddr sa;
	struct sockaddr_in sin;
	struct sockaddr_in6 sin6;
};

struct message {
	uint32_t kind; /* enum kind */
	int32_t value;
	uint32_t family; /* SOCKET: which packets, or 0 for all */
	uint32_t flavor;
	socklen_t addrlen; /* 0: no address */
	union address addr;
};

/* Longer than any packet. */
#define LIBDIVERT_PACKET (66 * 1024)

int helper_start(void);
void helper_run(int) __attribute__((__noreturn__));

/*
 * What a kernel calls a packet.  The port is a cookie, which tells the packets
 * that wait from each other, wherever it is put by a program.
 */
void
address_of(struct message *, enum flavor, const struct div_frame *, uint16_t);
uint16_t address_cookie(const struct message *);

#endif /* LIBDIVERT_H */
