/* SPDX-License-Identifier: ISC */

/*
 * The backend of the BSDs: divert(4) sockets.  The kernel keeps nothing: a
 * packet is passed by writing it again, to the address that it came with.
 *
 *   divert.c         sockets as a divert port: opening and the end
 *   receive.c        packets from the sockets
 *   verdict.c        packets to the sockets
 *   divert_SYSTEM.c  how the systems' sockets differ
 *   divert_ipfw.c    addresses of FreeBSD and DragonFly
 *   unnumbered.c     interfaces without an IPv4 address
 *   pending.c        packets without a verdict, for a sink in the same process
 */

#ifndef DIVIO_DIVERT_H
#define DIVIO_DIVERT_H

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/queue.h>
#include <netinet/in.h>

#include "port/port.h"

/* The address of a packet, with which it is written again: the opaque part. */
union divert_addr {
	struct sockaddr sa;
	struct sockaddr_in sin;
	struct sockaddr_in6 sin6;
	uint8_t raw[32]; /* a multiple of 8 */
};

/* Interfaces without an IPv4 address; zero it before the first question. */
struct divert_unnumbered {
	uint64_t looked_at; /* ns, when list was made */
	struct ifaddrs *list;
};

int divert_is_unnumbered(struct divert_unnumbered *, const char *, size_t);
void divert_forget_unnumbered(struct divert_unnumbered *);

/*
 * Where the systems differ.  divert_sockets() opens one socket for all packets,
 * or one for each family.  divert_balance() lets other sockets have the same
 * port.  divert_origin() sets the frame's fields that an
 * address tells, and makes of it the address to which the packet is written;
 * divert_outward() makes the address of a new outgoing packet, with the cookie
 * (sin_port) of an earlier one.  divert_complete() fills in checksums that the
 * kernel left to hardware; divert_refuses() tells of packets that the kernel
 * would damage.
 */
extern const char divert_missing[]; /* advice if there are no divert sockets */

int divert_sockets(int[2]);
int divert_balance(int);
socklen_t divert_addrlen(int);
void divert_origin(struct divert_unnumbered *, uint8_t *, struct div_frame *);
void divert_outward(union divert_addr *, int, uint16_t);
void divert_complete(uint8_t *, size_t);
enum div_reason divert_refuses(const uint8_t *, size_t);

/*
 * A port.  Packets are received into memory one behind the other, each behind
 * room for its frame's header: so frames that go on as they are can be written
 * to a pipe as one piece, which FreeBSD's pipes do not copy twice.
 */
#define DIVERT_MEMORY (256 * 1024) /* bytes; more would spoil the cache */
#define DIVERT_PATIENCE 10         /* ms */

struct divert {
	int fd[2];             /* for IPv4 or both families; for IPv6, or -1 */
	int turn;              /* index of the socket that is read next */
	struct divert *reader; /* a sink's, in the same process */
	struct pending *pending; /* if there is such a sink */
	uint8_t *memory;         /* of a reader */
	size_t used;             /* bytes of it */
	uint64_t time;           /* ns, of the last packets */
	unsigned int sharing;    /* how many of them */
	uint32_t left;           /* packets to receive, once drained */
	uint16_t cookie;         /* sin_port of the last outgoing packet */
	int patience;            /* ms to wait for room to send */
	struct divert_unnumbered unnumbered;
	struct {
		uint64_t digest, since; /* ns */
		uint64_t times;
	} suspect; /* a packet that may come again and again */
};

int divert_receive(struct div *, struct div_frame *);
int divert_write(struct div *, const struct div_frame *);
int divert_verdict(struct div *, const struct div_frame *, enum verdict);

/*
 * The pending table: packets without a verdict, as Linux's kernel keeps them,
 * for verdicts that come without the packet.
 */
struct pending;

struct pending_packet {
	TAILQ_ENTRY(pending_packet) entry;
	LIST_ENTRY(pending_packet) chain;
	uint64_t id;
	union divert_addr addr;
	size_t len;
	uint8_t packet[];
};

struct pending *pending_new(uint32_t);
void pending_free(struct pending *);
int pending_put(struct pending *, const struct div_frame *);
struct pending_packet *pending_take(struct pending *, uint64_t);
struct pending_packet *pending_take_first(struct pending *, uint64_t);
uint64_t pending_emitted(const struct pending *);
void pending_counters(struct pending *, struct div_kernel *);

#endif /* DIVIO_DIVERT_H */
