/* SPDX-License-Identifier: ISC */

/* Lists of prefixes. */

#include <sys/types.h>
#include <sys/socket.h>
#include <arpa/inet.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "divio.h"

static struct div_prefixes *list;
static char why[DIV_ERRLEN];
static size_t where;

/* In memory of exactly that length. */
static void
load(const char *text)
{
	size_t len = strlen(text);
	char *copy = malloc(len + (len == 0));

	assert_non_null(copy);
	memcpy(copy, text, len);
	if ((list = div_prefixes_new(copy, len, &where, why)) == NULL)
		free(copy);
}

static int
end(void **state)
{
	(void)state;
	div_prefixes_free(list);
	list = NULL;
	return 0;
}

/* The line that decides: 0 for none, negative for an exception. */
static int
line_of(const char *text)
{
	struct div_entry e = { .line = 0 };
	uint8_t addr[16];
	size_t len = strchr(text, ':') == NULL ? 4 : 16;
	int listed;

	assert_int_equal(inet_pton(len == 4 ? AF_INET : AF_INET6, text, addr),
	    1);
	listed = div_prefixes_find(list, addr, len, &e);
	assert_int_equal(listed, e.line == 0 ? 0 : e.listed);
	return listed ? (int)e.line : -(int)e.line;
}

static void
test_longest(void **state)
{
	(void)state;
	load("# a comment\n"
	     "10.0.0.0/8\n"
	     "!10.1.0.0/16 ; an exception\n"
	     "\t10.1.2.3\r\n"
	     "2001:db8::/32\n"
	     "!2001:db8:1::/48\n"
	     "192.0.2.77/25");
	assert_int_equal(line_of("9.255.255.255"), 0);
	assert_int_equal(line_of("10.0.0.0"), 2);
	assert_int_equal(line_of("10.0.255.255"), 2);
	assert_int_equal(line_of("10.1.0.0"), -3);
	assert_int_equal(line_of("10.1.2.2"), -3);
	assert_int_equal(line_of("10.1.2.3"), 4);
	assert_int_equal(line_of("10.1.2.4"), -3);
	assert_int_equal(line_of("10.2.0.0"), 2);
	assert_int_equal(line_of("11.0.0.0"), 0);
	assert_int_equal(line_of("192.0.2.0"), 7);
	assert_int_equal(line_of("192.0.2.127"), 7);
	assert_int_equal(line_of("192.0.2.128"), 0);
	assert_int_equal(line_of("2001:db8::1"), 5);
	assert_int_equal(line_of("2001:db8:1:ffff::"), -6);
	assert_int_equal(line_of("2001:db8:2::"), 5);
	assert_int_equal(line_of("2001:db9::"), 0);
	assert_int_equal(line_of("::10.0.0.0"), 0);
}

static void
test_edges(void **state)
{
	(void)state;
	load("");
	assert_int_equal(line_of("10.0.0.1"), 0);
	assert_int_equal(line_of("::"), 0);
	end(NULL);
	load("0.0.0.0/0\n255.255.255.255\n255.255.255.254/31\n::/0\n"
	     "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff\n0.0.0.0\n");
	assert_int_equal(line_of("0.0.0.0"), 6);
	assert_int_equal(line_of("0.0.0.1"), 1);
	assert_int_equal(line_of("255.255.255.253"), 1);
	assert_int_equal(line_of("255.255.255.254"), 3);
	assert_int_equal(line_of("255.255.255.255"), 2);
	assert_int_equal(line_of("::"), 4);
	assert_int_equal(line_of("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), 5);
	end(NULL);
	/* the same twice, and neighbours */
	load("10.0.0.0/8\n!10.0.0.0/8\n10.0.0.0/8\n11.0.0.0/8\n!12.0.0.0/9\n");
	assert_int_equal(line_of("10.9.9.9"), 3);
	assert_int_equal(line_of("11.0.0.0"), 4);
	assert_int_equal(line_of("12.0.0.0"), -5);
	assert_int_equal(line_of("12.128.0.0"), 0);
}

/* Against a search of all prefixes in turn. */
static void
test_random(void **state)
{
	enum { N = 3000 };
	static char text[N * 24];
	static uint32_t addr[N];
	static int bits[N], listed[N];
	struct div_entry e;
	uint32_t a, mask;
	uint8_t p[4];
	int i, j, best;
	size_t at = 0;

	(void)state;
	srandom(1);
	for (i = 0; i < N; i++) {
		bits[i] = (int)(random() % 33);
		addr[i] = (uint32_t)random() & 0x8f8f00ff;
		listed[i] = random() % 3 != 0;
		at += (size_t)snprintf(text + at, sizeof(text) - at,
		    "%s%u.%u.%u.%u/%d\n", listed[i] ? "" : "!", addr[i] >> 24,
		    addr[i] >> 16 & 255, addr[i] >> 8 & 255, addr[i] & 255,
		    bits[i]);
	}
	load(text);
	for (i = 0; i < 10000; i++) {
		a = (uint32_t)random() & 0x8f8f00ff;
		for (best = -1, j = 0; j < N; j++) {
			mask = bits[j] == 0 ? 0 : UINT32_MAX << (32 - bits[j]);
			if ((a & mask) == (addr[j] & mask) &&
			    (best == -1 || bits[j] >= bits[best]))
				best = j;
		}
		p[0] = (uint8_t)(a >> 24);
		p[1] = (uint8_t)(a >> 16);
		p[2] = (uint8_t)(a >> 8);
		p[3] = (uint8_t)a;
		e.line = 0;
		j = div_prefixes_find(list, p, 4, &e);
		assert_int_equal(e.line, best + 1);
		assert_int_equal(j, best == -1 ? 0 : listed[best]);
	}
}

static void
test_errors(void **state)
{
	static const struct {
		const char *text;
		size_t where;
	} errors[] = {
		{ "10.0.0.0/33\n", 0 },
		{ "\n 10.0.0.0/\n", 2 },
		{ "::/129", 0 },
		{ "10.0.0.0/-1", 0 },
		{ "10.0.0", 0 },
		{ "!", 0 },
		{ "10.0.0.1 10.0.0.2", 0 },
		{ "example.com", 0 },
		{ "1111:1111:1111:1111:1111:1111:111.111.111.111/1128", 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		load(errors[i].text);
		assert_null(list);
		assert_int_equal(where, errors[i].where);
		assert_memory_equal(why, "expected a", 10);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_longest, end),
		cmocka_unit_test_teardown(test_edges, end),
		cmocka_unit_test_teardown(test_random, end),
		cmocka_unit_test(test_errors),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
