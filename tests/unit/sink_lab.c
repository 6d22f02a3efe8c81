/* SPDX-License-Identifier: ISC */

#include <sys/types.h>
#include <netinet/in.h>

#include "no_kernel.h"
#include "sink_lab.h"

struct noted noted[NOTED];
int version;
uint64_t id;
uint32_t ident;

static int
note(struct div *d, const struct div_frame *f, enum verdict v)
{
	(void)d;
	assert_in_range(f->id, 1, NOTED - 1);
	noted[f->id].v = v;
	noted[f->id].len = f->caplen;
	if (f->caplen <= sizeof(noted[0].packet) && v != DROP && v != RESTORE)
		memcpy(noted[f->id].packet, f->packet, f->caplen);
	return DIV_OK;
}

static int
no_inject(struct div *d, const struct div_frame *f)
{
	(void)d;
	(void)f;
	return DIV_OK;
}

static const struct backend backend = {
	NO_KERNEL,
	.longest = 65535,
	.join = no_kernel,
	.verdict = note,
	.inject = no_inject,
};

struct div *
sink(int v, unsigned int flags)
{
	const struct div_options opt = { .flags = flags };
	char err[DIV_ERRLEN];
	struct div *d = port_open(&backend, 1, &opt, err);

	assert_non_null(d);
	version = v;
	id = 0;
	memset(noted, 0xff, sizeof(noted));
	return d;
}

/* A segment of the first or second end, with n bytes of payload. */
size_t
segment(uint8_t *p, int side, uint32_t seq, uint32_t ack, size_t n)
{
	static const uint8_t ends[2][16] = { { 10, 1 }, { 10, 2 } };
	size_t i, at;

	at = packet_put_ip(p, version, IPPROTO_TCP, ends[side], ends[!side]);
	memset(p + at, 0, TCP_HDRLEN);
	put16(p + at, side ? 80 : 4000);
	put16(p + at + 2, side ? 4000 : 80);
	put32(p + at + 4, seq);
	put32(p + at + 8, ack);
	p[at + 12] = 5 << 4;
	p[at + 13] = TH_ACK;
	put16(p + at + 14, 60000);
	for (i = 0; i < n; i++)
		p[at + TCP_HDRLEN + i] = (uint8_t)(i / 7);
	n += at + TCP_HDRLEN;
	assert_int_equal(div_repair_new(p, n), DIV_OK);
	return n;
}

/* Sends a packet to the sink as one that was diverted. */
int
give(struct div *d, uint8_t *p, size_t len, size_t grow)
{
	struct div_frame f = { .type = DIV_PACKET,
		.dir = DIV_FORWARD,
		.hdrlen = DIV_HDRLEN,
		.epoch = d->epoch,
		.id = id + 1,
		.packet = p,
		.caplen = (uint32_t)len,
		.origlen = (uint32_t)len };

	id++;
	f.digest = div_frame_digest(&f);
	memset(p + len, 'x', grow);
	f.caplen += (uint32_t)grow;
	return div_send(d, &f);
}

/* The connection, translated: its first end's data became 3 bytes longer. */
void
translate(struct div *d, size_t grow)
{
	uint8_t p[2048];

	give(d, p, segment(p, 0, 1000, 5000, 10), 0);
	give(d, p, segment(p, 1, 5000, 1010, 10), 0);
	give(d, p, segment(p, 0, 1010, 5010, 10), grow);
	assert_int_equal(noted[id].v, grow ? REPLACE : ACCEPT);
	give(d, p, segment(p, 1, 5010, 1020 + (uint32_t)grow, 0), 0);
}

/* Gives n bytes at an offset of the segment's data as a fragment. */
int
fragment(struct div *d, const uint8_t *whole, size_t len, size_t at, size_t n)
{
	size_t hdr = version == 4 ? V4_HDRLEN : V6_HDRLEN, data = hdr;
	int more = at + n < len - hdr;
	uint8_t p[4096];

	memcpy(p, whole, hdr);
	if (version == 4) {
		put16(p + 4, (uint16_t)ident);
		put16(p + 6, (uint16_t)(at / 8 | (more ? 0x2000 : 0)));
	} else {
		p[6] = IPPROTO_FRAGMENT;
		memset(p + hdr, 0, 8);
		p[hdr] = IPPROTO_TCP;
		put16(p + hdr + 2, (uint16_t)(at | (size_t)more));
		put32(p + hdr + 4, ident);
		data += 8;
	}
	memcpy(p + data, whole + hdr + at, n);
	assert_int_equal(div_repair_new(p, data + n), DIV_OK);
	return give(d, p, data + n, 0);
}

/* Three fragments, the first of them being the i-th to come. */
uint64_t
three(struct div *d, const uint8_t *p, size_t len, int i)
{
	size_t hdr = version == 4 ? V4_HDRLEN : V6_HDRLEN;
	size_t at[] = { 0, 400, 800 }, n[] = { 400, 400, len - hdr - 800 };
	uint64_t first = id + 1;
	int k;

	ident++;
	for (k = 0; k < 3; k++)
		assert_int_equal(fragment(d, p, len, at[(k + 3 - i) % 3],
				     n[(k + 3 - i) % 3]),
		    DIV_OK);
	return first;
}
