/* SPDX-License-Identifier: ISC */

/*
 * Two TCP connections that a sink sees both ways, whose segments come in any
 * order, are edited to any length, and may lie about everything.  Each record
 * of the input is a segment, or time that goes by.  Every one has its verdict.
 */

#include <stdlib.h>
#include <string.h>

#include "../unit/no_kernel.h"
#include "fuzz.h"

#define RECORD 8
#define RECORDS 2000
#define PAYLOAD 1024

enum { TO_SERVER, TO_CLIENT };

static uint64_t verdicts;
static uint32_t next[2][2]; /* sequence number, of connection and end */

static int
verdict(struct div *d, const struct div_frame *f, enum verdict v)
{
	(void)d;
	(void)f;
	(void)v;
	verdicts++;
	return 0;
}

static int
inject(struct div *d, const struct div_frame *f)
{
	struct div_packet p;

	(void)d;
	if (div_packet_parse(&p, f->packet, f->caplen) == -1)
		abort();
	return 0;
}

static size_t
put_options(uint8_t *p, uint8_t which, uint32_t ack)
{
	static const uint8_t syn[] = { 2, 4, 5, 180, 4, 2, 3, 3, 7, 0, 0, 0 };

	switch (which % 4) {
	case 1: /* timestamps */
		memset(p, 1, 12);
		p[2] = 8;
		p[3] = 10;
		put32(p + 4, ack / 1000);
		put32(p + 8, which);
		return 12;
	case 2: /* SACK */
		memset(p, 1, 12);
		p[2] = 5;
		p[3] = 10;
		put32(p + 4, ack + which);
		put32(p + 8, ack + 2U * which);
		return 12;
	case 3:
		memcpy(p, syn, sizeof(syn));
		return sizeof(syn);
	}
	return 0;
}

/* The segment of a record, of len bytes. */
static size_t
segment(uint8_t *p, const uint8_t *r)
{
	static const uint8_t flags[] = { 0x10, 0x18, 0x02, 0x12, 0x11, 0x04,
		0x14, 0x30 };
	unsigned int to = r[0] & 1, conn = r[0] >> 1 & 1;
	uint8_t flag = flags[r[0] >> 2 & 7];
	uint32_t seq, ack;
	size_t hdr, len;

	len = (size_t)r[3] * (r[0] & 0x20 ? 4 : 1);
	seq = next[conn][to] + (uint32_t)(int32_t)(int8_t)r[1] * 16;
	ack = next[conn][!to] + (uint32_t)(int32_t)(int8_t)r[2] * 16;
	if (r[1] == 0)
		next[conn][to] += (uint32_t)len + ((flag & 3) != 0);
	memset(p, 0, 40);
	p[0] = 0x45;
	p[8] = 64;
	p[9] = 6;
	memcpy(p + 12, to ? "\xc0\0\2\2\xc0\0\2\1" : "\xc0\0\2\1\xc0\0\2\2", 8);
	put16(p + 20, to ? 80 : (uint16_t)(1000 + conn));
	put16(p + 22, to ? (uint16_t)(1000 + conn) : 80);
	put32(p + 24, seq);
	put32(p + 28, ack);
	hdr = 20 + put_options(p + 40, r[5], ack);
	p[32] = (uint8_t)(hdr / 4 << 4);
	p[33] = flag;
	put16(p + 34, (uint16_t)(r[6] << 6));
	memset(p + 20 + hdr, 'a' + r[3] % 26, len);
	put16(p + 2, (uint16_t)(20 + hdr + len));
	return 20 + hdr + len;
}

static void
send_record(struct div *d, const uint8_t *r, uint64_t id)
{
	static uint8_t packet[60 + 4 * 255 + 4 * 127];
	struct div_frame f = { .type = DIV_PACKET, .hdrlen = DIV_HDRLEN };
	size_t len = segment(packet, r), hdr = 20U + (packet[32] >> 4) * 4U;
	int delta = (int8_t)r[4] * (r[0] & 0x40 ? 4 : 1);

	f.id = id;
	f.epoch = d->epoch;
	f.packet = packet;
	f.caplen = f.origlen = (uint32_t)len;
	f.digest = div_frame_digest(&f);
	if (delta < 0 && len - hdr < (size_t)-delta)
		delta = -(int)(len - hdr);
	if (delta > 0)
		memset(packet + len, 'A', (size_t)delta);
	f.caplen = (uint32_t)((int)len + delta);
	if (div_send(d, &f) == -1)
		abort();
}

static void
pass_time(struct div *d, uint8_t ms)
{
	d->now += (uint64_t)ms * 10000000;
	if (sink_tcp_tick(d) == -1 || sink_tcp_flush(d) == -1)
		abort();
}

/* A sink without a kernel. */
static const struct backend backend = {
	NO_KERNEL,
	.longest = DIV_PACKETMAX,
	.verdict = verdict,
	.inject = inject,
};

static struct div *
port(void)
{
	struct div_options opt = { .memory = 1 << 20 };
	char err[DIV_ERRLEN];
	struct div *d;

	if ((d = port_open(&backend, 0, &opt, err)) == NULL)
		abort();
	d->emitted = INT32_MAX;
	d->now = 1000000000;
	return d;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct div *d = port();
	uint64_t n = 0;
	size_t i;

	memset(next, 0, sizeof(next));
	next[0][0] = UINT32_MAX - 500; /* it wraps */
	verdicts = 0;
	for (i = 0; i + RECORD <= len && i < RECORD * RECORDS; i += RECORD) {
		if (data[i] & 0x80)
			pass_time(d, data[i + 1]);
		else
			send_record(d, data + i, ++n);
	}
	if (div_finish(d, -1) == -1 || verdicts != n)
		abort();
	div_close(d);
	return 0;
}
