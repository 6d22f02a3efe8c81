/* SPDX-License-Identifier: ISC */

/* Prints a QUIC Initial packet whose ClientHello names example.com. */

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "../unit/quic_wire.h"

#define FRAMES 1162 /* bytes, as the RFC's example has */

int
main(void)
{
	/* a server would want more of it */
	static const char hello[] = "\1\0\0\x3f\3\3"
				    "a random number that is no other"
				    "\0\0\2\x13\1\1\0"
				    "\0\x14\0\0\0\x10\0\x0e\0\0\x0b"
				    "example.com";
	uint8_t frames[FRAMES] = { 0 }, packet[FRAMES + 64];
	size_t n;

	quic_crypto(frames, 0, (const uint8_t *)hello, sizeof(hello) - 1);
	n = quic_seal(packet, QUIC_V1, QUIC_DCID, strlen(QUIC_DCID), "", 2,
	    frames, sizeof(frames));
	return fwrite(packet, n, 1, stdout) != 1;
}
