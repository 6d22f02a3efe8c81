/* SPDX-License-Identifier: ISC */

/* Packets that no end of a connection sent. */

#include <string.h>

#include <netinet/in.h>

#include "flow_table.h"

#define TIMES_LEN 12

static size_t
put_ip(const struct flow *flow, int from, uint8_t *p)
{
	const struct div_flow_key *key = &flow->key;
	size_t n;

	n = ip_put(p, key->version, IPPROTO_TCP, key->addr[from],
	    key->addr[!from]);
	if (key->version == 4)
		p[6] = 0x40; /* do not fragment */
	return n;
}

static size_t
put_times(const struct flow *flow, int from, uint8_t *p)
{
	if (!flow->half[from].ts)
		return 0;
	memcpy(p, "\1\1\10\12", 4);
	put32(p + 4, flow->half[from].tsval);
	put32(p + 8, flow->half[!from].tsval);
	return TIMES_LEN;
}

static size_t
put_sack(const struct sack *sack, uint8_t *p)
{
	unsigned int i;

	if (sack == NULL)
		return 0;
	memcpy(p, "\1\1\5", 3);
	p[3] = (uint8_t)(2 + 8 * sack->n);
	for (i = 0; i < sack->n; i++) {
		put32(p + 4 + 8 * i, sack->left[i]);
		put32(p + 8 + 8 * i, sack->right[i]);
	}
	return 4 + 8 * sack->n;
}

/* A segment of side from, in fs->buf; sack is what it has beyond ack. */
static void
make(struct flows *fs, struct flow *flow, int from, uint8_t flags, uint32_t seq,
    uint32_t ack, const struct sack *sack, struct div_frame *f)
{
	const struct half *h = &flow->half[from];
	uint8_t *tcp, *opt;

	memset(f, 0, sizeof(*f));
	f->type = DIV_INJECT;
	f->hdrlen = h->hdrlen;
	f->opaque = h->opaque;
	f->ifindex = flow->ifindex;
	f->packet = fs->buf;
	tcp = fs->buf + put_ip(flow, from, fs->buf);
	memset(tcp, 0, TCP_HDRLEN);
	put16(tcp, flow->key.port[from]);
	put16(tcp + 2, flow->key.port[!from]);
	put32(tcp + 4, seq);
	put32(tcp + 8, ack);
	tcp[13] = flags;
	put16(tcp + 14, flags & TH_RST ? 0 : h->win);
	opt = tcp + TCP_HDRLEN;
	opt += put_times(flow, from, opt);
	opt += put_sack(sack, opt);
	tcp[12] = (uint8_t)((opt - tcp) / 4 << 4);
	f->caplen = f->origlen = (uint32_t)(opt - fs->buf);
}

/* An acknowledgement ahead of those that came leaves the window's end. */
static void
win_follow(struct half *h, int scale, uint32_t ack)
{
	uint32_t bytes, n = ack - h->ack;

	if (!h->said || !seq_before(h->ack, ack))
		return;
	h->ack = ack;
	if (scale == WSCALE_UNKNOWN)
		return;
	bytes = (uint32_t)h->win << scale;
	h->win = (uint16_t)((bytes > n ? bytes - n : 0) >> scale);
}

/*
 * Tells side to, in the other's name, that its data has come up to ack, in its
 * own numbers; what sack holds, if not NULL, came too.
 */
int
flow_ack(struct flows *fs, struct flow *flow, int to, uint32_t ack,
    const struct sack *sack)
{
	struct half *h = &flow->half[!to];
	struct div_frame f;

	win_follow(h, flow_wscale(h, &flow->half[to]), ack);
	make(fs, flow, !to, TH_ACK, seq_within(h, h->map.enext), ack, sack, &f);
	return fs->ops->inject(fs->arg, &f);
}

static int
rst(struct flows *fs, struct flow *flow, int from, uint32_t seq)
{
	struct div_frame f;

	make(fs, flow, from, TH_RST | TH_ACK, seq, flow->half[from].ack, NULL,
	    &f);
	return fs->ops->inject(fs->arg, &f);
}

/*
 * Resets the other end of a direction.  A reset counts at the number that is
 * expected (RFC 5961): behind what was acknowledged, behind what was sent, or
 * between two pieces.
 */
int
flow_rst(struct flows *fs, struct flow *flow, int from)
{
	const struct half *h = &flow->half[from];
	uint32_t i;
	int error = 0;

	if (h->acked && h->una != h->map.enext)
		error |= rst(fs, flow, from, h->una);
	for (i = 1; i < h->map.count; i++)
		error |= rst(fs, flow, from, seqmap_at(&h->map, i)->e);
	return error | rst(fs, flow, from, h->map.enext);
}

/* How many bytes of data a packet of our own has. */
uint32_t
flow_room(const struct half *h)
{
	return h->mss - (h->ts ? TIMES_LEN : 0);
}

/* Sends the bytes from the edited number e to end, in packets of our own. */
int
flow_send_bytes(struct flows *fs, struct flow *flow, int from, uint32_t e,
    uint32_t end)
{
	const struct half *h = &flow->half[from];
	uint32_t n, room = flow_room(h);
	struct div_frame f;

	for (; e != end; e += n) {
		n = end - e < room ? end - e : room;
		make(fs, flow, from, TH_ACK | TH_PUSH, e, h->ack, NULL, &f);
		seqmap_copy(&h->map, e, n, f.packet + f.caplen);
		f.caplen = f.origlen = f.caplen + n;
		if (fs->ops->inject(fs->arg, &f) == -1)
			return -1;
	}
	return 0;
}

/* Sends what is kept but was too little for a packet. */
int
flow_send_rest(struct flows *fs, struct flow *flow, int from)
{
	struct half *h = &flow->half[from];
	uint32_t e = h->sent;

	h->sent = h->map.enext;
	return flow_send_bytes(fs, flow, from, e, h->sent);
}

void
flow_defer(struct flows *fs, struct flow *flow)
{
	if (flow->is_unsent)
		return;
	flow->is_unsent = 1;
	TAILQ_INSERT_TAIL(&fs->unsent, flow, unsent);
}

/*
 * Sends what waited for more to fill a packet, or to be told.  To be called when
 * no segment is at hand any more, where the ops gather.
 */
int
flows_flush(struct flows *fs)
{
	struct flow *flow;
	int side;

	while ((flow = TAILQ_FIRST(&fs->unsent)) != NULL) {
		TAILQ_REMOVE(&fs->unsent, flow, unsent);
		flow->is_unsent = 0;
		for (side = 0; side < 2; side++)
			if (flow_send_rest(fs, flow, side) == -1 ||
			    flow_tell_held(fs, flow, side) == -1)
				return -1;
	}
	return 0;
}
