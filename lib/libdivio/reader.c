/* SPDX-License-Identifier: ISC */

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

#define BUFSIZE (8 * DIV_PACKETMAX) /* the longest text line fits */
#define READMAX (256 * 1024)        /* more would only spoil caches */

static const struct codec *const codecs[DIV_NFORMATS] = {
	[DIV_FMT_FRAME] = &codec_frame,
	[DIV_FMT_PCAP] = &codec_pcap,
	[DIV_FMT_TEXT] = &codec_text,
	[DIV_FMT_HEX] = &codec_hex,
	[DIV_FMT_JSON] = &codec_json,
};

const struct codec *
codec_find(enum div_format fmt)
{
	return codecs[fmt];
}

/* Finds a format by its name.  0, or -1 with EINVAL. */
int
div_format_parse(const char *name, enum div_format *fmt)
{
	int i;

	for (i = 0; i < DIV_NFORMATS; i++) {
		if (codecs[i] != NULL && strcmp(codecs[i]->name, name) == 0) {
			*fmt = (enum div_format)i;
			return 0;
		}
	}
	errno = EINVAL;
	return -1;
}

/*
 * Wants a descriptor to read from and its name for messages; both stay the
 * caller's.  NULL when memory is short.
 */
struct div_reader *
div_reader_new(int fd, const char *name, enum div_format fmt)
{
	struct div_reader *r;

	if ((r = calloc(1, sizeof(*r))) == NULL)
		return NULL;
	if ((r->buf = malloc(BUFSIZE)) == NULL) {
		free(r);
		return NULL;
	}
	r->fd = fd;
	r->name = name;
	r->codec = codec_find(fmt);
	r->size = BUFSIZE;
	pipe_grow(fd);
	return r;
}

void
div_reader_tie(struct div_reader *r, int (*tie)(void *), void *arg)
{
	r->tie = tie;
	r->tiearg = arg;
}

const char *
div_reader_error(const struct div_reader *r)
{
	return r->error;
}

/* How many captured packets were none of IP, and not returned. */
uint64_t
div_reader_skipped(const struct div_reader *r)
{
	return r->skipped;
}

void
div_reader_free(struct div_reader *r)
{
	if (r == NULL)
		return;
	if (r->codec != NULL && r->codec->done != NULL)
		r->codec->done(r);
	free(r->packet);
	free(r->buf);
	free(r);
}

int
reader_fail(struct div_reader *r, int error, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (r->line != 0)
		n = snprintf(r->error, sizeof(r->error),
		    "%s: line %llu: ", r->name, (unsigned long long)r->line);
	else
		n = snprintf(r->error, sizeof(r->error),
		    "%s: byte %llu: ", r->name,
		    (unsigned long long)(r->base + r->rpos));
	if (n >= 0 && (size_t)n < sizeof(r->error)) {
		va_start(ap, fmt);
		vsnprintf(r->error + n, sizeof(r->error) - (size_t)n, fmt, ap);
		va_end(ap);
	}
	errno = error;
	return -1;
}

/*
 * One read(2).  What the caller still points to is void from the tie on, which
 * runs again after each signal.  1, 0 at the end, -1.
 */
static int
reader_read(struct div_reader *r, size_t want)
{
	struct pollfd pfd = { .fd = r->fd, .events = POLLIN };
	ssize_t n;

	do {
		if (r->tie != NULL && r->tie(r->tiearg) == -1)
			return reader_fail(r, errno, "%s", strerror(errno));
		if (r->rpos != 0) {
			memmove(r->buf, r->buf + r->rpos, r->wpos - r->rpos);
			r->base += r->rpos;
			r->wpos -= r->rpos;
			r->rpos = 0;
		}
		if (want < READMAX)
			want = READMAX;
		if (want > r->size - r->wpos)
			want = r->size - r->wpos;
		n = read(r->fd, r->buf + r->wpos, want);
		if (n == -1 && errno == EAGAIN)
			poll(&pfd, 1, -1);
	} while (n == -1 && (errno == EINTR || errno == EAGAIN));
	if (n == -1)
		return reader_fail(r, errno, "read: %s", strerror(errno));
	if (n == 0) {
		r->eof = 1;
		return 0;
	}
	r->wpos += (size_t)n;
	return 1;
}

int
reader_fill(struct div_reader *r, size_t need)
{
	int n;

	if (need > r->size)
		return reader_fail(r, EMSGSIZE, "item of %zu bytes", need);
	while (r->wpos - r->rpos < need) {
		if (r->eof)
			return 0;
		if ((n = reader_read(r, need)) != 1)
			return n;
	}
	return 1;
}

int
reader_line(struct div_reader *r, uint8_t **line, size_t *len)
{
	uint8_t *p, *nl;
	size_t have, seen = 0;
	int n;

	for (;;) {
		p = r->buf + r->rpos;
		have = r->wpos - r->rpos;
		nl = memchr(p + seen, '\n', have - seen);
		if (nl != NULL)
			break;
		seen = have;
		if (have == r->size) {
			r->line++;
			return reader_fail(r, EMSGSIZE, "line too long");
		}
		if ((n = reader_fill(r, have + 1)) == -1)
			return -1;
		if (n == 0) {
			if (have == 0)
				return 0;
			p = r->buf + r->rpos;
			nl = p + have;
			break;
		}
	}
	r->line++;
	*line = p;
	*len = (size_t)(nl - p);
	r->rpos += *len + (nl < r->buf + r->wpos);
	if (*len > 0 && p[*len - 1] == '\r')
		--*len;
	return 1;
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
 * Names the format that the input begins with, as soon as it is sure; NULL:
 * more bytes would help.  Hex is two digits and a blank; a packet's id in a
 * text line is followed by a tab.
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
	if (n >= 5 && (memcmp(p, "drop", 4) == 0 || memcmp(p, "pass", 4) == 0))
		return &codec_text;
	return n >= 5 || last ? &codec_frame : NULL;
}

static int
reader_sniff(struct div_reader *r)
{
	int n;

	while (r->codec == NULL) {
		n = reader_fill(r, r->wpos - r->rpos + 1);
		if (n == -1)
			return -1;
		if (n == 0 && r->wpos == r->rpos)
			return 0;
		r->codec = sniff(r->buf + r->rpos, r->wpos - r->rpos, n == 0);
	}
	if (r->codec == &codec_frame && r->buf[r->rpos] != 'D')
		return reader_fail(r, EBADMSG,
		    "neither frames nor a capture, nor text, json or hex");
	return 1;
}

int
div_reader_next(struct div_reader *r, struct div_frame *f)
{
	int n;

	if (r->codec == NULL && (n = reader_sniff(r)) != 1)
		return n;
	return r->codec->next(r, f);
}

static int
frame_fail(struct div_reader *r, const uint8_t *p)
{
	switch (errno) {
	case EBADMSG:
		return reader_fail(r, EBADMSG, "bad magic, no frame here");
	case EPROTONOSUPPORT:
		return reader_fail(r, EBADMSG,
		    "frame version %d, "
		    "this program knows 1",
		    p[4]);
	default:
		return reader_fail(r, EBADMSG,
		    "absurd length: "
		    "header %u, packet %u bytes",
		    get16(p + 6), get32(p + 8));
	}
}

static int
frame_next(struct div_reader *r, struct div_frame *f)
{
	size_t have, need;
	int n;

	for (;;) {
		have = r->wpos - r->rpos;
		n = div_frame_decode(f, r->buf + r->rpos, have);
		if (n == 1) {
			r->rpos += (size_t)f->hdrlen + f->caplen;
			return 1;
		}
		if (n == -1)
			return frame_fail(r, r->buf + r->rpos);
		need = have < 12 ? have + 1 : (size_t)f->hdrlen + f->caplen;
		if ((n = reader_fill(r, need)) == -1)
			return -1;
		if (n == 0)
			return have == 0 && r->wpos == r->rpos ?
			    0 :
			    reader_fail(r, EBADMSG, "truncated frame");
	}
}

static int
frame_put(struct div_writer *w, const struct div_frame *f)
{
	size_t len = (size_t)f->hdrlen + f->caplen;
	uint8_t *p;

	if (f->wire != NULL && f->packet == f->wire + f->hdrlen) {
		div_frame_encode(f, f->wire);
		return writer_ref(w, f->wire, len);
	}
	if ((p = writer_reserve(w, len)) == NULL)
		return -1;
	div_frame_encode(f, p);
	memcpy(p + f->hdrlen, f->packet, f->caplen);
	return writer_commit(w, len);
}

const struct codec codec_frame = {
	.name = "frame",
	.next = frame_next,
	.put = frame_put,
};
