/* SPDX-License-Identifier: ISC */

/* The columns of text, which are members in JSON: all but attributes. */

#include <sys/types.h>
#include <sys/socket.h>
#include <arpa/inet.h>
#include <netinet/in.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "codec/codec.h"

const char *const text_columns[NCOLUMNS] = {
	"id",
	"dir",
	"if",
	"proto",
	"src",
	"dst",
	"payload",
	"hdr",
	"attrs",
};

static const char *const dirs[] = { "-", "in", "out", "fwd" };

#define NDIRS (sizeof(dirs) / sizeof(dirs[0]))

static const struct text_verdict {
	const char *name;
	uint8_t type;
} verdicts[] = {
	{ "drop", DIV_DROP },
	{ "pass", DIV_PASS },
	{ "hold", DIV_HOLD },
};

#define NVERDICTS (sizeof(verdicts) / sizeof(verdicts[0]))

static const struct {
	const char *name;
	uint8_t proto;
} protos[] = {
	{ "tcp", IPPROTO_TCP },
	{ "udp", IPPROTO_UDP },
	{ "icmp", IPPROTO_ICMP },
	{ "icmp6", IPPROTO_ICMPV6 },
};

static uint8_t *
put_proto(uint8_t *out, uint8_t proto)
{
	size_t i;

	for (i = 0; i < sizeof(protos) / sizeof(protos[0]); i++)
		if (protos[i].proto == proto)
			return text_put_string(out, protos[i].name);
	return text_put_dec(out, proto);
}

/* tcp, udp, icmp, icmp6, or a number */
int
text_get_proto(struct div_reader *r, struct text_slice s, uint8_t *proto)
{
	uint64_t v;
	size_t i;

	for (i = 0; i < sizeof(protos) / sizeof(protos[0]); i++) {
		if (text_is(s, protos[i].name)) {
			*proto = protos[i].proto;
			return 0;
		}
	}
	if (text_get_dec(r, text_columns[PROTO], s, UINT8_MAX, &v) == -1)
		return -1;
	*proto = (uint8_t)v;
	return 0;
}

static int
has_ports(const struct div_packet *pk)
{
	return (pk->proto == IPPROTO_TCP || pk->proto == IPPROTO_UDP) &&
	    pk->fragment != DIV_LATER && pk->len - pk->l4 >= 4;
}

static uint8_t *
put_ip4(uint8_t *out, const uint8_t *addr)
{
	int i;

	out = text_put_dec(out, addr[0]);
	for (i = 1; i < 4; i++) {
		*out++ = '.';
		out = text_put_dec(out, addr[i]);
	}
	return out;
}

static uint8_t *
put_ip6(uint8_t *out, const uint8_t *addr)
{
	char buf[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET6, addr, buf, sizeof(buf));
	return text_put_string(out, buf);
}

static uint8_t *
put_host(uint8_t *out, const struct div_packet *pk, const uint8_t *addr,
    uint16_t port)
{
	int ports = has_ports(pk);

	if (pk->addrlen == 4)
		out = put_ip4(out, addr);
	else if (!ports)
		out = put_ip6(out, addr);
	else {
		*out++ = '[';
		out = put_ip6(out, addr);
		*out++ = ']';
	}
	if (ports) {
		*out++ = ':';
		out = text_put_dec(out, port);
	}
	return out;
}

/*
 * Used for output, and for input to compare the columns of a line with its hdr.
 * Frames of other types than packets are not parsed.
 */
void
text_summarize(struct text_summary *s, const struct div_frame *f)
{
	struct div_packet pk;
	uint8_t *end[DST - PROTO + 1];
	int i;

	for (i = PROTO; i <= DST; i++)
		/* cppcheck-suppress uninitvar ; an address, nothing is read */
		end[i - PROTO] = s->col[i - PROTO].text;
	if ((f->type == DIV_PACKET || f->type == DIV_INJECT) &&
	    div_packet_parse(&pk, f->packet, f->caplen) == 0) {
		end[0] = put_proto(end[0], pk.proto);
		end[1] = put_host(end[1], &pk, pk.src, pk.sport);
		end[2] = put_host(end[2], &pk, pk.dst, pk.dport);
		s->split = pk.payload;
	} else {
		for (i = PROTO; i <= DST; i++)
			*end[i - PROTO]++ = '-';
		s->split = f->caplen;
	}
	for (i = PROTO; i <= DST; i++)
		s->col[i - PROTO].n = (size_t)(end[i - PROTO] -
		    s->col[i - PROTO].text);
}

/* Begins a frame with the next line: 1, 0 at the end, -1. */
int
text_line(struct div_reader *r, struct div_frame *f, struct text_slice *line)
{
	int n;

	if (r->packet == NULL && (r->packet = malloc(DIV_PACKETMAX)) == NULL)
		return reader_fail(r, ENOMEM, "%s", strerror(ENOMEM));
	if ((n = reader_line(r, &line->p, &line->n)) != 1)
		return n;
	memset(f, 0, sizeof(*f));
	f->hdrlen = DIV_HDRLEN;
	f->packet = r->packet;
	return 1;
}

/* The name of a direction, or NULL. */
const char *
text_dir(uint8_t dir)
{
	return dir < NDIRS ? dirs[dir] : NULL;
}

int
text_get_dir(struct div_reader *r, struct text_slice s, struct div_frame *f)
{
	char q[TEXT_QUOTE];
	size_t i;

	for (i = 0; i < NDIRS && !text_is(s, dirs[i]); i++)
		continue;
	if (i == NDIRS)
		return reader_fail(r, EILSEQ,
		    "dir: \"%s\" is not in, out, fwd or -", text_quote(s, q));
	f->dir = (uint8_t)i;
	return 0;
}

/* The name of a verdict or hold record, or NULL if the frame is none. */
const char *
text_verdict(const struct div_frame *f)
{
	const struct text_verdict *v;

	for (v = verdicts; v < verdicts + NVERDICTS; v++)
		if (v->type == f->type && f->caplen == 0)
			return v->name;
	return NULL;
}

/* True if s names a verdict, which becomes the frame's type. */
int
text_get_verdict(struct text_slice s, struct div_frame *f)
{
	const struct text_verdict *v;

	for (v = verdicts; v < verdicts + NVERDICTS; v++) {
		if (text_is(s, v->name)) {
			f->type = v->type;
			return 1;
		}
	}
	return 0;
}

/* The packets that a verdict is for: an id, or all. */
int
text_get_which(struct div_reader *r, struct text_slice s, struct div_frame *f)
{
	f->id = DIV_ALL;
	if (text_is(s, "all"))
		return 0;
	return text_get_dec(r, text_columns[ID], s, UINT64_MAX, &f->id);
}

/* Reads the packet: hdr, which may have to be made, and payload. */
int
text_get_packet(struct div_reader *r, struct text_packet *p,
    struct div_frame *f)
{
	size_t n = 0, m;

	p->made = f->type == DIV_INJECT && text_is(p->col[HDR], "-") &&
	    !text_is(p->col[PROTO], "-");
	if (p->made) {
		if (text_new_headers(r, p->col, f->packet, &n) == -1)
			return -1;
	} else if (!text_is(p->col[HDR], "-") &&
	    text_get_hex(r, text_columns[HDR], p->col[HDR], f->packet,
		DIV_PACKETMAX, &n) == -1)
		return -1;
	if (p->payload(r, text_columns[PAYLOAD], p->col[PAYLOAD], f->packet + n,
		DIV_PACKETMAX - n, &m) == -1)
		return -1;
	f->caplen = f->origlen = (uint32_t)(n + m);
	return 0;
}

int
text_get_attr(struct div_reader *r, struct text_packet *p,
    struct text_slice key, struct text_slice value, unsigned int *seen,
    struct div_frame *f)
{
	int n;

	if ((n = text_header_attr(r, p, key, value, f)) != 0)
		return n == -1 ? -1 : 0;
	return text_get_frame_attr(r, key, value, seen, f);
}

/*
 * Sets the address of a column that differs from that of hdr, as it was written:
 * 1, 0 if the packet has none of this family, or -1.
 */
static int
set_host(struct div_reader *r, enum text_column c, struct text_slice s,
    struct div_frame *f)
{
	struct text_host host;
	struct div_packet pk;
	size_t at;

	if (div_packet_parse(&pk, f->packet, f->caplen) == -1)
		return 0;
	if (text_get_host(r, c, s, has_ports(&pk), &host) == -1)
		return -1;
	if (host.family != (pk.addrlen == 4 ? AF_INET : AF_INET6))
		return 0;
	at = (size_t)((c == SRC ? pk.src : pk.dst) - pk.data);
	memcpy(f->packet + at, host.addr, pk.addrlen);
	if (has_ports(&pk))
		put16(f->packet + pk.l4 + (c == SRC ? 0 : 2), host.port);
	return 1;
}

/* Sets edited addresses; any other edit of these columns would have no effect. */
static int
set_columns(struct div_reader *r, const struct text_slice *s,
    struct div_frame *f)
{
	struct text_summary sum;
	struct text_slice is;
	char q[TEXT_QUOTE], qis[TEXT_QUOTE];
	int i, n;

	text_summarize(&sum, f);
	for (i = PROTO; i <= DST; i++) {
		is.p = sum.col[i - PROTO].text;
		is.n = sum.col[i - PROTO].n;
		if (s[i].n == is.n && memcmp(s[i].p, is.p, is.n) == 0)
			continue;
		n = i == PROTO || text_is(is, "-") ?
		    0 :
		    set_host(r, (enum text_column)i, s[i], f);
		if (n == -1)
			return -1;
		if (n == 0)
			return reader_fail(r, EILSEQ,
			    "%s %s disagrees with hdr (%s)", text_columns[i],
			    text_quote(s[i], q), text_quote(is, qis));
	}
	return 0;
}

int
text_check(struct div_reader *r, const struct text_packet *p,
    struct div_frame *f)
{
	return p->made ? text_new_finish(r, p, f) : set_columns(r, p->col, f);
}
