/* SPDX-License-Identifier: ISC */

/*
 * The hand-over: a reader listens on the abstract Unix socket
 * divert-PORT-EPOCH, and passes the queue's netlink socket and the id page to
 * the first writer that connects (unix(7), SCM_RIGHTS, SO_PEERCRED).  The
 * connection stays open: its end tells either process that the other one died.
 * A thread serves it, for a reader may be blocked in write(2) by the pipe that
 * its writer reads.
 */

#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/netlink.h>

#include <linux/netfilter.h>

#include "nfqueue/nfq.h"

#define GRACE 2000000000ULL  /* ns that a pipeline may take to start */
#define LINGER 2000000000ULL /* ns that a reader waits for a writer */
#define SETTLE 1000000000ULL /* ns that it waits for the resets of one */
#define ANSWER 5000          /* ms that a writer waits for the reader */

enum handover_msg { HELLO, HELLO_DRAINED, REFUSED, DRAINED, TAKEN };

struct handover_message {
	uint64_t kind; /* enum handover_msg */
	uint64_t id;   /* HELLO: packets up to it were dropped */
};

struct handover {
	struct div *port;
	struct nfq *q; /* the reader's: queue and pages */
	int listener, lender;
	_Atomic int conn; /* to the writer, or -1 */
	int wake[2];      /* pipe to the thread: finish */
	int event[2];     /* pipe from the thread: the writer went */
	_Atomic int finishing;
	_Atomic uint64_t expired; /* ids up to it were judged here */
	uint64_t first;           /* ns, when the first id was seen */
	uint64_t deadline;        /* ns, end of the wait for a writer; or 0 */
	struct idage aging;       /* of emitted ids, until a writer comes */
	pthread_t thread;
};

/* Does not block: a client that does not read must not stop the thread. */
static int
send_message(int fd, enum handover_msg kind, uint64_t id, const int *pass)
{
	struct handover_message m = { kind, id };
	int n = pass == NULL ? 0 : HANDOVER_FDS;

	return fdpass_send(fd, &m, sizeof(m), pass, n, MSG_DONTWAIT) == -1 ?
	    -1 :
	    0;
}

static void
refuse(int fd, enum handover_msg why)
{
	send_message(fd, why, 0, NULL);
	close(fd);
}

/* The first writer that is trusted gets the queue, others are refused. */
static void
accept_writer(struct handover *h)
{
	int pass[HANDOVER_FDS] = { h->q->fd, h->q->idfd, h->q->connfd,
		h->port->slots->fd, h->port->slots->returnedfd };
	const int *edits = h->port->slots->editsfd, *keep = h->port->opt.keep;
	int fd, i;

	/* what there is not, another descriptor stands for */
	for (i = 0; i < SLOTS_FILTERS; i++)
		pass[HANDOVER_EDITS + i] = edits[i] != -1 ? edits[i] :
							    h->q->idfd;
	for (i = 0; i < DIV_KEEP; i++)
		pass[HANDOVER_OWN + i] = keep[i] != 0 ? keep[i] : h->q->idfd;
	/* cppcheck-suppress nullPointer ; accept(2) allows it */
	fd = accept4(h->listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd == -1) {
		/* without a free descriptor, poll(2) returns at once again */
		poll(NULL, 0, 10);
		return;
	}
	if (!handover_is_trusted(fd)) {
		refuse(fd, REFUSED);
		return;
	}
	if (h->conn != -1) {
		refuse(fd, TAKEN);
		return;
	}
	if (send_message(fd, h->finishing ? HELLO_DRAINED : HELLO, h->expired,
		pass) == -1) {
		close(fd);
		return;
	}
	h->conn = fd;
	if (h->finishing)
		send_message(fd, DRAINED, 0, NULL);
}

/* Judges packets of the hold time's age, until a writer comes. */
static void
judge_expired(struct handover *h, uint64_t now)
{
	enum verdict v = h->port->opt.flags & DIV_O_LATE ? ACCEPT_TO : DROP_TO;
	struct div_frame f = { .type = v == DROP_TO ? DIV_DROP : DIV_PASS };
	uint64_t emitted = h->q->ids->top;
	uint8_t buf[NFQ_VERDICT_MAX];
	size_t n;

	if (h->first == 0 && emitted != 0)
		h->first = now;
	if (h->first == 0 || now < h->first + GRACE)
		return;
	f.id = idage_tick(&h->aging, now, emitted);
	if (f.id <= h->expired)
		return;
	n = nfq_verdict(buf, h->port->port, &f, v, NF_ACCEPT);
	if (send(h->q->fd, buf, n, 0) != -1)
		h->expired = f.id;
}

/* Runs the timers; true when the thread may end. */
static int
handover_tick(struct handover *h)
{
	uint64_t now = clock_now(), emitted = h->q->ids->top;

	if (h->conn == -1)
		judge_expired(h, now);
	if (!h->finishing)
		return 0;
	/*
	 * Until the writer has reset its translated connections; but a shell
	 * around this process may keep the pipe open until it ends.
	 */
	if (h->conn != -1 && !connpage_used(h->q->conns))
		return 1;
	if (h->deadline == 0)
		h->deadline = now + (h->conn == -1 ? LINGER : SETTLE);
	if (h->conn != -1)
		return now >= h->deadline;
	return h->expired >= emitted || now >= h->deadline;
}

/* The ms until the next tick, or -1. */
static int
tick_interval(const struct handover *h)
{
	if (h->finishing)
		return 20;
	if (h->aging.hold == 0 || h->conn != -1)
		return -1;
	return (int)(h->aging.hold / IDAGE_STEPS / 1000000) + 1;
}

/*
 * Resets the connections that the writer translated, and unbinds the queue: the
 * main thread may be blocked by a full pipe, and learn late that the writer went.
 */
static void
writer_gone(struct handover *h)
{
	struct div_frame f = { .type = DIV_PASS };
	uint8_t buf[3 * NFQ_VERDICT_MAX];
	uint16_t port = h->port->port;
	size_t n = 0;

	connpage_reset(h->q, port);
	if (h->port->opt.flags & DIV_O_PASS) {
		f.id = h->q->ids->top + NFQ_BEYOND;
		n = NLMSG_ALIGN(nfq_config_drain(buf, port, 1));
		n += NLMSG_ALIGN(
		    nfq_verdict(buf + n, port, &f, ACCEPT_TO, NF_ACCEPT));
	}
	n += nfq_config_unbind(buf + n, port);
	(void)!send(h->q->fd, buf, n, 0);
	(void)!write(h->event[1], "", 1);
}

static void *
serve(void *arg)
{
	struct handover *h = arg;
	struct pollfd pfd[4] = {
		{ .fd = h->listener, .events = POLLIN },
		{ .fd = h->wake[0], .events = POLLIN },
		{ .fd = -1, .events = POLLIN },
		{ .fd = h->lender, .events = POLLIN },
	};

	while (!handover_tick(h)) {
		pfd[2].fd = h->conn;
		if (poll(pfd, 4, tick_interval(h)) <= 0)
			continue;
		if (pfd[2].revents != 0) {
			writer_gone(h);
			break;
		}
		if (pfd[0].revents != 0)
			accept_writer(h);
		if (pfd[3].revents != 0)
			lend_accept(h->lender, h->port->slots);
		if (pfd[1].revents != 0)
			pfd[1].fd = -1;
	}
	return NULL;
}

static void
handover_free(struct handover *h)
{
	int i;

	if (h->listener != -1)
		close(h->listener);
	if (h->lender != -1)
		close(h->lender);
	if (h->conn != -1)
		close(h->conn);
	for (i = 0; i < 2; i++) {
		if (h->wake[i] != -1)
			close(h->wake[i]);
		if (h->event[i] != -1)
			close(h->event[i]);
	}
	free(h);
}

/* The thread takes no signals: they are for the program's own threads. */
static int
start(struct handover *h)
{
	sigset_t all, old;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	errno = pthread_create(&h->thread, NULL, serve, h);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return errno == 0 ? 0 : -1;
}

struct handover *
handover_serve(struct div *d, struct nfq *q)
{
	struct handover *h;

	if ((h = calloc(1, sizeof(*h))) == NULL)
		return NULL;
	h->port = d;
	h->q = q;
	h->aging.hold = d->opt.hold;
	h->conn = -1;
	h->wake[0] = h->wake[1] = h->event[0] = h->event[1] = -1;
	h->listener = handover_listen(d, "");
	h->lender = handover_listen(d, LEND_NAME);
	if (h->listener == -1 || h->lender == -1 ||
	    pipe2(h->wake, O_CLOEXEC) == -1 ||
	    pipe2(h->event, O_CLOEXEC | O_NONBLOCK) == -1 || start(h) == -1) {
		handover_free(h);
		return NULL;
	}
	return h;
}

int
handover_event(const struct handover *h)
{
	return h->event[0];
}

int
handover_gone(const struct handover *h)
{
	char byte;

	return read(h->event[0], &byte, 1) == 1;
}

/* The id up to which packets were dropped, before a writer came. */
uint64_t
handover_expired(const struct handover *h)
{
	return h->expired;
}

/* Tells the writer that all was emitted, while the output is still open. */
void
handover_drained(struct handover *h)
{
	int conn;

	h->finishing = 1;
	if ((conn = h->conn) != -1)
		send_message(conn, DRAINED, 0, NULL);
}

/*
 * Ends the thread; with linger set not before a writer has the queue, nothing
 * is pending or LINGER has passed.  1: a writer has the queue.
 */
int
handover_finish(struct handover *h, int linger)
{
	int joined;

	if (!linger)
		h->deadline = 1;
	h->finishing = 1;
	(void)!write(h->wake[1], "", 1);
	pthread_join(h->thread, NULL);
	joined = h->conn != -1;
	handover_free(h);
	return joined;
}

static int
fail_untrusted(struct div *d)
{
	return port_fail(d, EPERM, "the reader of port %u is another user's",
	    d->port);
}

static int
receive_queue(struct div *d, int fd, int passed[HANDOVER_FDS],
    uint64_t *expired)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	struct handover_message m;
	int n;

	if (!handover_is_trusted(fd))
		return fail_untrusted(d);
	while ((n = poll(&pfd, 1, ANSWER)) == -1 && errno == EINTR)
		continue;
	if (n != 1 ||
	    fdpass_recv(fd, &m, sizeof(m), passed, HANDOVER_FDS, 0) !=
		(ssize_t)sizeof(m))
		return port_fail(d, EIO,
		    "the reader of port %u does not answer", d->port);
	if (m.kind == REFUSED)
		return fail_untrusted(d);
	if (m.kind == TAKEN)
		return port_fail(d, EBUSY, "port %u has a writer already",
		    d->port);
	if (passed[0] == -1)
		return port_fail(d, EIO, "the reader of port %u gave no socket",
		    d->port);
	d->drained = m.kind == HELLO_DRAINED;
	*expired = m.id;
	return 0;
}

/*
 * Gets the queue from the reader that the port's epoch names.  Returns the
 * connection to the reader; its descriptors are left in passed, those of div_options
 * last, and in expired the id up to which the reader dropped packets.
 */
int
handover_join(struct div *d, int passed[HANDOVER_FDS], uint64_t *expired)
{
	int (*connector)(uint16_t, uint64_t) = d->opt.connect != NULL ?
	    d->opt.connect :
	    handover_connect;
	int fd = connector(d->port, d->epoch);

	if (fd == -1)
		return port_fail(d, errno,
		    "nobody reads port %u (any more): %s", d->port,
		    strerror(errno));
	if (receive_queue(d, fd, passed, expired) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

enum handover_state
handover_poll(int fd)
{
	struct handover_message m;
	ssize_t n;

	n = recv(fd, &m, sizeof(m), MSG_DONTWAIT);
	if (n == (ssize_t)sizeof(m) && m.kind == DRAINED)
		return HANDOVER_DRAINED;
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return HANDOVER_NONE;
	return HANDOVER_BROKEN;
}
