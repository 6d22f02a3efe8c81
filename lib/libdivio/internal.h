/* SPDX-License-Identifier: ISC */

#ifndef DIVIO_INTERNAL_H
#define DIVIO_INTERNAL_H

#include <time.h>

#include "divio.h"

/* big-endian fields at any address */
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

/*
 * Readers.  The buffer holds what was read and not yet consumed; a codec
 * takes frames from it and asks for more.
 */
struct div_reader {
	int fd;
	const char *name;          /* for messages */
	const struct codec *codec; /* NULL until recognised */
	int (*tie)(void *);        /* before buffer contents go */
	void *tiearg;
	uint8_t *buf;
	size_t size, rpos, wpos;
	uint64_t base;    /* stream offset of buf[0] */
	uint64_t line;    /* of text, counted from 1 */
	uint64_t skipped; /* packets of a capture that are not IP */
	int eof;
	uint8_t *packet; /* of codecs that decode into memory */
	void *priv;      /* the codec's own */
	char error[DIV_ERRLEN];
};

struct div_writer {
	int fd;
	const struct codec *codec;
	int started; /* file header was written */
	struct iovec *iov;
	int niov;
	uint8_t *arena; /* bytes that lie nowhere else */
	size_t used;
};

/*
 * One stream format.  next and put return as div_reader_next() and
 * div_writer_put() do; next leaves its text in the reader's error.
 */
struct codec {
	const char *name;
	int (*next)(struct div_reader *, struct div_frame *);
	void (*done)(struct div_reader *); /* frees priv */
	int (*start)(struct div_writer *); /* file header */
	int (*put)(struct div_writer *, const struct div_frame *);
};

extern const struct codec codec_frame, codec_pcap, codec_text, codec_hex,
    codec_json;

#define WRITER_ARENA (7 * DIV_PACKETMAX) /* an escaped packet fits */

const struct codec *codec_find(enum div_format);
void pipe_grow(int);

int reader_fill(struct div_reader *, size_t);
int reader_line(struct div_reader *, uint8_t **, size_t *);
int reader_fail(struct div_reader *, int, const char *, ...)
    __attribute__((__format__(printf, 3, 4)));
uint8_t *writer_reserve(struct div_writer *, size_t);
int writer_commit(struct div_writer *, size_t);
int writer_ref(struct div_writer *, uint8_t *, size_t);

/* the Internet checksum, RFC 1071: sums add up, fold finishes */
uint64_t sum_add(uint64_t, const uint8_t *, size_t);
uint16_t sum_fold(uint64_t);

void repair_offload(uint8_t *, size_t);

#define V4_HDRLEN 20 /* IPv4 header without options */
#define V6_HDRLEN 40 /* IPv6 header without extensions */
#define TCP_HDRLEN 20

/* transport protocols that we can take apart and repair */
struct transport {
	uint8_t hdrlen; /* smallest header */
	uint8_t sum;    /* offset of the checksum in it */
	uint8_t pseudo; /* which covers a pseudo header too */
	uint8_t ports;  /* which begins with two ports */
};

const struct transport *transport_of(const struct div_packet *);
size_t ext_len(uint8_t, const uint8_t *, size_t);
size_t tcp_option(const uint8_t *, size_t, uint8_t, size_t *);
size_t ip_put(uint8_t *, int, uint8_t, const uint8_t *, const uint8_t *);

/* flags of a TCP header */
#define TH_FIN 0x01
#define TH_SYN 0x02
#define TH_RST 0x04
#define TH_PUSH 0x08
#define TH_ACK 0x10
#define TH_URG 0x20

#ifndef SEARCH_TIME           /* valgrind's processor is another */
#define SEARCH_TIME 100000000 /* for one expression, ns */
#endif

uint64_t clock_ns(clockid_t);
uint64_t now_ns(void); /* of a clock that never goes back */

#endif /* DIVIO_INTERNAL_H */
