/* SPDX-License-Identifier: ISC */

/*
 * Errors to the ends of a dropped packet, as a firewall's reject sends them: RST
 * for TCP (RFC 9293 3.10.7), REFUSED for DNS queries (RFC 1035), else ICMP
 * destination unreachable (RFC 792, 1812, 4443).
 */

#include <sys/types.h>
#include <netinet/in.h>

#include <string.h>

#include "packet/packet.h"

#define CONTROL 0xc0 /* precedence of ICMP errors, RFC 1812 4.3.2.5 */
#define UDP_LEN 8
#define ICMP_LEN 8
#define ICMP4_MAX 576  /* bytes of an error, RFC 1812 4.3.2.3 */
#define ICMP6_MAX 1280 /* RFC 4443 2.4 (c) */

#define DNS_QFIXED 4       /* type and class of a question */
#define DNS_RESPONSE 0x80  /* QR */
#define DNS_KEEP1 0x79     /* Opcode, RD */
#define DNS_KEEP2 0x10     /* CD */
#define DNS_CODE_REFUSED 5 /* RCODE */

/* a packet, and the answers to it so far */
struct reject {
	const struct div_frame *f;
	struct div_packet p;
	struct div_frame *answers;
	uint8_t *buf; /* the next answer's */
	int n;        /* answers */
};

/* True for a unicast address; a subnet's broadcast cannot be recognised. */
static int
is_unicast(const struct div_packet *p, const uint8_t *addr)
{
	static const uint8_t none[16];

	if (p->addrlen == 4)
		return addr[0] != 0 && addr[0] < 224;
	return addr[0] != 0xff && memcmp(addr, none, sizeof(none)) != 0;
}

/*
 * Begins an answer: back to the sender, or in the sender's name to the receiver.
 * Returns the place of its transport header.
 */
static uint8_t *
begin(struct reject *r, int back, uint8_t proto)
{
	const struct div_packet *p = &r->p;
	const uint8_t *src = back ? p->dst : p->src;
	const uint8_t *dst = back ? p->src : p->dst;
	size_t n = packet_put_ip(r->buf, p->version, proto, src, dst);

	if (p->version == 4)
		r->buf[6] = 0x40; /* do not fragment */
	return r->buf + n;
}

static void
finish(struct reject *r, const uint8_t *end)
{
	struct div_frame *a = &r->answers[r->n++];

	memset(a, 0, sizeof(*a));
	a->type = DIV_INJECT;
	a->hdrlen = DIV_HDRLEN;
	a->id = r->f->id;
	a->time = r->f->time;
	a->epoch = r->f->epoch;
	a->port = r->f->port;
	a->ifindex = r->f->ifindex;
	memcpy(a->ifname, r->f->ifname, DIV_IFNAMELEN);
	a->packet = r->buf;
	a->caplen = a->origlen = (uint32_t)(end - r->buf);
	div_repair_new(a->packet, a->caplen);
	r->buf += a->caplen;
}

static void
reset(struct reject *r, int back, uint32_t seq, uint32_t ack, uint8_t flags)
{
	const uint8_t *from = r->p.data + r->p.l4;
	uint8_t *tcp = begin(r, back, IPPROTO_TCP);

	memset(tcp, 0, TCP_HDRLEN);
	memcpy(tcp, from + (back ? 2 : 0), 2);
	memcpy(tcp + 2, from + (back ? 0 : 2), 2);
	put32(tcp + 4, seq);
	put32(tcp + 8, ack);
	tcp[12] = TCP_HDRLEN / 4 << 4;
	tcp[13] = flags;
	finish(r, tcp + TCP_HDRLEN);
	if (!back)
		r->answers[r->n - 1].mark = r->f->mark; /* the same route */
}

/*
 * The sender gets the RST of a closed port (RFC 9293 3.10.7.1).  The receiver
 * gets one with the segment's own sequence number, unless it was a SYN.
 */
static void
reject_tcp(struct reject *r)
{
	const uint8_t *tcp = r->p.data + r->p.l4;
	uint32_t seq = get32(tcp + 4), ack = get32(tcp + 8);
	uint8_t flags = tcp[13];
	size_t len = r->p.len;

	if (flags & TH_RST)
		return;
	if (r->f->flags & DIV_F_TRUNC && r->f->origlen > len)
		len = r->f->origlen;
	len -= r->p.payload;
	len += (flags & TH_SYN) != 0;
	len += (flags & TH_FIN) != 0;
	if (flags & TH_ACK)
		reset(r, 1, ack, 0, TH_RST);
	else
		reset(r, 1, 0, seq + (uint32_t)len, TH_RST | TH_ACK);
	if (flags & TH_ACK)
		reset(r, 0, seq, ack, TH_RST | TH_ACK);
	else if (!(flags & TH_SYN))
		reset(r, 0, seq, 0, TH_RST);
}

/* The bytes of a query's header and question; 0 if it is not a query. */
static size_t
dns_query(const uint8_t *q, size_t len)
{
	size_t n = div_dns_question(q, len);

	if (n == 0 || q[2] & DNS_RESPONSE || get16(q + 4) != 1)
		return 0;
	n += DIV_DNS_HDRLEN + DNS_QFIXED;
	return n <= len ? n : 0;
}

static int
reject_dns(struct reject *r)
{
	const uint8_t *udp = r->p.data + r->p.l4;
	const uint8_t *q = r->p.data + r->p.payload;
	uint8_t *h, *a;
	size_t n;

	if (r->p.proto != IPPROTO_UDP || r->p.dport != DIV_DNS_PORT ||
	    (n = dns_query(q, r->p.len - r->p.payload)) == 0)
		return 0;
	h = begin(r, 1, IPPROTO_UDP);
	a = h + UDP_LEN;
	memcpy(h, udp + 2, 2);
	memcpy(h + 2, udp, 2);
	put16(h + 6, 0xffff); /* not 0, which would mean no checksum */
	memcpy(a, q, n);
	a[2] = (q[2] & DNS_KEEP1) | DNS_RESPONSE;
	a[3] = (q[3] & DNS_KEEP2) | DNS_CODE_REFUSED;
	memset(a + 6, 0, 6); /* no records */
	finish(r, a + n);
	return 1;
}

/* No error is sent about an ICMP error or redirect (RFC 1122 3.2.2). */
static int
is_icmp_error(const struct div_packet *p)
{
	uint8_t type;

	if (p->proto != (p->version == 6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP))
		return 0;
	if (p->l4 >= p->len)
		return 1; /* the type is not there: play safe */
	type = p->data[p->l4];
	if (p->version == 6)
		return type < 128 || type == 137;
	return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

/* Destination unreachable: port (IPv4), administratively prohibited (IPv6). */
static void
reject_icmp(struct reject *r)
{
	int v4 = r->p.version == 4;
	size_t max = v4 ? ICMP4_MAX - V4_HDRLEN : ICMP6_MAX - V6_HDRLEN;
	size_t n = r->p.len;
	uint8_t *icmp;

	if (is_icmp_error(&r->p))
		return;
	if (n > max - ICMP_LEN)
		n = max - ICMP_LEN;
	icmp = begin(r, 1, v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
	if (v4)
		r->buf[1] = CONTROL;
	memset(icmp, 0, ICMP_LEN);
	icmp[0] = v4 ? 3 : 1;
	icmp[1] = v4 ? 3 : 1;
	memcpy(icmp + ICMP_LEN, r->p.data, n);
	finish(r, icmp + ICMP_LEN + n);
}

/*
 * Makes at most two new packets that tell the ends of f's packet that it is
 * dropped, in buf, with lengths and checksums.  Returns their number; 0 for
 * packets that must not be answered: from or to other than unicast addresses,
 * later fragments, RST, ICMP errors, and packets with cut headers.
 */
int
div_reject(const struct div_frame *f, struct div_frame answers[DIV_REJECTMAX],
    uint8_t buf[DIV_REJECTLEN])
{
	struct reject r = { .f = f, .answers = answers, .buf = buf };
	const struct div_packet *p = &r.p;

	if (div_packet_parse(&r.p, f->packet, f->caplen) == -1 ||
	    p->truncated || p->fragment == DIV_LATER ||
	    !is_unicast(p, p->src) || !is_unicast(p, p->dst))
		return 0;
	if (p->proto == IPPROTO_TCP)
		reject_tcp(&r);
	else if (!reject_dns(&r))
		reject_icmp(&r);
	return r.n;
}
