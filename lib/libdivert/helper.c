/* SPDX-License-Identifier: ISC */

/*
 * The process that holds the queues.  It lives as long as the program has one of
 * its sockets, or could ask for a new one.
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
#include "passing.h"

#define NSOCKETS 64
#define NCOOKIES 65536

/* A queue, and which of its packets a program has and has not sent back. */
struct port {
	struct div *d;
	uint16_t number;
	struct div_frame *given; /* by cookie; id 0: none */
	struct div_frame next;   /* which no socket has had room for */
	int waits;
};

struct sock {
	int fd; /* -1: none */
	uint32_t family;
	enum flavor flavor;
	struct port *port;
};

static struct sock socks[NSOCKETS];
static struct port ports[NSOCKETS];
static struct div *injector;
static uint8_t buf[LIBDIVERT_PACKET];

static int
reply(int fd, int error)
{
	struct message m = { .kind = ANSWER, .value = error };

	return send(fd, &m, sizeof(m), MSG_NOSIGNAL) == -1 ? -1 : 0;
}

/* A packet that nobody waits for goes out as new. */
static void
inject(uint8_t *packet, size_t len)
{
	struct div_frame f = { .type = DIV_INJECT, .hdrlen = DIV_HDRLEN };

	f.packet = packet;
	f.caplen = f.origlen = (uint32_t)len;
	div_send(injector, &f);
}

static struct div_frame *
given(const struct sock *s, uint16_t cookie, struct port **port)
{
	unsigned int i;

	for (i = 0; i < NSOCKETS; i++) {
		*port = &ports[i];
		if ((*port)->d == NULL ||
		    (s->port != NULL && s->port != *port) ||
		    (*port)->given[cookie].id == 0)
			continue;
		return &(*port)->given[cookie];
	}
	return NULL;
}

/* OpenBSD's kernel computes checksums; elsewhere they are the program's. */
static void
sent(const struct sock *s, const struct message *m, uint8_t *packet, size_t len)
{
	struct div_frame *g, f;
	struct port *port;

	if ((g = given(s, address_cookie(m), &port)) == NULL) {
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
forget(const struct sock *s, const struct message *m)
{
	struct div_frame *g, f;
	struct port *port;

	if ((g = given(s, address_cookie(m), &port)) == NULL)
		return;
	f = *g;
	g->id = 0;
	f.type = DIV_DROP;
	f.caplen = 0;
	div_send(port->d, &f);
}

static struct port *
find_port(uint16_t number)
{
	unsigned int i;

	for (i = 0; i < NSOCKETS; i++)
		if (ports[i].d != NULL && ports[i].number == number)
			return &ports[i];
	return NULL;
}

/* The port that a socket is to have: 0, or errno. */
static int
bind_socket(struct sock *s, uint16_t number)
{
	struct div_options opt = {
		.flags = DIV_O_NONBLOCK | DIV_O_KEEPSUM,
		.mark = DIV_MARK,
	};
	char name[8], err[DIV_ERRLEN];
	struct div_frame *given;
	struct port *p;

	if ((s->port = find_port(number)) != NULL)
		return 0;
	for (p = ports; p->d != NULL; p++)
		if (p == &ports[NSOCKETS - 1])
			return ENOBUFS;
	memset(p, 0, sizeof(*p));
	snprintf(name, sizeof(name), "%u", number);
	if ((given = calloc(NCOOKIES, sizeof(*given))) == NULL)
		return ENOMEM;
	if ((p->d = div_open(name, &opt, err)) == NULL) {
		free(given);
		return errno == EBUSY ? EADDRINUSE : errno;
	}
	p->given = given;
	p->number = number;
	s->port = p;
	return 0;
}

/* What waits is dropped, but not what we have injected, and no new packet. */
static void
close_port(struct port *p)
{
	div_drain(p->d);
	while (div_recv(p->d, &p->next) == 1)
		continue;
	div_flush(p->d);
	div_close(p->d);
	free(p->given);
	memset(p, 0, sizeof(*p));
}

static void
close_socket(struct sock *s)
{
	struct port *p = s->port;
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
 * All that the program has written to a socket.  A reset says that it left some
 * of ours unread, and comes before what it wrote last.
 */
static void
hear(struct sock *s)
{
	struct message m;
	struct iovec iov[2] = { { &m, sizeof(m) }, { buf, sizeof(buf) } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	ssize_t n;

	for (;;) {
		n = recvmsg(s->fd, &msg, MSG_DONTWAIT);
		if (n == -1 && (errno == ECONNRESET || errno == EINTR))
			continue;
		if (n < (ssize_t)sizeof(m))
			break;
		if (m.kind == BIND)
			reply(s->fd, bind_socket(s, (uint16_t)m.value));
		else if (m.kind == PACKET)
			sent(s, &m, buf, (size_t)n - sizeof(m));
		else if (m.kind == FORGET)
			forget(s, &m);
	}
	if (n != -1 || errno != EAGAIN)
		close_socket(s);
}

/* The newest socket takes all that is of its family. */
static struct sock *
receiver(const struct port *p, const struct div_frame *f)
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
drop(struct port *p, struct div_frame *f)
{
	f->type = DIV_DROP;
	f->caplen = 0;
	div_send(p->d, f);
}

/* Gives the next packet to the program; -1 if there is no room for it. */
static int
deliver(struct port *p)
{
	struct div_frame *f = &p->next;
	uint16_t cookie = (uint16_t)(f->id % (NCOOKIES - 1) + 1);
	struct message m = { .kind = PACKET };
	struct iovec iov[2] = { { &m, sizeof(m) }, { f->packet, f->caplen } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	struct sock *s = receiver(p, f);

	if (s != NULL) {
		address_of(&m, s->flavor, f, cookie);
		if (sendmsg(s->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL) == -1 &&
		    (errno == EAGAIN || errno == ENOBUFS || errno == EINTR))
			return -1;
	}
	p->waits = 0;
	if (p->given[cookie].id != 0)
		drop(p, &p->given[cookie]);
	p->given[cookie] = *f;
	if (s == NULL) {
		p->given[cookie].id = 0;
		drop(p, f);
	}
	return 0;
}

static void
read_port(struct port *p)
{
	if (p->waits && deliver(p) == -1)
		return;
	while (div_recv(p->d, &p->next) == 1) {
		p->waits = 1;
		if (deliver(p) == -1)
			return;
	}
}

/* A new socket of the program's; -1 when it has gone. */
static int
accept_socket(int control)
{
	struct message m;
	char err[DIV_ERRLEN];
	struct div_options opt = { .flags = DIV_O_KEEPSUM, .mark = DIV_MARK };
	struct sock *s = socks;
	int fd, error = 0;

	if (passing_recv(control, &m, sizeof(m), &fd, 1, 0) !=
		(ssize_t)sizeof(m) ||
	    fd == -1)
		return -1;
	while (s < socks + NSOCKETS && s->fd != -1)
		s++;
	if (injector == NULL && (injector = div_join(-1, &opt, err)) == NULL)
		error = errno;
	if (s == socks + NSOCKETS)
		error = EMFILE;
	if (error == 0)
		*s = (struct sock){ fd, m.family, m.flavor, NULL };
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

/* Sockets, the ports that they wait for, and the program itself. */
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
				hear(&socks[i]);
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

/* It has nothing of the program's but its end of the connection. */
static void
become(int control)
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
 * Starts the process, as nobody's child.  Returns the connection to it, at a
 * number where a program does not look, or -1.
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
			become(pair[1]);
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
