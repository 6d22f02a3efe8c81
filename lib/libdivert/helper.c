/* SPDX-License-Identifier: ISC */

/*
 * The helper: a process that reads the queues of a program's divert sockets and
 * gives the verdicts.  It lives as long as the program has one of these
 * sockets, or could ask for a new one.
 */

#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libdivert.h"
#include "base/base.h"

#define NSOCKETS 64
#define NCOOKIES 65536

/* A queue, and its packets that the program has not sent back. */
struct helper_port {
	struct div *d;
	uint16_t number;
	struct div_frame *pending; /* by cookie; id 0: none */
	struct div_frame next;     /* the next packet for the program */
	int waits;                 /* for room in the program's socket */
};

struct helper_sock {
	int fd; /* -1: none */
	uint32_t family;
	enum flavor flavor;
	struct helper_port *port;
};

static struct helper_sock socks[NSOCKETS];
static struct helper_port ports[NSOCKETS];
static struct div *injector;
static uint8_t buf[LIBDIVERT_PACKET];

static int
reply(int fd, int error)
{
	struct helper_message m = { .kind = HELPER_ANSWER, .value = error };

	return send(fd, &m, sizeof(m), MSG_NOSIGNAL) == -1 ? -1 : 0;
}

/* A packet that is not pending goes out as new. */
static void
inject(uint8_t *packet, size_t len)
{
	struct div_frame f = { .type = DIV_INJECT, .hdrlen = DIV_HDRLEN };

	f.packet = packet;
	f.caplen = f.origlen = (uint32_t)len;
	div_send(injector, &f);
}

static struct div_frame *
find_pending(const struct helper_sock *s, int32_t cookie,
    struct helper_port **port)
{
	unsigned int i;

	if (cookie <= 0 || cookie >= NCOOKIES)
		return NULL;
	for (i = 0; i < NSOCKETS; i++) {
		*port = &ports[i];
		if ((*port)->d == NULL ||
		    (s->port != NULL && s->port != *port) ||
		    (*port)->pending[cookie].id == 0)
			continue;
		return &(*port)->pending[cookie];
	}
	return NULL;
}

/* OpenBSD's kernel computes checksums; elsewhere it is up to the program. */
static void
reinject(const struct helper_sock *s, const struct helper_message *m,
    uint8_t *packet, size_t len)
{
	struct div_frame *g, f;
	struct helper_port *port;

	if ((g = find_pending(s, m->value, &port)) == NULL) {
		if (s->flavor == OPENBSD)
			div_repair_new(packet, len);
		inject(packet, len);
		return;
	}
	f = *g;
	g->id = 0;
	f.packet = packet;
	f.caplen = (uint32_t)len;
	if (s->flavor == OPENBSD && div_frame_edited(&f))
		div_repair(packet, len);
	div_send(port->d, &f);
}

static void
forget(const struct helper_sock *s, const struct helper_message *m)
{
	struct div_frame *g, f;
	struct helper_port *port;

	if ((g = find_pending(s, m->value, &port)) == NULL)
		return;
	f = *g;
	g->id = 0;
	f.type = DIV_DROP;
	f.caplen = 0;
	div_send(port->d, &f);
}

static struct helper_port *
find_port(uint16_t number)
{
	unsigned int i;

	for (i = 0; i < NSOCKETS; i++)
		if (ports[i].d != NULL && ports[i].number == number)
			return &ports[i];
	return NULL;
}

/* Gives a socket its port: 0, or errno. */
static int
bind_socket(struct helper_sock *s, uint16_t number)
{
	static int links[DIV_KEEP]; /* open until the process ends */
	struct div_options opt = {
		.flags = DIV_O_NONBLOCK | DIV_O_KEEPSUM,
		.mark = DIV_MARK,
	};
	char err[DIV_ERRLEN];
	struct div_frame *pending;
	struct helper_port *p;

	if ((s->port = find_port(number)) != NULL)
		return 0;
	for (p = ports; p->d != NULL; p++)
		if (p == &ports[NSOCKETS - 1])
			return ENOBUFS;
	memset(p, 0, sizeof(*p));
	if ((pending = calloc(NCOOKIES, sizeof(*pending))) == NULL)
		return ENOMEM;
	if ((p->d = div_open(number, &opt, err)) == NULL) {
		free(pending);
		return errno == EBUSY ? EADDRINUSE : errno;
	}
	(void)defrag_start(links);
	p->pending = pending;
	p->number = number;
	s->port = p;
	return 0;
}

/* Drops pending packets; queued ones of our own, and new ones, pass. */
static void
close_port(struct helper_port *p)
{
	div_drain(p->d);
	while (div_recv(p->d, &p->next) == 1)
		continue;
	div_flush(p->d);
	div_close(p->d);
	free(p->pending);
	memset(p, 0, sizeof(*p));
}

static void
close_socket(struct helper_sock *s)
{
	struct helper_port *p = s->port;
	unsigned int i;

	close(s->fd);
	s->fd = -1;
	s->port = NULL;
	for (i = 0; i < NSOCKETS; i++)
		if (p == NULL || socks[i].port == p)
			return;
	close_port(p);
}

/*
 * Handles all that the program has written to a socket.  ECONNRESET says that
 * the program left packets unread, and comes before the last ones that it
 * wrote.
 */
static void
read_socket(struct helper_sock *s)
{
	struct helper_message m;
	struct iovec iov[2] = { { &m, sizeof(m) }, { buf, sizeof(buf) } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	ssize_t n;

	for (;;) {
		n = recvmsg(s->fd, &msg, MSG_DONTWAIT);
		if (n == -1 && (errno == ECONNRESET || errno == EINTR))
			continue;
		if (n < (ssize_t)sizeof(m))
			break;
		if (m.kind == HELPER_BIND)
			reply(s->fd, bind_socket(s, (uint16_t)m.value));
		else if (m.kind == HELPER_PACKET)
			reinject(s, &m, buf, (size_t)n - sizeof(m));
		else if (m.kind == HELPER_FORGET)
			forget(s, &m);
	}
	if (n != -1 || errno != EAGAIN)
		close_socket(s);
}

/* The newest socket receives all packets of its family. */
static struct helper_sock *
receiver(const struct helper_port *p, const struct div_frame *f)
{
	uint32_t family = f->packet[0] >> 4 == 6 ? AF_INET6 : AF_INET;
	unsigned int i;

	for (i = NSOCKETS; i-- > 0;)
		if (socks[i].fd != -1 && socks[i].port == p &&
		    (socks[i].family == 0 || socks[i].family == family))
			return &socks[i];
	return NULL;
}

static void
drop(struct helper_port *p, struct div_frame *f)
{
	f->type = DIV_DROP;
	f->caplen = 0;
	div_send(p->d, f);
}

/* Gives the next packet to the program; -1 if its socket has no room. */
static int
deliver(struct helper_port *p)
{
	struct div_frame *f = &p->next;
	int32_t cookie = (int32_t)(f->id % (NCOOKIES - 1) + 1);
	struct helper_message m = { .kind = HELPER_PACKET, .value = cookie };
	struct iovec iov[2] = { { &m, sizeof(m) }, { f->packet, f->caplen } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	struct helper_sock *s = receiver(p, f);

	if (s != NULL) {
		address_of(&m, s->flavor, f);
		if (sendmsg(s->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) == -1 &&
		    (errno == EAGAIN || errno == ENOBUFS || errno == EINTR))
			return -1;
	}
	p->waits = 0;
	if (p->pending[cookie].id != 0)
		drop(p, &p->pending[cookie]);
	p->pending[cookie] = *f;
	if (s == NULL) {
		p->pending[cookie].id = 0;
		drop(p, f);
	}
	return 0;
}

static void
read_port(struct helper_port *p)
{
	if (p->waits && deliver(p) == -1)
		return;
	while (div_recv(p->d, &p->next) == 1) {
		p->waits = 1;
		if (deliver(p) == -1)
			return;
	}
}

/* Accepts a new socket of the program; -1 when the program has gone. */
static int
accept_socket(int control)
{
	struct helper_message m;
	char err[DIV_ERRLEN];
	struct div_options opt = { .flags = DIV_O_KEEPSUM, .mark = DIV_MARK };
	struct helper_sock *s = socks;
	int fd, error = 0;

	if (fdpass_recv(control, &m, sizeof(m), &fd, 1, 0) !=
		(ssize_t)sizeof(m) ||
	    fd == -1)
		return -1;
	while (s < socks + NSOCKETS && s->fd != -1)
		s++;
	if (injector == NULL && (injector = div_attach(-1, &opt, err)) == NULL)
		error = errno;
	if (s == socks + NSOCKETS)
		error = EMFILE;
	if (error == 0)
		*s = (struct helper_sock){ fd, m.family, m.flavor, NULL };
	else
		close(fd);
	return reply(control, error);
}

static int
any_socket(void)
{
	unsigned int i;

	for (i = 0; i < NSOCKETS; i++)
		if (socks[i].fd != -1)
			return 1;
	return 0;
}

/* Waits for sockets, their ports and the program itself. */
static void
wait_for(int control, struct pollfd pfd[2 * NSOCKETS + 1])
{
	unsigned int i;

	for (i = 0; i < NSOCKETS; i++) {
		pfd[i].fd = socks[i].fd;
		pfd[i].events = POLLIN;
		if (socks[i].port != NULL && socks[i].port->waits)
			pfd[i].events |= POLLOUT;
		pfd[NSOCKETS + i].fd = ports[i].d == NULL || ports[i].waits ?
		    -1 :
		    div_fd(ports[i].d);
		pfd[NSOCKETS + i].events = POLLIN;
	}
	pfd[2 * NSOCKETS].fd = control;
	pfd[2 * NSOCKETS].events = POLLIN;
	while (poll(pfd, 2 * NSOCKETS + 1, -1) == -1 && errno == EINTR)
		continue;
}

void
helper_run(int control)
{
	static struct pollfd pfd[2 * NSOCKETS + 1];
	unsigned int i;

	for (i = 0; i < NSOCKETS; i++)
		socks[i].fd = -1;
	do {
		wait_for(control, pfd);
		for (i = 0; i < NSOCKETS; i++)
			if (socks[i].fd != -1 && pfd[i].revents & ~POLLOUT)
				read_socket(&socks[i]);
		for (i = 0; i < NSOCKETS; i++)
			if (ports[i].d != NULL) {
				div_flush(ports[i].d);
				read_port(&ports[i]);
			}
		if (pfd[2 * NSOCKETS].revents != 0 &&
		    accept_socket(control) == -1) {
			close(control);
			control = -1;
		}
	} while (control != -1 || any_socket());
	_exit(0);
}

/* Turns a child of the program into the helper, with no descriptor but one. */
static void
become_helper(int control)
{
	int null;

	prctl(PR_SET_NAME, "libdivert");
	setsid();
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	dup2(control, 3);
	close_range(4, ~0U, 0);
	if ((null = open("/dev/null", O_RDWR)) == -1)
		_exit(1);
	dup2(null, 0);
	dup2(null, 1);
	dup2(null, 2);
	close(null);
	helper_run(3);
}

/*
 * Starts the helper, as a child of init.  Returns the connection to it, at a
 * high number that the program does not use, or -1.
 */
int
helper_start(void)
{
	int pair[2], fd;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) == -1)
		return -1;
	if ((pid = fork()) == 0) {
		if (fork() == 0)
			become_helper(pair[1]);
		_exit(0);
	}
	close(pair[1]);
	if (pid == -1) {
		close(pair[0]);
		return -1;
	}
	while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		continue;
	if ((fd = fcntl(pair[0], F_DUPFD_CLOEXEC, 500)) == -1)
		return pair[0];
	close(pair[0]);
	return fd;
}
