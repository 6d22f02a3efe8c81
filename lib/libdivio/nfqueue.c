/* SPDX-License-Identifier: ISC */

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/netlink.h>

#include "nfq.h"

#define SLOTS 64 /* packets per system call */
#define SLOTS_GSO 16
#define OUT_SIZE (256 * 1024)
#define OUT_FULL (128 * 1024) /* one send, whatever SO_SNDBUF is */

static struct nfq *
nfq_new(struct div *d)
{
	struct nfq *q;

	if ((q = calloc(1, sizeof(*q))) == NULL)
		return NULL;
	q->fd = q->page = q->raw.fd4 = q->raw.fd6 = -1;
	d->priv = q;
	if ((q->out = malloc(OUT_SIZE)) == NULL)
		return NULL;
	return q;
}

/*
 * A burst is to fill the queue and not the socket.  Without privilege in the
 * initial user namespace the system's limit stands.
 */
static void
set_buffers(int fd, const struct div_options *opt)
{
	uint64_t want;
	int bytes, on = 1;

	want = (uint64_t)opt->queuelen *
	    (opt->flags & DIV_O_GSO ? 80 * 1024 : 3 * 1024);
	bytes = want > 128 << 20 ? 128 << 20 : (int)want;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) ==
	    -1)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	bytes = 2 * OUT_SIZE;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)) ==
	    -1)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	setsockopt(fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, &on, sizeof(on));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
}

static int
config_fail(struct div *d, int error)
{
	char owner[128];

	if (error == EPERM && nfq_owner(d->port, owner, sizeof(owner)))
		return port_fail(d, EBUSY, "port %u is in use by %s", d->port,
		    owner);
	if (error == EPERM)
		return port_fail(d, EPERM,
		    "port %u: no permission: reading "
		    "packets needs CAP_NET_ADMIN (be root), "
		    "and a port that nobody else reads",
		    d->port);
	return port_fail(d, error, "port %u: %s", d->port, strerror(error));
}

static int
nfq_open(struct div *d, const char *where)
{
	struct nfq *q;
	uint8_t buf[256];
	size_t n;

	(void)where;
	if ((q = nfq_new(d)) == NULL ||
	    nfq_slots(q, d->opt.flags & DIV_O_GSO ? SLOTS_GSO : SLOTS) == -1)
		return port_fail(d, errno, "%s", strerror(errno));
	q->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	if (q->fd == -1)
		return port_fail(d, errno, "the kernel has no netfilter: %s",
		    strerror(errno));
	d->fd = q->fd;
	set_buffers(q->fd, &d->opt);
	n = nfq_config(buf, d->port, &d->opt);
	if (send(q->fd, buf, n, 0) == -1)
		return config_fail(d, errno);
	if (nfq_await_ack(q) == -1)
		return config_fail(d, errno);
	if ((q->emitted = emitted_new(&q->page)) == NULL)
		return port_fail(d, errno, "shared memory: %s",
		    strerror(errno));
	/* a reader that cannot inject is still a reader */
	raw_open(&q->raw, d->opt.mark);
	if (!(d->opt.flags & DIV_O_SHARE))
		return 0;
	q->share = handover_serve(d, q->fd, q->page, q->emitted);
	if (q->share == NULL)
		return port_fail(d, errno, "port %u: hand-over: %s", d->port,
		    strerror(errno));
	d->linefd = handover_event(q->share);
	return 0;
}

static int
join_nobody(struct div *d)
{
	struct nfq *q;

	if ((q = nfq_new(d)) == NULL)
		return port_fail(d, errno, "%s", strerror(errno));
	if (raw_open(&q->raw, d->opt.mark) == -1)
		return port_fail(d, errno,
		    "raw socket: %s: writing packets "
		    "needs CAP_NET_ADMIN and CAP_NET_RAW (be root)",
		    strerror(errno));
	return 0;
}

static int
nfq_join(struct div *d, struct div *reader)
{
	struct nfq *q;
	uint64_t expired = 0;
	int passed[2];

	if (d->priv == NULL && join_nobody(d) == -1)
		return -1;
	q = d->priv;
	if (reader != NULL) {
		q->reader = reader->priv;
		q->fd = q->reader->fd;
		q->emitted = q->reader->emitted;
		return 0;
	}
	if (d->epoch == 0)
		return 0;
	if ((d->linefd = handover_join(d, passed, &expired)) == -1)
		return -1;
	q->fd = passed[0];
	if ((q->emitted = emitted_map(passed[1])) == NULL)
		return port_fail(d, errno, "shared memory: %s",
		    strerror(errno));
	ledger_close(&d->ledger, expired);
	q->top = q->given = d->emitted = expired;
	return 0;
}

int
nfq_flush(struct div *d)
{
	struct nfq *q = d->priv;
	ssize_t n;
	int tries = 0;

	if (q->used == 0)
		return 0;
	/* short memory passes, mostly */
	while ((n = send(q->fd, q->out, q->used, 0)) == -1 &&
	    (errno == EINTR || (errno == ENOBUFS && tries++ < 1000)))
		poll(NULL, 0, errno == ENOBUFS ? 1 : 0);
	q->used = 0;
	q->run.type = 0;
	if (n == -1)
		return port_fail(d, errno, "port %u: verdict: %s", d->port,
		    strerror(errno));
	return 0;
}

/* The highest id that is known; q->top has had a verdict. */
static uint64_t
highest(const struct div *d, const struct nfq *q)
{
	return q->top > d->ledger.top ? q->top : d->ledger.top;
}

/*
 * Notes a verdict on f.  Is it the highest, and does none before it wait for
 * its own?  What the ledger has forgotten may come twice and is not counted.
 */
static int
nfq_complete(struct div *d, const struct div_frame *f, enum verdict v)
{
	struct nfq *q = d->priv;
	uint64_t id = q->top;

	if (q->top < f->id)
		q->top = f->id;
	if (v == ACCEPT_TO || v == DROP_TO) {
		q->given = q->top;
		return 1;
	}
	if (highest(d, q) - f->id < LEDGER_WINDOW)
		q->given++;
	/* a reader that is its own sink has counted those already */
	while (d->fd == -1 && (id = emitted_own(q->emitted, id, q->top)) != 0)
		q->given++;
	return q->top == f->id && q->given == q->top;
}

/* Adjacent packets that go on as they are share a verdict on all up to one. */
static enum verdict
nfq_join_run(struct div *d, const struct div_frame *f, enum verdict v)
{
	struct nfq *q = d->priv;

	if (!nfq_complete(d, f, v) || v != ACCEPT) {
		q->run.type = 0;
		return v;
	}
	if (q->run.type == f->type && q->run.mark == f->mark)
		q->used = q->run.at;
	q->run.at = q->used;
	q->run.mark = f->mark;
	q->run.type = f->type;
	return ACCEPT_TO;
}

int
nfq_judge(struct div *d, const struct div_frame *f, enum verdict v)
{
	struct nfq *q = d->priv;
	uint8_t *p;
	size_t n;

	if (q->used >= OUT_FULL && nfq_flush(d) == -1)
		return -1;
	v = nfq_join_run(d, f, v);
	p = q->out + q->used;
	n = nfq_verdict(p, d->port, f, v);
	if (v == REPLACE) {
		n = nfq_payload(p, OUT_SIZE - q->used, f->packet, f->caplen);
		if (n == 0)
			return port_fail(d, EMSGSIZE, "packet of %u bytes",
			    f->caplen);
	}
	q->used += NLMSG_ALIGN(n);
	return 0;
}

static int
nfq_inject(struct div *d, const struct div_frame *f)
{
	struct nfq *q = d->priv;

	/* verdicts on what came before go before */
	if (nfq_flush(d) == -1)
		return -1;
	if (raw_send(&q->raw, f) == -1) {
		port_fail(d, errno, "new packet: %s", strerror(errno));
		d->n.reason[DIV_NOTSENT]++;
		return DIV_NOTSENT;
	}
	return 0;
}

static int
nfq_drain(struct div *d)
{
	struct nfq *q = d->priv;
	uint8_t buf[256];
	size_t n = nfq_config_drain(buf, d->port);

	if (send(q->fd, buf, n, 0) == -1)
		return port_fail(d, errno, "port %u: drain: %s", d->port,
		    strerror(errno));
	return 0;
}

/* A writer that lost its reader sees to the drain itself. */
static int
hear_reader(struct div *d)
{
	enum handover_news news;

	if (d->linefd == -1 ||
	    (news = handover_hear(d->linefd)) == HANDOVER_NONE)
		return 0;
	close(d->linefd);
	d->linefd = -1;
	if (news == HANDOVER_DRAINED)
		d->drained = 1;
	return d->drained ? 0 : nfq_drain(d);
}

static int
nfq_look(struct div *d)
{
	struct nfq *q = d->priv;
	uint64_t top, id = d->emitted;

	if (q->emitted == NULL)
		return 0;
	top = atomic_load_explicit(&q->emitted->top, memory_order_acquire);
	while ((id = emitted_own(q->emitted, id, top)) != 0)
		ledger_own(&d->ledger, id);
	d->emitted = top;
	return 1;
}

static int
nfq_hear(struct div *d)
{
	struct nfq *q = d->priv;

	nfq_look(d);
	if (d->fd == -1)
		return hear_reader(d);
	if (q->share == NULL)
		return 0;
	d->n.expired = handover_expired(q->share);
	if (handover_gone(q->share))
		return port_fail(d, EPIPE, "port %u: the writer went away",
		    d->port);
	return 0;
}

static int
pass_pending(struct div *d)
{
	struct div_frame f = { .type = DIV_PASS };

	/* who only looks does not cut the network, at a full disk either */
	if (!(d->opt.flags & (DIV_O_PASS | DIV_O_TEE)))
		return 0;
	/* nothing may come between this and the queue's end */
	if (!d->drained && nfq_drain(d) == -1)
		return -1;
	/* what the reader still has goes, too */
	f.id = d->emitted + NFQ_BEYOND;
	if (nfq_judge(d, &f, ACCEPT_TO) == -1)
		return -1;
	return nfq_flush(d);
}

static int
finish_reader(struct div *d, struct nfq *q, int fd)
{
	int joined = 0;

	if (q->share != NULL)
		handover_drained(q->share);
	if (fd != -1)
		close(fd);
	if (q->share == NULL)
		return 0;
	joined = handover_finish(q->share, 1);
	q->share = NULL;
	d->linefd = -1;
	return joined ? 0 : pass_pending(d);
}

static int
finish_sink(struct div *d, struct nfq *q)
{
	if (q->fd == -1)
		return 0;
	if (nfq_flush(d) == -1 || nfq_hear(d) == -1 || pass_pending(d) == -1)
		return -1;
	if (q->reader != NULL || d->drained)
		return 0;
	if (d->linefd == -1)
		return port_fail(d, ECONNRESET, "port %u: the reader went away",
		    d->port);
	return port_fail(d, EPIPE,
	    "port %u: the input ended before the reader did", d->port);
}

static int
nfq_finish(struct div *d, int fd)
{
	struct nfq *q = d->priv;

	if (d->fd == -1)
		return finish_sink(d, q);
	if (nfq_flush(d) == -1)
		return -1;
	return finish_reader(d, q, fd);
}

static void
nfq_close(struct div *d)
{
	struct nfq *q = d->priv;

	if (q == NULL)
		return;
	if (q->share != NULL) {
		if (!handover_finish(q->share, 0))
			pass_pending(d);
	} else if (d->linefd != -1)
		close(d->linefd);
	else if (d->fd != -1 && d->opt.flags & DIV_O_TEE)
		pass_pending(d);
	if (q->fd != -1 && q->reader == NULL)
		close(q->fd);
	if (q->reader == NULL)
		emitted_unmap(q->emitted);
	if (q->page != -1)
		close(q->page);
	raw_close(&q->raw);
	free(q->msgs);
	free(q->iovs);
	free(q->slots);
	free(q->out);
	free(q);
	d->priv = NULL;
}

const struct backend backend_kernel = {
	.longest = NFQ_PAYLOAD_MAX,
	.local = 1,
	.open = nfq_open,
	.join = nfq_join,
	.receive = nfq_receive,
	.verdict = nfq_judge,
	.inject = nfq_inject,
	.flush = nfq_flush,
	.look = nfq_look,
	.hear = nfq_hear,
	.drain = nfq_drain,
	.finish = nfq_finish,
	.close = nfq_close,
};
