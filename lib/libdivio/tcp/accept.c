/* SPDX-License-Identifier: ISC */

/*
 * Which segments the receiving end would accept: only they change what is
 * remembered of a connection (RFC 9293, 3.10.7.4; RFC 5961).  The bounds are
 * those of nf_conntrack_proto_tcp: data within the window that was advertised,
 * not older than the largest window, and acknowledgements of data that was seen.
 */

#include "tcp/tcp.h"

#define WINDOW_MIN 66000      /* bytes: a window nobody has told of */
#define FLIGHT_MAX (64 << 20) /* bytes in flight when nothing is known */

/* Bytes of the largest window that the receiver of h's data has advertised. */
static int64_t
window_max(const struct tcp_half *h)
{
	return h->wnd_max > WINDOW_MIN ? h->wnd_max : WINDOW_MIN;
}

/* Whether both may be numbers of one connection, when little is known. */
static int
is_near(uint32_t a, uint32_t b)
{
	int32_t n = (int32_t)(a - b);

	return n >= -FLIGHT_MAX && n <= FLIGHT_MAX;
}

/* Whether the data lies in the receiver's window, or is a retransmission. */
static int
seq_acceptable(const struct tcp_segment *s)
{
	const struct tcp_half *h = s->from;
	int64_t start, end, right;

	if (!h->seen)
		return !h->acked || is_near(s->seq, h->snd_una);
	start = (int32_t)(s->seq - h->map.rcv_nxt);
	end = start + s->olen + ((s->flags & TH_FIN) != 0);
	right = h->acked ? (int32_t)(h->rcv_wnd_end - h->map.rcv_nxt) :
			   WINDOW_MIN;
	if (right < 0)
		right = 0;
	return start <= right && end <= right + DIV_PACKETMAX &&
	    end >= -window_max(h);
}

/*
 * Whether it acknowledges data that was seen, and not long ago.  Of a connection
 * that is met in the middle, any data in flight may have been seen first.
 */
static int
ack_acceptable(const struct tcp_segment *s)
{
	const struct tcp_half *peer = s->to;
	uint32_t top = s->conn->resized ? peer->snd_nxt : peer->seen_end;

	if (!peer->seen)
		return 1;
	if (!peer->acked && peer->syn)
		return s->ack - peer->iss - 1 <= top - peer->iss - 1;
	if (!peer->acked)
		return is_near(s->ack, top);
	return !seq_before(top, s->ack) &&
	    (int32_t)(s->ack - peer->snd_una) >= -window_max(peer);
}

int
tcp_acceptable(const struct tcp_segment *s, uint64_t now)
{
	if (s->flags & TH_RST)
		return seq_acceptable(s);
	return s->flags & TH_ACK && seq_acceptable(s) && ack_acceptable(s) &&
	    !tcp_opt_is_late(s, now);
}
