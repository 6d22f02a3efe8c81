/* SPDX-License-Identifier: ISC */

/* Initial packets as a client seals them, with the keys that the RFCs publish. */

#ifndef QUIC_WIRE_H
#define QUIC_WIRE_H

#include <stddef.h>
#include <stdint.h>

#define QUIC_DCID "\x83\x94\xc8\xf0\x3e\x51\x57\x08"

enum quic_wire { QUIC_V1, QUIC_V2 }; /* RFC 9001, A.1; RFC 9369, A.1 */

/* The whole packet for that connection id; a token may be in it. */
size_t quic_seal(uint8_t *, enum quic_wire, const char *, size_t, const char *,
    uint32_t, const uint8_t *, size_t);

/* A CRYPTO frame. */
size_t quic_crypto(uint8_t *, uint32_t, const uint8_t *, size_t);

#endif /* QUIC_WIRE_H */
