/* SPDX-License-Identifier: ISC */

/*
 * Views of packets: IPv4 (RFC 791), IPv6 with its extension headers (RFC 8200),
 * the transport's header.  Only the captured length bounds a view; the lengths in
 * headers are not trusted, because an edit makes them void.
 */

#include <sys/types.h>
#include <netinet/in.h>

#include <errno.h>
#include <string.h>

#include "packet/packet.h"

#define EXT_MIN 8 /* bytes of the shortest IPv6 extension header */
#define TTL 64    /* of new packets, RFC 1700 */

/* TCP options without a length */
#define OPT_EOL 0
#define OPT_NOP 1

const struct transport *
packet_transport(const struct div_packet *p)
{
	static const struct transport tcp = { TCP_HDRLEN, 16, 1, 1 };
	static const struct transport udp = { 8, 6, 1, 1 };
	static const struct transport icmp = { 8, 2, 0, 0 };
	static const struct transport icmp6 = { 8, 2, 1, 0 };

	switch (p->proto) {
	case IPPROTO_TCP:
		return &tcp;
	case IPPROTO_UDP:
		return &udp;
	case IPPROTO_ICMP:
		return p->version == 4 ? &icmp : NULL;
	case IPPROTO_ICMPV6:
		return p->version == 6 ? &icmp6 : NULL;
	default:
		return NULL;
	}
}

/*
 * The length of the IPv6 extension header of type proto at h, of which left bytes
 * are there; 0 if proto is not an extension header.  A result of more than left
 * means that the header is cut.
 */
size_t
packet_ext_len(uint8_t proto, const uint8_t *h, size_t left)
{
	switch (proto) {
	case IPPROTO_FRAGMENT:
		return EXT_MIN;
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
		return left < EXT_MIN ? EXT_MIN : (h[1] + 1) * (size_t)8;
	case IPPROTO_AH:
		return left < EXT_MIN ? EXT_MIN : (h[1] + 2) * (size_t)4;
	default:
		return 0;
	}
}

static int
parse_v4(struct div_packet *p)
{
	uint16_t frag;

	if (p->len < V4_HDRLEN)
		return -1;
	p->l4 = (p->data[0] & 0x0f) * (size_t)4;
	if (p->l4 < V4_HDRLEN || p->l4 > p->len)
		return -1;
	frag = get16(p->data + 6);
	if ((frag & 0x1fff) != 0)
		p->fragment = DIV_LATER;
	else if ((frag & 0x2000) != 0)
		p->fragment = DIV_FIRST;
	p->proto = p->data[9];
	p->src = p->data + 12;
	p->dst = p->data + 16;
	p->addrlen = 4;
	return 0;
}

/*
 * Walks the extension headers, in any order.  Each has at least EXT_MIN bytes, so
 * the walk is linear in the packet.  It ends at the fragment header of a later
 * fragment, behind which there is data.
 */
static void
parse_ext(struct div_packet *p)
{
	const uint8_t *h;
	size_t left, n;
	uint16_t frag = 0;

	for (;;) {
		h = p->data + p->l4;
		left = p->len - p->l4;
		if ((n = packet_ext_len(p->proto, h, left)) == 0)
			return;
		if (n > left) {
			p->truncated = 1;
			return;
		}
		if (p->proto == IPPROTO_FRAGMENT)
			frag = get16(h + 2);
		p->proto = h[0];
		p->l4 += n;
		if ((frag & 1) != 0)
			p->fragment = DIV_FIRST;
		if ((frag & 0xfff8) != 0) {
			p->fragment = DIV_LATER;
			return;
		}
	}
}

static int
parse_v6(struct div_packet *p)
{
	if (p->len < V6_HDRLEN)
		return -1;
	p->proto = p->data[6];
	p->src = p->data + 8;
	p->dst = p->data + 24;
	p->addrlen = 16;
	p->l4 = V6_HDRLEN;
	parse_ext(p);
	return 0;
}

static void
parse_transport(struct div_packet *p)
{
	const struct transport *t = packet_transport(p);
	const uint8_t *h = p->data + p->l4;
	size_t left = p->len - p->l4, n;

	if (t == NULL)
		return;
	if (t->ports && left >= 4) {
		p->sport = get16(h);
		p->dport = get16(h + 2);
	}
	n = t->hdrlen;
	if (p->proto == IPPROTO_TCP && left >= n)
		n = (h[12] >> 4) * (size_t)4;
	if (n < t->hdrlen || n > left)
		p->truncated = 1;
	else
		p->payload = p->l4 + n;
}

/*
 * Parses the headers of an IP packet of len bytes; -1 and EINVAL if the IP header
 * is cut or wrong.  The lengths inside the packet and the jumbo payload option
 * are ignored.  Always 0 < l4 <= payload <= len.  Later fragments and unknown
 * protocols have no transport header: l4 == payload.  If an extension or
 * transport header is cut, or a TCP data offset impossible, then truncated is
 * set, l4 is the offset of that header, proto its number, and payload is len.
 */
int
div_packet_parse(struct div_packet *p, const uint8_t *data, size_t len)
{
	int rc = -1;

	memset(p, 0, sizeof(*p));
	p->data = data;
	p->len = len;
	if (len > 0)
		p->version = data[0] >> 4;
	if (p->version == 4)
		rc = parse_v4(p);
	else if (p->version == 6)
		rc = parse_v6(p);
	if (rc == -1) {
		errno = EINVAL;
		return -1;
	}
	p->payload = p->l4;
	if (p->fragment != DIV_LATER && !p->truncated)
		parse_transport(p);
	if (p->truncated)
		p->payload = len;
	return 0;
}

/*
 * The offset of the first option of this kind in a TCP header of len bytes,
 * options included, and its length in *optlen; 0 if there is none.
 */
size_t
packet_tcp_option(const uint8_t *tcp, size_t len, uint8_t kind, size_t *optlen)
{
	size_t at, n;

	for (at = TCP_HDRLEN; at < len && tcp[at] != OPT_EOL; at += n) {
		n = 1;
		if (tcp[at] == OPT_NOP)
			continue;
		if (len - at < 2 || (n = tcp[at + 1]) < 2 || n > len - at)
			break;
		if (tcp[at] != kind)
			continue;
		*optlen = n;
		return at;
	}
	return 0;
}

/* Puts an IP header without options, DF clear; returns its length. */
size_t
packet_put_ip(uint8_t *p, int version, uint8_t proto, const uint8_t *src,
    const uint8_t *dst)
{
	if (version == 4) {
		memset(p, 0, V4_HDRLEN);
		p[0] = 0x45;
		p[8] = TTL;
		p[9] = proto;
		memcpy(p + 12, src, 4);
		memcpy(p + 16, dst, 4);
		return V4_HDRLEN;
	}
	memset(p, 0, V6_HDRLEN);
	p[0] = 0x60;
	p[6] = proto;
	p[7] = TTL;
	memcpy(p + 8, src, 16);
	memcpy(p + 24, dst, 16);
	return V6_HDRLEN;
}

/*
 * The key of the packet's flow; unused bytes are 0, so that keys can be compared
 * and hashed as memory.  Returns the end that sent the packet: 0 for the one with
 * the lesser address, or port if both are equal, or 1.
 */
int
div_flow_key(struct div_flow_key *key, const struct div_packet *p)
{
	int n, side;

	memset(key, 0, sizeof(*key));
	if (p->addrlen == 0)
		return 0;
	n = memcmp(p->src, p->dst, p->addrlen);
	side = n > 0 || (n == 0 && p->sport > p->dport);
	memcpy(key->addr[side], p->src, p->addrlen);
	memcpy(key->addr[!side], p->dst, p->addrlen);
	key->port[side] = p->sport;
	key->port[!side] = p->dport;
	key->version = p->version;
	key->proto = p->proto;
	return side;
}
