/* SPDX-License-Identifier: ISC */

/*
 * Readers: one large buffer, filled by read(2) and consumed by the codec.  What
 * remains moves to its beginning before each read, so a frame is valid until the
 * next one is asked for.
 */

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stream/stream.h"

#define BUFSIZE (8 * DIV_PACKETMAX) /* bytes; the longest text line fits */
#define READMAX (256 * 1024)        /* bytes; more would spoil the cache */

struct div_reader *
reader_new(int fd, const char *name, const struct codec *codec)
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
	r->codec = codec;
	r->size = BUFSIZE;
	pipe_grow(fd);
	return r;
}

void
div_reader_on_reuse(struct div_reader *r, int (*on_reuse)(void *), void *arg)
{
	r->on_reuse = on_reuse;
	r->reuse_arg = arg;
}

const char *
div_reader_error(const struct div_reader *r)
{
	return r->error;
}

/* Captured packets that were not IP, and were skipped. */
uint64_t
div_reader_skipped(const struct div_reader *r)
{
	return r->skipped;
}

/*
 * Takes frames by reference from a pipe, of the reader whose slots these are: the
 * process that writes to it sees the lock.
 */
int
div_reader_refer(struct div_reader *r, struct div_slots *slots)
{
	enum slots_taken what = SLOTS_REFERENCES;

	r->slots = slots;
	if (slots == NULL)
		return -1;
	if (r->edit == NULL && r->codec == &codec_frame &&
	    slots_has_edits(slots))
		r->edit = malloc(DIV_SLOT_SIZE);
	if (r->edit != NULL)
		what = SLOTS_EDITS;
	return slots_lock(slots, r->fd, what);
}

void
div_reader_free(struct div_reader *r)
{
	if (r == NULL)
		return;
	if (r->codec->done != NULL)
		r->codec->done(r);
	free(r->packet);
	free(r->edit);
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
 * One read(2): 1, 0 at the end, or -1.  on_reuse() is called before frames in the
 * buffer become invalid, and again after each signal.
 */
static int
reader_read(struct div_reader *r, size_t want)
{
	struct pollfd pfd = { .fd = r->fd, .events = POLLIN };
	ssize_t n;

	do {
		if (r->on_reuse != NULL && r->on_reuse(r->reuse_arg) == -1)
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

int
div_reader_next(struct div_reader *r, struct div_frame *f)
{
	return r->codec->next(r, f);
}
