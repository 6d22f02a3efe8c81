/* SPDX-License-Identifier: ISC */

#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <linux/netlink.h>
#include <net/if.h>

#include "nfq.h"

#define SLOTS 64			/* packets per system call */
#define SLOTS_GSO 16
#define HEADROOM 96			/* a frame's header fits before */
#define STRIDE (66 * 1024)		/* and the longest message after */
#define OUT_SIZE (256 * 1024)
#define OUT_FULL (128 * 1024)		/* one send, whatever SO_SNDBUF is */
#define NNAMES 16

struct nfq {
	int fd;
	struct handover *share;
	struct nfq *reader;		/* of a twin */

	struct mmsghdr *msgs;
	struct iovec *iovs;
	uint8_t *slots;
	unsigned int nslots, have, next;
	uint64_t time;			/* of the last receive */
	uint64_t last;			/* id, with the bits that wrapped */
	_Atomic uint64_t emitted;
	struct {
		uint32_t ifindex;
		uint64_t time;
		char name[IF_NAMESIZE];
	} names[NNAMES];

	uint8_t *out;			/* verdicts that are gathered */
	size_t used;
	struct raw raw;
};

static struct nfq *
nfq_new(struct div *d)
{
	struct nfq *q;

	if ((q = calloc(1, sizeof(*q))) == NULL)
		return NULL;
	q->fd = q->raw.fd4 = q->raw.fd6 = -1;
	d->priv = q;
	if ((q->out = malloc(OUT_SIZE)) == NULL)
		return NULL;
	return q;
}

static int
nfq_slots(struct nfq *q, unsigned int n)
{
	unsigned int i;

	q->nslots = n;
	q->msgs = calloc(n, sizeof(*q->msgs));
	q->iovs = calloc(n, sizeof(*q->iovs));
	q->slots = malloc((size_t)n * STRIDE);
	if (q->msgs == NULL || q->iovs == NULL || q->slots == NULL)
		return -1;
	for (i = 0; i < n; i++) {
		q->iovs[i].iov_base = q->slots + i * STRIDE + HEADROOM;
		q->iovs[i].iov_len = STRIDE - HEADROOM;
		q->msgs[i].msg_hdr.msg_iov = &q->iovs[i];
		q->msgs[i].msg_hdr.msg_iovlen = 1;
	}
	return 0;
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
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes,
	    sizeof(bytes)) == -1)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	bytes = 2 * OUT_SIZE;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes,
	    sizeof(bytes)) == -1)
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
		return port_fail(d, EPERM, "port %u: no permission: reading "
		    "packets needs CAP_NET_ADMIN (be root)", d->port);
	return port_fail(d, error, "port %u: %s", d->port, strerror(error));
}

/* The acknowledgement may come behind first packets, which are kept. */
static int
await_ack(struct div *d, struct nfq *q)
{
	struct nfq_packet p;
	ssize_t n;

	while (q->have < q->nslots) {
		n = recv(q->fd, q->iovs[q->have].iov_base, STRIDE - HEADROOM,
		    0);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return config_fail(d, errno);
		q->msgs[q->have].msg_len = (unsigned int)n;
		switch (nfq_parse(q->iovs[q->have].iov_base, (size_t)n, &p)) {
		case -1:
			return config_fail(d, errno);
		case 0:
			return 0;
		}
		q->have++;
	}
	return 0;
}

static int
nfq_open(struct div *d, const char *where)
{
	struct nfq *q;
	uint8_t buf[256];
	size_t n;

	(void)where;
	if ((q = nfq_new(d)) == NULL || nfq_slots(q,
	    d->opt.flags & DIV_O_GSO ? SLOTS_GSO : SLOTS) == -1)
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
	if (await_ack(d, q) == -1)
		return -1;
	/* a reader that cannot inject is still a reader */
	raw_open(&q->raw, d->opt.mark);
	if (!(d->opt.flags & DIV_O_SHARE))
		return 0;
	if ((q->share = handover_serve(d, q->fd, &q->emitted)) == NULL)
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
		return port_fail(d, errno, "raw socket: %s: writing packets "
		    "needs CAP_NET_ADMIN and CAP_NET_RAW (be root)",
		    strerror(errno));
	return 0;
}

static int
nfq_join(struct div *d, struct div *reader)
{
	struct nfq *q;
	uint64_t expired = 0;

	if (d->priv == NULL && join_nobody(d) == -1)
		return -1;
	q = d->priv;
	if (reader != NULL) {
		q->reader = reader->priv;
		q->fd = q->reader->fd;
		return 0;
	}
	if (d->epoch == 0)
		return 0;
	if ((d->linefd = handover_join(d, &q->fd, &expired)) == -1)
		return -1;
	ledger_close(&d->ledger, expired);
	return 0;
}

static int
nfq_flush(struct div *d)
{
	struct nfq *q = d->priv;
	ssize_t n;

	if (q->used == 0)
		return 0;
	do
		n = send(q->fd, q->out, q->used, 0);
	while (n == -1 && (errno == EINTR || errno == ENOBUFS));
	q->used = 0;
	if (n == -1)
		return port_fail(d, errno, "port %u: verdict: %s", d->port,
		    strerror(errno));
	return 0;
}

static int
nfq_judge(struct div *d, const struct div_frame *f, enum verdict v)
{
	struct nfq *q = d->priv;
	uint8_t *p;
	size_t n;

	if (q->used >= OUT_FULL && nfq_flush(d) == -1)
		return -1;
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
	if (raw_send(&q->raw, f) == -1)
		return port_fail(d, errno, "inject: %s", strerror(errno));
	return 0;
}

/* The names of interfaces change seldom: they are looked up once a second. */
static void
set_ifname(struct nfq *q, struct div_frame *f)
{
	unsigned int i = f->ifindex % NNAMES;

	if (q->names[i].ifindex != f->ifindex ||
	    q->time - q->names[i].time > 1000000000) {
		q->names[i].ifindex = f->ifindex;
		q->names[i].time = q->time;
		memset(q->names[i].name, 0, sizeof(q->names[i].name));
		if (f->ifindex != 0)
			if_indextoname(f->ifindex, q->names[i].name);
	}
	memcpy(f->ifname, q->names[i].name, sizeof(f->ifname));
}

static uint64_t
extend(uint64_t last, uint32_t id)
{
	return last + (uint64_t)(int64_t)(int32_t)(id - (uint32_t)last);
}

/* The frame's header will be written over the message's, before the packet. */
static void
fill(struct div *d, struct nfq *q, const struct nfq_packet *p,
    struct div_frame *f)
{
	static const uint8_t dirs[] = {
		[NF_INET_PRE_ROUTING] = DIV_IN, [NF_INET_LOCAL_IN] = DIV_IN,
		[NF_INET_FORWARD] = DIV_FORWARD,
		[NF_INET_LOCAL_OUT] = DIV_OUT, [NF_INET_POST_ROUTING] = DIV_OUT
	};

	memset(f, 0, sizeof(*f));
	f->type = DIV_PACKET;
	f->dir = p->hook < sizeof(dirs) ? dirs[p->hook] : DIV_UNKNOWN;
	f->flags = (p->skbinfo & NFQA_SKB_CSUMNOTREADY ? DIV_F_NOCSUM : 0) |
	    (p->skbinfo & NFQA_SKB_GSO ? DIV_F_GSO : 0) |
	    (p->len < p->origlen ? DIV_F_TRUNC : 0);
	f->hdrlen = DIV_HDRLEN;
	f->caplen = p->len;
	f->origlen = p->origlen;
	f->time = q->time;
	f->id = q->last = extend(q->last, p->id);
	f->epoch = d->epoch;
	f->mark = p->mark;
	f->ifindex = f->dir == DIV_OUT ? p->outdev : p->indev;
	f->port = d->port;
	f->packet = p->payload;
	f->wire = p->payload - DIV_HDRLEN;
	f->digest = div_frame_digest(f);
	set_ifname(q, f);
}

/* Looks at one message: 1 a frame, 0 nothing for the caller, -1. */
static int
take(struct div *d, struct nfq *q, unsigned int i, struct div_frame *f)
{
	struct nfq_packet p;

	switch (nfq_parse(q->iovs[i].iov_base, q->msgs[i].msg_len, &p)) {
	case -1:
		d->n.errors++;
		return 0;
	case 0:
		return 0;
	}
	fill(d, q, &p, f);
	d->n.received++;
	if (d->opt.mark != 0 && p.mark == d->opt.mark) {
		d->n.own++;
		return d->opt.flags & DIV_O_TEE ? 0 : nfq_judge(d, f, ACCEPT);
	}
	atomic_store_explicit(&q->emitted, f->id, memory_order_release);
	return 1;
}

/* A packet that is only looked at goes on before its copy does. */
static int
pass_batch(struct div *d, struct nfq *q)
{
	struct div_frame f = { .type = DIV_PASS };
	struct nfq_packet p;
	unsigned int i;

	for (i = q->have; i-- > 0;)
		if (nfq_parse(q->iovs[i].iov_base, q->msgs[i].msg_len,
		    &p) == 1) {
			f.id = p.id;
			if (nfq_judge(d, &f, ACCEPT_TO) == -1)
				return -1;
			break;
		}
	return nfq_flush(d);
}

static int
receive_batch(struct div *d, struct nfq *q)
{
	struct timespec ts;
	int n;

	if (nfq_flush(d) == -1)
		return -1;
	if (d->tie != NULL && d->tie(d->tiearg) == -1)
		return -1;
	n = recvmmsg(q->fd, q->msgs, q->nslots, MSG_DONTWAIT, NULL);
	if (n == -1 && (errno == EAGAIN || errno == EINTR || errno == ENOBUFS))
		return 0;
	if (n == -1)
		return port_fail(d, errno, "port %u: receive: %s", d->port,
		    strerror(errno));
	clock_gettime(CLOCK_REALTIME, &ts);
	q->time = (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
	q->have = (unsigned int)n;
	q->next = 0;
	if (d->opt.flags & DIV_O_TEE && pass_batch(d, q) == -1)
		return -1;
	return 1;
}

static int
nfq_receive(struct div *d, struct div_frame *f)
{
	struct nfq *q = d->priv;
	int n;

	for (;;) {
		while (q->next < q->have)
			if ((n = take(d, q, q->next++, f)) != 0)
				return n;
		if ((n = receive_batch(d, q)) != 1)
			return n;
	}
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
hear_reader(struct div *d, struct nfq *q)
{
	if (q->reader != NULL) {
		d->emitted = q->reader->emitted;
		return 0;
	}
	if (d->linefd == -1 || d->drained)
		return 0;
	switch (handover_hear(d->linefd, &d->emitted)) {
	case HANDOVER_NONE:
		break;
	case HANDOVER_DRAINED:
		d->drained = 1;
		break;
	case HANDOVER_BROKEN:
		close(d->linefd);
		d->linefd = -1;
		return nfq_drain(d);
	}
	return 0;
}

static int
nfq_hear(struct div *d)
{
	struct nfq *q = d->priv;

	if (d->fd == -1)
		return hear_reader(d, q);
	d->emitted = q->emitted;
	if (q->share != NULL && handover_gone(q->share))
		return port_fail(d, EPIPE, "port %u: the writer went away",
		    d->port);
	return 0;
}

static int
pass_pending(struct div *d)
{
	struct div_frame f = { .type = DIV_PASS };

	if (!(d->opt.flags & DIV_O_PASS))
		return 0;
	/* what the reader still has goes, too: the queue is at its end */
	f.id = d->emitted + (1 << 30);
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
	if (nfq_flush(d) == -1 || hear_reader(d, q) == -1 ||
	    pass_pending(d) == -1)
		return -1;
	if (q->reader != NULL || d->drained)
		return 0;
	if (d->linefd == -1)
		return port_fail(d, ECONNRESET,
		    "port %u: the reader went away", d->port);
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
	if (q->fd != -1 && q->reader == NULL)
		close(q->fd);
	raw_close(&q->raw);
	free(q->msgs);
	free(q->iovs);
	free(q->slots);
	free(q->out);
	free(q);
	d->priv = NULL;
}

const struct backend backend_kernel = {
	.open = nfq_open,
	.join = nfq_join,
	.receive = nfq_receive,
	.verdict = nfq_judge,
	.inject = nfq_inject,
	.flush = nfq_flush,
	.hear = nfq_hear,
	.drain = nfq_drain,
	.finish = nfq_finish,
	.close = nfq_close
};
