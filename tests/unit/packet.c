/* SPDX-License-Identifier: ISC */

#include <sys/types.h>
#include <netinet/in.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "divio.h"
#include "corpus.h"

#define NONE 59 /* IPv6: no next header */
#define SCTP 132

static const struct golden {
	const char *hex;
	uint8_t version, proto, fragment, truncated;
	size_t l4, payload;
	uint16_t sport, dport;
} goldens[] = {
	{ TCP4_SYN, 4, IPPROTO_TCP, DIV_WHOLE, 0, 20, 60, 50976, 80 },
	{ TCP4_DATA, 4, IPPROTO_TCP, DIV_WHOLE, 0, 20, 52, 50976, 80 },
	{ TCP6_SYN, 6, IPPROTO_TCP, DIV_WHOLE, 0, 40, 80, 51474, 80 },
	{ TCP6_DATA, 6, IPPROTO_TCP, DIV_WHOLE, 0, 40, 72, 51474, 80 },
	{ UDP4, 4, IPPROTO_UDP, DIV_WHOLE, 0, 20, 28, 4242, 53 },
	{ UDP4_NOSUM, 4, IPPROTO_UDP, DIV_WHOLE, 0, 20, 28, 4242, 53 },
	{ UDP4_RR, 4, IPPROTO_UDP, DIV_WHOLE, 0, 32, 40, 4242, 53 },
	{ TCP4_LSRR, 4, IPPROTO_TCP, DIV_WHOLE, 0, 28, 68, 4243, 80 },
	{ UDP6, 6, IPPROTO_UDP, DIV_WHOLE, 0, 40, 48, 4242, 53 },
	{ UDP6_EXT, 6, IPPROTO_UDP, DIV_WHOLE, 0, 56, 64, 4242, 53 },
	{ UDP6_SEGMENT, 6, IPPROTO_UDP, DIV_WHOLE, 0, 80, 88, 4242, 53 },
	{ ICMP4_ECHO, 4, IPPROTO_ICMP, DIV_WHOLE, 0, 20, 28, 0, 0 },
	{ ICMP4_UNREACH, 4, IPPROTO_ICMP, DIV_WHOLE, 0, 20, 28, 0, 0 },
	{ ICMP6_ECHO, 6, IPPROTO_ICMPV6, DIV_WHOLE, 0, 40, 48, 0, 0 },
	{ ICMP6_SOLICIT, 6, IPPROTO_ICMPV6, DIV_WHOLE, 0, 40, 48, 0, 0 },
	{ FRAG4_FIRST, 4, IPPROTO_UDP, DIV_FIRST, 0, 20, 28, 4242, 53 },
	{ FRAG4_LATER, 4, IPPROTO_UDP, DIV_LATER, 0, 20, 20, 0, 0 },
	{ FRAG6_FIRST, 6, IPPROTO_UDP, DIV_FIRST, 0, 48, 56, 4242, 53 },
	{ FRAG6_LATER, 6, IPPROTO_UDP, DIV_LATER, 0, 48, 48, 0, 0 },
};

/* An IPv6 packet under construction. */
struct chain {
	uint8_t b[128 * 1024];
	size_t n, next; /* length; where the next type goes */
};

static struct chain chain;

static void
chain_begin(void)
{
	memset(&chain, 0, sizeof(chain));
	chain.b[0] = 0x60;
	chain.b[39] = 1;
	chain.next = 6;
	chain.n = 40;
}

static void
chain_add(uint8_t proto, const char *bytes, size_t n)
{
	chain.b[chain.next] = proto;
	chain.next = chain.n;
	memcpy(chain.b + chain.n, bytes, n);
	chain.n += n;
}

static void
chain_parse(struct div_packet *p)
{
	assert_int_equal(div_packet_parse(p, chain.b, chain.n), 0);
}

static void
check(const struct div_packet *p, uint8_t proto, int fragment, int truncated,
    size_t l4, size_t payload)
{
	assert_int_equal(p->proto, proto);
	assert_int_equal(p->fragment, fragment);
	assert_int_equal(p->truncated, truncated);
	assert_int_equal(p->l4, l4);
	assert_int_equal(p->payload, payload);
}

static void
check_sane(const struct div_packet *p, const uint8_t *b, size_t n)
{
	assert_true(p->data == b && p->len == n);
	assert_true(p->version == 4 || p->version == 6);
	assert_int_equal(p->addrlen, p->version == 4 ? 4 : 16);
	assert_true(p->src >= b && p->dst == p->src + p->addrlen);
	assert_true((size_t)(p->dst - b) + p->addrlen <= p->l4);
	assert_true(p->l4 > 0 && p->l4 <= p->payload && p->payload <= n);
	assert_true(!p->truncated || p->payload == n);
	if (p->fragment == DIV_LATER)
		assert_int_equal(p->sport | p->dport, 0);
}

static void
test_golden(void **state)
{
	const struct golden *g;
	struct div_packet p;
	uint8_t *b;
	size_t i, n;

	(void)state;
	assert_int_equal(sizeof(goldens) / sizeof(goldens[0]), NCORPUS);
	for (i = 0; i < NCORPUS; i++) {
		g = &goldens[i];
		b = unhex(g->hex, &n);
		assert_int_equal(div_packet_parse(&p, b, n), 0);
		check_sane(&p, b, n);
		assert_int_equal(p.version, g->version);
		check(&p, g->proto, g->fragment, g->truncated, g->l4,
		    g->payload);
		assert_int_equal(p.sport, g->sport);
		assert_int_equal(p.dport, g->dport);
		assert_true(p.src == b + (g->version == 4 ? 12 : 8));
		free(b);
	}
}

/* Cut in its headers, a packet is truncated; cut behind them, it is short. */
static void
test_prefixes(void **state)
{
	const struct golden *g;
	struct div_packet p;
	uint8_t *b, *cut;
	size_t i, len, n, ip;

	(void)state;
	for (i = 0; i < NCORPUS; i++) {
		g = &goldens[i];
		b = unhex(g->hex, &len);
		ip = g->version == 4 ? (b[0] & 15) * 4u : 40;
		for (n = 0; n < len; n++) {
			cut = copy(b, n);
			errno = 0;
			if (div_packet_parse(&p, cut, n) == -1) {
				assert_int_equal(errno, EINVAL);
				assert_true(n < ip);
			} else {
				assert_true(n >= ip);
				check_sane(&p, cut, n);
				assert_int_equal(p.truncated, n < g->payload);
				if (n >= g->l4 + 4)
					assert_int_equal(p.dport, g->dport);
			}
			free(cut);
		}
		free(b);
	}
}

static void
test_mutants(void **state)
{
	struct div_packet p;
	uint8_t *b;
	size_t n;
	int i, good = 0;

	(void)state;
	for (i = 0; i < 200000; i++) {
		b = mutant(&n);
		if (div_packet_parse(&p, b, n) == 0) {
			check_sane(&p, b, n);
			good++;
		}
		free(b);
	}
	assert_in_range(good, 100000, 199000);
}

static void
refuse(uint8_t *b, size_t n)
{
	struct div_packet p;

	errno = 0;
	assert_int_equal(div_packet_parse(&p, b, n), -1);
	assert_int_equal(errno, EINVAL);
}

static void
test_not_ip(void **state)
{
	struct div_packet p;
	uint8_t *b;
	size_t n;
	int v;

	(void)state;
	b = unhex(TCP4_DATA, &n);
	refuse(b, 0);
	refuse(NULL, 0);
	for (v = 0; v < 16; v++) {
		b[0] = (uint8_t)(v << 4 | 5);
		if (v != 4 && v != 6)
			refuse(b, n);
	}
	for (v = 0; v < 16; v++) {
		b[0] = (uint8_t)(0x40 | v);
		if (v < 5)
			refuse(b, n);
		else
			assert_int_equal(div_packet_parse(&p, b, n), 0);
	}
	b[0] = 0x4f;
	refuse(b, 59);
	assert_int_equal(div_packet_parse(&p, b, 60), 0);
	free(b);
}

/* The captured length rules. */
static void
test_lengths_inside(void **state)
{
	struct div_packet p;
	uint8_t *b;
	size_t n;

	(void)state;
	b = unhex(UDP4, &n);
	memset(b + 2, 0, 2);
	memset(b + 24, 0xff, 2);
	assert_int_equal(div_packet_parse(&p, b, n), 0);
	check(&p, IPPROTO_UDP, DIV_WHOLE, 0, 20, 28);
	assert_int_equal(p.len, n);
	free(b);
}

static void
test_tcp_offset(void **state)
{
	struct div_packet p;
	uint8_t *b;
	size_t n, i;

	(void)state;
	b = unhex(TCP4_DATA, &n);
	for (i = 0; i < 16; i++) {
		b[32] = (uint8_t)(i << 4);
		assert_int_equal(div_packet_parse(&p, b, n), 0);
		if (i >= 5 && 20 + 4 * i <= n)
			check(&p, IPPROTO_TCP, 0, 0, 20, 20 + 4 * i);
		else
			check(&p, IPPROTO_TCP, 0, 1, 20, n);
		assert_int_equal(p.dport, 80);
	}
	free(b);
}

/* Each ICMP belongs to its own IP; other protocols are data. */
static void
test_protocols(void **state)
{
	struct div_packet p;
	uint8_t *b;
	size_t n;

	(void)state;
	b = unhex(ICMP4_ECHO, &n);
	b[9] = IPPROTO_ICMPV6;
	assert_int_equal(div_packet_parse(&p, b, n), 0);
	check(&p, IPPROTO_ICMPV6, 0, 0, 20, 20);
	b[9] = IPPROTO_DSTOPTS; /* no extension header here */
	assert_int_equal(div_packet_parse(&p, b, n), 0);
	check(&p, IPPROTO_DSTOPTS, 0, 0, 20, 20);
	b[9] = SCTP;
	assert_int_equal(div_packet_parse(&p, b, n), 0);
	check(&p, SCTP, 0, 0, 20, 20);
	assert_int_equal(p.sport | p.dport, 0);
	free(b);

	b = unhex(ICMP6_ECHO, &n);
	b[6] = IPPROTO_ICMP;
	assert_int_equal(div_packet_parse(&p, b, n), 0);
	check(&p, IPPROTO_ICMP, 0, 0, 40, 40);
	b[6] = NONE;
	assert_int_equal(div_packet_parse(&p, b, n), 0);
	check(&p, NONE, 0, 0, 40, 40);
	free(b);
}

static void
test_fragments_v4(void **state)
{
	static const struct {
		uint8_t high, low;
		int fragment;
	} t[] = {
		{ 0x00, 0, DIV_WHOLE },
		{ 0x40, 0, DIV_WHOLE },
		{ 0x80, 0, DIV_WHOLE },
		{ 0x20, 0, DIV_FIRST },
		{ 0x20, 1, DIV_LATER },
		{ 0x00, 1, DIV_LATER },
		{ 0x10, 0, DIV_LATER },
	};
	struct div_packet p;
	uint8_t *b;
	size_t i, n;

	(void)state;
	b = unhex(UDP4, &n);
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		b[6] = t[i].high;
		b[7] = t[i].low;
		assert_int_equal(div_packet_parse(&p, b, n), 0);
		check(&p, IPPROTO_UDP, t[i].fragment, 0, 20,
		    t[i].fragment == DIV_LATER ? 20 : 28);
	}
	free(b);
}

static void
test_extensions(void **state)
{
	struct div_packet p;

	(void)state;
	chain_begin();
	chain_add(IPPROTO_HOPOPTS, "\0\0\1\4\0\0\0\0", 8);
	chain_add(IPPROTO_DSTOPTS, "\0\1\1\14\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	chain_add(IPPROTO_ROUTING,
	    "\0\2\0\1\0\0\0\0"
	    "0123456789abcdef",
	    24);
	chain_add(IPPROTO_FRAGMENT, "\0\0\0\0abcd", 8);
	chain_add(IPPROTO_AH,
	    "\0\4\0\0"
	    "spi_seq_0123456789ab",
	    24);
	chain_add(IPPROTO_DSTOPTS, "\0\0\1\4\0\0\0\0", 8);
	chain_add(IPPROTO_UDP, "\20\222\0\65\0\0\0\0foo", 11);
	chain_parse(&p);
	check(&p, IPPROTO_UDP, DIV_WHOLE, 0, 128, 136);
	assert_int_equal(p.dport, 53);
	assert_int_equal(p.len, 139);

	chain.n = 127; /* the last extension header is cut */
	chain_parse(&p);
	check(&p, IPPROTO_DSTOPTS, DIV_WHOLE, 1, 120, 127);
	chain.n = 40; /* the first is missing */
	chain_parse(&p);
	check(&p, IPPROTO_HOPOPTS, DIV_WHOLE, 1, 40, 40);
}

static void
test_fragments_v6(void **state)
{
	struct div_packet p;

	(void)state;
	chain_begin();
	chain_add(IPPROTO_FRAGMENT, "\0\0\0\1abcd", 8);
	chain_add(IPPROTO_FRAGMENT, "\0\0\0\0abcd", 8);
	chain_add(IPPROTO_DSTOPTS, "\0\0\1\4\0\0\0\0", 8);
	chain_add(IPPROTO_UDP, "\20\222\0\65\0\0\0\0foo", 11);
	chain_parse(&p); /* the second takes nothing back */
	check(&p, IPPROTO_UDP, DIV_FIRST, 0, 64, 72);

	chain_begin(); /* first, its transport header cut */
	chain_add(IPPROTO_FRAGMENT, "\0\0\0\1abcd", 8);
	chain_add(IPPROTO_TCP, "0123456789abcdef", 16);
	chain_parse(&p);
	check(&p, IPPROTO_TCP, DIV_FIRST, 1, 48, 64);
	assert_int_equal(p.sport, '0' << 8 | '1');

	chain_begin(); /* later: no header follows */
	chain_add(IPPROTO_FRAGMENT, "\0\0\0\10abcd", 8);
	chain_add(IPPROTO_DSTOPTS, "\0\377\1\4\0\0\0\0", 8);
	chain_parse(&p);
	check(&p, IPPROTO_DSTOPTS, DIV_LATER, 0, 48, 48);

	chain_begin(); /* bits 1 and 2 are reserved */
	chain_add(IPPROTO_FRAGMENT, "\0\0\0\6abcd", 8);
	chain_add(NONE, "", 0);
	chain_parse(&p);
	check(&p, NONE, DIV_WHOLE, 0, 48, 48);
}

/* The transport is found behind a chain of any length. */
static void
test_long_chain(void **state)
{
	struct div_packet p;

	(void)state;
	chain_begin();
	while (chain.n < 65000)
		chain_add(IPPROTO_DSTOPTS, "\0\0\1\4\0\0\0\0", 8);
	chain_add(IPPROTO_UDP, "\20\222\0\65\0\0\0\0foo", 11);
	chain_parse(&p);
	check(&p, IPPROTO_UDP, DIV_WHOLE, 0, chain.n - 11, chain.n - 3);
	chain.b[chain.n - 11 - 8 + 1] = 2; /* the last one too long */
	chain_parse(&p);
	check(&p, IPPROTO_DSTOPTS, DIV_WHOLE, 1, chain.n - 19, chain.n);
}

/* Both directions have one key, and other flows another. */
static void
test_flow_key(void **state)
{
	uint8_t src[16] = { 10, 0, 0, 2 }, dst[16] = { 10, 0, 0, 1 };
	struct div_packet p = { .version = 4,
		.proto = IPPROTO_TCP,
		.src = src,
		.dst = dst,
		.addrlen = 4,
		.sport = 1,
		.dport = 2 };
	struct div_packet back = p, none = { .addrlen = 0 };
	struct div_flow_key a, b;

	(void)state;
	back.src = dst;
	back.dst = src;
	back.sport = 2;
	back.dport = 1;
	memset(&a, 1, sizeof(a));
	memset(&b, 2, sizeof(b));
	assert_int_equal(div_flow_key(&a, &p), 1);
	assert_int_equal(div_flow_key(&b, &back), 0);
	assert_memory_equal(&a, &b, sizeof(a));
	assert_memory_equal(a.addr[0], dst, 4);
	assert_int_equal(a.port[0], 2);
	back.proto = IPPROTO_UDP;
	div_flow_key(&b, &back);
	assert_memory_not_equal(&a, &b, sizeof(a));
	p.dst = src; /* with itself: the ports tell */
	assert_int_equal(div_flow_key(&a, &p), 0);
	p.sport = 3;
	assert_int_equal(div_flow_key(&a, &p), 1);
	assert_int_equal(div_flow_key(&a, &none), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flow_key),
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_mutants),
		cmocka_unit_test(test_not_ip),
		cmocka_unit_test(test_lengths_inside),
		cmocka_unit_test(test_tcp_offset),
		cmocka_unit_test(test_protocols),
		cmocka_unit_test(test_fragments_v4),
		cmocka_unit_test(test_extensions),
		cmocka_unit_test(test_fragments_v6),
		cmocka_unit_test(test_long_chain),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
