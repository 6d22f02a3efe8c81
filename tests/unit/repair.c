/* SPDX-License-Identifier: ISC */

#include <sys/types.h>
#include <netinet/in.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "repair_lab.h"

/* Repair reproduces packets as a kernel sent them. */
static void
test_golden(void **state)
{
	uint8_t *b, *good;
	size_t i, n;

	(void)state;
	for (i = 0; i < NCORPUS; i++) {
		good = unhex(corpus[i], &n);
		b = copy(good, n);
		if (strcmp(corpus[i], FRAG4_FIRST) != 0 &&
		    strcmp(corpus[i], FRAG4_LATER) != 0 &&
		    strcmp(corpus[i], FRAG6_FIRST) != 0 &&
		    strcmp(corpus[i], FRAG6_LATER) != 0) {
			assert_int_equal(div_repair(b, n), DIV_OK);
			assert_memory_equal(b, good, n);
			spoil(b, n);
			assert_memory_not_equal(b, good, n);
			assert_int_equal(div_repair(b, n), DIV_OK);
			assert_memory_equal(b, good, n);
		} else {
			spoil(b, n);
			check_repair(div_repair, b, n, DIV_REFUSE_FRAGMENT);
		}
		spoil(b, n);
		assert_int_equal(div_repair_new(b, n), DIV_OK);
		assert_memory_equal(b, good, n);
		free(b);
		free(good);
	}
}

/* The pseudo header of a packet without routes, and everything behind it. */
static uint16_t
naive_transport(const struct div_packet *p)
{
	uint32_t sum = 0;
	size_t i;

	if (p->proto != IPPROTO_ICMP) {
		for (i = 0; i < 2 * p->addrlen; i += 2)
			sum += get16(p->src + i);
		sum += p->proto + (uint32_t)(p->len - p->l4);
	}
	sum = (sum & 0xffff) + (sum >> 16);
	return naive(sum, p->data + p->l4, p->len - p->l4);
}

/* Payloads of all lengths. */
static void
test_resize(void **state)
{
	static const char *const hex[] = { TCP4_DATA, TCP6_DATA, UDP4, UDP6,
		UDP6_EXT, ICMP4_ECHO, ICMP6_ECHO };
	struct div_packet p;
	uint8_t *b, *base;
	size_t i, j, len, n;

	(void)state;
	for (i = 0; i < sizeof(hex) / sizeof(hex[0]); i++) {
		base = unhex(hex[i], &len);
		assert_int_equal(div_packet_parse(&p, base, len), 0);
		for (n = p.payload; n < p.payload + 300; n++) {
			b = malloc(n);
			assert_non_null(b);
			for (j = 0; j < n; j++)
				b[j] = (uint8_t)random64();
			memcpy(b, base, p.payload);
			assert_int_equal(div_repair(b, n), DIV_OK);
			assert_int_equal(div_packet_parse(&p, b, n), 0);
			assert_int_equal(naive_transport(&p), 0);
			if (p.version == 4) {
				assert_int_equal(get16(b + 2), n);
				assert_int_equal(naive(0, b, p.l4), 0);
			} else
				assert_int_equal(get16(b + 4), n - 40);
			if (p.proto == IPPROTO_UDP)
				assert_int_equal(get16(b + p.l4 + 4), n - p.l4);
			free(b);
		}
		free(base);
	}
}

/* A UDP checksum of 0 is sent as 0xffff: 0 means none. */
static void
check_zero(const char *hex, size_t payload, size_t field, uint16_t want)
{
	uint8_t *b;
	size_t n;
	uint16_t v;

	b = unhex(hex, &n);
	put16(b + payload, 0);
	assert_int_equal(div_repair(b, n), DIV_OK);
	v = get16(b + field);
	put16(b + payload, v); /* now the field comes out as 0 */
	assert_int_equal(div_repair(b, n), DIV_OK);
	assert_int_equal(get16(b + field), want);
	assert_int_equal(div_repair(b, n), DIV_OK);
	assert_int_equal(get16(b + field), want);
	free(b);
}

static void
test_zero_sum(void **state)
{
	uint8_t *b;
	size_t n;

	(void)state;
	check_zero(UDP4, 28, 26, 0xffff);
	check_zero(UDP6, 48, 46, 0xffff);
	check_zero(TCP4_DATA, 52, 36, 0);
	check_zero(ICMP4_ECHO, 28, 22, 0);
	check_zero(ICMP6_ECHO, 48, 42, 0);

	b = unhex(UDP6, &n); /* IPv6 does not know "none" */
	put16(b + 46, 0);
	assert_int_equal(div_repair(b, n), DIV_OK);
	assert_int_equal(get16(b + 46), 0xbfba);
	free(b);
	b = unhex(UDP4_NOSUM, &n);
	b[n - 1] ^= 1;
	assert_int_equal(div_repair(b, n - 1), DIV_OK);
	assert_int_equal(get16(b + 26), 0);
	assert_int_equal(get16(b + 24), n - 1 - 20);
	free(b);
}

/* With a route, the sum on the way is the sum at its end. */
static void
test_route_v4(void **state)
{
	static const uint8_t places[] = { 0, 3, 5, 8, 255 };
	uint8_t *b;
	size_t i, n;
	uint16_t sum;

	(void)state;
	b = unhex(TCP4_LSRR, &n);
	spoil(b, n);
	assert_int_equal(div_repair(b, n), DIV_OK);
	assert_int_equal(get16(b + 44), 0x848e);
	b[21] = 137; /* a strict one */
	assert_int_equal(div_repair(b, n), DIV_OK);
	assert_int_equal(get16(b + 44), 0x848e);
	b[21] = 7; /* no route: the sum differs */
	assert_int_equal(div_repair(b, n), DIV_OK);
	sum = get16(b + 44);
	assert_int_not_equal(sum, 0x848e);
	b[21] = 131;
	for (i = 0; i < sizeof(places); i++) {
		b[23] = places[i]; /* nor does it lead anywhere */
		assert_int_equal(div_repair(b, n), DIV_OK);
		assert_int_equal(get16(b + 44), sum);
	}
	memcpy(b + 16, "\306\63\144\11", 4);
	memcpy(b + 24, "\300\0\2\2", 4);
	b[23] = 8; /* at its end */
	assert_int_equal(div_repair(b, n), DIV_OK);
	assert_int_equal(get16(b + 44), 0x848e);
	free(b);
}

static void
test_options_v4(void **state)
{
	static const struct {
		char opt[9];
		enum div_reason want;
	} t[] = {
		{ "\1\1\1\1\1\1\1\1", DIV_OK },
		{ "\0\203\1\1\1\1\1\1", DIV_OK }, /* after the end */
		{ "\1\1\1\1\1\1\1\7", DIV_REFUSE_MALFORMED },
		{ "\7\0\1\1\1\1\1\1", DIV_REFUSE_MALFORMED },
		{ "\7\1\1\1\1\1\1\1", DIV_REFUSE_MALFORMED },
		{ "\7\11\4\1\1\1\1\1", DIV_REFUSE_MALFORMED },
		{ "\7\10\4\1\1\1\1\1", DIV_OK },
		{ "\203\6\4\1\1\1\1\1", DIV_OK }, /* holds no address */
		{ "\203\7\377\1\1\1\1\1", DIV_OK },
	};
	uint8_t *b;
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		b = unhex(TCP4_LSRR, &n);
		memcpy(b + 20, t[i].opt, 8);
		spoil(b, n);
		check_refused(b, n, t[i].want);
		free(b);
	}
}

static void
test_route_v6(void **state)
{
	uint8_t *b, last[16];
	size_t n;

	(void)state;
	b = unhex(UDP6_SEGMENT, &n);
	spoil(b, n);
	check_repair(div_repair, b, n, DIV_OK);
	assert_int_equal(get16(b + 86), 0xdecd);
	memcpy(last, b + 48, 16);
	b[42] = 3; /* compressed: unknown to us */
	spoil(b, n);
	check_new_only(b, n, DIV_REFUSE_PROTOCOL);
	b[43] = 0; /* at its end, any type is known */
	memcpy(b + 24, last, 16);
	check_repair(div_repair, b, n, DIV_OK);
	assert_int_equal(get16(b + 86), 0xdecd);
	b[43] = 1;
	memcpy(b + 48, b + 64, 16);
	memcpy(b + 64, last, 16);
	memset(b + 24, 0x33, 16);
	for (b[42] = 0; b[42] <= 2; b[42] += 2) {
		put16(b + 86, 0); /* plain and mobile: the last one */
		check_repair(div_repair, b, n, DIV_OK);
		assert_int_equal(get16(b + 86), 0xdecd);
	}
	free(b);

	b = unhex(UDP6_EXT, &n); /* routing headers without room */
	b[6] = IPPROTO_ROUTING;
	b[43] = 1;
	for (b[42] = 0; b[42] <= 4; b[42] += 2)
		check_refused(b, n, DIV_REFUSE_MALFORMED);
	b[42] = 3;
	check_new_only(b, n, DIV_REFUSE_PROTOCOL);
	free(b);
}

/* Any input: refused packets are not touched, and repair is idempotent. */
static void
check_any(repair_fn *fn, const uint8_t *b, size_t n)
{
	uint8_t *one = copy(b, n), *two;
	enum div_reason reason = fn(one, n);

	if (reason != DIV_OK)
		assert_memory_equal(one, b, n);
	two = copy(one, n);
	assert_int_equal(fn(two, n), reason);
	assert_memory_equal(one, two, n);
	free(one);
	free(two);
}

static void
test_prefixes(void **state)
{
	uint8_t *b;
	size_t i, n;

	(void)state;
	for (i = 0; i < NCORPUS; i++) {
		b = unhex(corpus[i], &n);
		for (; n > 0; n--) {
			check_any(div_repair, b, n);
			check_any(div_repair_new, b, n);
		}
		free(b);
	}
}

static void
test_mutants(void **state)
{
	uint8_t *b;
	size_t n;
	int i;

	(void)state;
	for (i = 0; i < 200000; i++) {
		b = mutant(&n);
		check_any(i % 2 ? div_repair : div_repair_new, b, n);
		free(b);
	}
}

/* One bit of what a checksum covers; fragments are not known to be damaged. */
static void
test_damaged(void **state)
{
	struct div_packet p;
	uint8_t *b;
	size_t bit, i, n;

	(void)state;
	for (i = 0; i < NCORPUS; i++) {
		b = unhex(corpus[i], &n);
		assert_int_equal(div_packet_parse(&p, b, n), 0);
		assert_int_equal(packet_damaged(&p), 0);
		for (bit = p.l4 * 8; bit < n * 8; bit++) {
			b[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_int_equal(div_packet_parse(&p, b, n), 0);
			if (div_editable(&(struct div_frame){ .packet = b,
					     .caplen = (uint32_t)n },
				&p) == DIV_OK &&
			    strcmp(corpus[i], UDP4_NOSUM) != 0)
				assert_int_equal(packet_damaged(&p), 1);
			b[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		assert_int_equal(div_packet_parse(&p, b, n), 0);
		b[8] ^= 1; /* TTL, or an address of IPv6 */
		assert_int_equal(packet_damaged(&p),
		    p.version == 4 ||
			(p.fragment == DIV_WHOLE &&
			    packet_transport(&p) != NULL));
		free(b);
	}
}

/* Padding behind a datagram is not summed (UDP length, RFC 768). */
static void
test_damaged_udp(void **state)
{
	struct div_packet p;
	uint8_t *b, *padded;
	size_t n;

	(void)state;
	b = unhex(UDP6, &n);
	assert_int_equal(div_packet_parse(&p, b, n), 0);
	p.len--;
	assert_int_equal(packet_damaged(&p), 1);
	padded = malloc(n + 2);
	assert_non_null(padded);
	memcpy(padded, b, n);
	free(b);
	b = padded;
	put16(b + n, 0x1234);
	assert_int_equal(div_packet_parse(&p, b, n + 2), 0);
	assert_int_equal(packet_damaged(&p), 0);
	put16(b + 46, 0); /* no checksum, RFC 6935 */
	assert_int_equal(packet_damaged(&p), 0);
	free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_resize),
		cmocka_unit_test(test_zero_sum),
		cmocka_unit_test(test_route_v4),
		cmocka_unit_test(test_options_v4),
		cmocka_unit_test(test_route_v6),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_mutants),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_damaged_udp),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
