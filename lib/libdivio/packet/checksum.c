/* SPDX-License-Identifier: ISC */

/* The Internet checksum, RFC 1071. */

#include <arpa/inet.h>

#include <string.h>

#include "packet/packet.h"

static uint64_t
halves(uint64_t sum)
{
	return (sum >> 32) + (sum & 0xffffffff);
}

/* Adds 64 bits at a time, and the carries (RFC 1071 2 (C)), in two chains. */
static uint64_t
add_blocks(const uint8_t *p, const uint8_t *end)
{
	uint64_t even = 0, odd = 0, carries = 0, w[4];

	for (; p < end; p += sizeof(w)) {
		memcpy(w, p, sizeof(w));
		carries += __builtin_add_overflow(even, w[0], &even);
		carries += __builtin_add_overflow(odd, w[1], &odd);
		carries += __builtin_add_overflow(even, w[2], &even);
		carries += __builtin_add_overflow(odd, w[3], &odd);
	}
	return halves(even) + halves(odd) + carries;
}

/*
 * Adds n bytes, at any address, to a sum that begins as 0.  All pieces but the
 * last must have an even length.  Words are added in host byte order, which
 * checksum_fold() undoes (RFC 1071 2 (B)); the sum collects carries in its upper
 * half, which is enough for 16 GiB.
 */
uint64_t
checksum_add(uint64_t sum, const uint8_t *p, size_t n)
{
	size_t blocks = n / 32 * 32;
	uint32_t w;

	if (blocks > 0)
		sum += add_blocks(p, p + blocks);
	for (p += blocks, n -= blocks; n >= sizeof(w);
	     p += sizeof(w), n -= sizeof(w)) {
		memcpy(&w, p, sizeof(w));
		sum += w;
	}
	w = 0;
	memcpy(&w, p, n);
	return sum + w;
}

/* The checksum of a sum, in host byte order. */
uint16_t
checksum_fold(uint64_t sum)
{
	sum = halves(halves(sum));
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	return ntohs((uint16_t)~sum);
}
