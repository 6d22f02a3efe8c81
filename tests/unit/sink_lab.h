/* SPDX-License-Identifier: ISC */

/* A sink of packets by hand, over a backend that notes verdicts. */

#ifndef SINK_LAB_H
#define SINK_LAB_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "port/port.h"

#define SEGMENT 1000 /* bytes of payload */
#define NOTED 1024

/* The verdict on each id. */
extern struct noted {
	enum verdict v;
	uint32_t len;
	uint8_t packet[2048];
} noted[NOTED];

extern int version;
extern uint64_t id; /* of the last packet */
extern uint32_t ident;

struct div *sink(int, unsigned int);
size_t segment(uint8_t *, int, uint32_t, uint32_t, size_t);
int give(struct div *, uint8_t *, size_t, size_t);
void translate(struct div *, size_t);
int fragment(struct div *, const uint8_t *, size_t, size_t, size_t);
uint64_t three(struct div *, const uint8_t *, size_t, int);

#endif /* SINK_LAB_H */
