/* SPDX-License-Identifier: ISC */

/*
 * The way of a packet through the host: past it, or to the reader, which passes
 * damaged ones at once, the filter and the sink.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

/* Without a sink, and under one that does not know of it. */
static int
bypasses(struct world *w, const struct event *ev)
{
	struct div_packet p;
	uint32_t n;

	if (w->host.port != NULL && !w->host.dying)
		return 0;
	if (div_packet_parse(&p, ev->packet, ev->len) == 0 &&
	    host_is_ours(w, &p, ev->side)) {
		if (w->host.translated)
			return 1;
		n = (uint32_t)(ev->len - p.payload);
		if (n > 0 && !ev->forged && !packet_damaged(&p))
			judge_original(w, ev->side,
			    host_offset(w, ev->side, p.data + p.l4),
			    p.data + p.payload, n);
	}
	link_send(w, AT_END, ev->side, ev->packet, ev->len);
	return 1;
}

static void
mind_ids(struct sim_host *h)
{
	if (h->ids + 2 <= h->judgedsize)
		return;
	h->judgedsize = 2 * (h->ids + 64);
	if ((h->judged = realloc(h->judged, h->judgedsize)) == NULL)
		abort();
	memset(h->judged + h->ids + 1, 0, h->judgedsize - h->ids - 1);
}

static const struct tcp_conn *
lookup(struct world *w, const struct div_packet *p, int *side)
{
	struct tcp_table *tbl = w->host.port->tcp;

	return tbl == NULL ? NULL : tcp_conn_lookup(tbl, p, side);
}

/* Segments whose length the sink has changed. */
static uint64_t
resized(const struct world *w)
{
	const struct tcp_table *tbl = w->host.port->tcp;

	return tbl == NULL ? 0 : tcp_counters(tbl)->resized;
}

/* From now on, no byte changes that is sent. */
static void
note_translation(struct world *w, const struct div_packet *p)
{
	const struct tcp_half *h;
	const struct tcp_conn *conn;
	int i, side;

	if (w->host.translated || (conn = lookup(w, p, &i)) == NULL ||
	    !conn->resized)
		return;
	w->host.translated = 1;
	if (w->host.opt.memory != 0)
		return;
	side = p->src[p->addrlen - 1] == 2;
	for (i = 0; i < 2; i++, side = !side) {
		h = &conn->half[conn->entry->key.addr[0][p->addrlen - 1] == 1 ?
			side :
			!side];
		w->stream[side].fixed = (h->map.count > 0 ?
						seqmap_at(&h->map, 0)->eseq :
						h->map.write_seq) -
		    (w->end[side].iss + w->nat[side].shift);
	}
}

static int
send_frame(struct world *w, struct div_frame *f)
{
	int reason = div_send(w->host.port, f);

	if (reason == -1)
		world_fail(w, "sink: %s", div_error(w->host.port));
	else if (reason != DIV_OK && w->traces)
		printf("#   %s\n", div_reason((enum div_reason)reason));
	return reason == DIV_OK;
}

/* Whether the filter inserts bytes into a segment without any. */
static uint32_t
insertion(struct world *w, int side, uint32_t off, uint8_t flags, uint8_t *data)
{
	struct rng *r = &w->rng;
	uint32_t n;

	/* a connection that a stranger has begun may not come to be */
	if (!w->inserting || w->forged || flags != TH_ACK ||
	    w->end[0].una == 0 || w->end[1].una == 0 ||
	    w->stream[side].inserts == INSERTS || w->stream[side].fin != 0 ||
	    off > w->end[side].len || !rng_chance(r, 20))
		return 0;
	n = 1 + rng_below(r, 2000);
	memset(data, (int)rng_below(r, 256), n);
	return n;
}

/* Data from before a sink that begins in the middle has passed unedited. */
static void
note_first(struct world *w, int side, uint32_t off)
{
	const struct end *e = &w->end[side];

	if (w->forged || w->stream[side].seen)
		return;
	w->stream[side].seen = 1;
	if (off > 1 && off <= e->len + 2)
		judge_original(w, side, 1, e->data,
		    off <= e->len ? off - 1 : e->len);
}

static int
is_short(const struct world *w)
{
	return w->host.opt.memory != 0 || sim_scarce;
}

/* The segment as the filter writes it. */
static void
filter(struct world *w, const struct event *ev, const struct div_packet *p,
    struct div_frame *f)
{
	static uint8_t buf[PACKET_MAX + 32 * PACKET_MAX];
	const uint8_t *tcp = p->data + p->l4;
	uint32_t off = host_offset(w, ev->side, tcp), n, elen, own;
	struct div_packet edited;
	uint64_t before;
	int taken;
	uint8_t fin = (tcp[13] & TH_FIN) != 0;

	n = (uint32_t)(ev->len - p->payload);
	/* a connection that was evicted is met in the middle */
	if (is_short(w) && lookup(w, p, &taken) == NULL)
		w->stream[0].seen = w->stream[1].seen = 0;
	note_first(w, ev->side, off);
	elen = filter_edit(w, ev->side, off, p->data + p->payload, n, buf);
	if ((own = n == 0 ? insertion(w, ev->side, off, tcp[13], buf) : 0))
		elen = own;
	if (n > 0 && !ev->forged)
		judge_filtered(w, ev->side, off, n, buf, elen, fin);
	f->caplen = (uint32_t)p->payload + elen;
	f->packet = sim_alloc(f->caplen);
	memcpy(f->packet, p->data, p->payload);
	memcpy(f->packet + p->payload, buf, elen);
	before = resized(w);
	trace(w, " filt", ev->side, f->packet, f->caplen);
	taken = send_frame(w, f);
	(void)div_packet_parse(&edited, ev->packet, ev->len);
	if (own && taken && resized(w) != before)
		judge_inserted(w, ev->side, buf, own);
	note_translation(w, &edited);
	free(f->packet);
}

static int
direction(const struct sim_host *h, int side)
{
	if (!h->hands)
		return DIV_FORWARD;
	return side == 0 ? DIV_OUT : DIV_IN;
}

static void
divert(struct world *w, const struct event *ev, const struct div_packet *p)
{
	struct sim_host *h = &w->host;
	struct div_frame f = { .type = DIV_PACKET, .hdrlen = DIV_HDRLEN }, was;

	mind_ids(h);
	f.id = ++h->ids;
	f.port = 1;
	f.epoch = h->port->epoch;
	f.packet = ev->packet;
	f.caplen = f.origlen = (uint32_t)ev->len;
	f.dir = (uint8_t)direction(h, ev->side);
	f.digest = div_frame_digest(&f);
	was = f;
	h->diverted = &was;
	if (rng_chance(&w->rng, w->drops)) {
		f.type = DIV_DROP;
		send_frame(w, &f);
	} else if (host_is_ours(w, p, ev->side))
		filter(w, ev, p, &f);
	else
		send_frame(w, &f);
	h->diverted = NULL;
}

/* The reader passes what is damaged, and the filter gets the rest. */
static void
read_packet(struct world *w, const struct event *ev)
{
	struct sim_host *h = &w->host;
	struct div_packet p;

	h->port->now = w->now;
	if (div_packet_parse(&p, ev->packet, ev->len) == -1 || p.truncated ||
	    w->damaged)
		link_send(w, AT_END, ev->side, ev->packet, ev->len);
	else if (h->ids - h->verdicts < h->opt.queuelen)
		divert(w, ev, &p);
	h->next_tick = w->now;
}

void
host_take(struct world *w, const struct event *ev)
{
	struct div_packet p;

	/* a sink that begins must see the connection's own numbers first */
	if (ev->forged && w->host.restarted)
		return;
	w->n->segments++;
	w->forged = ev->forged;
	w->damaged = div_packet_parse(&p, ev->packet, ev->len) == 0 &&
	    packet_damaged(&p);
	trace(w, "in", ev->side, ev->packet, ev->len);
	if (!bypasses(w, ev))
		read_packet(w, ev);
	w->forged = w->damaged = 0;
}
