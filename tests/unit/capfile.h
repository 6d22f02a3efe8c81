/* SPDX-License-Identifier: ISC */

#ifndef CAPFILE_H
#define CAPFILE_H

#include "corpus.h"

/* A capture under construction, in either byte order. */
struct capfile {
	uint8_t b[4096];
	size_t n;
	int little;
};

void cap16(struct capfile *, uint16_t);
void cap32(struct capfile *, uint32_t);
void cap_bytes(struct capfile *, const void *, size_t);

/* Byte order, magic number and link type; a packet, and its length on the wire. */
void cap_header(struct capfile *, int, uint32_t, uint32_t);
void cap_packet(struct capfile *, const void *, size_t, size_t);

/* Reads it; the descriptor is to be closed. */
struct div_reader *cap_reader(const struct capfile *, int *);

/* The next read, the last one, fails with that error. */
void cap_failed(struct div_reader *, int, const char *);

/* of an Ethernet frame */
#define MACS "\2\0\0\0\0\1\2\0\0\0\0\2"

#endif /* CAPFILE_H */
