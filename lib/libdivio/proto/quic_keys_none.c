/* SPDX-License-Identifier: ISC */

/* Without libcrypto there are no keys, and QUIC names no hosts. */

#include <errno.h>

#include "proto/proto.h"

int
quic_keys_init(void)
{
	errno = EOPNOTSUPP;
	return -1;
}

int
quic_keys_derive(struct quic_keys *k, const struct quic_version *v,
    const uint8_t *dcid, size_t len)
{
	(void)k, (void)v, (void)dcid, (void)len;
	return -1;
}

int
quic_keys_mask(const struct quic_keys *k, const uint8_t sample[QUIC_SAMPLE],
    uint8_t mask[QUIC_SAMPLE])
{
	(void)k, (void)sample, (void)mask;
	return -1;
}

int
quic_keys_open(const struct quic_keys *k, uint64_t pn, const uint8_t *header,
    size_t hlen, const uint8_t *in, size_t len, uint8_t *out)
{
	(void)k, (void)pn, (void)header, (void)hlen, (void)in, (void)len,
	    (void)out;
	return -1;
}

void
quic_keys_free(void)
{
}
