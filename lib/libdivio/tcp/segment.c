/* SPDX-License-Identifier: ISC */

/*
 * Segments that neither end sent: acknowledgements with SACK blocks, resets,
 * local retransmissions.  Their headers follow the newest ones of the end in
 * whose name they go.
 */

#include <string.h>

#include <netinet/in.h>

#include "tcp/tcp.h"

#define TS_LEN 12 /* bytes: timestamps option with two NOPs */

static size_t
put_ip(const struct tcp_conn *conn, int from, uint8_t *p)
{
	const struct div_flow_key *key = &conn->entry->key;
	size_t n;

	n = packet_put_ip(p, key->version, IPPROTO_TCP, key->addr[from],
	    key->addr[!from]);
	if (key->version == 4)
		p[6] = 0x40; /* do not fragment */
	return n;
}

static size_t
put_ts(const struct tcp_conn *conn, int from, uint8_t *p)
{
	if (!conn->half[from].ts_ok)
		return 0;
	memcpy(p, "\1\1\10\12", 4);
	put32(p + 4, conn->half[from].ts_recent);
	put32(p + 8, conn->half[!from].ts_recent);
	return TS_LEN;
}

static size_t
put_sack(const struct tcp_sack *sack, uint8_t *p)
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

/* Composes a segment of side from in tbl->buf. */
static void
make(struct tcp_table *tbl, struct tcp_conn *conn, int from, uint8_t flags,
    uint32_t seq, uint32_t ack, const struct tcp_sack *sack,
    struct div_frame *f)
{
	const struct tcp_half *h = &conn->half[from];
	uint8_t *tcp, *opt;

	memset(f, 0, sizeof(*f));
	f->type = DIV_INJECT;
	f->hdrlen = h->hdrlen;
	f->opaque = h->opaque;
	f->ifindex = h->ifindex != 0 ? h->ifindex : conn->ifindex;
	f->mark = h->mark | tcp_mark(tbl, conn);
	f->dir = h->dir;
	f->packet = tbl->buf;
	tcp = tbl->buf + put_ip(conn, from, tbl->buf);
	memset(tcp, 0, TCP_HDRLEN);
	put16(tcp, conn->entry->key.port[from]);
	put16(tcp + 2, conn->entry->key.port[!from]);
	put32(tcp + 4, seq);
	put32(tcp + 8, ack);
	tcp[13] = flags;
	put16(tcp + 14, flags & TH_RST ? 0 : h->wnd);
	opt = tcp + TCP_HDRLEN;
	opt += put_ts(conn, from, opt);
	opt += put_sack(sack, opt);
	tcp[12] = (uint8_t)((opt - tcp) / 4 << 4);
	f->caplen = f->origlen = (uint32_t)(opt - tbl->buf);
}

/* An ACK ahead of the receiver's leaves the right edge of the window in place. */
static void
window_keep_edge(struct tcp_half *h, int scale, uint32_t ack)
{
	uint32_t bytes, n = ack - h->ack;

	if (!h->ack_seen || !seq_before(h->ack, ack))
		return;
	h->ack = ack;
	if (scale == TCP_WSCALE_UNKNOWN)
		return;
	bytes = (uint32_t)h->wnd << scale;
	h->wnd = (uint16_t)((bytes > n ? bytes - n : 0) >> scale);
}

/* Acknowledges side to's data up to the original number ack, and SACK blocks. */
int
tcp_send_ack(struct tcp_table *tbl, struct tcp_conn *conn, int to, uint32_t ack,
    const struct tcp_sack *sack)
{
	struct tcp_half *h = &conn->half[!to];
	struct div_frame f;
	uint16_t wnd;

	window_keep_edge(h, tcp_wscale(h, &conn->half[to]), ack);
	wnd = h->wnd;
	h->wnd = tcp_stall_window(conn, to, wnd);
	make(tbl, conn, !to, TH_ACK, seq_clamp(h, h->map.write_seq), ack, sack,
	    &f);
	h->wnd = wnd;
	return tbl->ops->inject(tbl->arg, &f);
}

int
tcp_send_rst_at(struct tcp_table *tbl, struct tcp_conn *conn, int from,
    uint32_t seq)
{
	struct div_frame f;

	make(tbl, conn, from, TH_RST | TH_ACK, seq, conn->half[from].ack, NULL,
	    &f);
	return tbl->ops->inject(tbl->arg, &f);
}

/*
 * Resets the receiver of a half.  An RST is accepted at rcv_nxt only (RFC 5961,
 * 3.2), and what has arrived is not known: send one for each candidate, snd_una,
 * the borders of queued segments, snd_nxt and write_seq.
 */
int
tcp_send_rst(struct tcp_table *tbl, struct tcp_conn *conn, int from)
{
	const struct tcp_half *h = &conn->half[from];
	uint32_t i;
	int error = 0;

	if (h->acked && h->snd_una != h->map.write_seq)
		error |= tcp_send_rst_at(tbl, conn, from, h->snd_una);
	for (i = 1; i < h->map.count; i++)
		error |= tcp_send_rst_at(tbl, conn, from,
		    seqmap_at(&h->map, i)->eseq);
	if (h->snd_nxt != h->map.write_seq)
		error |= tcp_send_rst_at(tbl, conn, from, h->snd_nxt);
	return error | tcp_send_rst_at(tbl, conn, from, h->map.write_seq);
}

/* As from a closed end, RFC 9293, 3.10.7.1. */
int
tcp_answer_dead(struct tcp_table *tbl, struct tcp_segment *s)
{
	if (s->flags & TH_RST || !(s->flags & TH_ACK))
		return 0;
	s->to->ack = seq_end(s);
	if (s->to->hdrlen == 0)
		s->to->hdrlen = DIV_HDRLEN;
	return tcp_send_rst_at(tbl, s->conn, !s->side, s->ack);
}

/* Bytes of payload in a packet of our own. */
uint32_t
tcp_payload_max(const struct tcp_half *h)
{
	return tcp_mss(h) - (h->ts_ok ? TS_LEN : 0);
}

/* Sends the edited range from e to end of the queue in packets of our own. */
int
tcp_retransmit(struct tcp_table *tbl, struct tcp_conn *conn, int from,
    uint32_t e, uint32_t end)
{
	const struct tcp_half *h = &conn->half[from];
	uint32_t n, room = tcp_payload_max(h), fin;
	struct div_frame f;

	for (; e != end; e += n + fin) {
		fin = end == h->map.write_seq && seqmap_has_fin(&h->map);
		n = end - e - fin;
		if (n > room) {
			n = room;
			fin = 0;
		}
		make(tbl, conn, from, TH_ACK | TH_PUSH | (fin ? TH_FIN : 0), e,
		    h->ack, NULL, &f);
		seqmap_copy(&h->map, e, n, f.packet + f.caplen);
		f.caplen = f.origlen = f.caplen + n;
		if (tbl->ops->inject(tbl->arg, &f) == -1)
			return -1;
	}
	return 0;
}

/* Sends queued data that waited to fill a packet, or for the window. */
int
tcp_send_pending(struct tcp_table *tbl, struct tcp_conn *conn, int from)
{
	struct tcp_half *h = &conn->half[from];
	uint32_t e = h->snd_nxt;

	h->snd_nxt = snd_limit(h);
	if (conn->resized)
		tcp_save(tbl, conn);
	return tcp_retransmit(tbl, conn, from, e, h->snd_nxt);
}

/* Makes the receiver acknowledge, and say what its window is. */
int
tcp_send_probe(struct tcp_table *tbl, struct tcp_conn *conn, int from)
{
	const struct tcp_half *h = &conn->half[from];
	struct div_frame f;

	make(tbl, conn, from, TH_ACK, h->snd_una - 1, h->ack, NULL, &f);
	return tbl->ops->inject(tbl->arg, &f);
}

void
tcp_defer(struct tcp_table *tbl, struct tcp_conn *conn)
{
	if (conn->is_deferred)
		return;
	conn->is_deferred = 1;
	TAILQ_INSERT_TAIL(&tbl->deferred, conn, deferred_entry);
}

/* Sends deferred remainders and SACKs; the caller's batch is at its end. */
int
tcp_flush(struct tcp_table *tbl)
{
	struct tcp_conn *conn;
	int side;

	while ((conn = TAILQ_FIRST(&tbl->deferred)) != NULL) {
		TAILQ_REMOVE(&tbl->deferred, conn, deferred_entry);
		conn->is_deferred = 0;
		for (side = 0; side < 2; side++)
			if (tcp_send_pending(tbl, conn, side) == -1 ||
			    tcp_sack_send(tbl, conn, side) == -1)
				return -1;
	}
	return 0;
}
