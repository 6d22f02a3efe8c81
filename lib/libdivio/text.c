/* SPDX-License-Identifier: ISC */

/* The text format: one line a frame, for people, awk and expect. */

#include <arpa/inet.h>
#include <netinet/in.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/* all of a line but packet bytes, each of which takes at most four */
#define LINEMAX 2048

enum column { ID, DIR, IF, PROTO, SRC, DST, PAYLOAD, HDR, ATTRS, NCOLUMNS };

static const char *const columns[NCOLUMNS] = {
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

static const struct verdict {
	const char *name;
	uint8_t type;
} verdicts[] = {
	{ "drop", DIV_DROP },
	{ "pass", DIV_PASS },
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

/* What the columns between if and hdr say of a packet; not terminated. */
struct summary {
	struct {
		uint8_t text[64];
		size_t n;
	} col[DST - PROTO + 1];
	size_t split; /* of the packet into hdr and payload */
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
 * Both directions use this: a line is written from it, and compared with it
 * when it is read.  The bytes of other than packets are not looked at.
 */
static void
summarize(struct summary *s, const struct div_frame *f)
{
	struct div_packet pk;
	uint8_t *end[DST - PROTO + 1];
	int i;

	for (i = PROTO; i <= DST; i++)
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

/* The columns from id to dst, each with a tab behind it. */
static uint8_t *
put_head(uint8_t *out, const struct div_frame *f, const struct div_frame *base,
    struct summary *s)
{
	int i;

	summarize(s, f);
	if (base->type == DIV_INJECT)
		*out++ = '-';
	else
		out = text_put_dec(out, f->id);
	*out++ = '\t';
	out = text_put_string(out, dirs[base->dir]);
	*out++ = '\t';
	out = text_put_name(out, f->ifname);
	*out++ = '\t';
	for (i = 0; i <= DST - PROTO; i++) {
		memcpy(out, s->col[i].text, s->col[i].n);
		out += s->col[i].n;
		*out++ = '\t';
	}
	return out;
}

static uint8_t *
put_columns(uint8_t *out, const struct div_frame *f,
    const struct div_frame *base)
{
	struct summary s;

	out = put_head(out, f, base, &s);
	if (s.split == f->caplen)
		*out++ = '-';
	else
		out = text_put_bytes(out, f->packet + s.split,
		    f->caplen - s.split);
	*out++ = '\t';
	if (s.split == 0)
		*out++ = '-';
	else
		out = text_put_hex(out, f->packet, s.split);
	*out++ = '\t';
	return out;
}

/* What identifies a packet, as a line says it; returns its length. */
size_t
div_frame_columns(const struct div_frame *f, char buf[DIV_COLUMNSLEN])
{
	struct div_frame base = *f;
	struct summary s;
	uint8_t *end;

	if (base.dir >= NDIRS)
		base.dir = DIV_UNKNOWN;
	end = put_head((uint8_t *)buf, f, &base, &s);
	*--end = '\0';
	return (size_t)((char *)end - buf);
}

/*
 * base is the frame that the columns alone would be read as: attributes say
 * the rest.  The original length of a packet is always said, because an edit
 * of the payload changes what it would be taken for.
 */
static uint8_t *
put_packet(uint8_t *out, const struct div_frame *f)
{
	struct div_frame base = { .type = DIV_PACKET, .id = f->id };
	uint8_t *attrs;

	if (f->type == DIV_INJECT) {
		base.type = DIV_INJECT;
		base.id = 0;
	}
	base.dir = f->dir < NDIRS ? f->dir : DIV_UNKNOWN;
	memcpy(base.ifname, f->ifname, DIV_IFNAMELEN);
	base.origlen = f->type == DIV_PACKET ? ~f->origlen : f->caplen;

	attrs = put_columns(out, f, &base);
	out = text_put_attrs(attrs, f, &base);
	if (out == attrs)
		*out++ = '-';
	return out;
}

static uint8_t *
put_verdict(uint8_t *out, const struct div_frame *f, const struct verdict *v)
{
	struct div_frame base = { .type = f->type, .id = f->id };
	uint8_t *attrs;

	out = text_put_string(out, v->name);
	*out++ = ' ';
	if (f->id == DIV_ALL)
		out = text_put_string(out, "all");
	else
		out = text_put_dec(out, f->id);
	*out = '\t';
	attrs = text_put_attrs(out + 1, f, &base);
	return attrs == out + 1 ? out : attrs;
}

static const struct verdict *
verdict_by_type(const struct div_frame *f)
{
	const struct verdict *v;

	for (v = verdicts; v < verdicts + NVERDICTS; v++)
		if (v->type == f->type && f->caplen == 0)
			return v;
	return NULL;
}

static int
text_put(struct div_writer *w, const struct div_frame *f)
{
	const struct verdict *v = verdict_by_type(f);
	uint8_t *line, *p;

	line = writer_reserve(w, 4 * (size_t)f->caplen + LINEMAX);
	if (line == NULL)
		return -1;
	p = v != NULL ? put_verdict(line, f, v) : put_packet(line, f);
	*p++ = '\n';
	return writer_commit(w, (size_t)(p - line));
}

static int
get_id(struct div_reader *r, struct span s, unsigned int *seen,
    struct div_frame *f)
{
	f->type = DIV_INJECT;
	if (text_is(s, "-"))
		return 0;
	f->type = DIV_PACKET;
	*seen |= 1U << ATTR_ID;
	return text_get_dec(r, columns[ID], s, UINT64_MAX, &f->id);
}

static int
get_dir(struct div_reader *r, struct span s, unsigned int *seen,
    struct div_frame *f)
{
	char q[TEXT_QUOTE];
	size_t i;

	for (i = 0; i < NDIRS && !text_is(s, dirs[i]); i++)
		continue;
	if (i == NDIRS)
		return reader_fail(r, EILSEQ,
		    "dir: \"%s\" is not in, out, "
		    "fwd or -",
		    text_quote(s, q));
	if (i != DIV_UNKNOWN)
		*seen |= 1U << ATTR_DIR;
	f->dir = (uint8_t)i;
	return 0;
}

static int
get_if(struct div_reader *r, struct span s, unsigned int *seen,
    struct div_frame *f)
{
	if (!text_is(s, "-"))
		*seen |= 1U << ATTR_IF;
	return text_get_name(r, columns[IF], s, f->ifname);
}

/* Joins hdr and payload. */
static int
get_bytes(struct div_reader *r, struct span hdr, struct span payload,
    struct div_frame *f)
{
	size_t n = 0, m;

	if (!text_is(hdr, "-") &&
	    text_get_hex(r, columns[HDR], hdr, f->packet, DIV_PACKETMAX, &n) ==
		-1)
		return -1;
	if (text_get_bytes(r, columns[PAYLOAD], payload, f->packet + n,
		DIV_PACKETMAX - n, &m) == -1)
		return -1;
	f->caplen = f->origlen = (uint32_t)(n + m);
	return 0;
}

/* Refuses what the packet cannot keep: an edit that would have no effect. */
static int
check_columns(struct div_reader *r, const struct span *s,
    const struct div_frame *f)
{
	struct summary sum;
	struct span is;
	char q[TEXT_QUOTE], qis[TEXT_QUOTE];
	int i;

	summarize(&sum, f);
	for (i = PROTO; i <= DST; i++) {
		is.p = sum.col[i - PROTO].text;
		is.n = sum.col[i - PROTO].n;
		if (s[i].n == is.n && memcmp(s[i].p, is.p, is.n) == 0)
			continue;
		return reader_fail(r, EILSEQ, "%s %s disagrees with hdr (%s)",
		    columns[i], text_quote(s[i], q), text_quote(is, qis));
	}
	return 0;
}

static int
split(struct div_reader *r, struct span line, struct span s[NCOLUMNS])
{
	uint8_t *tab, *end = line.p + line.n;
	int i;

	if (line.n == 0)
		return reader_fail(r, EILSEQ, "empty line");
	for (i = 0; i < NCOLUMNS; i++) {
		if (line.p == NULL)
			return reader_fail(r, EILSEQ, "%s is missing",
			    columns[i]);
		tab = memchr(line.p, '\t', (size_t)(end - line.p));
		s[i].p = line.p;
		s[i].n = (size_t)((tab == NULL ? end : tab) - line.p);
		if (s[i].n == 0)
			return reader_fail(r, EILSEQ, "%s is empty, not \"-\"",
			    columns[i]);
		line.p = tab == NULL ? NULL : tab + 1;
	}
	if (line.p != NULL)
		return reader_fail(r, EILSEQ, "more than %d fields", NCOLUMNS);
	return 0;
}

static int
get_packet(struct div_reader *r, struct span line, struct div_frame *f)
{
	struct span s[NCOLUMNS];
	unsigned int seen = 0;

	if (split(r, line, s) == -1 || get_id(r, s[ID], &seen, f) == -1 ||
	    get_dir(r, s[DIR], &seen, f) == -1 ||
	    get_if(r, s[IF], &seen, f) == -1 ||
	    get_bytes(r, s[HDR], s[PAYLOAD], f) == -1 ||
	    text_get_attrs(r, s[ATTRS], seen, f) == -1 ||
	    check_columns(r, s, f) == -1)
		return -1;
	return 1;
}

/* line goes on after the word drop or pass. */
static int
get_verdict(struct div_reader *r, struct span line, struct div_frame *f)
{
	struct span id;

	if (!text_word(&line, &id))
		return reader_fail(r, EILSEQ, "id is missing");
	f->id = DIV_ALL;
	if (!text_is(id, "all") &&
	    text_get_dec(r, columns[ID], id, UINT64_MAX, &f->id) == -1)
		return -1;
	if (line.p != NULL &&
	    text_get_attrs(r, line, 1U << ATTR_ID | 1U << ATTR_TYPE, f) == -1)
		return -1;
	return 1;
}

static int
text_next(struct div_reader *r, struct div_frame *f)
{
	struct span line, rest, word;
	size_t i;
	int n;

	if (r->packet == NULL && (r->packet = malloc(DIV_PACKETMAX)) == NULL)
		return reader_fail(r, ENOMEM, "%s", strerror(ENOMEM));
	if ((n = reader_line(r, &line.p, &line.n)) != 1)
		return n;
	memset(f, 0, sizeof(*f));
	f->hdrlen = DIV_HDRLEN;
	f->packet = r->packet;

	rest = line;
	text_word(&rest, &word);
	for (i = 0; i < NVERDICTS; i++) {
		if (text_is(word, verdicts[i].name)) {
			f->type = verdicts[i].type;
			return get_verdict(r, rest, f);
		}
	}
	return get_packet(r, line, f);
}

const struct codec codec_text = {
	.name = "text",
	.next = text_next,
	.put = text_put,
};
