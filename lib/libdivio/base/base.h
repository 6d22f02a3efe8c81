/* SPDX-License-Identifier: ISC */

/*
 * Below all other folders: integers in network byte order, clocks, descriptors
 * over Unix sockets, streams with gaps.
 */

#ifndef DIVIO_BASE_H
#define DIVIO_BASE_H

#include "divio.h"

/* between the words of a line of a list */
static inline int
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* integers in network byte order, at any address */
static inline uint16_t
get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static inline uint64_t
get64(const uint8_t *p)
{
	return (uint64_t)get32(p) << 32 | get32(p + 4);
}

static inline void
put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void
put32(uint8_t *p, uint32_t v)
{
	put16(p, (uint16_t)(v >> 16));
	put16(p + 2, (uint16_t)v);
}

static inline void
put64(uint8_t *p, uint64_t v)
{
	put32(p, (uint32_t)(v >> 32));
	put32(p + 4, (uint32_t)v);
}

uint64_t clock_now(void); /* monotonic, ns */

/*
 * Messages with file descriptors over Unix sockets (unix(7), SCM_RIGHTS).
 * fdpass_send() and fdpass_recv() return as send(2) and recv(2) do.  The received
 * descriptors are close-on-exec; if not exactly n came, each of them is -1.
 */
#define FDPASS_MAX 16 /* descriptors in a message */

ssize_t fdpass_send(int, const void *, size_t, const int *, int, int);
ssize_t fdpass_recv(int, void *, size_t, int *, int, int);

/* The beginning of a stream, whose bytes come in any order. */
struct sparse {
	uint8_t *data; /* size bytes; a bit for each that is there follows */
	size_t size;
	size_t have; /* bytes at the beginning, without a gap */
};

int sparse_has(const struct sparse *, size_t);
int sparse_write(struct sparse *, size_t, const uint8_t *, size_t);
void sparse_note(struct sparse *, size_t, size_t);
void sparse_free(struct sparse *);

#endif /* DIVIO_BASE_H */
