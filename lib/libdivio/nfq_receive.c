/* SPDX-License-Identifier: ISC */

/* Packets from the queue: many in one system call, into slots. */

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <net/if.h>

#include "nfq.h"

#define HEADROOM 96        /* a frame's header fits before */
#define STRIDE (66 * 1024) /* and the longest message after */

int
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

/* The acknowledgement may come behind first packets, which are kept. */
int
nfq_await_ack(struct nfq *q)
{
	struct nfq_packet p;
	ssize_t n;

	while (q->have < q->nslots) {
		n = recv(q->fd, q->iovs[q->have].iov_base, STRIDE - HEADROOM,
		    0);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		q->msgs[q->have].msg_len = (unsigned int)n;
		n = nfq_parse(q->iovs[q->have].iov_base, (size_t)n, &p);
		if (n != 1)
			return (int)n;
		q->have++;
	}
	return 0;
}

/* The names of interfaces change seldom: they are looked up once a second. */
static void
set_ifname(const struct div *d, struct nfq *q, struct div_frame *f)
{
	struct ifreq ifr = { .ifr_ifindex = (int)f->ifindex };
	unsigned int i = f->ifindex % NNAMES;

	if (q->names[i].ifindex != f->ifindex ||
	    q->time - q->names[i].time > 1000000000) {
		q->names[i].ifindex = f->ifindex;
		q->names[i].time = q->time;
		memset(q->names[i].name, 0, sizeof(q->names[i].name));
		if (f->ifindex != 0 && ioctl(d->ctl, SIOCGIFNAME, &ifr) == 0)
			memcpy(q->names[i].name, ifr.ifr_name, IF_NAMESIZE);
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
		[NF_INET_PRE_ROUTING] = DIV_UNKNOWN,
		[NF_INET_LOCAL_IN] = DIV_IN,
		[NF_INET_FORWARD] = DIV_FORWARD,
		[NF_INET_LOCAL_OUT] = DIV_OUT,
		[NF_INET_POST_ROUTING] = DIV_OUT,
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
	set_ifname(d, q, f);
}

/* Looks at one message: 1 a frame, 0 nothing for the caller, -1. */
static int
take(struct div *d, struct nfq *q, unsigned int i, struct div_frame *f)
{
	struct nfq_packet p;

	switch (nfq_parse(q->iovs[i].iov_base, q->msgs[i].msg_len, &p)) {
	case -1:
		d->n.errors++;
		if (errno == EPERM)
			return port_fail(d, EPERM,
			    "port %u: verdicts are "
			    "refused: the writer lacks CAP_NET_ADMIN",
			    d->port);
		return 0;
	case 0:
		return 0;
	}
	fill(d, q, &p, f);
	d->n.received++;
	if (d->opt.mark != 0 && p.mark == d->opt.mark) {
		d->n.own++;
		emitted_note(q->emitted, f->id, 1);
		return d->opt.flags & DIV_O_TEE ? 0 : nfq_judge(d, f, ACCEPT);
	}
	emitted_note(q->emitted, f->id, 0);
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
		if (nfq_parse(q->iovs[i].iov_base, q->msgs[i].msg_len, &p) ==
		    1) {
			f.id = p.id;
			if (nfq_judge(d, &f, ACCEPT_TO) == -1)
				return -1;
			break;
		}
	return nfq_flush(d);
}

static int
begin_batch(struct div *d, struct nfq *q)
{
	q->time = clock_ns(CLOCK_REALTIME);
	return d->opt.flags & DIV_O_TEE ? pass_batch(d, q) : 0;
}

static int
receive_batch(struct div *d, struct nfq *q)
{
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
	q->have = (unsigned int)n;
	q->next = 0;
	return begin_batch(d, q) == -1 ? -1 : 1;
}

int
nfq_receive(struct div *d, struct div_frame *f)
{
	struct nfq *q = d->priv;
	int n;

	/* what came before the acknowledgement of our set-up */
	if (q->time == 0 && begin_batch(d, q) == -1)
		return -1;
	for (;;) {
		while (q->next < q->have)
			if ((n = take(d, q, q->next++, f)) != 0)
				return n;
		if ((n = receive_batch(d, q)) != 1)
			return n;
	}
}
