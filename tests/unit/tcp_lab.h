/* SPDX-License-Identifier: ISC */

/* Segments by hand, and the packets that the sink sends. */

#ifndef TCP_LAB_H
#define TCP_LAB_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tcp/tcp.h"

#define BOUND (1 << 20) /* of memory */
#define MS UINT64_C(1000000)
#define SECOND (1000 * MS)

/* The last packets that the sink sent. */
struct sent {
	uint32_t seq, ack;
	uint8_t flags, inject;
	int side, sacks;
	uint16_t win, urg;
	uint32_t sack[2], tsval, tsecr;
	uint32_t mark;
	uint32_t len;
	uint8_t data[8192];
};

extern struct sent sent[64];
extern uint32_t outs, drops;
extern int may_leave; /* the connection, after the last segment */
extern uint64_t resets;
extern uint64_t now;
extern uint32_t mark; /* of the last segment given, afterwards */
extern struct tcp_table *fs;
extern struct tcp_ops ops;
extern uint16_t client; /* its port */
extern uint16_t window; /* of segments that name none */

/* A segment as a test writes it; text becomes edit, if that is given. */
struct seg {
	int side;
	uint8_t flags;
	uint32_t seq, ack;
	const char *text, *edit;
	const char *options; /* of noptions bytes */
	size_t noptions;
	uint16_t win, urg;
	uint8_t type, gso, next;
	uint8_t shut; /* its window is 0 */
};

#define SYN_OPTIONS "\2\4\5\264\1\3\3\2\1\1\4\2"

#define give(...) give_seg(&(struct seg){ .side = __VA_ARGS__ })

enum tcp_action
give_bytes(const struct seg *, const void *, size_t, const void *, size_t);
enum tcp_action give_seg(const struct seg *);
void expect(uint32_t, int, uint32_t, const char *);
void expect_dead(void);
void handshake_with(const char *, size_t);
void handshake(void);

int setup(void **);
int teardown(void **);

#define UNIT(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif /* TCP_LAB_H */
