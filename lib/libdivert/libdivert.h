/* SPDX-License-Identifier: ISC */

#ifndef LIBDIVERT_H
#define LIBDIVERT_H

#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <stdatomic.h>

#include "divio.h"

/*
 * libdivert.so gives a program for the BSDs its divert sockets on Linux, loaded
 * by LD_PRELOAD.
 *
 *   preload.c  the calls that it replaces: socket(2), bind(2), recvfrom(2), ...
 *   known.c    the program's divert sockets
 *   helper.c   the process that reads the queues and gives the verdicts
 *   address.c  addresses as divert(4) has them
 *
 * A divert socket is one end of a Unix socket pair to the helper, on which a
 * message precedes each packet.  Another pair passes new ends to the helper.
 */
enum helper_msg {
	HELPER_SOCKET, /* with an end of a socket pair; answered */
	HELPER_BIND,   /* value: the port; answered */
	HELPER_ANSWER, /* value: errno */
	HELPER_PACKET, /* value: its cookie, or 0 if it is a new one */
	HELPER_FORGET  /* value: cookie of a packet that did not come back */
};

enum flavor { FREEBSD, OPENBSD };

union helper_addr {
	struct sockaddr sa;
	struct sockaddr_in sin;
	struct sockaddr_in6 sin6;
};

struct helper_message {
	uint32_t kind; /* enum helper_msg */
	int32_t value;
	uint32_t family; /* HELPER_SOCKET: which packets, or 0 for all */
	uint32_t flavor;
	socklen_t addrlen; /* 0: no address */
	union helper_addr addr;
};

/* A divert socket of the program. */
struct known {
	ino_t ino;
	enum flavor flavor;
	_Atomic int32_t pending;  /* cookie of the last packet received, or 0 */
	struct helper_message of; /* with its address */
	_Atomic int bound;
};

struct known *known_find(int);
void known_add(int, enum flavor);
int32_t known_cookie(const struct helper_message *);

#define LIBDIVERT_PACKET (66 * 1024) /* bytes; longer than any packet */

int helper_start(void);
void helper_run(int) __attribute__((__noreturn__));

void address_of(struct helper_message *, enum flavor, const struct div_frame *);

/* Of bin/divcat: fragments are reassembled before they are diverted. */
int defrag_start(int[DIV_KEEP]);

#endif /* LIBDIVERT_H */
