/* SPDX-License-Identifier: ISC */

/* The Internet checksum, RFC 1071. */

#include <arpa/inet.h>

#include <string.h>

#include "packet/packet.h"

/*
 * Adds n bytes, at any address, to a sum that begins as 0.  All pieces but the
 * last must have an even length.  Words are added in host byte order, which
 * checksum_fold() undoes (RFC 1071 2 (B)), and 32 bits at a time; carries collect
 * in the upper half, which is enough for 16 GiB.
 */
uint64_t
checksum_add(uint64_t sum, const uint8_t *p, size_t n)
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

/* The checksum of a sum, in host byte order. */
uint16_t
checksum_fold(uint64_t sum)
{
	sum = (sum >> 32) + (sum & 0xffffffff);
	sum = (sum >> 32) + (sum & 0xffffffff);
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	return ntohs((uint16_t)~sum);
}
