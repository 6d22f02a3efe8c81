/* SPDX-License-Identifier: ISC */

/*
 * Datagrams for QUIC: as they are, or, so that the frames are reached, sealed with
 * the published keys.
 */

#include <sys/types.h>
#include <netinet/in.h>

#include <stdlib.h>
#include <string.h>

#include "../unit/quic_wire.h"
#include "fuzz.h"
#include "packet/packet.h"

#define HLEN (V4_HDRLEN + 8)
#define FRAMES_MAX 8000

static struct div_quic *q;

static int
found(void *arg, const struct div_hostname *h)
{
	(void)arg;
	if (h->hostlen >= sizeof(h->host) || h->host[h->hostlen] != '\0')
		abort();
	return 0;
}

static void
give(uint8_t *b, size_t len)
{
	struct div_hostname h;
	struct div_packet p;

	memset(b, 0, HLEN);
	b[0] = 0x45;
	b[9] = IPPROTO_UDP;
	put16(b + 2, (uint16_t)(HLEN + len));
	put16(b + 24, (uint16_t)(8 + len));
	if (div_packet_parse(&p, b, HLEN + len) == 0)
		(void)div_quic_hosts(q, &h, &p, found, NULL);
}

/* Each record is a packet of up to 255 bytes, or, first, one of all of them. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t b[HLEN + FRAMES_MAX + 100];
	uint32_t pn = 0;
	size_t n;

	if (len == 0 || len > FRAMES_MAX || (q = div_quic_new(1 << 16)) == NULL)
		return 0;
	memcpy(b + HLEN, data, len);
	give(b, len);
	for (; len > 1; data += n, len -= n) {
		n = data[0] < len ? data[0] : len - 1;
		data++;
		len--;
		give(b,
		    quic_seal(b + HLEN, pn % 2 ? QUIC_V2 : QUIC_V1, QUIC_DCID,
			8, "", pn, data, n));
		pn++;
	}
	div_quic_free(q);
	return 0;
}
