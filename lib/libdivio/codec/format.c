/* SPDX-License-Identifier: ISC */

/* The formats by name, and by the bytes that a stream begins with. */

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "codec/codec.h"

static int auto_next(struct div_reader *, struct div_frame *);
static int first_next(struct div_reader *, struct div_frame *);

static const struct codec codec_auto = { .next = auto_next };
static const struct codec codec_first = { .next = first_next };

static const struct codec *const codecs[DIV_NFORMATS] = {
	[DIV_FMT_AUTO] = &codec_auto,
	[DIV_FMT_FRAME] = &codec_frame,
	[DIV_FMT_PCAP] = &codec_pcap,
	[DIV_FMT_TEXT] = &codec_text,
	[DIV_FMT_HEX] = &codec_hex,
	[DIV_FMT_JSON] = &codec_json,
	[DIV_FMT_PCAPNG] = &codec_pcapng,
	[DIV_FMT_SHORT] = &codec_short,
	[DIV_FMT_COLOUR] = &codec_colour,
};

/*
 * Finds a format by its name.  0, or -1 with EINVAL, or EPROTONOSUPPORT if this
 * build does not have it.
 */
int
div_format_parse(const char *name, enum div_format *fmt)
{
	int i = DIV_FMT_AUTO + 1;

	while (i < DIV_NFORMATS && strcmp(codecs[i]->name, name) != 0)
		i++;
	if (i < DIV_NFORMATS && codecs[i]->put != NULL) {
		*fmt = (enum div_format)i;
		return 0;
	}
	errno = i < DIV_NFORMATS ? EPROTONOSUPPORT : EINVAL;
	return -1;
}

static int
is_pcap(const uint8_t *p, size_t n)
{
	static const uint32_t magics[] = {
		0xa1b2c3d4,
		0xd4c3b2a1,
		0xa1b23c4d,
		0x4d3cb2a1,
		0x0a0d0d0a,
	};
	size_t i;

	if (n < 4)
		return 0;
	for (i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (get32(p) == magics[i])
			return 1;
	return 0;
}

/*
 * Recognises the format from the first bytes; NULL: more are needed.  Hex begins
 * with two digits and a blank; in text, a tab follows a packet's id.
 */
static const struct codec *
sniff(const uint8_t *p, size_t n, int last)
{
	if (n >= 4 && memcmp(p, "DIVF", 4) == 0)
		return &codec_frame;
	if (is_pcap(p, n))
		return &codec_pcap;
	if (n > 0 && p[0] == '{')
		return &codec_json;
	if (n >= 3 && isxdigit(p[0]) && isxdigit(p[1]) &&
	    (p[2] == ' ' || p[2] == '\n' || p[2] == '\r'))
		return &codec_hex;
	if (n > 0 && (isdigit(p[0]) || p[0] == '-'))
		return n >= 3 || last ? &codec_text : NULL;
	if (n >= 5 &&
	    (memcmp(p, "drop", 4) == 0 || memcmp(p, "pass", 4) == 0 ||
		memcmp(p, "hold", 4) == 0))
		return &codec_text;
	return n >= 5 || last ? &codec_frame : NULL;
}

/* Finds the codec of the input's format: 1, 0 at the end, -1. */
static int
find_codec(struct div_reader *r, const struct codec **codec)
{
	int n;

	for (*codec = NULL; *codec == NULL;) {
		n = reader_fill(r, r->wpos - r->rpos + 1);
		if (n == -1)
			return -1;
		if (n == 0 && r->wpos == r->rpos)
			return 0;
		*codec = sniff(r->buf + r->rpos, r->wpos - r->rpos, n == 0);
	}
	return codec_refuse_compressed(r) == -1 ? -1 : 1;
}

/* Replaces itself as the reader's codec by that of frames; names other formats. */
static int
first_next(struct div_reader *r, struct div_frame *f)
{
	const struct codec *codec;
	int n;

	if ((n = find_codec(r, &codec)) != 1)
		return n;
	r->codec = &codec_frame;
	if (codec == &codec_frame)
		return codec->next(r, f);
	return reader_fail(r, EBADMSG,
	    "this is %s, no frames: \"divcat file |\" makes frames of it",
	    codec == &codec_pcap ? "a capture" : codec->name);
}

/* Replaces itself as the reader's codec by that of the input's format. */
static int
auto_next(struct div_reader *r, struct div_frame *f)
{
	const struct codec *codec;
	struct text_slice begin;
	char q[TEXT_QUOTE];
	int n;

	if ((n = find_codec(r, &codec)) != 1)
		return n;
	r->codec = codec;
	begin.p = r->buf + r->rpos;
	begin.n = r->wpos - r->rpos;
	if (codec == &codec_frame && begin.p[0] != 'D')
		return reader_fail(r, EBADMSG,
		    "neither frames nor a capture, nor text, json or hex: "
		    "\"%s\"",
		    text_quote(begin, q));
	return codec->next(r, f);
}

/*
 * Takes a descriptor and its name for messages; both stay the caller's.  NULL if
 * memory is short, or with EINVAL if the format is for output only.
 */
struct div_reader *
div_reader_new(int fd, const char *name, enum div_format fmt)
{
	if (codecs[fmt]->next == NULL) {
		errno = EINVAL;
		return NULL;
	}
	return reader_new(fd, name,
	    fmt == DIV_FMT_FRAME ? &codec_first : codecs[fmt]);
}

/* The descriptor stays the caller's.  NULL if memory is short. */
struct div_writer *
div_writer_new(int fd, enum div_format fmt)
{
	return writer_new(fd,
	    codecs[fmt == DIV_FMT_AUTO ? DIV_FMT_FRAME : fmt]);
}
