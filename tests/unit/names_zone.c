/* SPDX-License-Identifier: ISC */

/* Response policy zones as lists of names. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "divio.h"

static struct div_names *names;
static char why[DIV_ERRLEN];
static size_t where;

/* In memory of exactly that length. */
static void
list(const char *text)
{
	size_t len = strlen(text);
	char *copy = malloc(len);

	assert_non_null(copy);
	memcpy(copy, text, len);
	if ((names = div_names_new(copy, len, &where, why)) == NULL)
		free(copy);
}

/* The line that decides: 0 for none, negative for an exception. */
static int
line_of(const char *host)
{
	struct div_hostname h = { .by = DIV_BY_DNS };
	struct div_entry e = { .line = 0 };
	int listed;

	h.hostlen = strlen(host);
	memcpy(h.host, host, h.hostlen + 1);
	listed = div_names_find(names, &h, &e);
	return listed ? (int)e.line : -(int)e.line;
}

static int
end(void **state)
{
	(void)state;
	div_names_free(names);
	names = NULL;
	return 0;
}

static void
test_owners(void **state)
{
	(void)state;
	list("$TTL 30\n"
	     "@ SOA localhost. root.localhost. 1 2 3 4 5\n"
	     "  NS localhost.\n"
	     "; a comment\n"
	     "Exact.example CNAME . ; of this name only\n"
	     "*.below.example 300 IN CNAME *.\n"
	     "both.example IN 300 CNAME rpz-drop.\n"
	     "*.both.example CNAME rpz-passthru.\n"
	     "1.example A 192.0.2.1\n"
	     "  AAAA 2001:db8::1\n"
	     "plain.example\n");
	assert_non_null(names);
	assert_string_equal(why, "");
	assert_int_equal(line_of("exact.example"), 5);
	assert_int_equal(line_of("a.exact.example"), 0);
	assert_int_equal(line_of("below.example"), 0);
	assert_int_equal(line_of("a.b.below.example"), 6);
	assert_int_equal(line_of("both.example"), 7);
	assert_int_equal(line_of("a.both.example"), -8);
	assert_int_equal(line_of("1.example"), 10);
	assert_int_equal(line_of("a.plain.example"), 11);
	assert_int_equal(line_of("localhost"), 0);
}

/* The more labels, the better. */
static void
test_best(void **state)
{
	(void)state;
	list("*.example CNAME .\n"
	     "ok.example CNAME rpz-passthru.\n"
	     "*.ok.example CNAME rpz-passthru.\n"
	     "bad.ok.example CNAME .\n");
	assert_int_equal(line_of("a.example"), 1);
	assert_int_equal(line_of("ok.example"), -2);
	assert_int_equal(line_of("a.ok.example"), -3);
	assert_int_equal(line_of("bad.ok.example"), 4);
	assert_int_equal(line_of("a.bad.ok.example"), -3);
}

/* As servers print zones: names with a dot, the SOA in lines. */
static void
test_origin(void **state)
{
	(void)state;
	list("rpz.lab. 60 IN SOA localhost. root.localhost. (\n"
	     "\t1 ; serial\n"
	     "\t2 3 4 5 )\n"
	     "rpz.lab. 60 IN NS localhost.\n"
	     "a.example.rpz.lab. 60 IN CNAME .\n"
	     "*.b.example.RPZ.lab. 60 IN CNAME .\n"
	     "c.example. CNAME .\n"
	     "$ORIGIN other.lab.\n"
	     "d.example.other.lab. CNAME .\n"
	     "rpz.lab. CNAME .\n");
	assert_non_null(names);
	assert_int_equal(line_of("a.example"), 5);
	assert_int_equal(line_of("x.b.example"), 6);
	assert_int_equal(line_of("c.example"), 0);
	assert_int_equal(line_of("d.example"), 9);
	assert_string_equal(why, "2 lines skipped, for they name no host");
}

static void
test_skipped(void **state)
{
	(void)state;
	list("32.1.2.0.192.rpz-ip CNAME .\n"
	     "ns.example.rpz-nsdname CNAME .\n"
	     "24.0.2.0.192.rpz-client-ip CNAME rpz-drop.\n"
	     "a.example CNAME walled.garden.\n"
	     "b.example TXT text\n"
	     " A 192.0.2.1\n"
	     "* CNAME .\n"
	     "$INCLUDE other\n");
	assert_non_null(names);
	assert_int_equal(line_of("a.example"), 0);
	assert_int_equal(line_of("b.example"), 6);
	assert_int_equal(where, 0);
	assert_string_equal(why, "7 lines skipped, for they name no host");
}

static void
test_errors(void **state)
{
	static const struct {
		const char *text;
		size_t where;
	} errors[] = {
		{ "a.example CNAM .\n", 10 },
		{ "a.example A 192.0.2\n", 10 },
		{ "a.example CH A 192.0.2.1\n", 10 },
		{ "a..example CNAME .\n", 2 },
		{ "a b\n", 2 },
		{ " a 60", 3 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		list(errors[i].text);
		assert_null(names);
		assert_int_equal(where, errors[i].where);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_owners, end),
		cmocka_unit_test_teardown(test_best, end),
		cmocka_unit_test_teardown(test_origin, end),
		cmocka_unit_test_teardown(test_skipped, end),
		cmocka_unit_test(test_errors),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
