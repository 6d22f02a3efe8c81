/* SPDX-License-Identifier: ISC */

/*
 * Local acknowledgement and retransmission (RFC 3135, 3.1.3).  Data that was
 * acknowledged to its sender ahead of the receiver, or that a filter inserted, is
 * retransmitted from here: on loss that SACK shows (RFC 6675: HighRxt,
 * RecoveryPoint, IsLost), on loss of a retransmission after twice the RTT, and
 * when the retransmission timer expires (RFC 6298), with exponential backoff.
 */

#include <stdlib.h>

#include "tcp/tcp.h"

#define RTO_MIN 200000000ULL     /* ns, as Linux has it */
#define RTO_QUICK 50000000ULL    /* ns, the first: above a delayed ACK */
#define QUICK_SHIFT 2            /* expirations with the quick timer */
#define RXTSHIFT_MAX 15          /* expirations, then the connection ends */
#define BACKOFF_MAX 6            /* doublings */
#define DUPTHRESH 3              /* segments, RFC 6675 */
#define REXMITS_MAX 1024         /* ranges: each ACK walks them */
#define REXMIT_WAIT 5000000ULL   /* ns, beside twice the RTT */
#define RTT_UNKNOWN 200000000ULL /* ns, the wait without an RTT */

/* the shift from which on the timeout is at its maximum */
#define RXTSHIFT_SLOW (QUICK_SHIFT + BACKOFF_MAX)

static void
rexmit_remove(struct tcp_table *tbl, struct tcp_half *h, struct tcp_rexmit *rx)
{
	TAILQ_REMOVE(&h->rexmits, rx, entry);
	h->nrexmits--;
	tbl->n.memory -= sizeof(*rx);
	free(rx);
}

void
tcp_rexmit_free(struct tcp_table *tbl, struct tcp_half *h)
{
	while (!TAILQ_EMPTY(&h->rexmits))
		rexmit_remove(tbl, h, TAILQ_FIRST(&h->rexmits));
}

/* True if one SACK block covers the range. */
static int
is_sacked(const struct tcp_sack *sack, uint32_t e, uint32_t end)
{
	unsigned int i;

	for (i = 0; i < sack->n; i++)
		if (!seq_before(e, sack->left[i]) &&
		    !seq_before(sack->right[i], end))
			return 1;
	return 0;
}

/* Times one segment at a time, and none while there are retransmissions (Karn). */
void
tcp_rtt_start(struct tcp_table *tbl, struct tcp_half *h)
{
	if (h->rtt_start != 0 || !TAILQ_EMPTY(&h->rexmits) || !h->acked ||
	    !seq_before(h->snd_una, h->snd_nxt))
		return;
	h->rtt_start = tbl->now;
	h->rtt_seq = h->snd_nxt;
}

/* The RTT is a decaying maximum: one sample that was too short does no harm. */
static void
rtt_sample(struct tcp_table *tbl, struct tcp_half *h,
    const struct tcp_sack *sack)
{
	uint64_t ns = tbl->now - h->rtt_start;

	if (h->rtt_start == 0 ||
	    (seq_before(h->snd_una, h->rtt_seq) &&
		!is_sacked(sack, h->rtt_seq - 1, h->rtt_seq)))
		return;
	h->rtt_start = 0;
	h->rtt -= h->rtt / 8;
	if (h->rtt < ns)
		h->rtt = ns;
}

/* Removes the retransmissions that have arrived; returns their bytes. */
static uint32_t
rexmit_acked(struct tcp_table *tbl, struct tcp_half *h,
    const struct tcp_sack *sack)
{
	struct tcp_rexmit *rx, *next;
	uint32_t n = 0;

	TAILQ_FOREACH_SAFE(rx, &h->rexmits, entry, next)
	{
		if (!seq_before(h->snd_una, rx->end) ||
		    is_sacked(sack, rx->seq, rx->end)) {
			n += rx->end - rx->seq;
			rexmit_remove(tbl, h, rx);
		} else if (seq_before(rx->seq, h->snd_una))
			rx->seq = h->snd_una;
	}
	return n;
}

/* Retransmits a range for the first time; it lies behind all others. */
static int
rexmit_new(struct tcp_table *tbl, struct tcp_conn *conn, int side, uint32_t e,
    uint32_t end)
{
	struct tcp_half *h = &conn->half[side];
	struct tcp_rexmit *rx;

	h->rtt_start = 0;
	if ((rx = calloc(1, sizeof(*rx))) != NULL) {
		rx->seq = e;
		rx->end = end;
		rx->sent_at = tbl->now;
		TAILQ_INSERT_TAIL(&h->rexmits, rx, entry);
		h->nrexmits++;
		tbl->n.memory += sizeof(*rx);
	}
	return tcp_retransmit(tbl, conn, side, e, end);
}

static int
rexmit_again(struct tcp_table *tbl, struct tcp_conn *conn, int side,
    struct tcp_rexmit *rx)
{
	rx->sent_at = tbl->now;
	if (rx->backoff < BACKOFF_MAX)
		rx->backoff++;
	return tcp_retransmit(tbl, conn, side, rx->seq, rx->end);
}

/* Retransmits the ranges that were lost again, after twice the RTT. */
static int
rexmit_late(struct tcp_table *tbl, struct tcp_conn *conn, int side)
{
	struct tcp_half *h = &conn->half[side];
	uint64_t wait = h->rtt != 0 ? 2 * h->rtt + REXMIT_WAIT : RTT_UNKNOWN;
	struct tcp_rexmit *rx;

	TAILQ_FOREACH(rx, &h->rexmits, entry)
		if (tbl->now - rx->sent_at > wait << rx->backoff &&
		    rexmit_again(tbl, conn, side, rx) == -1)
			return -1;
	return 0;
}

/* Retransmits the first range again: 1, 0 if it does not begin at seq, or -1. */
static int
rexmit_first(struct tcp_table *tbl, struct tcp_conn *conn, int side, uint32_t e)
{
	struct tcp_rexmit *rx = TAILQ_FIRST(&conn->half[side].rexmits);

	if (rx == NULL || seq_before(e, rx->seq))
		return 0;
	return rexmit_again(tbl, conn, side, rx) == -1 ? -1 : 1;
}

/* The retransmission timeout, with backoff (RFC 6298, 2 and 5.5), ns. */
static uint64_t
rto(const struct tcp_half *h)
{
	uint64_t quick = h->rtt > RTO_QUICK / 4 ? 4 * h->rtt : RTO_QUICK;
	uint64_t rto = h->rtt > RTO_MIN / 2 ? 2 * h->rtt : RTO_MIN;
	int shift = h->rxtshift - QUICK_SHIFT;

	if (shift < 0)
		return h->rtt != 0 && quick < rto ? quick : rto;
	return rto << (shift < BACKOFF_MAX ? shift : BACKOFF_MAX);
}

/* Start of the retransmission queue; older data only its sender has. */
static uint32_t
rtxq_start(const struct tcp_half *h)
{
	const struct seqmap *m = &h->map;
	uint32_t e = m->count > 0 ? seqmap_at(m, 0)->eseq : m->write_seq;

	return h->acked && seq_before(e, h->snd_una) ? h->snd_una : e;
}

/* All data up to the edited number end is ours to retransmit. */
void
tcp_local_ack(struct tcp_table *tbl, struct tcp_conn *conn, int side,
    uint32_t end)
{
	struct tcp_half *h = &conn->half[side];

	if (!h->local_ack) {
		h->local_ack = 1;
		h->rxtshift = 0;
		h->rto_at = tbl->now + rto(h);
		h->high_rxt = h->recovery_point = rtxq_start(h);
	}
	h->local_ack_end = end;
	tcp_timer_arm(tbl, conn);
}

/*
 * Acknowledges all contiguous data locally, but not a FIN: its sender must learn
 * when all has arrived.  Returns whether last_ack_sent moved.
 */
int
tcp_local_ack_all(struct tcp_table *tbl, struct tcp_conn *conn, int side)
{
	struct tcp_half *h = &conn->half[side];
	const struct seqmap *m = &h->map;
	uint32_t fin = (uint32_t)seqmap_has_fin(m);

	if (rtxq_start(h) != h->snd_una ||
	    !seq_before(h->last_ack_sent, m->rcv_nxt - fin))
		return 0;
	h->last_ack_sent = m->rcv_nxt - fin;
	if (seq_before(h->snd_una, m->write_seq - fin))
		tcp_local_ack(tbl, conn, side, m->write_seq - fin);
	return 1;
}

/* True while data is acknowledged to its sender ahead of the receiver. */
int
tcp_acked_ahead(const struct tcp_half *h)
{
	return h->local_ack && h->acked &&
	    seq_before(seqmap_original(&h->map, h->snd_una), h->last_ack_sent);
}

/*
 * The retransmission timer expired: retransmits the first segment.  If it was no
 * retransmission yet, forget the later ones: they may be lost, too.
 */
static int
retransmit_first(struct tcp_table *tbl, struct tcp_conn *conn, int side)
{
	struct tcp_half *h = &conn->half[side];
	uint32_t from = rtxq_start(h), n = h->local_ack_end - from;
	int first;

	h->recovery_point = h->snd_nxt;
	tcp_path_loss(tbl, conn, h, n);
	if ((first = rexmit_first(tbl, conn, side, from)) != 0)
		return first;
	if (from == h->snd_nxt)
		return tcp_send_probe(tbl, conn, side);
	if (seq_before(h->snd_nxt, h->local_ack_end))
		n = h->snd_nxt - from;
	if (n > tcp_payload_max(h))
		n = tcp_payload_max(h);
	tcp_rexmit_free(tbl, h);
	h->high_rxt = from + n;
	return rexmit_new(tbl, conn, side, from, from + n);
}

/* End of the SACK block around seq; else seq, and *gap: start of the next one. */
static uint32_t
next_seg(const struct tcp_sack *sack, uint32_t e, uint32_t *gap)
{
	unsigned int i;

	for (i = 0; i < sack->n; i++) {
		if (!seq_before(e, sack->left[i]) &&
		    seq_before(e, sack->right[i]))
			return sack->right[i];
		if (seq_before(e, sack->left[i]) &&
		    seq_before(sack->left[i], *gap))
			*gap = sack->left[i];
	}
	return e;
}

/* The IsLost edge: holes before it are lost (RFC 6675, 4). */
static uint32_t
lost_edge(const struct tcp_half *h, const struct tcp_sack *sack,
    uint32_t arrived)
{
	uint32_t high = h->snd_una, more = h->high_rxt + 2 * arrived;
	unsigned int i;

	for (i = 0; i < sack->n; i++)
		if (seq_before(high, sack->right[i]))
			high = sack->right[i];
	if (high != h->snd_nxt)
		high -= DUPTHRESH * (uint32_t)tcp_mss(h);
	/* after a timeout, slow start: twice as much as has arrived */
	if (seq_before(h->recovery_point, more))
		more = h->recovery_point;
	if (arrived != 0 && seq_before(high, more))
		high = more;
	if (seq_before(h->snd_nxt, high))
		high = h->snd_nxt;
	return seq_before(h->local_ack_end, high) ? h->local_ack_end : high;
}

/* Retransmits the holes before the IsLost edge (NextSeg, rule 1). */
static int
retransmit_lost(struct tcp_table *tbl, struct tcp_conn *conn, int side,
    const struct tcp_sack *sack, uint32_t high)
{
	struct tcp_half *h = &conn->half[side];
	uint32_t at = h->high_rxt, room = tcp_payload_max(h), end, gap;

	while (seq_before(at, high) && h->nrexmits < REXMITS_MAX) {
		gap = high;
		if ((end = next_seg(sack, at, &gap)) == at) {
			end = gap - at < room ? gap : at + room;
			if (rexmit_new(tbl, conn, side, at, end) == -1)
				return -1;
		}
		h->high_rxt = at = end;
	}
	return 0;
}

/* True once all locally acknowledged data is acknowledged. */
static int
all_acked(struct tcp_table *tbl, struct tcp_half *h)
{
	if (!h->acked || seq_before(h->snd_una, h->local_ack_end))
		return 0;
	tcp_rexmit_free(tbl, h);
	h->local_ack = 0;
	return 1;
}

/* The receiver acknowledged data: una is snd_una of before, sack its blocks. */
int
tcp_ack_received(struct tcp_table *tbl, struct tcp_conn *conn, int side,
    uint32_t una, const struct tcp_sack *sack)
{
	struct tcp_half *h = &conn->half[side];
	uint32_t arrived, from;

	rtt_sample(tbl, h, sack);
	if (una != h->snd_una || sack->n > 0)
		h->path_losses = 0;
	if (!h->local_ack || !h->acked || all_acked(tbl, h))
		return 0;
	arrived = rexmit_acked(tbl, h, sack);
	if (una != h->snd_una && arrived == 0)
		arrived = tcp_mss(h);
	from = rtxq_start(h);
	if (seq_before(h->high_rxt, from))
		h->high_rxt = from;
	if (seq_before(h->recovery_point, from))
		h->recovery_point = from;
	if (arrived != 0) {
		h->rxtshift = 0;
		h->rto_at = tbl->now + rto(h);
	} else if (!conn->closed && !seq_before(from, h->wnd_end) &&
	    h->rxtshift > RXTSHIFT_SLOW)
		h->rxtshift = RXTSHIFT_SLOW; /* window closed: persist */
	if (rexmit_late(tbl, conn, side) == -1)
		return -1;
	return retransmit_lost(tbl, conn, side, sack,
	    lost_edge(h, sack, arrived));
}

/* Runs the retransmission timer: 0, -1, or -2 when it expired too often. */
int
tcp_rto_tick(struct tcp_table *tbl, struct tcp_conn *conn, int side,
    uint64_t *next)
{
	struct tcp_half *h = &conn->half[side];

	/* a receiver may acknowledge data before it was sent */
	if (!h->local_ack || all_acked(tbl, h))
		return 0;
	if (h->rto_at <= tbl->now) {
		if (h->rxtshift == RXTSHIFT_MAX)
			return -2;
		if (retransmit_first(tbl, conn, side) == -1)
			return -1;
		h->rxtshift++;
		h->rto_at = tbl->now + rto(h);
	}
	if (h->rto_at < *next)
		*next = h->rto_at;
	return 0;
}
