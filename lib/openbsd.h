/* SPDX-License-Identifier: ISC */

/* Of sys/endian.h, what other systems have; the compiler reads it first. */

#ifndef OPENBSD_H
#define OPENBSD_H

#include <stdint.h>

static inline uint16_t
be16dec(const void *p)
{
	const uint8_t *b = p;

	return (uint16_t)(b[0] << 8 | b[1]);
}

static inline uint32_t
be32dec(const void *p)
{
	const uint8_t *b = p;

	return (uint32_t)be16dec(b) << 16 | be16dec(b + 2);
}

static inline void
be16enc(void *p, uint16_t v)
{
	uint8_t *b = p;

	b[0] = (uint8_t)(v >> 8);
	b[1] = (uint8_t)v;
}

static inline void
be32enc(void *p, uint32_t v)
{
	be16enc(p, (uint16_t)(v >> 16));
	be16enc((uint8_t *)p + 2, (uint16_t)v);
}

#endif /* OPENBSD_H */
