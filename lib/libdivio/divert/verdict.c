/* SPDX-License-Identifier: ISC */

/* Packets to divert sockets: a packet that is not written again is dropped. */

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "divert/divert.h"

/*
 * Sends a packet.  Queues of interfaces are full for a moment at times (ENOBUFS):
 * waits for room, but not again before a packet has found some.
 */
static int
send_packet(struct divert *dv, int v6, const uint8_t *packet, size_t len,
    const union divert_addr *to)
{
	ssize_t n;

	for (;;) {
		n = sendto(dv->fd[v6 && dv->fd[1] != -1], packet, len, 0,
		    &to->sa, divert_addrlen(v6));
		if (n != -1) {
			dv->patience = DIVERT_PATIENCE;
			return 0;
		}
		if (errno == ENOBUFS && dv->patience > 0) {
			dv->patience--;
			poll(NULL, 0, 1);
		} else if (errno != EINTR)
			return -1;
	}
}

/* Writes a packet: DIV_OK, or the reason why it is lost, which is counted. */
static int
write_packet(struct div *d, const uint8_t *packet, size_t len,
    const union divert_addr *to)
{
	enum div_reason reason;

	reason = len < V4_HDRLEN ? DIV_REFUSE_MALFORMED :
				   divert_refuses(packet, len);
	if (reason != DIV_OK) {
		d->n.reason[reason]++;
		return (int)reason;
	}
	if (send_packet(d->priv, packet[0] >> 4 == 6, packet, len, to) == 0)
		return DIV_OK;
	port_fail(d, errno, "write: %s", strerror(errno));
	d->n.reason[DIV_NOTSENT]++;
	return DIV_NOTSENT;
}

/* The frame's address, or for a new packet an outgoing one. */
static void
get_address(struct divert *dv, const struct div_frame *f, union divert_addr *a)
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

int
divert_write(struct div *d, const struct div_frame *f)
{
	union divert_addr a;

	get_address(d->priv, f, &a);
	return write_packet(d, f->packet, f->caplen, &a);
}

/* A verdict on all packets that are pending, up to an id. */
static int
verdict_to(struct div *d, uint64_t top, enum verdict v)
{
	struct divert *dv = d->priv;
	struct pending_packet *p;
	int n = DIV_OK;

	if (dv->pending == NULL)
		return v == DROP_TO ? DIV_OK : port_gone(d);
	while ((p = pending_take_first(dv->pending, top)) != NULL) {
		if (v == ACCEPT_TO)
			n = write_packet(d, p->packet, p->len, &p->addr);
		free(p);
	}
	return n;
}

int
divert_verdict(struct div *d, const struct div_frame *f, enum verdict v)
{
	struct divert *dv = d->priv;
	struct pending_packet *p = NULL;
	int n = DIV_OK;

	if (v == ACCEPT_TO || v == DROP_TO)
		return verdict_to(d, f->id, v);
	if (dv->pending != NULL)
		p = pending_take(dv->pending, f->id);
	if (p != NULL && (v == ACCEPT || v == RESTORE)) {
		n = write_packet(d, p->packet, p->len, &p->addr);
		free(p);
		return n;
	}
	free(p);
	if (v == DROP)
		return DIV_OK;
	if (v == RESTORE && (f->caplen == 0 || div_frame_edited(f)))
		return port_gone(d);
	return divert_write(d, f);
}
