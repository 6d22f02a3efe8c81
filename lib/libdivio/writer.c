/* SPDX-License-Identifier: ISC */

#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"

#define NIOV 1024 /* IOV_MAX of all our systems */

/* The descriptor stays the caller's.  NULL when memory is short. */
struct div_writer *
div_writer_new(int fd, enum div_format fmt)
{
	struct div_writer *w;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		return NULL;
	w->iov = calloc(NIOV, sizeof(*w->iov));
	w->arena = malloc(WRITER_ARENA);
	if (w->iov == NULL || w->arena == NULL) {
		div_writer_free(w);
		return NULL;
	}
	w->fd = fd;
	w->codec = codec_find(fmt == DIV_FMT_AUTO ? DIV_FMT_FRAME : fmt);
	pipe_grow(fd);
	return w;
}

/* Frees w; what was not flushed is lost. */
void
div_writer_free(struct div_writer *w)
{
	if (w == NULL)
		return;
	free(w->iov);
	free(w->arena);
	free(w);
}

/* Forgets the n bytes that were written; their vectors go. */
static void
consume(struct div_writer *w, int *first, size_t n)
{
	struct iovec *v;

	while (n > 0) {
		v = &w->iov[*first];
		if (n < v->iov_len) {
			v->iov_base = (uint8_t *)v->iov_base + n;
			v->iov_len -= n;
			return;
		}
		n -= v->iov_len;
		++*first;
	}
}

static int
writer_drain(struct div_writer *w)
{
	struct pollfd pfd = { .fd = w->fd, .events = POLLOUT };
	ssize_t n;
	int first = 0;

	while (first < w->niov) {
		n = writev(w->fd, w->iov + first, w->niov - first);
		if (n >= 0) {
			consume(w, &first, (size_t)n);
			continue;
		}
		if (errno == EAGAIN) {
			if (poll(&pfd, 1, -1) == -1 && errno != EINTR)
				return -1;
		} else if (errno != EINTR)
			return -1;
	}
	return 0;
}

static int
writer_start(struct div_writer *w)
{
	if (w->started)
		return 0;
	w->started = 1;
	return w->codec->start == NULL ? 0 : w->codec->start(w);
}

/*
 * Writes what was gathered: all of it, or -1 with errno.  After that the
 * memory of frames that were put is the caller's again.
 */
int
div_writer_flush(struct div_writer *w)
{
	int error;

	if (writer_start(w) == -1)
		return -1;
	error = writer_drain(w);
	w->niov = 0;
	w->used = 0;
	return error;
}

int
div_writer_put(struct div_writer *w, const struct div_frame *f)
{
	if (writer_start(w) == -1)
		return -1;
	return w->codec->put(w, f);
}

/* Puts the record of a packet that was swallowed; of a new one none is due. */
int
div_writer_drop(struct div_writer *w, const struct div_frame *f)
{
	struct div_frame drop = *f;

	if (f->type != DIV_PACKET)
		return 0;
	drop.type = DIV_DROP;
	drop.caplen = 0;
	drop.wire = NULL;
	return div_writer_put(w, &drop);
}

/* Neighbours in memory become one vector: unedited frames mostly are. */
int
writer_ref(struct div_writer *w, uint8_t *p, size_t n)
{
	struct iovec *v;

	if (n == 0)
		return 0;
	if (w->niov > 0) {
		v = &w->iov[w->niov - 1];
		if ((uint8_t *)v->iov_base + v->iov_len == p) {
			v->iov_len += n;
			return 0;
		}
	}
	if (w->niov == NIOV) {
		if (writer_drain(w) == -1)
			return -1;
		w->niov = 0;
	}
	v = &w->iov[w->niov++];
	v->iov_base = p;
	v->iov_len = n;
	return 0;
}

uint8_t *
writer_reserve(struct div_writer *w, size_t n)
{
	if (n > WRITER_ARENA) {
		errno = EMSGSIZE;
		return NULL;
	}
	if (n > WRITER_ARENA - w->used) {
		if (writer_drain(w) == -1)
			return NULL;
		w->niov = 0;
		w->used = 0;
	}
	return w->arena + w->used;
}

int
writer_commit(struct div_writer *w, size_t n)
{
	uint8_t *p = w->arena + w->used;

	w->used += n;
	return writer_ref(w, p, n);
}
