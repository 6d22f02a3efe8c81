/* SPDX-License-Identifier: ISC */

/*
 * A netfilter queue as a divert port.  A reader binds the queue; a writer in
 * another process has a duplicate of its socket.  The queue ends with the last
 * descriptor, and pending packets are dropped then; so either end drains it
 * first: no new packets are queued, and pending ones get their verdicts.
 */

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/netfilter.h>
#include <linux/netlink.h>

#include "nfqueue/nfq.h"

#define SLOTS 64 /* packets of a batch */
#define SLOTS_GSO 16
#define LENT 7168 /* packets by reference, of an Ethernet: 15 MiB */
#define LENT_SIZE 2112
#define LENT_GSO 1024 /* of DIV_SLOT_SIZE: 68 MiB at most */
#define LENT_EDITS 48 /* of each filter, 26 MiB at most together */

static struct nfq *
nfq_new(struct div *d)
{
	struct nfq *q;

	if ((q = calloc(1, sizeof(*q))) == NULL)
		return NULL;
	q->fd = q->rulesfd = q->idfd = q->connfd = q->raw.fd[0] = q->raw.fd[1] =
	    -1;
	q->pass = NF_ACCEPT;
	q->kept[0] = q->kept[1] = -1;
	q->raw.link = q->raw.frame = q->paths.conntrack = q->paths.route = -1;
	d->priv = q;
	if ((q->out = malloc(NFQ_OUT_SIZE)) == NULL ||
	    path_open(&q->paths, &d->opt) == -1)
		return NULL;
	return q;
}

/*
 * The socket's buffer holds as much as the queue, so that a burst does not
 * overflow it.  Without privilege in the initial user namespace (as
 * SO_RCVBUFFORCE wants it) the system's limit holds.
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
	bytes = 2 * NFQ_OUT_SIZE;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)) ==
	    -1)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	setsockopt(fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, &on, sizeof(on));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
}

static struct div_slots *
new_slots(const struct div *d)
{
	struct div_slots *s;

	if (!(d->opt.flags & DIV_O_GSO))
		return slots_new(LENT, LENT_SIZE, d->epoch);
	s = slots_new(LENT_GSO, DIV_SLOT_SIZE, d->epoch);
	if (s != NULL)
		slots_new_edits(s, LENT_EDITS);
	return s;
}

static int
open_queue(struct div *d)
{
	struct nfq *q;

	if (d->opt.flags & DIV_O_BALANCE)
		return port_fail(d, EOPNOTSUPP,
		    "a queue has one reader: see --queue-balance");
	if ((q = nfq_new(d)) == NULL ||
	    nfq_slots(q, d->opt.flags & DIV_O_GSO ? SLOTS_GSO : SLOTS) == -1)
		return port_fail(d, errno, "%s", strerror(errno));
	q->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	if (q->fd == -1)
		return port_fail(d, errno, "the kernel has no netfilter: %s",
		    strerror(errno));
	d->fd = q->fd;
	set_buffers(q->fd, &d->opt);
	if (nfq_bind(d, q) == -1)
		return -1;
	if ((q->ids = idpage_new(&q->idfd)) == NULL)
		return port_fail(d, errno, "shared memory: %s",
		    strerror(errno));
	d->queue = q->ids->queue = d->opt.queuelen;
	/* a reader that cannot inject is still a reader */
	raw_open(&q->raw, d->opt.mark);
	if (!(d->opt.flags & DIV_O_SHARE))
		return 0;
	if ((q->conns = connpage_new(&q->connfd)) == NULL ||
	    (d->slots = new_slots(d)) == NULL)
		return port_fail(d, errno, "shared memory: %s",
		    strerror(errno));
	q->share = handover_serve(d, q);
	if (q->share == NULL)
		return port_fail(d, errno, "port %u: hand-over: %s", d->port,
		    strerror(errno));
	d->peerfd = handover_event(q->share);
	return 0;
}

/* The reader of this process learns of translated connections, too. */
static int
attach_reader(struct div *d, struct nfq *q, struct nfq *reader)
{
	if (reader->conns == NULL)
		reader->conns = connpage_new(&reader->connfd);
	if (reader->conns == NULL)
		return port_fail(d, errno, "shared memory: %s",
		    strerror(errno));
	q->reader = reader;
	q->fd = reader->fd;
	q->ids = reader->ids;
	d->saved = q->conns = reader->conns;
	d->queue = q->ids->queue;
	return 0;
}

/* The rules come last: packets come at once. */
static int
nfq_open(struct div *d)
{
	if (open_queue(d) == -1)
		return -1;
	return d->opt.match == NULL ? 0 : nfq_rules_open(d);
}

/* A sink: of a reader of this process, or of one that it joins later. */
static int
nfq_attach(struct div *d, struct div *reader)
{
	struct nfq *q;

	if ((q = nfq_new(d)) == NULL)
		return port_fail(d, errno, "%s", strerror(errno));
	if (raw_open(&q->raw, d->opt.mark) == -1)
		return port_fail(d, errno,
		    "raw socket: %s: writing packets "
		    "needs CAP_NET_ADMIN and CAP_NET_RAW (be root)",
		    strerror(errno));
	if (nfq_slots(q, 1) == -1)
		return port_fail(d, errno, "%s", strerror(errno));
	if (reader == NULL)
		return 0;
	return nfq_set_pass(d) == -1 ? -1 : attach_reader(d, q, reader->priv);
}

/* Joins the reader in another process that has the port's epoch. */
static int
nfq_join(struct div *d)
{
	struct nfq *q = d->priv;
	uint64_t expired = 0;
	int passed[HANDOVER_FDS];
	uint32_t i;

	if (nfq_set_pass(d) == -1 ||
	    (d->peerfd = handover_join(d, passed, &expired)) == -1)
		return -1;
	q->fd = passed[0];
	memcpy(q->kept, passed + HANDOVER_OWN, sizeof(q->kept));
	d->saved = q->conns = connpage_map(passed[2]);
	d->slots = slots_map(passed[3], passed[4], d->epoch);
	for (i = 0; i < SLOTS_FILTERS; i++)
		slots_map_edits(d->slots, i + 1, passed[HANDOVER_EDITS + i]);
	if ((q->ids = idpage_map(passed[1])) == NULL || q->conns == NULL)
		return port_fail(d, errno, "shared memory: %s",
		    strerror(errno));
	d->queue = q->ids->queue;
	idwin_expire(&d->ids, expired);
	q->top = q->given = d->emitted = expired;
	return 0;
}

/* New packets bypass the queue; or are dropped, if it is not to be open. */
static int
drain(struct div *d, int open)
{
	struct nfq *q = d->priv;
	uint8_t buf[256];
	size_t n = nfq_config_drain(buf, d->port, open);

	if (send(q->fd, buf, n, 0) == -1)
		return port_fail(d, errno, "port %u: drain: %s", d->port,
		    strerror(errno));
	return 0;
}

/*
 * Segments of translated connections must not bypass the writer.  The first
 * translation may begin at the same time: it closes the queue, before or after.
 */
static int
nfq_drain(struct div *d)
{
	struct nfq *q = d->priv;
	int open = !connpage_used(q->conns);

	q->drained = 1;
	if (drain(d, open) == -1)
		return -1;
	return open && connpage_used(q->conns) ? drain(d, 0) : 0;
}

/* Likewise when the queue is full (-F). */
static int
nfq_guard(struct div *d)
{
	struct nfq *q = d->priv;
	uint8_t buf[256];
	size_t n;

	if (q->fd == -1)
		return 0;
	n = nfq_config_closed(buf, d->port);
	if (send(q->fd, buf, n, 0) == -1)
		return port_fail(d, errno, "port %u: %s", d->port,
		    strerror(errno));
	return 0;
}

/*
 * Resets of translated connections are about to be sent.  A reader in another
 * process may still take packets, and passes them; one in this process does not.
 */
static int
settle(struct div *d)
{
	struct nfq *q = d->priv;

	if (q->fd == -1 ||
	    (q->reader == NULL && !d->drained && d->peerfd != -1))
		return 0;
	if (nfq_settle(q, d->port) == -1)
		return port_fail(d, errno, "port %u: %s", d->port,
		    strerror(errno));
	q->settled = 1;
	return 0;
}

/* A writer whose reader died drains the queue itself. */
static int
poll_reader(struct div *d)
{
	const struct nfq *q = d->priv;
	enum handover_state state;

	if (q->reader != NULL)
		d->drained = q->reader->drained;
	if (d->peerfd == -1 ||
	    (state = handover_poll(d->peerfd)) == HANDOVER_NONE)
		return 0;
	if (state == HANDOVER_DRAINED) {
		d->drained = 1;
		return 0;
	}
	close(d->peerfd);
	d->peerfd = -1;
	return d->drained ? 0 : nfq_drain(d);
}

static int
nfq_sync_ids(struct div *d)
{
	struct nfq *q = d->priv;
	uint64_t top, id = d->emitted;

	if (q->ids == NULL)
		return 0;
	top = atomic_load_explicit(&q->ids->top, memory_order_acquire);
	while ((id = idpage_own(q->ids, id, top)) != 0)
		idwin_own(&d->ids, id);
	d->emitted = top;
	return 1;
}

static int
nfq_poll_peer(struct div *d)
{
	struct nfq *q = d->priv;

	nfq_sync_ids(d);
	if (d->fd == -1)
		return poll_reader(d);
	if (q->share == NULL)
		return 0;
	d->n.expired = handover_expired(q->share);
	if (handover_gone(q->share))
		return port_fail(d, EPIPE, "port %u: the writer went away",
		    d->port);
	return 0;
}

/* With -P, or -t: passes all packets without a verdict at the end. */
static int
pass_pending(struct div *d)
{
	struct div_frame f = { .type = DIV_PASS };

	/* DIV_O_TEE: a full disk must not cut the network either */
	if (!(d->opt.flags & (DIV_O_PASS | DIV_O_TEE)))
		return 0;
	/* no packet may be queued between this and the queue's end */
	if (drain(d, 1) == -1)
		return -1;
	/* with the packets that the reader has not emitted yet */
	f.id = d->emitted + NFQ_BEYOND;
	if (nfq_give_verdict(d, &f, ACCEPT_TO) == -1)
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
	d->peerfd = -1;
	return joined ? 0 : pass_pending(d);
}

static int
finish_sink(struct div *d, struct nfq *q)
{
	if (q->fd == -1)
		return 0;
	if (nfq_flush(d) == -1 || nfq_poll_peer(d) == -1 ||
	    pass_pending(d) == -1)
		return -1;
	/* translated connections have been reset: the queue may open */
	if (q->settled)
		nfq_pass_own(q, d->port);
	if (d->drained)
		return drain(d, 1);
	if (q->reader != NULL)
		return 0;
	if (d->peerfd == -1)
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
	int i;

	if (q == NULL)
		return;
	if (q->share != NULL) {
		if (!handover_finish(q->share, 0))
			pass_pending(d);
	} else if (d->peerfd != -1)
		close(d->peerfd);
	else if (d->fd != -1 && d->opt.flags & DIV_O_TEE)
		pass_pending(d);
	if (q->fd != -1 && q->reader == NULL)
		close(q->fd);
	if (q->reader == NULL) {
		idpage_unmap(q->ids);
		connpage_unmap(q->conns);
	}
	if (q->connfd != -1)
		close(q->connfd);
	if (q->idfd != -1)
		close(q->idfd);
	for (i = 0; i < DIV_KEEP; i++)
		if (q->kept[i] != -1)
			close(q->kept[i]);
	if (q->rulesfd != -1)
		close(q->rulesfd);
	raw_close(&q->raw);
	path_close(&q->paths);
	free(q->msgs);
	free(q->iovs);
	free(q->lent);
	free(q->slots);
	free(q->out);
	free(q);
	d->priv = NULL;
}

const struct backend backend_kernel = {
	.longest = NFQ_PAYLOAD_MAX,
	.local = 1,
	.open = nfq_open,
	.attach = nfq_attach,
	.connect = handover_connect,
	.join = nfq_join,
	.receive = nfq_receive,
	.verdict = nfq_give_verdict,
	.inject = nfq_inject,
	.flush = guard_flush,
	.sync_ids = nfq_sync_ids,
	.poll_peer = nfq_poll_peer,
	.drain = nfq_drain,
	.answer = nfq_answer,
	.guard = nfq_guard,
	.noted = guard_noted,
	.watch = guard_watch,
	.resized = nfq_resized,
	.settle = settle,
	.finish = nfq_finish,
	.close = nfq_close,
};
