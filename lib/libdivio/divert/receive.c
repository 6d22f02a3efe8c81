/* SPDX-License-Identifier: ISC */

/* Packets from divert sockets, as frames. */

#include <errno.h>
#include <string.h>

#include "divert/divert.h"

#define LONGEST 65535 /* bytes of a packet */
#define SHARING 16    /* packets that have the same time, at most */
#define SECOND 1000000000
#define LOOP 100 /* times a second that no sender repeats a packet */

/* A packet in memory. */
struct slot {
	uint8_t *wire;   /* room for the header, whose opaque part is there */
	uint8_t *packet; /* behind it */
	uint32_t len;
};

/*
 * Counts a packet that comes again and again: rules divert what was written, as
 * pf(4) does on FreeBSD 13.  One packet at a time is watched, for a second.
 */
static void
watch_loop(struct div *d, struct divert *dv, const struct div_frame *f)
{
	if (f->time - dv->suspect.since > SECOND) {
		dv->suspect.digest = f->digest;
		dv->suspect.since = f->time;
		dv->suspect.times = 0;
	}
	if (f->digest == dv->suspect.digest && ++dv->suspect.times > LOOP)
		d->n.looped++;
}

/* Makes the frame of a packet; the address is where its opaque part begins. */
static void
set_frame(struct div *d, const struct slot *slot, struct div_frame *f)
{
	struct divert *dv = d->priv;

	memset(f, 0, sizeof(*f));
	f->type = DIV_PACKET;
	f->hdrlen = (uint16_t)(slot->packet - slot->wire);
	f->caplen = f->origlen = slot->len;
	f->time = dv->time;
	f->id = d->emitted + 1;
	f->epoch = d->epoch;
	f->port = d->port;
	f->packet = slot->packet;
	f->wire = slot->wire;
	f->opaque = slot->wire + DIV_HDRLEN;
	divert_complete(slot->packet, slot->len);
	divert_origin(&dv->unnumbered, slot->wire + DIV_HDRLEN, f);
	f->digest = div_frame_digest(f);
}

/* With DIV_O_TEE a packet goes on first; its copy may be truncated. */
static void
tee(struct div *d, struct div_frame *f)
{
	divert_write(d, f);
	if (d->opt.snaplen == 0 || f->caplen <= d->opt.snaplen)
		return;
	f->caplen = d->opt.snaplen;
	f->flags |= DIV_F_TRUNC;
	f->digest = div_frame_digest(f);
}

/* Handles one packet: 1 a frame, 0 nothing for the caller. */
static int
handle_packet(struct div *d, struct divert *dv, const struct slot *slot,
    struct div_frame *f)
{
	if (slot->len < V4_HDRLEN)
		return 0;
	d->n.received++;
	set_frame(d, slot, f);
	watch_loop(d, dv, f);
	if (d->opt.flags & DIV_O_TEE)
		tee(d, f);
	else if (d->bypass)
		d->n.passed += divert_write(d, f) == DIV_OK;
	else if (dv->pending != NULL && pending_put(dv->pending, f) == -1) {
		if (d->opt.flags & DIV_O_FAILOPEN)
			divert_write(d, f);
		return 0;
	}
	if (d->bypass)
		return 0;
	d->emitted = f->id;
	return 1;
}

/*
 * Receives from one socket: 1, 0 nothing is there, -1.  FreeBSD's recvmmsg(3) and
 * sendmmsg(3) are loops in its C library, and would save no system call.
 */
static int
receive_slot(struct div *d, struct divert *dv, struct slot *slot)
{
	size_t opaque = ((size_t)divert_addrlen(dv->turn) + 7) / 8 * 8;
	struct sockaddr *from;
	socklen_t len = (socklen_t)opaque;
	ssize_t n;

	slot->wire = dv->memory + dv->used;
	slot->packet = slot->wire + DIV_HDRLEN + opaque;
	from = memset(slot->wire + DIV_HDRLEN, 0, opaque);
	n = recvfrom(dv->fd[dv->turn], slot->packet, LONGEST, MSG_DONTWAIT,
	    from, &len);
	if (n == -1 && (errno == EAGAIN || errno == EINTR || errno == ENOBUFS))
		return 0;
	if (n == -1)
		return port_fail(d, errno, "port %u: receive: %s", d->port,
		    strerror(errno));
	slot->len = (uint32_t)n;
	return 1;
}

static void
next_turn(struct divert *dv)
{
	dv->turn = !dv->turn && dv->fd[1] != -1;
}

/* From here on, memory is used again; the other socket has its turn. */
static int
reuse_memory(struct div *d, struct divert *dv)
{
	if (port_reuse(d) == -1)
		return -1;
	dv->used = 0;
	next_turn(dv);
	return 0;
}

/* A clock may cost as much to read as a packet: some packets share a time. */
static void
set_time(struct divert *dv)
{
	if (dv->used != 0 && dv->sharing++ < SHARING)
		return;
	dv->time = div_clock(CLOCK_REALTIME);
	dv->sharing = 0;
}

/*
 * Receives until both sockets are empty.  A port that is drained returns as many
 * packets as its buffer may have had, and no more: the kernel cannot be told to
 * stop.
 */
int
divert_receive(struct div *d, struct div_frame *f)
{
	struct divert *dv = d->priv;
	struct slot slot = { .len = 0 };
	int sockets = dv->fd[1] == -1 ? 1 : 2;
	int empty = 0, n;

	while (empty < sockets && (!d->drained || dv->left > 0)) {
		if (DIVERT_MEMORY - dv->used < DIV_HDRMAX + LONGEST &&
		    reuse_memory(d, dv) == -1)
			return -1;
		if ((n = receive_slot(d, dv, &slot)) == -1)
			return -1;
		if (n == 0) {
			empty++;
			next_turn(dv);
			continue;
		}
		empty = 0;
		dv->left -= d->drained != 0;
		set_time(dv);
		if (handle_packet(d, dv, &slot, f)) {
			dv->used = (size_t)(slot.packet - dv->memory) +
			    slot.len;
			return 1;
		}
	}
	return reuse_memory(d, dv);
}
