/* SPDX-License-Identifier: ISC */

#include <sys/types.h>
#include <netinet/in.h>

#include "internal.h"

#define IP_MAX 65535 /* in either family's length field */

/* IPv4 options */
#define OPT_EOL 0
#define OPT_NOP 1
#define OPT_LSRR 131 /* loose source route */
#define OPT_SSRR 137 /* strict source route */

/* IPv6 routing headers */
#define ROUTE_SOURCE 0
#define ROUTE_MOBILE 2
#define ROUTE_SEGMENT 4

const char *
div_reason(enum div_reason reason)
{
	static const char *const texts[DIV_NREASONS] = {
		[DIV_OK] = "no reason",
		[DIV_REFUSE_MALFORMED] = "not an IP packet with whole headers",
		[DIV_REFUSE_FRAGMENT] = "fragments are not edited",
		[DIV_REFUSE_TRUNCATED] = "truncated packets are not edited",
		[DIV_REFUSE_PROTOCOL] = "checksum of the protocol unknown",
		[DIV_REFUSE_TCPLEN] =
		    "TCP segment cannot change its length: divert both directions",
		[DIV_REFUSE_PASSED] = "TCP data had passed before, unedited",
		[DIV_REFUSE_MTU] = "IPv6 datagram has grown over the MTU",
		[DIV_REFUSE_TOOLONG] = "longer than an IP packet can be",
		[DIV_REFUSE_NEXT] =
		    "data for no TCP connection that was seen both ways",
		[DIV_STALE] = "frame of another epoch or port",
		[DIV_LATE] = "verdict was given already",
		[DIV_GONE] =
		    "to pass a packet as it was, its frame must come back",
		[DIV_NOTSENT] = "packet not taken by the kernel",
	};

	if ((unsigned int)reason >= DIV_NREASONS)
		return "unknown reason";
	return texts[reason];
}

/*
 * The pseudo header holds the final destination.  While a source route is being
 * followed, that is its last address and not the IP header's destination.
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

/* The same of one IPv6 routing header of n bytes. */
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
	/* the list of segments runs backwards */
	*dst = type == ROUTE_SEGMENT ? h + 8 : h + n - 16;
	return DIV_OK;
}

/* An edit would break the signature in an authentication header. */
static enum div_reason
final_v6(const struct div_packet *p, const uint8_t **dst)
{
	enum div_reason reason = DIV_OK;
	const uint8_t *h;
	uint8_t proto = p->data[6];
	size_t off, n;

	for (off = V6_HDRLEN; off < p->l4 && reason == DIV_OK; off += n) {
		h = p->data + off;
		n = ext_len(proto, h, p->l4 - off);
		if (proto == IPPROTO_AH)
			reason = DIV_REFUSE_PROTOCOL;
		else if (proto == IPPROTO_ROUTING)
			reason = final_route(h, n, dst);
		proto = h[0];
	}
	return reason;
}

/*
 * Begin the sum of a transport protocol with its pseudo header, if it has one.
 * Length and protocol add up to the same in both families.
 */
static enum div_reason
pseudo_sum(const struct div_packet *p, uint64_t *sum)
{
	enum div_reason reason;
	const uint8_t *dst = p->dst;
	uint8_t rest[8];

	*sum = 0;
	if (!transport_of(p)->pseudo)
		return DIV_OK;
	if (p->version == 4)
		reason = final_v4(p, &dst);
	else
		reason = final_v6(p, &dst);
	put32(rest, (uint32_t)(p->len - p->l4));
	put32(rest + 4, p->proto);
	*sum = sum_add(*sum, p->src, p->addrlen);
	*sum = sum_add(*sum, dst, p->addrlen);
	*sum = sum_add(*sum, rest, sizeof(rest));
	return reason;
}

/* Of IPv4. */
static void
repair_header(const struct div_packet *p, uint8_t *pkt)
{
	put16(pkt + 10, 0);
	put16(pkt + 10, sum_fold(sum_add(0, pkt, p->l4)));
}

static void
repair_ip(const struct div_packet *p, uint8_t *pkt)
{
	if (p->version == 6) {
		put16(pkt + 4, (uint16_t)(p->len - V6_HDRLEN));
		return;
	}
	put16(pkt + 2, (uint16_t)p->len);
	repair_header(p, pkt);
}

/* No checksum, which is 0, is allowed for UDP on IPv4. */
static void
repair_transport(const struct div_packet *p, uint8_t *pkt, uint64_t sum)
{
	uint8_t *h = pkt + p->l4, *field = h + transport_of(p)->sum;
	size_t n = p->len - p->l4;
	uint16_t v;

	if (p->proto == IPPROTO_UDP) {
		put16(h + 4, (uint16_t)n);
		if (p->version == 4 && get16(field) == 0)
			return;
	}
	put16(field, 0);
	v = sum_fold(sum_add(sum, h, n));
	put16(field, v == 0 && p->proto == IPPROTO_UDP ? 0xffff : v);
}

/* Why an edited packet could not be repaired, as far as headers tell. */
static enum div_reason
check(const struct div_packet *p)
{
	if (p->fragment != DIV_WHOLE)
		return DIV_REFUSE_FRAGMENT;
	if (p->truncated)
		return DIV_REFUSE_MALFORMED;
	if (transport_of(p) == NULL)
		return DIV_REFUSE_PROTOCOL;
	return DIV_OK;
}

/* Parses a frame's packet; says whether a sink would let its payload change. */
enum div_reason
div_editable(const struct div_frame *f, struct div_packet *p)
{
	if (div_packet_parse(p, f->packet, f->caplen) == -1)
		return DIV_REFUSE_MALFORMED;
	if (f->flags & DIV_F_TRUNC)
		return DIV_REFUSE_TRUNCATED;
	return check(p);
}

/* What we cannot repair above the IP header, we may not edit, but send. */
static enum div_reason
repair(uint8_t *pkt, size_t len, int new)
{
	struct div_packet p;
	enum div_reason reason;
	uint64_t sum;

	if (div_packet_parse(&p, pkt, len) == -1)
		return DIV_REFUSE_MALFORMED;
	if (len > (p.version == 4 ? IP_MAX : V6_HDRLEN + IP_MAX))
		return DIV_REFUSE_TOOLONG;
	if ((reason = check(&p)) == DIV_OK)
		reason = pseudo_sum(&p, &sum);
	if (reason == DIV_OK)
		repair_transport(&p, pkt, sum);
	else if (!new || reason == DIV_REFUSE_MALFORMED)
		return reason;
	repair_ip(&p, pkt);
	return DIV_OK;
}

/*
 * Make the lengths and checksums of an edited packet fit its len bytes.  What
 * is refused is not touched.
 */
enum div_reason
div_repair(uint8_t *pkt, size_t len)
{
	return repair(pkt, len, 0);
}

/*
 * The same for a packet that was never diverted.  Fragments and protocols whose
 * checksum is unknown get theirs in the IP header only.
 */
enum div_reason
div_repair_new(uint8_t *pkt, size_t len)
{
	return repair(pkt, len, 1);
}

/*
 * Completes what a sender left to hardware: the IPv4 header's checksum, which is
 * 0 then, and the transport's, which is the sum of the pseudo header.
 */
void
repair_offload(uint8_t *pkt, size_t len)
{
	struct div_packet p;
	uint64_t sum;

	if (div_packet_parse(&p, pkt, len) == -1)
		return;
	if (p.version == 4 && get16(pkt + 10) == 0)
		repair_header(&p, pkt);
	if (check(&p) != DIV_OK || !transport_of(&p)->pseudo ||
	    pseudo_sum(&p, &sum) != DIV_OK ||
	    (get16(pkt + p.l4 + transport_of(&p)->sum) ^ sum_fold(sum)) !=
		0xffff)
		return;
	repair_transport(&p, pkt, sum);
}
