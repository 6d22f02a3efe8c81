/* SPDX-License-Identifier: ISC */

/*
 * A line a packet for people, much as tcpdump(8) prints it.  It is not complete, so
 * it is never read back.
 */

#include <netinet/in.h>

#include <string.h>
#include <time.h>

#include "codec/codec.h"

#define TEXT_BYTES 64  /* of the payload */
#define LINE_BYTES 512 /* of a line, at most */

/* What a line is about. */
enum kind { PLAIN, IN, OUT, NEW, EDITED, DROPPED };

/* SGR parameters of ECMA-48; NULL: as it is. */
static const char *const colours[] = {
	[IN] = "\033[32m",
	[OUT] = "\033[36m",
	[NEW] = "\033[35m",
	[EDITED] = "\033[33m",
	[DROPPED] = "\033[31m",
};

#define RESET "\033[0m"

static enum kind
kind_of(const struct div_frame *f)
{
	if (f->type == DIV_DROP)
		return DROPPED;
	if (frame_is_new(f))
		return NEW;
	if (f->type == DIV_PACKET && frame_is_edited(f))
		return EDITED;
	return f->dir == DIV_IN ? IN : f->dir == DIV_OUT ? OUT : PLAIN;
}

/* The time of day; the date is that of the capture. */
static uint8_t *
put_clock(uint8_t *out, uint64_t time)
{
	time_t s = (time_t)(time / 1000000000);
	struct tm tm;
	char buf[64];

	if (time == 0)
		return out;
	localtime_r(&s, &tm);
	snprintf(buf, sizeof(buf), "%02d:%02d:%02d.%06d ", tm.tm_hour,
	    tm.tm_min, tm.tm_sec, (int)(time % 1000000000 / 1000));
	return text_put_string(out, buf);
}

/* The flags as tcpdump has them: [S], [S.], [P.] ... */
static uint8_t *
put_flags(uint8_t *out, uint8_t flags)
{
	static const char letters[] = "FSRP.UEW";
	int i;

	out = text_put_string(out, " [");
	for (i = 0; i < 8; i++)
		if (letters[i] != '.' && flags & 1 << i)
			*out++ = (uint8_t)letters[i];
	if (flags & TH_ACK)
		*out++ = '.';
	*out++ = ']';
	return out;
}

static uint8_t *
put_word(uint8_t *out, const char *word, uint64_t n)
{
	*out++ = ' ';
	out = text_put_string(out, word);
	*out++ = ' ';
	return text_put_dec(out, n);
}

static uint8_t *
put_mark(uint8_t *out, uint32_t mark)
{
	char buf[20];

	snprintf(buf, sizeof(buf), " mark 0x%x", (unsigned int)mark);
	return text_put_string(out, buf);
}

/* The first bytes of the payload; a dot for what is not printed. */
static uint8_t *
put_text(uint8_t *out, const uint8_t *p, size_t n)
{
	size_t i;

	if (n == 0)
		return out;
	*out++ = ':';
	*out++ = ' ';
	for (i = 0; i < n && i < TEXT_BYTES; i++)
		*out++ = p[i] >= ' ' && p[i] <= '~' ? p[i] : '.';
	return out;
}

static uint8_t *
put_ends(uint8_t *out, const struct text_summary *s)
{
	size_t i;

	for (i = 0; i <= DST - PROTO; i++) {
		memcpy(out, s->col[i].text, s->col[i].n);
		out += s->col[i].n;
		out = text_put_string(out, i + PROTO == SRC ? " > " : " ");
	}
	return out - 1;
}

static uint8_t *
put_packet(uint8_t *out, const struct div_frame *f, enum kind kind)
{
	struct text_summary s;
	struct div_packet pk;

	if (f->ifname[0] != '\0') {
		out = text_put_name(out, f->ifname);
		*out++ = ' ';
	}
	text_summarize(&s, f);
	out = put_ends(out, &s);
	if (div_packet_parse(&pk, f->packet, f->caplen) == -1)
		return put_word(out, "len", f->caplen);
	if (pk.fragment != DIV_WHOLE)
		out = text_put_string(out, " fragment");
	else if (pk.proto == IPPROTO_TCP && !pk.truncated)
		out = put_flags(out, pk.data[pk.l4 + 13]);
	out = put_word(out, "len", frame_length(f) - s.split);
	if (f->mark != 0)
		out = put_mark(out, f->mark);
	if (kind == EDITED)
		out = text_put_string(out, " edited");
	if (f->id != 0)
		out = put_word(out, "id", f->id);
	return put_text(out, f->packet + s.split, f->caplen - s.split);
}

static uint8_t *
put_verdict(uint8_t *out, const struct div_frame *f, const char *verdict)
{
	if (f->type == DIV_HOLD)
		return text_put_string(out, verdict);
	if (f->id == DIV_ALL)
		return text_put_string(text_put_string(out, verdict), " all");
	return put_word(text_put_string(out, verdict), "id", f->id);
}

static uint8_t *
put_line(uint8_t *out, const struct div_frame *f, enum kind kind)
{
	const char *verdict = text_verdict(f), *dir = text_dir(f->dir);

	out = put_clock(out, f->time);
	if (verdict != NULL)
		return put_verdict(out, f, verdict);
	if (kind == NEW)
		dir = "new";
	else if (f->dir == DIV_UNKNOWN)
		dir = NULL;
	if (dir != NULL) {
		out = text_put_string(out, dir);
		*out++ = ' ';
	}
	return put_packet(out, f, kind);
}

static int
put(struct div_writer *w, const struct div_frame *f, int coloured)
{
	enum kind kind = kind_of(f);
	const char *colour = coloured ? colours[kind] : NULL;
	uint8_t *line, *p;

	if ((p = line = writer_reserve(w, LINE_BYTES)) == NULL)
		return -1;
	if (colour != NULL)
		p = text_put_string(p, colour);
	p = put_line(p, f, kind);
	p = text_put_string(p, colour != NULL ? RESET "\n" : "\n");
	return writer_commit(w, (size_t)(p - line));
}

static int
short_put(struct div_writer *w, const struct div_frame *f)
{
	return put(w, f, 0);
}

static int
colour_put(struct div_writer *w, const struct div_frame *f)
{
	return put(w, f, 1);
}

const struct codec codec_short = {
	.name = "short",
	.put = short_put,
};

const struct codec codec_colour = {
	.name = "colour",
	.put = colour_put,
};
