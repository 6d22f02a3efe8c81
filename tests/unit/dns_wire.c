/* SPDX-License-Identifier: ISC */

#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <arpa/inet.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dns_wire.h"

uint8_t msg[DIV_DNS_MAX + 1], out[DIV_DNS_MAX];
size_t msglen, outlen;

void
start(unsigned int flags, unsigned int qd, unsigned int an, unsigned int ns,
    unsigned int ar)
{
	put16(msg, 0x1234);
	put16(msg + 2, (uint16_t)flags);
	put16(msg + 4, (uint16_t)qd);
	put16(msg + 6, (uint16_t)an);
	put16(msg + 8, (uint16_t)ns);
	put16(msg + 10, (uint16_t)ar);
	msglen = 12;
}

void
add(const void *p, size_t n)
{
	assert_true(n <= sizeof(msg) - msglen);
	memcpy(msg + msglen, p, n);
	msglen += n;
}

void
add_pointer(size_t to)
{
	uint8_t p[2];

	put16(p, (uint16_t)(0xc000 | to));
	add(p, sizeof(p));
}

struct div_dns *
rule(const char *glob, const char *type, const char *value, const char *ttl)
{
	const char *const field[] = { glob, type, value, ttl };
	enum div_dns_field bad;
	char err[DIV_ERRLEN] = "";
	struct div_dns *r;

	if ((r = div_dns_new(field, NULL, &bad, err)) == NULL)
		fail_msg("%s %s: %s", type, value, err);
	return r;
}

enum div_dns_outcome
edit(const char *glob, const char *type, const char *value, int udp)
{
	struct div_dns *r = rule(glob, type, value, "");
	enum div_dns_outcome outcome;

	outcome = div_dns_edit(r, msg, msglen, udp, out, &outlen);
	div_dns_free(r);
	return outcome;
}

/* The message as text, by a reader that shares no code with the library. */
static char text[65536];

struct dns_reader {
	const uint8_t *data;
	size_t len, pos;
};

static void
say(const char *fmt, ...)
{
	size_t n = strlen(text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text + n, sizeof(text) - n, fmt, ap);
	va_end(ap);
}

/* Up to the root or a pointer, which is followed; returns the bytes before. */
static size_t
say_labels(const struct dns_reader *r, size_t at, int depth)
{
	size_t from = at, i, n;

	assert_true(depth < 128 && at < r->len);
	for (; r->data[at] != 0 && r->data[at] < 0x40; at += n + 1) {
		n = r->data[at];
		assert_true(n < r->len - at - 1);
		if (at > from || depth > 0)
			say(".");
		for (i = at + 1; i <= at + n; i++)
			say(strchr("\".;\\()@$", r->data[i]) ? "\\%c" :
				r->data[i] > ' ' && r->data[i] < 0x7f ?
							       "%c" :
							       "\\%03u",
			    r->data[i]);
	}
	if (r->data[at] == 0)
		return at + 1 - from;
	assert_true(r->data[at] >= 0xc0 && at + 2 <= r->len);
	n = get16(r->data + at) & 0x3fff;
	assert_true(n < at);
	say_labels(r, n, depth + 1 - (at == from && depth == 0));
	return at + 2 - from;
}

static size_t
say_name(const struct dns_reader *r, size_t at)
{
	size_t had, n;

	say(" ");
	had = strlen(text);
	n = say_labels(r, at, 0);
	if (strlen(text) == had)
		say(".");
	return n;
}

static void
say_rdata(const struct dns_reader *r, unsigned int type, size_t at, size_t len)
{
	const uint8_t *p = r->data + at;
	char addr[INET6_ADDRSTRLEN];
	size_t i;

	switch (type) {
	case 1: /* A */
		say(" %s", inet_ntop(AF_INET, p, addr, sizeof(addr)));
		break;
	case 28: /* AAAA */
		say(" %s", inet_ntop(AF_INET6, p, addr, sizeof(addr)));
		break;
	case 15: /* MX */
		say(" %u", get16(p));
		say_name(r, at + 2);
		break;
	case 33: /* SRV */
		say(" %u", get16(p));
		say_name(r, at + 6);
		break;
	case 2:  /* NS */
	case 5:  /* CNAME */
	case 12: /* PTR */
		say_name(r, at);
		break;
	case 6: /* SOA */
		say_name(r, at + say_name(r, at));
		break;
	default:
		for (i = 0; i < len; i++)
			say(" %02x", p[i]);
	}
}

static void
say_record(struct dns_reader *r, int section)
{
	unsigned int type;
	const uint8_t *p;
	size_t len;

	say(" |%d", section);
	r->pos += say_name(r, r->pos);
	p = r->data + r->pos;
	assert_true(r->len - r->pos >= (section == 0 ? 4 : 10));
	type = get16(p);
	say(" %u", type);
	r->pos += 4;
	if (section == 0)
		return;
	len = get16(p + 8);
	r->pos += 6;
	assert_true(len <= r->len - r->pos);
	say(" %u", get32(p + 4));
	say_rdata(r, type, r->pos, len);
	r->pos += len;
}

const char *
read_back(const uint8_t *data, size_t len)
{
	struct dns_reader r = { data, len, 12 };
	int section, i;

	text[0] = '\0';
	assert_true(len >= 12);
	say("%04x", get16(data + 2));
	for (section = 0; section < 4; section++)
		for (i = 0; i < get16(data + 4 + 2 * section); i++)
			say_record(&r, section);
	assert_int_equal(r.pos, len);
	return text;
}
