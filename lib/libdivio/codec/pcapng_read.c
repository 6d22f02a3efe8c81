/* SPDX-License-Identifier: ISC */

/*
 * Input of pcapng (draft-ietf-opsawg-pcapng): sections of any byte order, and
 * interfaces of different link types, snapshot lengths and resolutions.  libpcap
 * ends at the second interface that differs from the first one.
 */

#include <errno.h>
#include <stdlib.h>

#include "codec/codec.h"

#define NSEC UINT64_C(1000000000)
#define INTERFACES_MAX 65536 /* in a section */
#define TRUNCATED "truncated pcapng file"
#define HEAD 8 /* bytes of type and length */

enum {
	BLOCK_INTERFACE = 1,
	BLOCK_OLD_PACKET,
	BLOCK_SIMPLE_PACKET,
	BLOCK_PACKET = 6,
	BLOCK_SECTION = 0x0a0d0d0a
};

enum { OPT_END, IF_TSRESOL = 9, IF_TSOFFSET = 14 };

struct pcapng_interface {
	const struct linktype *link; /* NULL: not supported */
	uint32_t type;               /* LINKTYPE_ number */
	uint32_t snaplen;            /* bytes; 0: any */
	uint64_t ticks;              /* of its clock, in a second */
	uint64_t offset;             /* s */
};

/* The interfaces of the section. */
struct pcapng {
	struct pcapng_interface *ifs;
	uint32_t n;
	int supported; /* one of them is */
};

/* A block's body, without type and lengths. */
struct body {
	uint32_t type;
	const uint8_t *p;
	uint32_t n;
};

static uint16_t
field16(const struct capture *c, const uint8_t *p)
{
	uint16_t v = get16(p);

	return c->little ? __builtin_bswap16(v) : v;
}

/* Passes over a block that is not for us, however long. */
static int
skip(struct div_reader *r, size_t n)
{
	size_t m;
	int got;

	while (n > 0) {
		if ((got = reader_fill(r, 1)) != 1)
			return got == -1 ? -1 : capture_truncated(r, TRUNCATED);
		m = r->wpos - r->rpos;
		if (m > n)
			m = n;
		r->rpos += m;
		n -= m;
	}
	return 1;
}

static int
is_known(uint32_t type)
{
	return type == BLOCK_SECTION || type == BLOCK_INTERFACE ||
	    type == BLOCK_OLD_PACKET || type == BLOCK_SIMPLE_PACKET ||
	    type == BLOCK_PACKET;
}

/* A section's first field tells the order of its bytes, and of its length. */
static int
byte_order(struct div_reader *r, struct capture *c)
{
	int n;

	if ((n = reader_fill(r, HEAD + 4)) != 1)
		return n == -1 ? -1 : capture_truncated(r, TRUNCATED);
	for (c->little = 0; c->little < 2; c->little++)
		if (capture_field(c, r->buf + r->rpos + HEAD) == 0x1a2b3c4d)
			return 1;
	c->little = 0;
	return capture_fail(r, "a section without a byte order");
}

/* The next block that is for us: 1, 0 at the end, -1. */
static int
next_block(struct div_reader *r, struct capture *c, struct body *b)
{
	uint32_t len;
	int n;

	for (;;) {
		if ((n = reader_fill(r, HEAD)) != 1)
			return n == -1 || r->rpos == r->wpos ?
			    n :
			    capture_truncated(r, TRUNCATED);
		b->type = capture_field(c, r->buf + r->rpos);
		if (b->type == BLOCK_SECTION && byte_order(r, c) == -1)
			return -1;
		len = capture_field(c, r->buf + r->rpos + 4);
		if (len < HEAD + 4 || len % 4 != 0)
			return capture_fail(r, "a block of an invalid length");
		if (is_known(b->type))
			break;
		if (skip(r, len) == -1)
			return -1;
	}
	if ((n = reader_fill(r, len)) != 1)
		return n == -1 ? -1 : capture_truncated(r, TRUNCATED);
	b->p = r->buf + r->rpos + HEAD;
	b->n = len - HEAD - 4;
	r->rpos += len;
	if (capture_field(c, b->p + b->n) != len)
		return capture_fail(r, "the two lengths of a block differ");
	return 1;
}

static uint64_t
resolution(uint8_t v)
{
	uint64_t ticks = 1;

	if (v & 0x80)
		return (v & 0x7f) < 64 ? UINT64_C(1) << (v & 0x7f) : 0;
	for (; v > 0; v--) {
		if (ticks > UINT64_MAX / 10)
			return 0;
		ticks *= 10;
	}
	return ticks;
}

static void
options(const struct capture *c, struct pcapng_interface *i, const uint8_t *p,
    uint32_t n)
{
	uint16_t code;
	uint32_t len;

	while (n >= 4 && (code = field16(c, p)) != OPT_END) {
		len = field16(c, p + 2);
		p += 4;
		n -= 4;
		if (len > n)
			return;
		if (code == IF_TSRESOL && len == 1)
			i->ticks = resolution(*p);
		else if (code == IF_TSOFFSET && len == 8)
			i->offset = c->little ? __builtin_bswap64(get64(p)) :
						get64(p);
		len = (len + 3) & ~UINT32_C(3);
		if (len > n)
			return;
		p += len;
		n -= len;
	}
}

static int
add_interface(struct div_reader *r, struct capture *c, const struct body *b)
{
	struct pcapng *ng = c->ng;
	struct pcapng_interface *i;

	if (b->n < 8)
		return capture_fail(r, "a short interface block");
	if (ng->n == INTERFACES_MAX)
		return capture_fail(r, "too many interfaces");
	i = reallocarray(ng->ifs, ng->n + 1, sizeof(*i));
	if (i == NULL)
		return reader_fail(r, errno, "memory is short");
	ng->ifs = i;
	i += ng->n++;
	i->type = field16(c, b->p);
	i->link = linktype_of_file(i->type);
	i->snaplen = capture_field(c, b->p + 4);
	i->ticks = 1000000;
	i->offset = 0;
	options(c, i, b->p + 8, b->n - 8);
	ng->supported |= i->link != NULL;
	return i->ticks == 0 ? capture_fail(r, "an invalid resolution") : 1;
}

/* Exact for powers of ten; 64 bits end in 2554. */
static uint64_t
nanoseconds(const struct pcapng_interface *i, uint64_t t)
{
	uint64_t frac = t % i->ticks, sec = t / i->ticks + i->offset;

	frac = i->ticks > NSEC ? frac / (i->ticks / NSEC) :
				 frac * NSEC / i->ticks;
	if (frac >= NSEC)
		frac = NSEC - 1;
	return sec > (UINT64_MAX - frac) / NSEC ? UINT64_MAX :
						  sec * NSEC + frac;
}

/* Each kind of packet block has an interface, a time and two lengths, or less. */
static int
packet(struct div_reader *r, struct capture *c, const struct body *b,
    struct capture_record *h)
{
	uint32_t head = b->type == BLOCK_SIMPLE_PACKET ? 4 : 20, n = 0;
	const struct pcapng_interface *i;
	uint64_t t = 0;

	if (b->n < head)
		return capture_fail(r, "a short packet block");
	if (b->type != BLOCK_SIMPLE_PACKET) {
		n = b->type == BLOCK_PACKET ? capture_field(c, b->p) :
					      field16(c, b->p);
		t = (uint64_t)capture_field(c, b->p + 4) << 32 |
		    capture_field(c, b->p + 8);
	}
	if (n >= c->ng->n)
		return capture_fail(r, "a packet of an unknown interface");
	i = &c->ng->ifs[n];
	if (i->link == NULL && !c->ng->supported)
		return capture_link_fail(r, (int)i->type);
	h->len = capture_field(c, b->p + head - 4);
	h->caplen = head == 20 ? capture_field(c, b->p + 12) : h->len;
	if (head == 4 && i->snaplen != 0 && h->caplen > i->snaplen)
		h->caplen = i->snaplen;
	if (h->caplen > b->n - head && head == 20)
		return capture_fail(r, "a packet longer than its block");
	if (h->caplen > b->n - head)
		h->caplen = b->n - head;
	if (h->caplen > DIV_PACKETMAX)
		return capture_fail(r, "packet too long");
	h->time = head == 20 ? nanoseconds(i, t) : 0;
	h->data = r->buf + r->rpos - 4 - b->n + head;
	c->link = h->caplen == 0 ? NULL : i->link; /* a verdict has no bytes */
	return 1;
}

static int
pcapng_next(struct div_reader *r, struct capture_record *h)
{
	struct capture *c = r->priv;
	struct body b = { 0 };
	int n;

	while ((n = next_block(r, c, &b)) == 1) {
		switch (b.type) {
		case BLOCK_SECTION:
			c->ng->n = 0;
			c->ng->supported = 0;
			break;
		case BLOCK_INTERFACE:
			if (add_interface(r, c, &b) == -1)
				return -1;
			break;
		default:
			return packet(r, c, &b, h);
		}
	}
	return n;
}

/* Returns 1; 0 for files of other kinds; -1. */
int
capture_open_pcapng(struct div_reader *r, struct capture *c)
{
	if (reader_fill(r, 4) != 1 || get32(r->buf + r->rpos) != BLOCK_SECTION)
		return 0;
	if ((c->ng = calloc(1, sizeof(*c->ng))) == NULL)
		return reader_fail(r, errno, "memory is short");
	c->next = pcapng_next;
	return 1;
}

void
capture_free_pcapng(struct capture *c)
{
	if (c->ng != NULL)
		free(c->ng->ifs);
	free(c->ng);
}
