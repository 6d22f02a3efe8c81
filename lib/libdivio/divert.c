/* SPDX-License-Identifier: ISC */

/*
 * The divert sockets of the BSDs.  A packet that the kernel gave it has
 * forgotten: what is not written again is dropped.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "divert.h"

#define SLOTS 64              /* packets until memory is used again */
#define HEADROOM 128          /* for a frame's header */
#define STRIDE (66 * 1024)    /* that, and the longest packet */
#define BUFFER_MOST (8 << 20) /* bytes in the kernel */

struct divert {
	int fd[2];             /* for IPv4 or both families; for IPv6, or -1 */
	int turn;              /* which is read next */
	struct divert *reader; /* of a twin */
	struct keep *keep;     /* if a twin may come without packets */
	uint8_t *slots;
	unsigned int next;
	uint32_t left;   /* packets to take, once drained */
	uint16_t cookie; /* of what goes out */
};

static struct divert *
divert_alloc(struct div *d)
{
	struct divert *dv;

	if ((dv = calloc(1, sizeof(*dv))) == NULL)
		return NULL;
	dv->fd[0] = dv->fd[1] = -1;
	d->priv = dv;
	return dv;
}

static int
open_fail(struct div *d, int error)
{
	if (error == EPERM || error == EACCES)
		return port_fail(d, error,
		    "divert socket: no permission (be root)");
	if (error == EPROTONOSUPPORT || error == EAFNOSUPPORT)
		return port_fail(d, error, "no divert sockets: %s",
		    divert_missing);
	return port_fail(d, error, "divert socket: %s", strerror(error));
}

/* As much as the system allows: what does not fit is lost. */
static void
set_buffer(int fd, uint32_t queuelen)
{
	int bytes = BUFFER_MOST;

	if (queuelen < BUFFER_MOST / 2048)
		bytes = (int)queuelen * 2048;
	while (setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes)) ==
		-1 &&
	    bytes > 65536)
		bytes /= 2;
}

static int
bind_port(struct div *d, int fd, int v6)
{
	union divert_addr a;

	divert_outward(&a, v6, 0);
	/* at the same place in both families */
	a.sin.sin_port = htons(d->port);
	if (bind(fd, &a.sa, divert_addrlen(v6)) == -1)
		return port_fail(d, errno, "port %u: %s", d->port,
		    strerror(errno));
	return 0;
}

static int
divert_open(struct div *d, const char *where)
{
	struct divert *dv;
	int i;

	(void)where;
	if (d->port == 0)
		return port_fail(d, EINVAL, "divert ports are 1 to 65535");
	if ((dv = divert_alloc(d)) == NULL ||
	    (dv->slots = malloc(SLOTS * STRIDE)) == NULL)
		return port_fail(d, errno, "%s", strerror(errno));
	if (divert_sockets(dv->fd) == -1)
		return open_fail(d, errno);
	for (i = 0; i < 2 && dv->fd[i] != -1; i++) {
		set_buffer(dv->fd[i], d->opt.queuelen);
		if (bind_port(d, dv->fd[i], i) == -1)
			return -1;
	}
	d->fd = dv->fd[0];
	d->linefd = dv->fd[1];
	return 0;
}

/* To write, a socket needs no port; only a twin judges what it does not see. */
static int
divert_join(struct div *d, struct div *reader)
{
	struct divert *dv;

	if (d->priv != NULL)
		return 0;
	if ((dv = divert_alloc(d)) == NULL)
		return port_fail(d, errno, "%s", strerror(errno));
	if (reader == NULL)
		return divert_sockets(dv->fd) == -1 ? open_fail(d, errno) : 0;
	dv->reader = reader->priv;
	memcpy(dv->fd, dv->reader->fd, sizeof(dv->fd));
	dv->keep = dv->reader->keep = keep_new(d->opt.queuelen);
	if (dv->keep == NULL)
		return port_fail(d, errno, "%s", strerror(errno));
	return 0;
}

/* Returns DIV_OK, or why this one packet is lost, which is counted. */
static int
put(struct div *d, const uint8_t *packet, size_t len,
    const union divert_addr *to)
{
	struct divert *dv = d->priv;
	enum div_reason reason;
	ssize_t n;
	int v6;

	reason = len < V4_HDRLEN ? DIV_REFUSE_MALFORMED :
				   divert_refuses(packet, len);
	if (reason != DIV_OK) {
		d->n.reason[reason]++;
		return (int)reason;
	}
	v6 = packet[0] >> 4 == 6;
	do
		n = sendto(dv->fd[v6 && dv->fd[1] != -1], packet, len, 0,
		    &to->sa, divert_addrlen(v6));
	while (n == -1 && errno == EINTR);
	if (n != -1)
		return DIV_OK;
	port_fail(d, errno, "write: %s", strerror(errno));
	d->n.reason[DIV_NOTSENT]++;
	return DIV_NOTSENT;
}

/* The frame's address, or one to send to where it has none. */
static void
address(struct divert *dv, const struct div_frame *f, union divert_addr *a)
{
	int v6 = f->caplen > 0 && f->packet[0] >> 4 == 6;
	socklen_t len = divert_addrlen(v6);

	divert_outward(a, v6, dv->cookie);
	if (f->hdrlen < DIV_HDRLEN + len)
		return;
	memcpy(a->raw, f->opaque, len);
	if (dv->cookie == 0 || a->sin.sin_addr.s_addr == 0)
		dv->cookie = a->sin.sin_port;
}

static int
put_frame(struct div *d, const struct div_frame *f)
{
	union divert_addr a;

	address(d->priv, f, &a);
	return put(d, f->packet, f->caplen, &a);
}

static int
put_kept(struct div *d, struct kept_packet *p)
{
	int n = put(d, p->packet, p->len, &p->addr);

	free(p->packet);
	return n;
}

static int
divert_verdict(struct div *d, const struct div_frame *f, enum verdict v)
{
	struct divert *dv = d->priv;
	struct kept_packet p = { .id = 0 };
	int n = DIV_OK;

	switch (v) {
	case ACCEPT_TO:
	case DROP_TO:
		if (dv->keep == NULL)
			return v == DROP_TO ? DIV_OK : port_gone(d);
		while (keep_first(dv->keep, f->id, &p))
			if (v == ACCEPT_TO)
				n = put_kept(d, &p);
			else
				free(p.packet);
		return n;
	default:
		if (dv->keep != NULL)
			keep_take(dv->keep, f->id, &p);
	}
	if (p.id != 0 && (v == ACCEPT || v == RESTORE))
		return put_kept(d, &p);
	free(p.packet);
	if (v == DROP)
		return DIV_OK;
	if (v == RESTORE && (f->caplen == 0 || div_frame_edited(f)))
		return port_gone(d);
	return put_frame(d, f);
}

/* A packet of len bytes lies in a slot, with room before it. */
static void
fill(struct div *d, uint8_t *packet, size_t len, const union divert_addr *from,
    struct div_frame *f)
{
	int v6 = packet[0] >> 4 == 6;
	size_t opaque = ((size_t)divert_addrlen(v6) + 7) / 8 * 8;

	memset(f, 0, sizeof(*f));
	f->type = DIV_PACKET;
	f->hdrlen = (uint16_t)(DIV_HDRLEN + opaque);
	f->caplen = f->origlen = (uint32_t)len;
	f->time = clock_ns(CLOCK_REALTIME);
	f->id = d->emitted + 1;
	f->epoch = d->epoch;
	f->port = d->port;
	f->packet = packet;
	f->opaque = memcpy(packet - opaque, from->raw, opaque);
	f->wire = packet - f->hdrlen;
	divert_complete(packet, len);
	divert_origin(from, v6, f);
	f->digest = div_frame_digest(f);
}

/* What is only looked at goes on first, and need not be copied whole. */
static void
tee(struct div *d, struct div_frame *f)
{
	put_frame(d, f);
	if (d->opt.snaplen == 0 || f->caplen <= d->opt.snaplen)
		return;
	f->caplen = d->opt.snaplen;
	f->flags |= DIV_F_TRUNC;
	f->digest = div_frame_digest(f);
}

/* Looks at one packet: 1 a frame, 0 nothing for the caller. */
static int
arrive(struct div *d, struct divert *dv, uint8_t *packet, size_t len,
    const union divert_addr *from, struct div_frame *f)
{
	if (len < V4_HDRLEN)
		return 0;
	d->n.received++;
	fill(d, packet, len, from, f);
	if (d->opt.flags & DIV_O_TEE)
		tee(d, f);
	else if (dv->keep != NULL &&
	    keep_put(dv->keep, f->id, packet, len, from) == -1) {
		if (d->opt.flags & DIV_O_FAILOPEN)
			put_frame(d, f);
		return 0;
	}
	d->emitted = f->id;
	return 1;
}

/* From either socket, in turn: the length, 0 nothing is there, -1. */
static ssize_t
take(struct div *d, struct divert *dv, uint8_t *packet, union divert_addr *from)
{
	socklen_t len;
	ssize_t n;
	int i;

	for (i = 0; i < 2; i++) {
		dv->turn = !dv->turn && dv->fd[1] != -1;
		len = sizeof(*from);
		memset(from, 0, sizeof(*from));
		n = recvfrom(dv->fd[dv->turn], packet, STRIDE - HEADROOM,
		    MSG_DONTWAIT, &from->sa, &len);
		if (n != -1)
			return n;
		if (errno != EAGAIN && errno != EINTR && errno != ENOBUFS)
			return port_fail(d, errno, "port %u: receive: %s",
			    d->port, strerror(errno));
	}
	return 0;
}

/*
 * A port that is drained gives what it may have had by then, and no more: the
 * kernel goes on to fill it.
 */
static int
divert_receive(struct div *d, struct div_frame *f)
{
	struct divert *dv = d->priv;
	union divert_addr from;
	uint8_t *packet;
	ssize_t n;

	do {
		n = 1;
		while (dv->next < SLOTS && (!d->drained || dv->left > 0)) {
			packet = dv->slots + dv->next * STRIDE + HEADROOM;
			if ((n = take(d, dv, packet, &from)) <= 0)
				break;
			dv->next++;
			dv->left -= d->drained != 0;
			if (arrive(d, dv, packet, (size_t)n, &from, f))
				return 1;
		}
		if (n == -1 || (d->tie != NULL && d->tie(d->tiearg) == -1))
			return -1;
		dv->next = 0;
	} while (n != 0 && (!d->drained || dv->left > 0));
	return 0;
}

static int
divert_flush(struct div *d)
{
	(void)d;
	return 0;
}

/* Only a twin shares what its reader keeps. */
static int
divert_look(struct div *d)
{
	struct divert *dv = d->priv;

	if (dv->reader == NULL)
		return 0;
	d->emitted = keep_emitted(dv->keep);
	return 1;
}

static int
divert_hear(struct div *d)
{
	divert_look(d);
	return 0;
}

/* There is no way to tell the kernel that nobody will read. */
static int
divert_drain(struct div *d)
{
	struct divert *dv = d->priv;

	dv->left = d->opt.queuelen;
	return 0;
}

static int
divert_finish(struct div *d, int fd)
{
	struct div_frame all = { .type = DIV_PASS, .id = UINT64_MAX };
	struct divert *dv = d->priv;

	if (fd != -1)
		close(fd);
	if (dv->reader != NULL && d->opt.flags & DIV_O_PASS)
		divert_verdict(d, &all, ACCEPT_TO);
	return 0;
}

static void
divert_close(struct div *d)
{
	struct divert *dv = d->priv;
	int i;

	if (dv == NULL)
		return;
	for (i = 0; i < 2 && dv->reader == NULL; i++)
		if (dv->fd[i] != -1)
			close(dv->fd[i]);
	if (dv->reader == NULL)
		keep_free(dv->keep);
	free(dv->slots);
	free(dv);
	d->priv = NULL;
}

/* These kernels count for all ports together: what waits here is known. */
int
div_kernel(const struct div *d, struct div_kernel *k)
{
	const struct divert *dv = d == NULL ? NULL : d->priv;

	memset(k, 0, sizeof(*k));
	if (d == NULL || d->be != &backend_kernel || dv->keep == NULL)
		return 0;
	keep_counters(dv->keep, k);
	return 1;
}

/* Whoever tracks connections here follows what goes in and out. */
int
div_conntrack(void)
{
	return 0;
}

const struct backend backend_kernel = {
	.longest = UINT16_MAX,
	.open = divert_open,
	.join = divert_join,
	.receive = divert_receive,
	.verdict = divert_verdict,
	.inject = put_frame,
	.flush = divert_flush,
	.look = divert_look,
	.hear = divert_hear,
	.drain = divert_drain,
	.finish = divert_finish,
	.close = divert_close,
};
