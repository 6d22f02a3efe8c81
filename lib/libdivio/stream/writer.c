/* SPDX-License-Identifier: ISC */

/*
 * Writers: frames are gathered as references and copies, and written together
 * by writev(2) when the caller flushes or a table is full.
 */

#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stream/stream.h"

#define NIOV 1024 /* IOV_MAX of all our systems */

struct div_writer *
writer_new(int fd, const struct codec *codec)
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
	w->codec = codec;
	pipe_grow(fd);
	return w;
}

/* Data that was not flushed is lost. */
void
div_writer_free(struct div_writer *w)
{
	if (w == NULL)
		return;
	free(w->iov);
	free(w->arena);
	free(w->priv);
	free(w);
}

/* Packets whose time the format cannot hold: they got the last one it can. */
uint64_t
div_writer_clamped(const struct div_writer *w)
{
	return w->clamped;
}

/* Puts frames by reference, as long as the process that reads the pipe takes them. */
void
div_writer_refer(struct div_writer *w, struct div_slots *slots)
{
	w->slots = slots;
}

/* Moves *first, and the offset in that vector, behind n written bytes. */
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
 * Writes all that was gathered, or returns -1 with errno.  From then on, the
 * memory of the frames that were put may be reused.
 */
int
div_writer_flush(struct div_writer *w)
{
	enum slots_taken taken;
	int error;

	if (writer_start(w) == -1)
		return -1;
	error = writer_drain(w);
	w->niov = 0;
	w->used = 0;
	if (w->slots != NULL) {
		taken = slots_locked(w->slots, w->fd);
		w->slots->refers = w->refers = taken != SLOTS_NONE;
		w->edits = taken == SLOTS_EDITS && w->slots->filter != 0;
	}
	return error;
}

int
div_writer_put(struct div_writer *w, const struct div_frame *f)
{
	if (writer_start(w) == -1)
		return -1;
	return w->codec->put(w, f);
}

/* Puts a drop record for a diverted packet; an injected one needs none. */
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

/*
 * Puts a hold record for the reader of a frame: this filter holds packets for up
 * to ns.  A record of another filter gets these added.
 */
int
div_writer_hold(struct div_writer *w, const struct div_frame *f, uint64_t ns,
    uint8_t flags)
{
	struct div_frame hold = {
		.type = DIV_HOLD,
		.hdrlen = DIV_HDRLEN,
		.epoch = f->epoch,
		.port = f->port,
	};

	if (f->type == DIV_HOLD)
		hold = *f;
	hold.time = ns > UINT64_MAX - hold.time ? UINT64_MAX : hold.time + ns;
	hold.flags |= flags;
	hold.wire = NULL;
	return div_writer_put(w, &hold);
}

/* Adjacent memory becomes one vector, as with unedited frames. */
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
