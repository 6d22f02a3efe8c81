/* SPDX-License-Identifier: ISC */

/*
 * A divert port: opening, receiving and its time limits.  The backend has the
 * system's sockets; this file has everything that is alike for all.  A packet
 * that does not come back within the hold time is dropped, for BSD's kernels
 * forget it at once, and Linux would keep it for ever.
 */

#include <sys/socket.h>

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "port/port.h"

#define QUEUELEN 8192     /* packets */
#define QUEUELEN_GSO 1024 /* of up to 64 KiB */

int
port_fail(struct div *d, int error, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(d->error, sizeof(d->error), fmt, ap);
	va_end(ap);
	errno = error;
	return -1;
}

/* Counts a verdict without the packet, where the kernel has not kept it. */
int
port_gone(struct div *d)
{
	d->n.reason[DIV_GONE]++;
	return DIV_GONE;
}

/*
 * Bits of marks for the rules: of those in the mask, and not in the mark of new
 * packets, the n-th from above.  0: there is none.
 */
static uint32_t
free_bit(const struct div_options *opt, int n)
{
	uint32_t bits = opt->markmask == 0 ? ~opt->mark :
					     opt->markmask & ~opt->mark;
	uint32_t bit = UINT32_C(1) << 31;

	for (; bit != 0; bit >>= 1)
		if (bits & bit && n-- == 0)
			return bit;
	return 0;
}

/* That which packets of translated connections carry. */
uint32_t
div_translated_bit(const struct div_options *opt)
{
	return free_bit(opt, 0);
}

/* That by which the sink tells the rules to let a flow go. */
uint32_t
port_letgo_bit(const struct div_options *opt)
{
	return free_bit(opt, 1);
}

static struct div *
port_new(const struct div_options *opt, char err[DIV_ERRLEN])
{
	struct div *d;

	if ((d = calloc(1, sizeof(*d))) == NULL ||
	    idwin_init(&d->ids, opt->hold) == -1) {
		strlcpy(err, strerror(errno), DIV_ERRLEN);
		free(d);
		return NULL;
	}
	d->ctl = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	d->opt = *opt;
	if (d->opt.queuelen == 0)
		d->opt.queuelen = opt->flags & DIV_O_GSO ? QUEUELEN_GSO :
							   QUEUELEN;
	d->fd = d->peerfd = -1;
	d->now = clock_now();
	return d;
}

static void
port_free(struct div *d)
{
	if (d->ctl != -1)
		close(d->ctl);
	idwin_free(&d->ids);
	div_slots_free(d->slots);
	free(d->copy);
	free(d->rules);
	free(d);
}

void
div_close(struct div *d)
{
	if (d == NULL)
		return;
	/* segments of the out-of-order queue get their verdict */
	tcp_free(d->tcp);
	sink_frag_free(d);
	d->be->close(d);
	port_free(d);
}

/* Returns d if it was set up, or NULL with its error text. */
static struct div *
port_opened(struct div *d, int result, char err[DIV_ERRLEN])
{
	int error = errno;

	if (result == 0)
		return d;
	strlcpy(err, d->error, DIV_ERRLEN);
	div_close(d);
	errno = error;
	return NULL;
}

/* Opens a port of a backend, to receive and to send. */
struct div *
port_open(const struct backend *be, uint16_t port,
    const struct div_options *opt, char err[DIV_ERRLEN])
{
	struct div *d;

	if ((d = port_new(opt, err)) == NULL)
		return NULL;
	d->port = port;
	d->be = be;
	do
		arc4random_buf(&d->epoch, sizeof(d->epoch));
	while (d->epoch == 0);
	return port_opened(d, d->be->open(d), err);
}

struct div *
div_open(uint16_t port, const struct div_options *opt, char err[DIV_ERRLEN])
{
	return port_open(&backend_kernel, port, opt, err);
}

/*
 * Opens a sink of a port, or with -1 of the port of its first diverted frame,
 * whose reader it joins.  New packets need no reader.
 */
struct div *
div_attach(int port, const struct div_options *opt, char err[DIV_ERRLEN])
{
	struct div *d;

	if ((d = port_new(opt, err)) == NULL)
		return NULL;
	d->port = port == -1 ? 0 : (uint16_t)port;
	d->anyport = port == -1;
	d->be = &backend_kernel;
	return port_opened(d, d->be->attach(d, NULL), err);
}

/*
 * Connects to the reader with this port and epoch, for a sink that may not do so
 * itself.  Returns a descriptor, or -1 with errno.
 */
int
div_connect(uint16_t port, uint64_t epoch)
{
	if (backend_kernel.connect != NULL)
		return backend_kernel.connect(port, epoch);
	errno = EOPNOTSUPP;
	return -1;
}

/* Opens a sink of a port that this process reads, for a thread of its own. */
struct div *
div_open_writer(struct div *reader, const struct div_options *opt,
    char err[DIV_ERRLEN])
{
	struct div *d;

	if ((d = port_new(opt, err)) == NULL)
		return NULL;
	d->port = reader->port;
	d->epoch = reader->epoch;
	d->be = reader->be;
	return port_opened(d, d->be->attach(d, reader), err);
}

void
div_on_reuse(struct div *d, int (*on_reuse)(void *), void *arg)
{
	d->on_reuse = on_reuse;
	d->reuse_arg = arg;
}

/* Calls the caller's function; a failure without a text gets that of errno. */
int
port_reuse(struct div *d)
{
	if (d->on_reuse == NULL)
		return 0;
	d->error[0] = '\0';
	if (d->on_reuse(d->reuse_arg) != -1)
		return 0;
	return d->error[0] != '\0' ? -1 :
				     port_fail(d, errno, "%s", strerror(errno));
}

uint16_t
div_port(const struct div *d)
{
	return d->port;
}

/* The rules that were made for opt.match, as text for people; or NULL. */
const char *
div_rules(const struct div *d)
{
	return d->rules;
}

int
div_fd(const struct div *d)
{
	return d->fd;
}

int
div_peerfd(const struct div *d)
{
	return d->peerfd;
}

/* The memory for frames by reference, once a sink has its reader; or NULL. */
struct div_slots *
div_port_slots(const struct div *d)
{
	return d->slots;
}

const char *
div_error(const struct div *d)
{
	return d->error;
}

const struct div_counters *
div_counters(const struct div *d)
{
	return &d->n;
}

/*
 * What has been missing for too long is dropped, or passes; but a segment of a
 * translated connection would have another place.
 */
static enum verdict
expired_verdict(const struct div *d)
{
	return d->opt.flags & DIV_O_LATE &&
		(d->tcp == NULL || !tcp_is_translating(d->tcp)) ?
	    RESTORE :
	    DROP;
}

/*
 * Judges packets that have been missing for too long.  A reader does not know of
 * them: another process judges its packets.
 */
static int
judge_expired(struct div *d)
{
	enum verdict v = expired_verdict(d);
	struct div_frame f = { .type = v == DROP ? DIV_DROP : DIV_PASS };
	uint64_t due;

	if (d->opt.hold == 0 || d->epoch == 0 ||
	    d->opt.flags & (DIV_O_SHARE | DIV_O_TEE))
		return 0;
	due = idwin_due(&d->ids, d->now, d->emitted, d->queue);
	if (due == 0)
		return 0;
	/* one by one: segments in an out-of-order queue are not missing */
	for (f.id = idwin_missing(&d->ids, 0); f.id <= due;
	     f.id = idwin_missing(&d->ids, f.id)) {
		d->n.expired++;
		if (d->be->verdict(d, &f, v) == -1)
			return -1;
	}
	idwin_expire(&d->ids, due);
	return 0;
}

/*
 * Runs the timers, sends gathered verdicts and polls the process at the other
 * end.  Returns the milliseconds until it should be called again.
 */
int
div_tick(struct div *d)
{
	uint64_t hold;
	int ms, due;

	d->now = clock_now();
	if (d->be->poll_peer(d) == -1 || judge_expired(d) == -1 ||
	    (ms = sink_frag_tick(d)) == -1 || (due = sink_tcp_tick(d)) == -1 ||
	    div_flush(d) == -1)
		return -1;
	due = ms < due ? ms : due;
	if (d->opt.hold == 0 || d->epoch == 0)
		return due;
	hold = d->opt.hold / IDAGE_STEPS;
	if (idwin_crowded(&d->ids, d->emitted, d->queue))
		hold /= IDWIN_HURRY;
	ms = (int)(hold / 1000000) + 1;
	return ms < due ? ms : due;
}

int
div_flush(struct div *d)
{
	if (sink_tcp_flush(d) == -1)
		return -1;
	return d->be->flush(d);
}

/* True behind the last packet that is wanted. */
static int
count_reached(struct div *d)
{
	return d->opt.count != 0 && d->returned == d->opt.count;
}

int
div_recv(struct div *d, struct div_frame *f)
{
	struct pollfd pfd[2] = {
		{ .fd = d->fd, .events = POLLIN },
		{ .fd = d->peerfd, .events = POLLIN },
	};
	int n, ms;

	if (count_reached(d) && !d->bypass) {
		d->bypass = 1;
		if (div_drain(d) == -1)
			return -1;
	}
	for (;;) {
		if ((n = d->be->receive(d, f)) != 0) {
			d->returned += n == 1;
			return n;
		}
		if (d->drained)
			return 0;
		if (d->opt.flags & DIV_O_NONBLOCK) {
			errno = EAGAIN;
			return -1;
		}
		if ((ms = div_tick(d)) == -1)
			return -1;
		if (poll(pfd, 2, ms) == -1 && errno != EINTR)
			return port_fail(d, errno, "poll: %s", strerror(errno));
	}
}

int
div_drain(struct div *d)
{
	if (d->drained)
		return 0;
	d->drained = 1;
	return d->be->drain(d);
}

/*
 * Ends in good order.  A reader, which has written all its packets to fd,
 * closes fd and stays until its writer needs it no more.  A sink sends the
 * verdicts that it gathered, and fails if its reader has not drained.
 */
int
div_finish(struct div *d, int fd)
{
	if (sink_frag_flush(d) == -1)
		return -1;
	if (d->tcp != NULL && tcp_is_translating(d->tcp) &&
	    d->be->settle != NULL && d->be->settle(d) == -1)
		return -1;
	if (sink_tcp_finish(d) == -1)
		return -1;
	return d->be->finish(d, fd);
}
