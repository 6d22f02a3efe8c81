/* SPDX-License-Identifier: ISC */

/*
 * Packets of the queue: recvmmsg(2) fills a batch of slots, and each packet is
 * handed out in place.  A slot has room before the packet, where the frame's
 * header is written.  The checksum of a packet that the kernel has not verified
 * (NFQA_SKB_CSUM_NOTVERIFIED) is verified here: a damaged one passes as it is,
 * so that no edit repairs it.
 */

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <linux/netlink.h>
#include <net/if.h>

#include "nfqueue/nfq.h"

#define HEADROOM 96        /* bytes, for a frame's header */
#define STRIDE (66 * 1024) /* bytes, with the longest message */

/*
 * Where the kernel puts a message: into a shared slot of so many bytes and, if it is
 * longer, behind that part in the message's own memory; or all there.
 */
static void
set_room(struct nfq *q, unsigned int i, uint8_t *slot, size_t size)
{
	uint8_t *own = q->slots + i * STRIDE;
	struct iovec *v = q->iovs[i];

	if (slot == NULL || size > STRIDE)
		size = STRIDE;
	v[0].iov_base = (slot == NULL ? own : slot) + HEADROOM;
	v[0].iov_len = size - HEADROOM;
	v[1].iov_base = own + size;
	v[1].iov_len = STRIDE - size;
	q->msgs[i].msg_hdr.msg_iovlen = size < STRIDE ? 2 : 1;
}

int
nfq_slots(struct nfq *q, unsigned int n)
{
	unsigned int i;

	q->nslots = n;
	q->msgs = calloc(n, sizeof(*q->msgs));
	q->iovs = calloc(n, sizeof(*q->iovs));
	q->lent = calloc(n, sizeof(*q->lent));
	q->slots = malloc((size_t)n * STRIDE);
	if (q->msgs == NULL || q->iovs == NULL || q->lent == NULL ||
	    q->slots == NULL)
		return -1;
	for (i = 0; i < n; i++) {
		q->msgs[i].msg_hdr.msg_iov = q->iovs[i];
		set_room(q, i, NULL, 0);
	}
	return 0;
}

/* One message, before slots are lent. */
static ssize_t
receive_one(struct nfq *q, int flags)
{
	struct iovec *v = q->iovs[q->have];
	ssize_t n;

	set_room(q, q->have, NULL, 0);
	n = recv(q->fd, v->iov_base, v->iov_len, flags);
	if (n != -1)
		q->msgs[q->have].msg_len = (unsigned int)n;
	return n;
}

/* Packets may come before the acknowledgement: they stay in the batch. */
int
nfq_await_ack(struct nfq *q)
{
	struct nfq_packet p;
	ssize_t n;

	while (q->have < q->nslots) {
		n = receive_one(q, 0);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		n = nfq_parse(q->iovs[q->have]->iov_base, (size_t)n, &p);
		if (n != 1)
			return (int)n;
		q->have++;
	}
	return 0;
}

/*
 * Reads the answers to messages that the kernel has carried out when send(2)
 * returns: 0, or -1 with the number of the first one that it refused.
 */
int
nfq_answers(struct nfq *q, uint32_t *seq)
{
	const struct nlmsghdr *nlh;
	struct nfq_packet p;
	ssize_t n;
	int error = 0;

	while (q->have < q->nslots) {
		nlh = q->iovs[q->have]->iov_base;
		n = receive_one(q, MSG_DONTWAIT);
		if (n == -1)
			break;
		n = nfq_parse(q->iovs[q->have]->iov_base, (size_t)n, &p);
		if (n == 1)
			q->have++;
		else if (n == -1 && error == 0) {
			error = errno;
			*seq = nlh->nlmsg_seq;
		}
	}
	errno = error;
	return error == 0 ? 0 : -1;
}

/* Names of interfaces change seldom: each is looked up once a second. */
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

/* The kernel's ids have 32 bits. */
static uint64_t
extend_id(uint64_t last, uint32_t id)
{
	return last + (uint64_t)(int64_t)(int32_t)(id - (uint32_t)last);
}

/* The frame's header will be written over the message's, before the packet. */
static void
set_frame(struct div *d, struct nfq *q, const struct nfq_packet *p,
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
	f->id = q->last = extend_id(q->last, p->id);
	f->epoch = d->epoch;
	f->mark = p->mark;
	f->ifindex = f->dir == DIV_OUT ? p->outdev : p->indev;
	f->port = d->port;
	f->packet = p->payload;
	bridge_set(f, p);
	f->wire = p->payload - f->hdrlen;
	f->slot = q->lent[q->next - 1];
	if (f->slot == 0)
		f->digest = div_frame_digest(f);
	set_ifname(d, q, f);
}

/* Passes a packet that is not emitted; the writer does not miss own ids. */
static int
pass_unseen(struct div *d, struct nfq *q, const struct div_frame *f)
{
	idpage_note(q->ids, f->id, 1);
	return d->opt.flags & DIV_O_TEE ? 0 : nfq_give_verdict(d, f, ACCEPT);
}

/* True for a packet that a sink injected, by its mark or priority. */
int
nfq_is_own(const struct nfq *q, const struct nfq_packet *p)
{
	const struct paths *own = &q->paths;

	return own->mark != 0 &&
	    ((p->mark & own->mask & ~own->bit) == own->mark ||
		p->priority == (uint32_t)nfq_priority(own->mark));
}

/*
 * Packets of local senders have no flag.  The kernel verified the segments of a
 * super-packet before it joined them.
 */
static int
is_damaged(const struct nfq_packet *p, const struct div_frame *f)
{
	struct div_packet view;

	return p->skbinfo & NFQA_SKB_CSUM_NOTVERIFIED &&
	    !(f->flags & (DIV_F_NOCSUM | DIV_F_GSO | DIV_F_TRUNC)) &&
	    div_packet_parse(&view, f->packet, f->caplen) == 0 &&
	    packet_damaged(&view);
}

/*
 * True for datagrams that were joined (UDP_SEGMENT, UDP GRO): a filter would see
 * one, and the kernel, which does not tell their length, would cut an edited one
 * at wrong places.
 */
static int
is_joined(const struct div *d, const struct div_frame *f)
{
	struct div_packet view;

	return f->flags & DIV_F_GSO && !(d->opt.flags & DIV_O_TEE) &&
	    div_packet_parse(&view, f->packet, f->caplen) == 0 &&
	    view.proto == IPPROTO_UDP;
}

/* Until the verdict is sent, no run of the writer's verdicts may cover it. */
static int
split(struct div *d, struct nfq *q, const struct div_frame *f)
{
	d->n.split++;
	if (nfq_give_split(d, f) == -1)
		return -1;
	idpage_note(q->ids, f->id, 1);
	return 0;
}

/* Handles one message: 1 a frame, 0 nothing for the caller, -1. */
static int
handle_message(struct div *d, struct nfq *q, unsigned int i,
    struct div_frame *f)
{
	struct nfq_packet p;

	switch (nfq_parse(q->iovs[i]->iov_base, q->msgs[i].msg_len, &p)) {
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
	set_frame(d, q, &p, f);
	d->n.received++;
	if (nfq_is_own(q, &p)) {
		d->n.own++;
		return pass_unseen(d, q, f);
	}
	if (d->bypass) {
		d->n.passed += !(d->opt.flags & DIV_O_TEE);
		return pass_unseen(d, q, f);
	}
	if (is_joined(d, f))
		return split(d, q, f);
	if (is_damaged(&p, f)) {
		d->n.damaged++;
		f->flags |= DIV_F_BADSUM;
		if (!(d->opt.flags & DIV_O_DAMAGED))
			return pass_unseen(d, q, f);
	}
	idpage_note(q->ids, f->id, 0);
	return 1;
}

/* With DIV_O_TEE packets go on before their copies. */
static int
pass_batch(struct div *d, struct nfq *q)
{
	struct div_frame f = { .type = DIV_PASS };
	struct nfq_packet p;
	unsigned int i;

	for (i = q->have; i-- > 0;)
		if (nfq_parse(q->iovs[i]->iov_base, q->msgs[i].msg_len, &p) ==
		    1) {
			f.id = p.id;
			if (nfq_give_verdict(d, &f, ACCEPT_TO) == -1)
				return -1;
			break;
		}
	return nfq_flush(d);
}

/*
 * Gives back the slots of the last batch that no reference points to, and takes
 * free ones for the next, if there is a process that takes references.
 */
static void
lend(struct nfq *q, struct div_slots *s)
{
	unsigned int i;

	for (i = 0; i < q->nslots; i++)
		if (q->lent[i] != 0 && !slots_is_published(s, q->lent[i]))
			slots_release(s, q->lent[i]);
	slots_sweep(s, q->nslots);
	for (i = 0; i < q->nslots; i++) {
		q->lent[i] = s->refers ? slots_take(s) : 0;
		set_room(q, i, q->lent[i] != 0 ? slots_at(s, q->lent[i]) : NULL,
		    s->size);
	}
}

/* What does not fit into its slot has no reference. */
static void
leave_slots(struct nfq *q, struct div_slots *s, unsigned int n)
{
	struct iovec *v;
	unsigned int i;

	for (i = 0; i < n; i++) {
		v = q->iovs[i];
		if (q->lent[i] == 0 || q->msgs[i].msg_len <= v->iov_len)
			continue;
		slots_release(s, q->lent[i]);
		q->lent[i] = 0;
		memcpy(q->slots + i * STRIDE + HEADROOM, v->iov_base,
		    v->iov_len);
		v->iov_base = q->slots + i * STRIDE + HEADROOM;
	}
}

static int
begin_batch(struct div *d, struct nfq *q)
{
	q->time = div_clock(CLOCK_REALTIME);
	return d->opt.flags & DIV_O_TEE ? pass_batch(d, q) : 0;
}

static int
receive_batch(struct div *d, struct nfq *q)
{
	int n;

	if (nfq_flush(d) == -1)
		return -1;
	if (port_reuse(d) == -1)
		return -1;
	if (d->slots != NULL)
		lend(q, d->slots);
	n = recvmmsg(q->fd, q->msgs, q->nslots, MSG_DONTWAIT, NULL);
	if (n == -1 && (errno == EAGAIN || errno == EINTR || errno == ENOBUFS))
		return 0;
	if (n == -1)
		return port_fail(d, errno, "port %u: receive: %s", d->port,
		    strerror(errno));
	q->have = (unsigned int)n;
	q->next = 0;
	if (d->slots != NULL)
		leave_slots(q, d->slots, q->have);
	return begin_batch(d, q) == -1 ? -1 : 1;
}

int
nfq_receive(struct div *d, struct div_frame *f)
{
	struct nfq *q = d->priv;
	int n;

	/* packets that came before the acknowledgement of the set-up */
	if (q->time == 0 && begin_batch(d, q) == -1)
		return -1;
	for (;;) {
		while (q->next < q->have)
			if ((n = handle_message(d, q, q->next++, f)) != 0)
				return n;
		if ((n = receive_batch(d, q)) != 1)
			return n;
	}
}
