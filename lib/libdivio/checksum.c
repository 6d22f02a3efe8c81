/* SPDX-License-Identifier: ISC */

#include <arpa/inet.h>

#include <string.h>

#include "internal.h"

/*
 * Add n bytes to a sum, which begins as 0.  Sums of pieces add up as long as
 * every piece but the last has an even length; any address will do.  Words are
 * added in the machine's own byte order, which RFC 1071 allows and sum_fold()
 * undoes, and 32 bits at a time, so that carries gather in the upper half:
 * there is room for 16 GiB.
 */
uint64_t
sum_add(uint64_t sum, const uint8_t *p, size_t n)
{
	uint64_t odd = 0; /* a second chain of additions */
	uint32_t w[2];

	for (; n >= sizeof(w); p += sizeof(w), n -= sizeof(w)) {
		memcpy(w, p, sizeof(w));
		sum += w[0];
		odd += w[1];
	}
	w[0] = w[1] = 0;
	memcpy(w, p, n);
	return sum + odd + w[0] + w[1];
}

/* The checksum field, in host order, that belongs to a sum. */
uint16_t
sum_fold(uint64_t sum)
{
	sum = (sum >> 32) + (sum & 0xffffffff);
	sum = (sum >> 32) + (sum & 0xffffffff);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	return ntohs((uint16_t)~sum);
}
