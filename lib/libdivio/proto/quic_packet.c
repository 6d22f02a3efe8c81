/* SPDX-License-Identifier: ISC */

/*
 * Long header packets (RFC 9000, 17.2), several of which may be in a datagram, and
 * the frames of Initial packets (19).
 */

#include <string.h>

#include "proto/proto.h"

#define LONG 0xc0  /* header form and fixed bit */
#define RETRY 0x0f /* of any version: no length */
#define CID_MAX 20 /* bytes */
#define PN_MAX 4   /* bytes of a packet number, as sent */

#define FRAME_PADDING 0x00
#define FRAME_PING 0x01
#define FRAME_ACK 0x02
#define FRAME_ACK_ECN 0x03
#define FRAME_CRYPTO 0x06

const struct quic_version quic_versions[QUIC_NVERSIONS] = {
	/* RFC 9001 */
	{ 1, 0, 3,
	    { 0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a,
		0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a },
	    "quic key", "quic iv", "quic hp" },
	/* RFC 9369 */
	{ 0x6b3343cf, 1, 0,
	    { 0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93, 0x81,
		0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9 },
	    "quicv2 key", "quicv2 iv", "quicv2 hp" },
};

/* Bytes that are left to read; after an error there are none. */
struct quic_bytes {
	const uint8_t *p, *end;
	int bad;
};

static const uint8_t *
take(struct quic_bytes *b, uint64_t n)
{
	const uint8_t *p = b->p;

	if (b->bad || n > (uint64_t)(b->end - b->p)) {
		b->bad = 1;
		return NULL;
	}
	b->p += n;
	return p;
}

/* A variable-length integer (16). */
static uint64_t
varint(struct quic_bytes *b)
{
	const uint8_t *p = take(b, 1);
	uint64_t v;
	int n;

	if (p == NULL)
		return 0;
	v = *p & 0x3f;
	for (n = (1 << (*p >> 6)) - 1; n > 0; n--) {
		if ((p = take(b, 1)) == NULL)
			return 0;
		v = v << 8 | *p;
	}
	return v;
}

static const struct quic_version *
find_version(uint32_t number)
{
	size_t i;

	for (i = 0; i < QUIC_NVERSIONS; i++)
		if (quic_versions[i].number == number)
			return &quic_versions[i];
	return NULL;
}

static const uint8_t *
take_cid(struct quic_bytes *b, uint8_t *len)
{
	const uint8_t *n = take(b, 1);

	*len = n == NULL ? 0 : *n;
	if (*len > CID_MAX)
		b->bad = 1;
	return take(b, *len);
}

/*
 * Reads the long header at *at, and moves *at behind the packet.  Returns 1 for an
 * Initial packet, 0 for another, and -1 if what follows cannot be told.
 */
int
quic_packet_next(const uint8_t **at, const uint8_t *end, struct quic_packet *q)
{
	struct quic_bytes b = { *at, end, 0 };
	const uint8_t *p = take(&b, 5);
	uint8_t type, scidlen;
	uint64_t len;

	if (p == NULL || (p[0] & LONG) != LONG ||
	    (q->version = find_version(get32(p + 1))) == NULL)
		return -1;
	type = p[0] >> 4 & 3;
	q->start = p;
	q->dcid = take_cid(&b, &q->dcidlen);
	(void)take_cid(&b, &scidlen);
	if (type == q->version->retry)
		return -1;
	if (type == q->version->initial)
		(void)take(&b, varint(&b)); /* token */
	len = varint(&b);
	q->pn = b.p;
	if (take(&b, len) == NULL)
		return -1;
	*at = q->end = b.p;
	return type == q->version->initial && len >= PN_MAX + QUIC_SAMPLE;
}

/* The whole packet number (A.3), of one after largest. */
static uint64_t
expand_number(uint64_t largest, uint64_t sent, int bytes)
{
	uint64_t win = UINT64_C(1) << 8 * bytes, next = largest + 1;
	uint64_t n = (next & ~(win - 1)) | sent;

	if (n + win / 2 <= next)
		return n + win;
	return n > next + win / 2 && n >= win ? n - win : n;
}

/*
 * Takes the protection off an Initial packet; out has room for it.  Returns the
 * bytes of its frames, or -1 if these are not its keys.
 */
ssize_t
quic_packet_open(const struct quic_packet *q, const struct quic_keys *k,
    uint64_t *largest, uint8_t *header, uint8_t *out)
{
	size_t hlen = (size_t)(q->pn - q->start), len;
	uint8_t mask[QUIC_SAMPLE];
	uint64_t pn = 0;
	int n, i;

	if (quic_keys_mask(k, q->pn + PN_MAX, mask) == -1)
		return -1;
	memcpy(header, q->start, hlen + PN_MAX);
	header[0] ^= mask[0] & 0x0f;
	n = (header[0] & 3) + 1;
	for (i = 0; i < n; i++) {
		header[hlen + (size_t)i] ^= mask[1 + i];
		pn = pn << 8 | header[hlen + (size_t)i];
	}
	pn = expand_number(*largest, pn, n);
	len = (size_t)(q->end - q->pn) - (size_t)n;
	if (quic_keys_open(k, pn, header, hlen + (size_t)n, q->pn + n, len,
		out) == -1)
		return -1;
	if (*largest == UINT64_MAX || pn > *largest)
		*largest = pn;
	return (ssize_t)(len - QUIC_TAG);
}

static void
skip_ack(struct quic_bytes *b, uint64_t type)
{
	uint64_t ranges;

	(void)varint(b); /* largest */
	(void)varint(b); /* delay */
	ranges = varint(b);
	(void)varint(b); /* first range */
	for (; ranges > 0 && !b->bad; ranges--) {
		(void)varint(b);
		(void)varint(b);
	}
	if (type == FRAME_ACK_ECN) {
		(void)varint(b);
		(void)varint(b);
		(void)varint(b);
	}
}

/* Calls crypto() for the data of each CRYPTO frame, up to one that is none of ours. */
void
quic_packet_frames(const uint8_t *p, size_t len,
    void (*crypto)(void *, uint64_t, const uint8_t *, size_t), void *arg)
{
	struct quic_bytes b = { p, p + len, 0 };
	uint64_t type, off, n;

	while (b.p < b.end && !b.bad) {
		type = varint(&b);
		if (type == FRAME_PADDING || type == FRAME_PING)
			continue;
		if (type == FRAME_ACK || type == FRAME_ACK_ECN) {
			skip_ack(&b, type);
			continue;
		}
		if (type != FRAME_CRYPTO)
			return;
		off = varint(&b);
		n = varint(&b);
		if ((p = take(&b, n)) != NULL)
			crypto(arg, off, p, (size_t)n);
	}
}
