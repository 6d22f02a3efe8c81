/* SPDX-License-Identifier: ISC */

/*
 * Output of pcapng (draft-ietf-opsawg-pcapng): interfaces with their names,
 * directions, ids, and a comment that says what happened to a packet.  A block is
 * a type, a length, a body padded to four bytes, and the length again.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/codec.h"

#define INTERFACES 256  /* those after them count as the first */
#define OPTIONS_MAX 256 /* bytes of a block's options */

enum { BLOCK_INTERFACE = 1, BLOCK_PACKET = 6, BLOCK_SECTION = 0x0a0d0d0a };

enum {
	OPT_END = 0,
	OPT_COMMENT = 1,
	IF_NAME = 2,
	EPB_FLAGS = 2,
	SHB_USERAPPL = 4,
	EPB_PACKETID = 5,
	EPB_QUEUE = 6,
	IF_TSRESOL = 9
};

struct interfaces {
	uint32_t n;
	char names[INTERFACES][DIV_IFNAMELEN];
};

static uint8_t *
put_u16(uint8_t *out, uint16_t v)
{
	memcpy(out, &v, sizeof(v));
	return out + sizeof(v);
}

static uint8_t *
put_u32(uint8_t *out, uint32_t v)
{
	memcpy(out, &v, sizeof(v));
	return out + sizeof(v);
}

static uint8_t *
put_padded(uint8_t *out, const void *p, size_t n)
{
	if (n > 0)
		memcpy(out, p, n);
	memset(out + n, 0, -n % 4);
	return out + n + -n % 4;
}

static uint8_t *
put_option(uint8_t *out, uint16_t code, const void *p, size_t n)
{
	out = put_u16(out, code);
	out = put_u16(out, (uint16_t)n);
	return put_padded(out, p, n);
}

/* Fills the lengths in, which a block has at both ends. */
static int
commit_block(struct div_writer *w, uint8_t *block, uint8_t *end)
{
	uint32_t n = (uint32_t)(end - block) + 4;

	put_u32(block + 4, n);
	put_u32(end, n);
	return writer_commit(w, n);
}

static int
pcapng_start(struct div_writer *w)
{
	static const char program[] = "divio";
	uint8_t *block, *p;

	if ((w->priv = calloc(1, sizeof(struct interfaces))) == NULL ||
	    (block = writer_reserve(w, OPTIONS_MAX)) == NULL)
		return -1;
	p = put_u32(put_u32(block, BLOCK_SECTION), 0);
	p = put_u32(p, 0x1a2b3c4d); /* byte order */
	p = put_u16(put_u16(p, 1), 0);
	p = put_u32(put_u32(p, UINT32_MAX), UINT32_MAX); /* length: not known */
	p = put_option(p, SHB_USERAPPL, program, strlen(program));
	p = put_option(p, OPT_END, NULL, 0);
	return commit_block(w, block, p);
}

static int
describe(struct div_writer *w, const char *name)
{
	static const uint8_t nanoseconds = 9;
	size_t n = strnlen(name, DIV_IFNAMELEN);
	uint8_t *block, *p;

	if ((block = writer_reserve(w, OPTIONS_MAX)) == NULL)
		return -1;
	p = put_u32(put_u32(block, BLOCK_INTERFACE), 0);
	p = put_u16(put_u16(p, 101), 0); /* raw IP */
	p = put_u32(p, SNAPLEN);
	if (n > 0)
		p = put_option(p, IF_NAME, name, n);
	p = put_option(p, IF_TSRESOL, &nanoseconds, 1);
	p = put_option(p, OPT_END, NULL, 0);
	return commit_block(w, block, p);
}

/* The number of a frame's interface, which is described before it is used. */
static int
number(struct div_writer *w, const struct div_frame *f, uint32_t *i)
{
	struct interfaces *ifs = w->priv;

	for (*i = 0; *i < ifs->n; ++*i)
		if (memcmp(ifs->names[*i], f->ifname, DIV_IFNAMELEN) == 0)
			return 0;
	if (*i == INTERFACES) {
		*i = 0;
		return 0;
	}
	memcpy(ifs->names[ifs->n++], f->ifname, DIV_IFNAMELEN);
	return describe(w, f->ifname);
}

static size_t
comment(char *buf, size_t size, const struct div_frame *f, int edited)
{
	const char *verdict = text_verdict(f);
	size_t n;

	*buf = '\0';
	if (verdict != NULL)
		snprintf(buf, size, "%s%s, ", verdict,
		    f->id == DIV_ALL ? " all" : "");
	else if (frame_is_new(f))
		snprintf(buf, size, "new, ");
	else if (f->type == DIV_PACKET && edited)
		snprintf(buf, size, "edited, was %u bytes, ",
		    (unsigned int)f->origlen);
	n = strlen(buf);
	if (f->mark != 0)
		snprintf(buf + n, size - n, "mark 0x%x, ",
		    (unsigned int)f->mark);
	n = strlen(buf);
	return n > 2 ? n - 2 : 0;
}

static uint8_t *
put_options(uint8_t *out, const struct div_frame *f, int edited)
{
	uint32_t queue = f->port, flags = 0;
	char buf[128];
	size_t n;

	if ((n = comment(buf, sizeof(buf), f, edited)) > 0)
		out = put_option(out, OPT_COMMENT, buf, n);
	if (f->dir == DIV_IN || f->dir == DIV_OUT)
		flags = f->dir == DIV_IN ? 1 : 2;
	if (flags != 0)
		out = put_option(out, EPB_FLAGS, &flags, sizeof(flags));
	if (f->type != DIV_INJECT && f->id != DIV_ALL)
		out = put_option(out, EPB_PACKETID, &f->id, sizeof(f->id));
	if (queue != 0)
		out = put_option(out, EPB_QUEUE, &queue, sizeof(queue));
	return put_option(out, OPT_END, NULL, 0);
}

/* A verdict is a packet without bytes. */
static int
pcapng_put(struct div_writer *w, const struct div_frame *f)
{
	int edited = frame_is_edited(f);
	uint8_t *block, *p, *end;
	uint32_t interface;

	if (f->type == DIV_HOLD || f->caplen > DIV_PACKETMAX)
		return 0;
	if (number(w, f, &interface) == -1 ||
	    (block = writer_reserve(w, 32 + f->caplen + OPTIONS_MAX)) == NULL)
		return -1;
	p = put_u32(put_u32(block, BLOCK_PACKET), 0);
	p = put_u32(p, interface);
	p = put_u32(p, (uint32_t)(f->time >> 32));
	p = put_u32(p, (uint32_t)f->time);
	p = put_u32(put_u32(p, f->caplen), frame_length(f));
	end = put_padded(p, f->packet, f->caplen);
	if (capture_wants_repair(f, edited))
		div_repair(p, f->caplen);
	return commit_block(w, block, put_options(end, f, edited));
}

const struct codec codec_pcapng = {
	.name = "pcapng",
	.next = capture_next_frame,
	.done = capture_done,
	.start = pcapng_start,
	.put = pcapng_put,
};
