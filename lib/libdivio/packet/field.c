/* SPDX-License-Identifier: ISC */

/*
 * Header fields by name: a table of 16-bit words and masks, in the IP header, the
 * transport's, or a TCP option.  The frame's mark is one more field.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <arpa/inet.h>
#include <netinet/in.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "packet/packet.h"

#define OPT_MSS 2 /* RFC 9293, 3.2 */

enum level { FRAME, ADDRESS, IP, PORTS, TCP, OPTION };

/* The bits of mask in the 16-bit word at an offset in the header. */
struct field_bits {
	uint8_t at;    /* bytes */
	uint16_t mask; /* 0: the header has no such field */
};

static const struct field_def {
	const char *name;
	enum level level;
	struct field_bits v4, v6;
} fields[] = {
	{ "df", IP, { 6, 0x4000 }, { 0, 0 } },
	{ "dport", PORTS, { 2, 0xffff }, { 2, 0xffff } },
	{ "dscp", IP, { 0, 0x00fc }, { 0, 0x0fc0 } },
	{ "dst", ADDRESS, { 16, 0xffff }, { 24, 0xffff } },
	{ "ecn", IP, { 0, 0x0003 }, { 0, 0x0030 } },
	{ "flags", TCP, { 12, 0x00ff }, { 12, 0x00ff } },
	{ "id", IP, { 4, 0xffff }, { 0, 0 } },
	{ "mark", FRAME, { 0, 0 }, { 0, 0 } },
	{ "mss", OPTION, { 2, 0xffff }, { 2, 0xffff } },
	{ "sport", PORTS, { 0, 0xffff }, { 0, 0xffff } },
	{ "src", ADDRESS, { 12, 0xffff }, { 8, 0xffff } },
	{ "ttl", IP, { 8, 0xff00 }, { 6, 0x00ff } },
	{ "window", TCP, { 14, 0xffff }, { 14, 0xffff } },
};

#define NFIELDS (sizeof(fields) / sizeof(fields[0]))

static const char flags[] = "FSRPAUEC"; /* from bit 0 on */

static unsigned int
lowest(uint16_t mask)
{
	unsigned int n = 0;

	while ((mask >> n & 1) == 0)
		n++;
	return n;
}

static int
find_field(const char *text, size_t len, struct div_field *out,
    char err[DIV_ERRLEN])
{
	size_t i;

	for (i = 0; i < NFIELDS; i++) {
		if (strncmp(fields[i].name, text, len) == 0 &&
		    fields[i].name[len] == '\0') {
			out->field = (uint8_t)i;
			return 0;
		}
	}
	snprintf(err, DIV_ERRLEN, "unknown field %.*s, expected one of",
	    len < 32 ? (int)len : 32, text);
	for (i = 0; i < NFIELDS; i++) {
		strlcat(err, i == 0 ? " " : ", ", DIV_ERRLEN);
		strlcat(err, fields[i].name, DIV_ERRLEN);
	}
	return -1;
}

static int
parse_address(const char *text, struct div_field *out, char err[DIV_ERRLEN])
{
	out->addrlen = strchr(text, ':') != NULL ? 16 : 4;
	if (inet_pton(out->addrlen == 4 ? AF_INET : AF_INET6, text,
		out->addr) == 1)
		return 0;
	snprintf(err, DIV_ERRLEN, "%s: expected an IPv4 or IPv6 address",
	    fields[out->field].name);
	return -1;
}

static int
parse_flags(const char *text, struct div_field *out)
{
	const char *flag;

	if (*text == '\0')
		return -1;
	out->value = 0;
	for (; *text != '\0'; text++) {
		flag = strchr(flags, toupper((unsigned char)*text));
		if (flag == NULL)
			return -1;
		out->value |= 1U << (flag - flags);
	}
	return 0;
}

/* Parses a number, which ends at a character of ends: the rest, or NULL. */
static const char *
parse_number(const char *text, const char *ends, uint32_t max, uint32_t *value)
{
	int hex = strncasecmp(text, "0x", 2) == 0;
	unsigned long long n;
	char *end;

	n = strtoull(text, &end, hex ? 16 : 10);
	*value = (uint32_t)n;
	return isdigit((unsigned char)text[0]) && n <= max &&
		strchr(ends, *end) != NULL ?
	    end :
	    NULL;
}

/* value or value/mask */
static int
parse_mark(const char *text, struct div_field *out, char err[DIV_ERRLEN])
{
	const char *end = parse_number(text, "/", UINT32_MAX, &out->value);

	out->mask = UINT32_MAX;
	if (end != NULL && *end == '/')
		end = parse_number(end + 1, "", UINT32_MAX, &out->mask);
	if (end != NULL && out->mask != 0 && (out->value & ~out->mask) == 0)
		return 0;
	snprintf(err, DIV_ERRLEN, "mark: %s",
	    end == NULL ? "expected a number from 0 to 4294967295" :
			  "the mask has no bits, or the mark has others");
	return -1;
}

static int
parse_value(const char *text, struct div_field *out, char err[DIV_ERRLEN])
{
	const struct field_def *field = &fields[out->field];
	int letters = strcmp(field->name, "flags") == 0;
	uint32_t max;

	if (field->level == ADDRESS)
		return parse_address(text, out, err);
	out->frame = field->level == FRAME;
	if (out->frame)
		return parse_mark(text, out, err);
	max = field->v4.mask >> lowest(field->v4.mask);
	if (parse_number(text, "", max, &out->value) != NULL ||
	    (letters && parse_flags(text, out) == 0))
		return 0;
	snprintf(err, DIV_ERRLEN, "%s: expected a number from 0 to %u%s",
	    field->name, max, letters ? " or letters of FSRPAUEC" : "");
	return -1;
}

/* Parses "name=value"; -1 with the reason in err. */
int
div_field_parse(const char *text, struct div_field *out, char err[DIV_ERRLEN])
{
	size_t len = strcspn(text, "=");

	memset(out, 0, sizeof(*out));
	if (find_field(text, len, out, err) == -1)
		return -1;
	if (text[len] == '=')
		return parse_value(text + len + 1, out, err);
	snprintf(err, DIV_ERRLEN, "%s: expected = and a value",
	    fields[out->field].name);
	return -1;
}

/* The offset of the MSS option of a SYN, or 0. */
static size_t
find_mss(const struct div_packet *p)
{
	const uint8_t *tcp = p->data + p->l4;
	size_t at, len;

	if (p->proto != IPPROTO_TCP || (tcp[13] & TH_SYN) == 0)
		return 0;
	at = packet_tcp_option(tcp, p->payload - p->l4, OPT_MSS, &len);
	return at == 0 || len != 4 ? 0 : p->l4 + at;
}

/* Finds the field's word or address: 1 with its offset and mask, or 0. */
static int
locate(const struct div_field *f, const struct div_packet *p, size_t *at,
    uint16_t *mask)
{
	const struct field_def *field = &fields[f->field];
	const struct field_bits *bits = p->version == 4 ? &field->v4 :
							  &field->v6;
	size_t mss;

	*at = bits->at;
	*mask = bits->mask;
	switch (field->level) {
	case FRAME:
		return 0;
	case ADDRESS:
		return f->addrlen == p->addrlen;
	case IP:
		return bits->mask != 0;
	case PORTS:
		*at += p->l4;
		return p->proto == IPPROTO_TCP || p->proto == IPPROTO_UDP;
	case TCP:
		*at += p->l4;
		return p->proto == IPPROTO_TCP;
	case OPTION:
		mss = find_mss(p);
		*at += mss;
		return mss != 0;
	}
	return 0;
}

/* True if the packet has the field, with another value. */
int
div_field_differs(const struct div_field *f, const struct div_frame *frame)
{
	struct div_packet p;
	uint16_t mask;
	size_t at;

	if (f->frame)
		return (frame->mark & f->mask) != f->value;
	if (div_editable(frame, &p) != DIV_OK || !locate(f, &p, &at, &mask))
		return 0;
	if (f->addrlen != 0)
		return memcmp(p.data + at, f->addr, f->addrlen) != 0;
	return (uint32_t)(get16(p.data + at) & mask) >> lowest(mask) !=
	    f->value;
}

/* Sets the field if the packet has it; lengths and checksums are void then. */
void
div_field_set(const struct div_field *f, struct div_frame *frame)
{
	struct div_packet p;
	uint16_t mask, rest;
	size_t at;

	if (f->frame)
		frame->mark = (frame->mark & ~f->mask) | f->value;
	else if (div_editable(frame, &p) == DIV_OK &&
	    locate(f, &p, &at, &mask)) {
		if (f->addrlen != 0) {
			memcpy(frame->packet + at, f->addr, f->addrlen);
			return;
		}
		rest = get16(p.data + at) & (uint16_t)~mask;
		put16(frame->packet + at,
		    (uint16_t)(rest | f->value << lowest(mask)));
	}
}
