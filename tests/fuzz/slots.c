/* SPDX-License-Identifier: ISC */

/*
 * A sink that gets frames by reference from a filter that was taken over.  Each
 * record of the input is a packet that the reader receives, a frame of the filter,
 * honest or forged, or time that goes by.  All bytes of a packet tell its id: none
 * comes to a verdict on another one.
 */

#include <netinet/in.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../unit/no_kernel.h"
#include "fuzz.h"
#include "stream/stream.h"

#define RECORD 8
#define RECORDS 500
#define SLOTS 5
#define EDITS 3 /* of a filter */
#define AT 160

static struct div_slots *owner;
static uint64_t last;

/* The packet of an id: of UDP or TCP, whole or a fragment. */
static void
make_packet(uint8_t *p, uint32_t len, uint64_t id, uint8_t kind)
{
	memset(p, (int)id, len);
	memset(p, 0, 40);
	p[0] = 0x45;
	put16(p + 2, (uint16_t)len);
	p[6] = kind & 0x10 ? 0x20 : 0;
	p[8] = 64;
	p[9] = kind & 1 ? IPPROTO_TCP : IPPROTO_UDP;
	put32(p + 12, 0x0a000001);
	put32(p + 16, (uint32_t)id);
	put16(p + 20, 1000);
	put16(p + 22, 2000);
	put32(p + 24, kind);
	p[32] = 5 << 4;
	p[33] = kind & 2 ? 2 : 16;
}

static int
verdict(struct div *d, const struct div_frame *f, enum verdict v)
{
	(void)d;
	(void)v;
	if (f->id != 0 && f->type == DIV_PACKET && f->caplen >= 40 &&
	    get32(f->packet + 16) != (uint32_t)f->id)
		abort();
	return DIV_OK;
}

static int
inject(struct div *d, const struct div_frame *f)
{
	(void)d;
	return f->caplen == 0 ? DIV_NOTSENT : DIV_OK;
}

static const struct backend backend = {
	NO_KERNEL,
	.longest = 65531,
	.verdict = verdict,
	.inject = inject,
};

/* The reader: a packet in a slot, if there is one, and its frame. */
static void
receive(struct div *d, const uint8_t *rec)
{
	struct div_frame f = { .type = DIV_PACKET, .id = ++last };

	slots_sweep(owner, UINT_MAX);
	d->emitted = last;
	if ((f.slot = slots_take(owner)) == 0)
		return;
	f.caplen = 40 + get16(rec + 2) % 6000;
	f.packet = slots_at(owner, f.slot) + AT;
	make_packet(f.packet, f.caplen, f.id, rec[1]);
	slots_publish(owner, &f);
	if (rec[1] & 0x80)
		slots_release(owner, f.slot);
}

/* The filter: any header, with as many bytes as it says. */
static void
forge(int fd, const struct div *d, const uint8_t *rec)
{
	struct div_frame f = { .type = rec[1] & 0xf0 ? DIV_PACKET : rec[1] & 7,
		.hdrlen = DIV_HDRLEN,
		.flags = rec[2] & 1 ? SLOTS_FLAG : rec[2],
		.caplen = rec[2] & 0xc0 ? 0 : rec[3],
		.origlen = get16(rec + 3),
		.id = last - rec[5] % 8,
		.digest = rec[6] & 0x80 ?
		    (uint64_t)(rec[6] & 15) << 32 | rec[5] >> 6 :
		    rec[6] % (SLOTS + 2),
		.epoch = d->epoch ^ (rec[7] == 1),
		.port = 8000 };
	uint8_t buf[DIV_HDRMAX + 256];
	size_t n;

	if (f.caplen >= 40)
		make_packet(buf + DIV_HDRLEN, f.caplen, f.id, rec[4]);
	else
		memset(buf + DIV_HDRLEN, 0, 40);
	n = div_frame_encode(&f, buf) + f.caplen;
	if (write(fd, buf, n) != (ssize_t)n)
		abort();
}

/* The filter: any packet in the memory for those that it edited. */
static void
put_edit(const struct div_slots *s, const uint8_t *rec)
{
	const struct div_slots *edits = s->edits[rec[1] % SLOTS_FILTERS];
	uint32_t slot = 1 + rec[2] % EDITS, len = 40 + get16(rec + 3) % 2000;
	struct slots_entry *e = &edits->entries[slot - 1];

	e->id = last - rec[5] % 8;
	e->at = rec[6];
	e->len = rec[7] < 0xf0 ? len : rec[7] * 0x1000000U;
	make_packet(slots_at(edits, slot) + e->at, len, e->id, rec[7]);
}

static void
lend_edits(struct div_slots *s)
{
	uint32_t i;

	slots_new_edits(owner, EDITS);
	for (i = 0; i < SLOTS_FILTERS; i++)
		slots_map_edits(s, i + 1, dup(owner->editsfd[i]));
	s->filter = 2;
	if (!slots_has_edits(s))
		abort();
}

struct fuzz_pipe {
	int fd[2];
	struct div_reader *r;
	struct div_writer *w;
};

static void
open_pipe(struct fuzz_pipe *e, struct div_slots *slots)
{
	if (pipe(e->fd) == -1 ||
	    (e->r = reader_new(e->fd[0], "pipe", &codec_frame)) == NULL ||
	    (e->w = writer_new(e->fd[1], &codec_frame)) == NULL)
		abort();
	e->r->slots = e->w->slots = slots;
	e->w->refers = 1;
}

static void
close_pipe(struct fuzz_pipe *e)
{
	div_reader_free(e->r);
	div_writer_free(e->w);
	close(e->fd[0]);
	close(e->fd[1]);
}

/* A filter of ours, between that one and the sink. */
static int
pass_on(struct fuzz_pipe *in, struct fuzz_pipe *out, int edits)
{
	static uint8_t own[DIV_SLOT_SIZE];
	struct div_frame f;

	if (div_reader_next(in->r, &f) != 1)
		return 0;
	if (edits) {
		div_frame_own(&f, own);
		div_frame_replace(&f, f.packet, f.caplen);
	}
	out->w->refers = out->w->edits = 1;
	if (div_writer_put(out->w, &f) == -1 || div_writer_flush(out->w) == -1)
		abort();
	return 1;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct div_options opt = { .mark = DIV_MARK, .hold = 1000 };
	struct fuzz_pipe pipes[2];
	char err[DIV_ERRLEN];
	struct div_frame f;
	struct div *d;
	size_t n;

	last = 0;
	if ((d = port_open(&backend, 8000, &opt, err)) == NULL ||
	    (owner = slots_new(SLOTS, DIV_SLOT_SIZE, d->epoch)) == NULL)
		abort();
	d->slots = slots_map(dup(owner->fd), dup(owner->returnedfd), d->epoch);
	if (d->slots == NULL)
		abort();
	open_pipe(&pipes[0], d->slots);
	open_pipe(&pipes[1], d->slots);
	if ((pipes[1].r->edit = malloc(DIV_SLOT_SIZE)) == NULL)
		abort();
	lend_edits(d->slots);
	for (n = 0; n < RECORDS && len >= RECORD; n++) {
		switch (data[0] % 5) {
		case 0:
			receive(d, data);
			break;
		case 1:
			idwin_close(&d->ids, last - data[1] % 4);
			break;
		case 2:
			put_edit(d->slots, data);
			break;
		default:
			forge(pipes[0].fd[1], d, data);
			if (pass_on(&pipes[0], &pipes[1], data[0] & 0x80) &&
			    div_reader_next(pipes[1].r, &f) == 1)
				(void)div_send(d, &f);
		}
		data += RECORD;
		len -= RECORD;
	}
	close_pipe(&pipes[0]);
	close_pipe(&pipes[1]);
	div_close(d);
	div_slots_free(owner);
	return 0;
}
