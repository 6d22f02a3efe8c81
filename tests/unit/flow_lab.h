/* SPDX-License-Identifier: ISC */

/* Segments given to the connections by hand, and what comes out. */

#ifndef FLOW_LAB_H
#define FLOW_LAB_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "flow_table.h"

#define BOUND (1 << 20) /* of memory */
#define MS UINT64_C(1000000)
#define SECOND (1000 * MS)

/* What the sink sent; the last ones. */
struct sent {
	uint32_t seq, ack;
	uint8_t flags, inject;
	int side, sacks;
	uint16_t win, urg;
	uint32_t sack[2], tsval, tsecr;
	uint32_t len;
	uint8_t data[8192];
};

extern struct sent sent[64];
extern uint32_t outs, drops;
extern uint64_t resets;
extern uint64_t now;
extern struct flows *fs;
extern struct flow_ops ops;
extern uint16_t client; /* its port */

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

enum flow_answer
give_bytes(const struct seg *, const void *, size_t, const void *, size_t);
enum flow_answer give_seg(const struct seg *);
void expect(uint32_t, int, uint32_t, const char *);
void handshake_with(const char *, size_t);
void handshake(void);

int setup(void **);
int teardown(void **);

#define UNIT(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif /* FLOW_LAB_H */
