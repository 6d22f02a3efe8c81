/* SPDX-License-Identifier: ISC */

/*
 * The path's MTU.  A sender's own discovery (RFC 1191, RFC 8201) needs ICMP
 * errors that quote its numbers: those of translated segments are mapped back.
 * Errors that do not pass through here are made up for by discovery in the
 * packetization layer (RFC 4821, RFC 8899): a segment that is lost three times,
 * while nothing behind it arrives, goes on in pieces that any path takes, and so
 * does all that follows, until the size is tried again.
 */

#include <netinet/in.h>

#include "tcp/tcp.h"

#define LOSSES 2                    /* retransmissions lost in a row */
#define RAISE (600 * 1000000000ULL) /* ns, PMTU_RAISE_TIMER, RFC 8899 */
#define ICMP_HDRLEN 8

#define ICMP4_UNREACH 3
#define ICMP4_FRAG_NEEDED 4 /* code */
#define ICMP4_QUENCH 4
#define ICMP4_TIME 11
#define ICMP4_PARAM 12
#define ICMP6_TOO_BIG 2
#define ICMP6_ERROR_MAX 127

/* MTUs that nearly every path has, the larger one first. */
static const uint16_t plateaus[] = { 1280, 576 };

/* Bytes of headers before options and payload. */
static uint16_t
headers(const struct tcp_conn *conn)
{
	return TCP_HDRLEN +
	    (conn->entry->key.version == 4 ? V4_HDRLEN : V6_HDRLEN);
}

uint16_t
tcp_mss_min(const struct tcp_conn *conn)
{
	return (conn->entry->key.version == 4 ? 576 : 1280) - headers(conn);
}

/* The largest segment that may be sent: options and payload. */
uint16_t
tcp_mss(const struct tcp_half *h)
{
	return h->path_mss != 0 && h->path_mss < h->mss ? h->path_mss : h->mss;
}

static void
set_path(struct tcp_table *tbl, struct tcp_half *h, uint16_t mss)
{
	h->path_mss = mss;
	h->path_since = tbl->now;
	h->path_losses = 0;
	tbl->n.path_limited++;
}

/* Tries the full size again, as the path may be another one by now. */
void
tcp_path_refresh(struct tcp_table *tbl, struct tcp_half *h)
{
	if (h->path_mss != 0 && tbl->now - h->path_since > RAISE)
		h->path_mss = 0;
}

/* The first unacknowledged segment, of n bytes, is retransmitted. */
void
tcp_path_loss(struct tcp_table *tbl, const struct tcp_conn *conn,
    struct tcp_half *h, uint32_t n)
{
	size_t i;

	if (n > tcp_mss(h))
		n = tcp_mss(h);
	if (n <= tcp_mss_min(conn) || ++h->path_losses < LOSSES)
		return;
	for (i = 0; i < sizeof(plateaus) / sizeof(plateaus[0]); i++)
		if ((uint32_t)(plateaus[i] - headers(conn)) < n) {
			set_path(tbl, h, plateaus[i] - headers(conn));
			return;
		}
}

/*
 * A retransmission by the sender.  One that is cut smaller than the largest
 * segment, although more data follows, shows that the sender has learned of a
 * smaller MTU.
 */
void
tcp_path_rexmit(struct tcp_table *tbl, const struct tcp_segment *s)
{
	struct tcp_half *h = s->from;
	uint32_t n = s->olen + tcp_opt_len(s), end = seq_end(s);

	if (h->acked &&
	    !seq_before(h->snd_una, seqmap_edited(&h->map, s->seq)) &&
	    seq_before(h->snd_una, seqmap_edited(&h->map, end)))
		tcp_path_loss(tbl, s->conn, h, n);
	if (n < h->mss && seq_before(end, h->map.rcv_nxt) && s->olen != 0)
		h->mss = n < tcp_mss_min(s->conn) ? tcp_mss_min(s->conn) :
						    (uint16_t)n;
}

/*
 * The TCP segment that an ICMP error quotes (RFC 792, RFC 4443): at least the
 * ports and the sequence number must be there.  *mtu is 0 unless it is told.
 */
static int
quoted(const struct div_packet *icmp, struct div_packet *q, uint32_t *mtu)
{
	const uint8_t *h = icmp->data + icmp->l4;
	int v4 = icmp->version == 4, error;

	if (icmp->truncated || icmp->fragment != DIV_WHOLE ||
	    icmp->proto != (v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6) ||
	    icmp->len - icmp->l4 < ICMP_HDRLEN)
		return 0;
	error = v4 ? h[0] == ICMP4_UNREACH || h[0] == ICMP4_QUENCH ||
		h[0] == ICMP4_TIME || h[0] == ICMP4_PARAM :
		     h[0] <= ICMP6_ERROR_MAX;
	if (!error ||
	    div_packet_parse(q, h + ICMP_HDRLEN,
		icmp->len - icmp->l4 - ICMP_HDRLEN) == -1)
		return 0;
	*mtu = 0;
	if (v4 && h[0] == ICMP4_UNREACH && h[1] == ICMP4_FRAG_NEEDED)
		*mtu = get16(h + 6);
	else if (!v4 && h[0] == ICMP6_TOO_BIG)
		*mtu = get32(h + 4);
	return q->version == icmp->version && q->proto == IPPROTO_TCP &&
	    q->fragment != DIV_LATER && q->len - q->l4 >= 8;
}

/*
 * Maps the sequence number that an ICMP error quotes back to the sender's, and
 * learns the MTU.  Returns whether the packet was changed, which the caller must
 * be allowed to.
 */
int
tcp_icmp_error(struct tcp_table *tbl, uint8_t *packet,
    const struct div_packet *icmp, uint64_t now)
{
	struct tcp_conn *conn;
	struct div_packet q;
	struct tcp_half *h;
	uint32_t mtu, seq;
	uint8_t *field;
	int side;

	if (!quoted(icmp, &q, &mtu) ||
	    (conn = tcp_conn_lookup(tbl, &q, &side)) == NULL ||
	    !conn->translated)
		return 0;
	tbl->now = now;
	h = &conn->half[side];
	field = packet + (q.data - icmp->data) + q.l4 + 4;
	seq = get32(field);
	/* a stranger cannot know what is in flight (RFC 5927) */
	if (!h->acked || seq_before(seq, h->snd_una) ||
	    !seq_before(seq, h->snd_nxt))
		return 0;
	if (mtu != 0 && mtu < (uint32_t)h->mss + headers(conn))
		set_path(tbl, h,
		    mtu < (uint32_t)tcp_mss_min(conn) + headers(conn) ?
			tcp_mss_min(conn) :
			(uint16_t)(mtu - headers(conn)));
	put32(field, seqmap_original(&h->map, seq));
	return 1;
}
