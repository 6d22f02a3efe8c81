/* SPDX-License-Identifier: ISC */

/*
 * Repair of an edited packet: the lengths in its IP and UDP headers and the
 * checksums of IPv4, TCP, UDP, ICMP and ICMPv6 are computed in full.  Packets
 * whose checksum cannot be computed, as fragments, are refused.  The same
 * checksums are verified in packets that come in (RFC 1122, 3.2.1.2, 4.1.3.4,
 * 4.2.2.7).
 */

#include <sys/types.h>
#include <netinet/in.h>

#include "packet/packet.h"

#define IP_MAX 65535 /* of the length field in IPv4 and IPv6 */

/* IPv4 options */
#define OPT_EOL 0
#define OPT_NOP 1
#define OPT_LSRR 131 /* loose source route */
#define OPT_SSRR 137 /* strict source route */

/* types of IPv6 routing headers: RFC 5095, 6275, 8754 */
#define ROUTE_SOURCE 0
#define ROUTE_MOBILE 2
#define ROUTE_SEGMENT 4

/*
 * The pseudo header holds the final destination (RFC 8200 8.1): with a source
 * route on the way, its last address and not the IP header's destination.
 */
static enum div_reason
final_v4(const struct div_packet *p, const uint8_t **dst)
{
	const uint8_t *opt;
	size_t off, left, n;

	for (off = V4_HDRLEN; off < p->l4; off += n) {
		opt = p->data + off;
		left = p->l4 - off;
		n = 1;
		if (opt[0] == OPT_EOL)
			break;
		if (opt[0] == OPT_NOP)
			continue;
		if (left < 2 || (n = opt[1]) < 2 || n > left)
			return DIV_REFUSE_MALFORMED;
		if ((opt[0] == OPT_LSRR || opt[0] == OPT_SSRR) && n > 2 &&
		    opt[2] >= 4 && opt[2] + (size_t)3 <= n)
			*dst = opt + n - 4;
	}
	return DIV_OK;
}

/* The same for one IPv6 routing header of n bytes. */
static enum div_reason
final_route(const uint8_t *h, size_t n, const uint8_t **dst)
{
	uint8_t type = h[2], segments_left = h[3];

	if (segments_left == 0)
		return DIV_OK;
	if (type != ROUTE_SOURCE && type != ROUTE_MOBILE &&
	    type != ROUTE_SEGMENT)
		return DIV_REFUSE_PROTOCOL;
	if (n < 8 + 16)
		return DIV_REFUSE_MALFORMED;
	/* a segment list is in reverse order, RFC 8754 2 */
	*dst = type == ROUTE_SEGMENT ? h + 8 : h + n - 16;
	return DIV_OK;
}

/* An edit would break an authentication header's signature: refused. */
static enum div_reason
final_v6(const struct div_packet *p, const uint8_t **dst)
{
	enum div_reason reason = DIV_OK;
	const uint8_t *h;
	uint8_t proto = p->data[6];
	size_t off, n;

	for (off = V6_HDRLEN; off < p->l4 && reason == DIV_OK; off += n) {
		h = p->data + off;
		n = packet_ext_len(proto, h, p->l4 - off);
		if (proto == IPPROTO_AH)
			reason = DIV_REFUSE_PROTOCOL;
		else if (proto == IPPROTO_ROUTING)
			reason = final_route(h, n, dst);
		proto = h[0];
	}
	return reason;
}

/*
 * Begins the sum of a transport protocol with its pseudo header, if it has one.
 * IPv4's has other field widths than IPv6's, but the same sum.
 */
static enum div_reason
pseudo_sum(const struct div_packet *p, uint64_t *sum)
{
	enum div_reason reason;
	const uint8_t *dst = p->dst;
	uint8_t rest[8];

	*sum = 0;
	if (!packet_transport(p)->pseudo)
		return DIV_OK;
	if (p->version == 4)
		reason = final_v4(p, &dst);
	else
		reason = final_v6(p, &dst);
	put32(rest, (uint32_t)(p->len - p->l4));
	put32(rest + 4, p->proto);
	*sum = checksum_add(*sum, p->src, p->addrlen);
	*sum = checksum_add(*sum, dst, p->addrlen);
	*sum = checksum_add(*sum, rest, sizeof(rest));
	return reason;
}

static void
repair_v4_checksum(const struct div_packet *p, uint8_t *pkt)
{
	put16(pkt + 10, 0);
	put16(pkt + 10, checksum_fold(checksum_add(0, pkt, p->l4)));
}

static void
repair_ip(const struct div_packet *p, uint8_t *pkt)
{
	if (p->version == 6) {
		put16(pkt + 4, (uint16_t)(p->len - V6_HDRLEN));
		return;
	}
	put16(pkt + 2, (uint16_t)p->len);
	repair_v4_checksum(p, pkt);
}

/* On IPv4, a UDP checksum of 0 means that there is none (RFC 768). */
static void
repair_transport(const struct div_packet *p, uint8_t *pkt, uint64_t sum)
{
	uint8_t *h = pkt + p->l4, *field = h + packet_transport(p)->sum;
	size_t n = p->len - p->l4;
	uint16_t v;

	if (p->proto == IPPROTO_UDP) {
		put16(h + 4, (uint16_t)n);
		if (p->version == 4 && get16(field) == 0)
			return;
	}
	put16(field, 0);
	v = checksum_fold(checksum_add(sum, h, n));
	put16(field, v == 0 && p->proto == IPPROTO_UDP ? 0xffff : v);
}

/* The reason why an edited packet could not be repaired, from its headers. */
static enum div_reason
check(const struct div_packet *p)
{
	if (p->fragment != DIV_WHOLE)
		return DIV_REFUSE_FRAGMENT;
	if (p->truncated)
		return DIV_REFUSE_MALFORMED;
	if (packet_transport(p) == NULL)
		return DIV_REFUSE_PROTOCOL;
	return DIV_OK;
}

/*
 * DIV_OK if a sink takes an edit of the payload.  The view is what
 * div_packet_parse() left, also after an error; flags are those of the frame.
 */
enum div_reason
packet_editable(const struct div_packet *p, unsigned int flags)
{
	if (p->addrlen == 0)
		return DIV_REFUSE_MALFORMED;
	if (flags & DIV_F_TRUNC)
		return DIV_REFUSE_TRUNCATED;
	if (flags & DIV_F_BADSUM)
		return DIV_REFUSE_DAMAGED;
	return check(p);
}

/* Parses a frame's packet; DIV_OK if a sink takes an edit of its payload. */
enum div_reason
div_editable(const struct div_frame *f, struct div_packet *p)
{
	(void)div_packet_parse(p, f->packet, f->caplen);
	return packet_editable(p, f->flags);
}

/*
 * Repairs the packet at pkt, with its view at hand.  A new packet that cannot be
 * repaired above the IP header may be sent.
 */
enum div_reason
packet_repair(const struct div_packet *p, uint8_t *pkt, int new)
{
	enum div_reason reason;
	uint64_t sum;

	if (p->addrlen == 0)
		return DIV_REFUSE_MALFORMED;
	if (p->len > (p->version == 4 ? IP_MAX : V6_HDRLEN + IP_MAX))
		return DIV_REFUSE_TOOLONG;
	if ((reason = check(p)) == DIV_OK)
		reason = pseudo_sum(p, &sum);
	if (reason == DIV_OK)
		repair_transport(p, pkt, sum);
	else if (!new || reason == DIV_REFUSE_MALFORMED)
		return reason;
	repair_ip(p, pkt);
	return DIV_OK;
}

static enum div_reason
repair(uint8_t *pkt, size_t len, int new)
{
	struct div_packet p;

	(void)div_packet_parse(&p, pkt, len);
	return packet_repair(&p, pkt, new);
}

/*
 * Makes the lengths and checksums of an edited packet fit its len bytes.  A
 * packet that is refused stays as it is.
 */
enum div_reason
div_repair(uint8_t *pkt, size_t len)
{
	return repair(pkt, len, 0);
}

/*
 * The same for an injected packet.  Fragments, and protocols whose checksum is
 * unknown, are repaired in the IP header only.
 */
enum div_reason
div_repair_new(uint8_t *pkt, size_t len)
{
	return repair(pkt, len, 1);
}

/* Whether the checksum was left to the network card: the pseudo header's sum. */
int
packet_checksum_offloaded(const struct div_packet *p)
{
	uint64_t sum;

	return check(p) == DIV_OK && packet_transport(p)->pseudo &&
	    pseudo_sum(p, &sum) == DIV_OK &&
	    (get16(p->data + p->l4 + packet_transport(p)->sum) ^
		checksum_fold(sum)) == 0xffff;
}

/*
 * Completes checksums that were left to the network card (checksum offload): the
 * IPv4 header's, which is 0, and the transport's, which holds the sum of the
 * pseudo header.
 */
void
repair_offload(uint8_t *pkt, size_t len)
{
	struct div_packet p;
	uint64_t sum;

	if (div_packet_parse(&p, pkt, len) == -1)
		return;
	if (p.version == 4 && get16(pkt + 10) == 0)
		repair_v4_checksum(&p, pkt);
	if (packet_checksum_offloaded(&p) && pseudo_sum(&p, &sum) == DIV_OK)
		repair_transport(&p, pkt, sum);
}

/* True without a checksum: a UDP sender may omit it (RFC 768, RFC 6935). */
static int
is_unsummed(const struct div_packet *p, const uint8_t *h)
{
	return p->proto == IPPROTO_UDP &&
	    get16(h + packet_transport(p)->sum) == 0;
}

/*
 * True if a checksum of a whole packet as it was received is wrong: the IPv4
 * header's or the transport's.  One that cannot be computed counts as right.
 */
int
packet_damaged(const struct div_packet *p)
{
	struct div_packet sent = *p;
	const uint8_t *h = p->data + p->l4;
	uint64_t sum;
	size_t n;

	if (p->version == 4 &&
	    checksum_fold(checksum_add(0, p->data, p->l4)) != 0)
		return 1;
	if (p->addrlen == 0 || check(p) != DIV_OK || is_unsummed(p, h))
		return 0;
	/* a datagram may be followed by bytes that are not its own */
	if (p->proto == IPPROTO_UDP && (n = get16(h + 4)) >= 8 &&
	    n <= p->len - p->l4)
		sent.len = p->l4 + n;
	if (pseudo_sum(&sent, &sum) != DIV_OK)
		return 0;
	return checksum_fold(checksum_add(sum, h, sent.len - p->l4)) != 0;
}
