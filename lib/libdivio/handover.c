/* SPDX-License-Identifier: ISC */

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/netlink.h>

#include "nfq.h"
#include "passing.h"

#define GRACE 2000000000ULL  /* ns that a pipeline may take to start */
#define LINGER 2000000000ULL /* ns that a reader waits for its writer */
#define ANSWER 5000          /* ms that a writer waits for the reader */

enum kind { HELLO, HELLO_DRAINED, REFUSED, DRAINED, TAKEN };

struct message {
	uint64_t kind; /* enum kind */
	uint64_t id;   /* HELLO: up to which packets were dropped */
};

struct handover {
	struct div *port;
	int queue; /* what is handed over */
	int listener;
	_Atomic int conn; /* the writer, or -1 */
	int wake[2];      /* main to thread: finish */
	int event[2];     /* thread to main: the writer went */
	_Atomic int finishing;
	struct emitted *emitted;
	int page; /* that it is in */
	_Atomic uint64_t expired;
	uint64_t first, deadline;
	struct aging aging;
	pthread_t thread;
};

static socklen_t
address(struct sockaddr_un *sun, uint16_t port, uint64_t epoch)
{
	int n;

	memset(sun, 0, sizeof(*sun));
	sun->sun_family = AF_UNIX;
	n = snprintf(sun->sun_path + 1, sizeof(sun->sun_path) - 1,
	    "divert-%u-%016llx", port, (unsigned long long)epoch);
	return (socklen_t)offsetof(struct sockaddr_un, sun_path) + 1 +
	    (socklen_t)n;
}

static int
trusted(int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == 0 &&
	    (cred.uid == 0 || cred.uid == geteuid());
}

/* Never waits: a client that does not read is no reason to stop. */
static int
tell(int fd, enum kind kind, uint64_t id, const int pass[2])
{
	struct message m = { kind, id };
	int n = pass == NULL ? 0 : 2;

	return passing_send(fd, &m, sizeof(m), pass, n, MSG_DONTWAIT) == -1 ?
	    -1 :
	    0;
}

static void
turn_away(int fd, enum kind why)
{
	tell(fd, why, 0, NULL);
	close(fd);
}

/* The first writer that may gets the queue, others are told no. */
static void
greet(struct handover *h)
{
	int fd, pass[2] = { h->queue, h->page };

	/* cppcheck-suppress nullPointer ; accept(2) allows it */
	fd = accept4(h->listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd == -1) {
		/* without descriptors, whoever knocks goes on knocking */
		poll(NULL, 0, 10);
		return;
	}
	if (!trusted(fd)) {
		turn_away(fd, REFUSED);
		return;
	}
	if (h->conn != -1) {
		turn_away(fd, TAKEN);
		return;
	}
	if (tell(fd, h->finishing ? HELLO_DRAINED : HELLO, h->expired, pass) ==
	    -1) {
		close(fd);
		return;
	}
	h->conn = fd;
	if (h->finishing)
		tell(fd, DRAINED, 0, NULL);
}

/* Until a writer has come, packets that were emitted do not stay for ever. */
static void
expire(struct handover *h, uint64_t now)
{
	struct div_frame f = { .type = DIV_DROP };
	uint64_t emitted = h->emitted->top;
	uint8_t buf[NFQ_VERDICT_MAX];
	size_t n;

	if (h->first == 0 && emitted != 0)
		h->first = now;
	if (h->first == 0 || now < h->first + GRACE)
		return;
	f.id = aging_tick(&h->aging, now, emitted);
	if (f.id <= h->expired)
		return;
	n = nfq_verdict(buf, h->port->port, &f, DROP_TO);
	if (send(h->queue, buf, n, 0) != -1)
		h->expired = f.id;
}

/* What is due by now; returns whether the thread has done its work. */
static int
handover_tick(struct handover *h)
{
	uint64_t now = now_ns(), emitted = h->emitted->top;

	if (h->conn != -1)
		return h->finishing;
	expire(h, now);
	if (!h->finishing)
		return 0;
	if (h->deadline == 0)
		h->deadline = now + LINGER;
	return h->expired >= emitted || now >= h->deadline;
}

static int
interval(const struct handover *h)
{
	if (h->finishing)
		return 20;
	if (h->aging.hold == 0 || h->conn != -1)
		return -1;
	return (int)(h->aging.hold / AGING_STEPS / 1000000) + 1;
}

/*
 * The queue ends here: whoever reads the port may hear of it late, because its
 * output is full.
 */
static void
writer_gone(struct handover *h)
{
	struct div_frame f = { .type = DIV_PASS };
	uint8_t buf[3 * NFQ_VERDICT_MAX];
	uint16_t port = h->port->port;
	size_t n = 0;

	if (h->port->opt.flags & DIV_O_PASS) {
		f.id = h->emitted->top + NFQ_BEYOND;
		n = NLMSG_ALIGN(nfq_config_drain(buf, port));
		n += NLMSG_ALIGN(nfq_verdict(buf + n, port, &f, ACCEPT_TO));
	}
	n += nfq_config_unbind(buf + n, port);
	(void)!send(h->queue, buf, n, 0);
	(void)!write(h->event[1], "", 1);
}

static void *
serve(void *arg)
{
	struct handover *h = arg;
	struct pollfd pfd[3] = {
		{ .fd = h->listener, .events = POLLIN },
		{ .fd = h->wake[0], .events = POLLIN },
		{ .fd = -1, .events = POLLIN },
	};

	while (!handover_tick(h)) {
		pfd[2].fd = h->conn;
		if (poll(pfd, 3, interval(h)) <= 0)
			continue;
		if (pfd[2].revents != 0 && !h->finishing) {
			writer_gone(h);
			break;
		}
		if (pfd[0].revents != 0)
			greet(h);
		if (pfd[1].revents != 0)
			pfd[1].fd = -1;
	}
	return NULL;
}

static int
listen_on(struct div *d)
{
	struct sockaddr_un sun;
	socklen_t len = address(&sun, d->port, d->epoch);
	int fd;

	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	if (bind(fd, (struct sockaddr *)&sun, len) == -1 ||
	    listen(fd, 16) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

static void
handover_free(struct handover *h)
{
	int i;

	if (h->listener != -1)
		close(h->listener);
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

/* Signals are for the threads of the program. */
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
handover_serve(struct div *d, int queue, int page, struct emitted *emitted)
{
	struct handover *h;

	if ((h = calloc(1, sizeof(*h))) == NULL)
		return NULL;
	h->port = d;
	h->queue = queue;
	h->page = page;
	h->emitted = emitted;
	h->aging.hold = d->opt.hold;
	h->conn = -1;
	h->wake[0] = h->wake[1] = h->event[0] = h->event[1] = -1;
	h->listener = listen_on(d);
	if (h->listener == -1 || pipe2(h->wake, O_CLOEXEC) == -1 ||
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

/* Up to which id packets were dropped, as no writer had come. */
uint64_t
handover_expired(const struct handover *h)
{
	return h->expired;
}

/* All was emitted.  Called while the output is still open. */
void
handover_drained(struct handover *h)
{
	int conn;

	h->finishing = 1;
	if ((conn = h->conn) != -1)
		tell(conn, DRAINED, 0, NULL);
}

/*
 * Ends the thread: when linger is set not before a writer has the queue, nothing
 * is pending or LINGER has passed.  1: a writer has it.
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
not_ours(struct div *d)
{
	return port_fail(d, EPERM, "the reader of port %u is another user's",
	    d->port);
}

static int
answer(struct div *d, int fd, int passed[2], uint64_t *expired)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	struct message m;
	int n;

	if (!trusted(fd))
		return not_ours(d);
	while ((n = poll(&pfd, 1, ANSWER)) == -1 && errno == EINTR)
		continue;
	if (n != 1 ||
	    passing_recv(fd, &m, sizeof(m), passed, 2, 0) != (ssize_t)sizeof(m))
		return port_fail(d, EIO,
		    "the reader of port %u does not answer", d->port);
	if (m.kind == REFUSED)
		return not_ours(d);
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
 * life-line; the queue's socket and the shared page are left in passed, and in
 * expired the id up to which the reader has dropped what was pending.
 */
int
handover_join(struct div *d, int passed[2], uint64_t *expired)
{
	struct sockaddr_un sun;
	socklen_t len = address(&sun, d->port, d->epoch);
	int fd;

	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return port_fail(d, errno, "socket: %s", strerror(errno));
	if (connect(fd, (struct sockaddr *)&sun, len) == -1) {
		close(fd);
		return port_fail(d, errno,
		    "nobody reads port %u (any more): %s", d->port,
		    strerror(errno));
	}
	if (answer(d, fd, passed, expired) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

enum handover_news
handover_hear(int fd)
{
	struct message m;
	ssize_t n;

	n = recv(fd, &m, sizeof(m), MSG_DONTWAIT);
	if (n == (ssize_t)sizeof(m) && m.kind == DRAINED)
		return HANDOVER_DRAINED;
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return HANDOVER_NONE;
	return HANDOVER_BROKEN;
}
