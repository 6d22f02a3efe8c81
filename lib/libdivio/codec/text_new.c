/* SPDX-License-Identifier: ISC */

/*
 * Headers that columns and attributes set.  Those of new packets without hdr are
 * made from the addresses, with the usual values for all fields that no attribute
 * gives.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <arpa/inet.h>
#include <netinet/in.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "codec/codec.h"

#define ECHO4 8   /* ICMP echo request, RFC 792 */
#define ECHO6 128 /* RFC 4443 4.1 */
#define SEQ 4     /* in the table of fields */

/* The attributes; those without an offset are fields of packet/field.c. */
static const struct {
	const char *name;
	uint8_t tcp;
	uint8_t at; /* offset of 32 bits in the TCP header */
} fields[] = {
	{ "ack", 1, 8 },
	{ "dscp", 0, 0 },
	{ "ecn", 0, 0 },
	{ "flags", 1, 0 },
	[SEQ] = { "seq", 1, 4 },
	{ "ttl", 0, 0 },
	{ "window", 1, 0 },
};

#define NFIELDS (sizeof(fields) / sizeof(fields[0]))

/* Cuts the port off; s becomes the address, without brackets. */
static int
get_port(struct div_reader *r, const char *what, struct text_slice *s,
    uint16_t *port)
{
	struct text_slice digits;
	char q[TEXT_QUOTE];
	uint64_t v;
	size_t n = s->n;

	while (n > 0 && s->p[n - 1] != ':' && s->p[n - 1] != ']')
		n--;
	if (n == 0 || s->p[n - 1] == ']' ||
	    (memchr(s->p, ':', n - 1) != NULL && s->p[n - 2] != ']'))
		return reader_fail(r, EILSEQ, "%s: \"%s\" has no port", what,
		    text_quote(*s, q));
	digits.p = s->p + n;
	digits.n = s->n - n;
	if (text_get_dec(r, what, digits, UINT16_MAX, &v) == -1)
		return -1;
	*port = (uint16_t)v;
	s->n = n - 1;
	if (s->n >= 2 && s->p[0] == '[' && s->p[s->n - 1] == ']') {
		s->p++;
		s->n -= 2;
	}
	return 0;
}

/* An address, with a port if it has ports. */
int
text_get_host(struct div_reader *r, enum text_column c, struct text_slice s,
    int ports, struct text_host *host)
{
	char text[INET6_ADDRSTRLEN] = "", q[TEXT_QUOTE];
	struct text_slice addr = s;

	if (ports && get_port(r, text_columns[c], &addr, &host->port) == -1)
		return -1;
	if (addr.n < sizeof(text))
		memcpy(text, addr.p, addr.n);
	host->family = memchr(text, ':', sizeof(text)) ? AF_INET6 : AF_INET;
	if (strlen(text) != addr.n ||
	    inet_pton(host->family, text, host->addr) != 1)
		return reader_fail(r, EILSEQ, "%s: \"%s\" is no address",
		    text_columns[c], text_quote(addr, q));
	return 0;
}

static size_t
put_transport(uint8_t *p, uint8_t proto, const struct text_host *src,
    const struct text_host *dst)
{
	memset(p, 0, TCP_HDRLEN);
	switch (proto) {
	case IPPROTO_TCP:
		put16(p, src->port);
		put16(p + 2, dst->port);
		p[12] = TCP_HDRLEN / 4 << 4;
		p[13] = TH_PUSH | TH_ACK;
		put16(p + 14, UINT16_MAX);
		return TCP_HDRLEN;
	case IPPROTO_UDP:
		put16(p, src->port);
		put16(p + 2, dst->port);
		put16(p + 6, UINT16_MAX); /* 0 would mean no checksum */
		return 8;
	case IPPROTO_ICMP:
		p[0] = ECHO4;
		return 8;
	case IPPROTO_ICMPV6:
		p[0] = ECHO6;
		return 8;
	default:
		return 0;
	}
}

/* Puts headers with the usual values into p; n is set to their length. */
int
text_new_headers(struct div_reader *r, const struct text_slice col[NCOLUMNS],
    uint8_t *p, size_t *n)
{
	struct text_host src, dst;
	uint8_t proto;
	int ports;

	if (text_get_proto(r, col[PROTO], &proto) == -1)
		return -1;
	ports = proto == IPPROTO_TCP || proto == IPPROTO_UDP;
	if (text_get_host(r, SRC, col[SRC], ports, &src) == -1 ||
	    text_get_host(r, DST, col[DST], ports, &dst) == -1)
		return -1;
	if (src.family != dst.family)
		return reader_fail(r, EILSEQ,
		    "src and dst are not both IPv4 or IPv6");
	*n = packet_put_ip(p, src.family == AF_INET ? 4 : 6, proto, src.addr,
	    dst.addr);
	*n += put_transport(p + *n, proto, &src, &dst);
	return 0;
}

static int
set_field(struct div_reader *r, struct text_slice key, struct text_slice value,
    struct div_frame *f)
{
	char text[TEXT_QUOTE], q[TEXT_QUOTE], error[DIV_ERRLEN];
	struct div_field field;

	snprintf(text, sizeof(text), "%.*s=%s", (int)key.n, (char *)key.p,
	    text_quote(value, q));
	if (div_field_parse(text, &field, error) == -1)
		return reader_fail(r, EILSEQ, "%s", error);
	div_field_set(&field, f);
	return 0;
}

/* The place in the table of fields, or NFIELDS.  A number may be the frame's flags. */
static size_t
find_field(const struct text_packet *p, struct text_slice key,
    struct text_slice value)
{
	size_t i = 0;

	while (i < NFIELDS && !text_is(key, fields[i].name))
		i++;
	if (!p->made && text_is(key, "flags") && value.n > 0 &&
	    value.p[0] >= '0' && value.p[0] <= '9')
		return NFIELDS;
	return i;
}

/*
 * 1: an attribute of a header, which is set; 0: another one; or -1.  A script sets
 * it in verdicts, too, which have no headers.
 */
int
text_header_attr(struct div_reader *r, struct text_packet *p,
    struct text_slice key, struct text_slice value, struct div_frame *f)
{
	size_t i = find_field(p, key, value);
	enum div_reason reason;
	struct div_packet pk;
	uint64_t v;

	if (i == NFIELDS)
		return 0;
	if (text_verdict(f) != NULL)
		return 1;
	if (p->given & 1U << i)
		return reader_fail(r, EILSEQ, "attrs: second value for %s",
		    fields[i].name);
	p->given |= 1U << i;
	if ((reason = div_editable(f, &pk)) != DIV_OK)
		return reader_fail(r, EILSEQ, "attrs: %s: %s", fields[i].name,
		    div_reason(reason));
	if (fields[i].tcp && pk.proto != IPPROTO_TCP)
		return reader_fail(r, EILSEQ, "attrs: %s is of TCP",
		    fields[i].name);
	if (fields[i].at == 0)
		return set_field(r, key, value, f) == -1 ? -1 : 1;
	if (text_get_dec(r, fields[i].name, value, UINT32_MAX, &v) == -1)
		return -1;
	put32(f->packet + pk.l4 + fields[i].at, (uint32_t)v);
	return 1;
}

/*
 * Sets lengths and checksums.  TCP data without a sequence number is the next of
 * its connection: the sink, which tracks it, has the number.
 */
int
text_new_finish(struct div_reader *r, const struct text_packet *p,
    struct div_frame *f)
{
	enum div_reason reason;
	struct div_packet pk;

	if ((reason = div_repair_new(f->packet, f->caplen)) != DIV_OK)
		return reader_fail(r, EILSEQ, "%s", div_reason(reason));
	if (div_packet_parse(&pk, f->packet, f->caplen) == 0 &&
	    pk.proto == IPPROTO_TCP && pk.payload < f->caplen &&
	    !(p->given & 1U << SEQ))
		f->flags |= DIV_F_NEXT;
	return 0;
}
