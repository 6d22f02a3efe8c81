/* SPDX-License-Identifier: ISC */

#ifndef CAPTURE_H
#define CAPTURE_H

#include "corpus.h"

/* A capture under construction, in either byte order. */
struct capture {
	uint8_t b[4096];
	size_t n;
	int little;
};

void cap16(struct capture *, uint16_t);
void cap32(struct capture *, uint32_t);
void cap_bytes(struct capture *, const void *, size_t);

/* Byte order, magic number and link type; a packet, and its length on the wire. */
void cap_header(struct capture *, int, uint32_t, uint32_t);
void cap_packet(struct capture *, const void *, size_t, size_t);

/* Reads it; the descriptor is to be closed. */
struct div_reader *cap_reader(const struct capture *, int *);

/* The next read fails like that, and is the last. */
void cap_failed(struct div_reader *, int, const char *);

/* of an Ethernet frame */
#define MACS "\2\0\0\0\0\1\2\0\0\0\0\2"

#endif /* CAPTURE_H */
