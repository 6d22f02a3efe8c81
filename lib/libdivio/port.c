/* SPDX-License-Identifier: ISC */

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

#include "port.h"

#define QUEUELEN 8192
#define QUEUELEN_GSO 1024

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

/* A verdict without the packet, where the kernel does not have it either. */
int
port_gone(struct div *d)
{
	d->n.reason[DIV_GONE]++;
	return DIV_GONE;
}

static struct div *
port_new(const struct div_options *opt, char err[DIV_ERRLEN])
{
	struct div *d;

	if ((d = calloc(1, sizeof(*d))) == NULL ||
	    ledger_init(&d->ledger, opt->hold) == -1) {
		strlcpy(err, strerror(errno), DIV_ERRLEN);
		free(d);
		return NULL;
	}
	d->ctl = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	d->opt = *opt;
	if (d->opt.queuelen == 0)
		d->opt.queuelen = opt->flags & DIV_O_GSO ? QUEUELEN_GSO :
							   QUEUELEN;
	d->fd = d->linefd = -1;
	d->now = now_ns();
	return d;
}

static void
port_free(struct div *d)
{
	if (d->ctl != -1)
		close(d->ctl);
	ledger_free(&d->ledger);
	free(d);
}

void
div_close(struct div *d)
{
	if (d == NULL)
		return;
	/* segments that wait get their verdict */
	flows_free(d->flows);
	d->be->close(d);
	port_free(d);
}

/* Passes d on if it was set up, else its error text and NULL. */
static struct div *
port_done(struct div *d, int result, char err[DIV_ERRLEN])
{
	int error = errno;

	if (result == 0)
		return d;
	strlcpy(err, d->error, DIV_ERRLEN);
	div_close(d);
	errno = error;
	return NULL;
}

/*
 * Opens a divert port (a number) or a pcap file (any other name) to read from
 * and to send to.
 */
struct div *
div_open(const char *where, const struct div_options *opt, char err[DIV_ERRLEN])
{
	struct div *d;
	const char *bad;
	long long port;

	if ((d = port_new(opt, err)) == NULL)
		return NULL;
	port = strtonum(where, 0, UINT16_MAX, &bad);
	d->port = bad == NULL ? (uint16_t)port : 0;
	d->be = bad == NULL ? &backend_kernel : &backend_pcap;
	do
		arc4random_buf(&d->epoch, sizeof(d->epoch));
	while (d->epoch == 0);
	return port_done(d, d->be->open(d, where), err);
}

/*
 * A sink for a port, or with -1 for the port of its first diverted frame, whose
 * reader it joins; new packets need none.
 */
struct div *
div_join(int port, const struct div_options *opt, char err[DIV_ERRLEN])
{
	struct div *d;

	if ((d = port_new(opt, err)) == NULL)
		return NULL;
	d->port = port == -1 ? 0 : (uint16_t)port;
	d->anyport = port == -1;
	d->be = &backend_kernel;
	return port_done(d, d->be->join(d, NULL), err);
}

/* A sink for a port that this process reads, for a thread of its own. */
struct div *
div_twin(struct div *reader, const struct div_options *opt,
    char err[DIV_ERRLEN])
{
	struct div *d;

	if ((d = port_new(opt, err)) == NULL)
		return NULL;
	d->port = reader->port;
	d->epoch = reader->epoch;
	d->be = reader->be;
	return port_done(d, d->be->join(d, reader), err);
}

void
div_tie(struct div *d, int (*tie)(void *), void *arg)
{
	d->tie = tie;
	d->tiearg = arg;
}

int
div_fd(const struct div *d)
{
	return d->fd;
}

int
div_linefd(const struct div *d)
{
	return d->linefd;
}

/* Only what lacks memory for a connection fails without a word. */
const char *
div_error(const struct div *d)
{
	return d->error[0] != '\0' ? d->error : strerror(ENOMEM);
}

const struct div_counters *
div_counters(const struct div *d)
{
	return &d->n;
}

/*
 * Drops what has been missing for too long; a reader whose packets another
 * process judges does not know.
 */
static int
expire(struct div *d)
{
	struct div_frame f = { .type = DIV_DROP };
	uint64_t due;

	if (d->opt.hold == 0 || d->epoch == 0 ||
	    d->opt.flags & (DIV_O_SHARE | DIV_O_TEE))
		return 0;
	due = ledger_due(&d->ledger, d->now, d->emitted);
	if (due == 0)
		return 0;
	/* one by one: segments that wait for others are no omission */
	for (f.id = ledger_missing(&d->ledger, 0); f.id <= due;
	     f.id = ledger_missing(&d->ledger, f.id)) {
		d->n.expired++;
		if (d->be->verdict(d, &f, DROP) == -1)
			return -1;
	}
	ledger_close(&d->ledger, due);
	return 0;
}

/*
 * Does what is due: verdicts are sent, missing packets dropped, the other end
 * heard.  Returns the milliseconds until it should be called again.
 */
int
div_tick(struct div *d)
{
	int ms, due;

	d->now = now_ns();
	if (d->be->hear(d) == -1 || expire(d) == -1 ||
	    (due = sink_tcp_tick(d)) == -1 || div_flush(d) == -1)
		return -1;
	if (d->opt.hold == 0 || d->epoch == 0)
		return due;
	ms = (int)(d->opt.hold / AGING_STEPS / 1000000) + 1;
	return ms < due ? ms : due;
}

int
div_flush(struct div *d)
{
	if (sink_tcp_flush(d) == -1)
		return -1;
	return d->be->flush(d);
}

int
div_recv(struct div *d, struct div_frame *f)
{
	struct pollfd pfd[2] = {
		{ .fd = d->fd, .events = POLLIN },
		{ .fd = d->linefd, .events = POLLIN },
	};
	int n, ms;

	for (;;) {
		if ((n = d->be->receive(d, f)) != 0)
			return n;
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
 * Ends in good order.  A reader has written all it received to fd, which is
 * closed here, and stays until its writer can do without it; a sink sends what
 * it gathered and finds out whether the reader, too, came to its end.
 */
int
div_finish(struct div *d, int fd)
{
	if (sink_tcp_finish(d) == -1)
		return -1;
	return d->be->finish(d, fd);
}
