/* SPDX-License-Identifier: ISC */

#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <arpa/nameser.h>

#include <resolv.h>
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

	if ((r = div_dns_new(field, &bad, err)) == NULL)
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

/* What the resolver library reads in a message, as text. */
static char text[65536];

static void
say(const char *fmt, ...)
{
	size_t n = strlen(text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text + n, sizeof(text) - n, fmt, ap);
	va_end(ap);
}

static void
say_name(const ns_msg *h, const uint8_t *p)
{
	char name[NS_MAXDNAME];

	assert_true(dn_expand(ns_msg_base(*h), ns_msg_end(*h), p, name,
			sizeof(name)) > 0);
	say(" %s", *name == '\0' ? "." : name);
}

static void
say_rdata(const ns_msg *h, const ns_rr *rr)
{
	const uint8_t *p = ns_rr_rdata(*rr);
	char addr[INET6_ADDRSTRLEN];
	int i;

	switch (ns_rr_type(*rr)) {
	case ns_t_a:
		say(" %s", inet_ntop(AF_INET, p, addr, sizeof(addr)));
		break;
	case ns_t_aaaa:
		say(" %s", inet_ntop(AF_INET6, p, addr, sizeof(addr)));
		break;
	case ns_t_mx:
		say(" %u", get16(p));
		say_name(h, p + 2);
		break;
	case ns_t_srv:
		say(" %u", get16(p));
		say_name(h, p + 6);
		break;
	case ns_t_ns:
	case ns_t_cname:
	case ns_t_ptr:
		say_name(h, p);
		break;
	case ns_t_soa:
		say_name(h, p);
		say_name(h, p + dn_skipname(p, ns_msg_end(*h)));
		break;
	default:
		for (i = 0; i < ns_rr_rdlen(*rr); i++)
			say(" %02x", p[i]);
	}
}

const char *
read_back(const uint8_t *data, size_t len)
{
	ns_msg h;
	ns_rr rr;
	int s, i;

	text[0] = '\0';
	assert_int_equal(ns_initparse(data, (int)len, &h), 0);
	say("%04x", get16(data + 2));
	for (s = 0; s < ns_s_max; s++) {
		for (i = 0; i < ns_msg_count(h, (ns_sect)s); i++) {
			assert_int_equal(ns_parserr(&h, (ns_sect)s, i, &rr), 0);
			say(" |%d %s %u", s, ns_rr_name(rr), ns_rr_type(rr));
			if (s == ns_s_qd)
				continue;
			say(" %u", ns_rr_ttl(rr));
			say_rdata(&h, &rr);
		}
	}
	return text;
}
