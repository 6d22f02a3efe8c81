/* SPDX-License-Identifier: ISC */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "divio.h"

/* In memory of exactly that length. */
static struct div_names *
list(const char *text, size_t len, size_t *where, char err[DIV_ERRLEN])
{
	struct div_names *names;
	char *copy = malloc(len == 0 ? 1 : len);

	assert_non_null(copy);
	memcpy(copy, text, len);
	if ((names = div_names_new(copy, len, where, err)) == NULL)
		free(copy);
	return names;
}

static struct div_names *
list_of(const char *text)
{
	struct div_names *names;
	char err[DIV_ERRLEN];
	size_t where;

	if ((names = list(text, strlen(text), &where, err)) == NULL)
		fail_msg("%zu: %s", where, err);
	return names;
}

static int
find(const struct div_names *names, const char *host, const char *path,
    struct div_entry *e)
{
	struct div_hostname h = { .by = DIV_BY_HTTP };

	memset(e, 0, sizeof(*e));
	h.hostlen = strlen(host);
	assert_true(h.hostlen < sizeof(h.host));
	memcpy(h.host, host, h.hostlen + 1);
	h.path = (const uint8_t *)path;
	h.pathlen = path == NULL ? 0 : strlen(path);
	return div_names_find(names, &h, e);
}

/* The line that decides: 0 for none, negative for an exception. */
static int
line_of(const struct div_names *names, const char *host, const char *path)
{
	struct div_entry e;
	int listed = find(names, host, path, &e);

	assert_int_equal(listed, e.listed);
	return listed ? (int)e.line : -(int)e.line;
}

static void
test_hosts(void **state)
{
	struct div_names *names = list_of("# none\n"
					  "\n"
					  "Example.COM\n"
					  "!ok.example.com # but for\n"
					  "  bad.ok.example.com.\r\n"
					  "test.");

	(void)state;
	assert_int_equal(line_of(names, "example.com", NULL), 3);
	assert_int_equal(line_of(names, "a.b.example.com", NULL), 3);
	assert_int_equal(line_of(names, "ok.example.com", NULL), -4);
	assert_int_equal(line_of(names, "a.ok.example.com", NULL), -4);
	assert_int_equal(line_of(names, "a.bad.ok.example.com", NULL), 5);
	assert_int_equal(line_of(names, "x.test", NULL), 6);
	assert_int_equal(line_of(names, "com", NULL), 0);
	assert_int_equal(line_of(names, "xexample.com", NULL), 0);
	assert_int_equal(line_of(names, "example.com.org", NULL), 0);
	assert_int_equal(line_of(names, "", NULL), 0);
	assert_int_equal(line_of(names, "..", NULL), 0);
	div_names_free(names);
}

static void
test_paths(void **state)
{
	struct div_names *names = list_of("example.com/ads/\n"
					  "!example.com/ads/ok\n"
					  "a.example.com\n"
					  "!b.example.com/\n"
					  "c.example.com./Ads?\n"
					  "example.com/ads/ok/not\n");
	struct div_entry e;

	(void)state;
	assert_int_equal(line_of(names, "example.com", "/ads/"), 1);
	assert_int_equal(line_of(names, "www.example.com", "/ads/x"), 1);
	assert_int_equal(line_of(names, "example.com", "/ads"), 0);
	assert_int_equal(line_of(names, "example.com", "/"), 0);
	assert_int_equal(line_of(names, "example.com", NULL), 0);
	assert_int_equal(line_of(names, "example.com", "/ads/okay"), -2);
	assert_int_equal(line_of(names, "example.com", "/ads/ok/not"), 6);
	assert_int_equal(line_of(names, "a.example.com", NULL), 3);
	assert_int_equal(line_of(names, "a.example.com", "/x"), 3);
	assert_int_equal(line_of(names, "b.example.com", "/ads/x"), -4);
	assert_int_equal(line_of(names, "c.example.com", "/Ads?x"), 5);
	assert_int_equal(line_of(names, "c.example.com", "/ads?x"), 0);
	assert_int_equal(line_of(names, "c.example.com", "/ads/"), 1);
	assert_true(find(names, "c.example.com", "/Ads?x", &e));
	assert_int_equal(e.len, 18);
	assert_memory_equal(e.text, "c.example.com/Ads?", 18);
	div_names_free(names);
}

/* Of two equal entries the later one counts. */
static void
test_twice(void **state)
{
	struct div_names *names = list_of("a.test\n!a.test\n!b.test\nb.test\n"
					  "a.test/x\n");

	(void)state;
	assert_int_equal(line_of(names, "a.test", NULL), -2);
	assert_int_equal(line_of(names, "b.test", NULL), 4);
	assert_int_equal(line_of(names, "a.test", "/x"), 5);
	div_names_free(names);
}

static void
test_hosts_file(void **state)
{
	struct div_names *names = list_of("0.0.0.0 a.test b.test\t#c.test\n"
					  "::1\td.test\n"
					  "10.0.0.1\n");

	(void)state;
	assert_int_equal(line_of(names, "a.test", NULL), 1);
	assert_int_equal(line_of(names, "b.test", NULL), 1);
	assert_int_equal(line_of(names, "c.test", NULL), 0);
	assert_int_equal(line_of(names, "d.test", NULL), 2);
	assert_int_equal(line_of(names, "0.0.0.0", NULL), 0);
	assert_int_equal(line_of(names, "10.0.0.1", NULL), 3);
	div_names_free(names);
}

/* Lists as they are published. */
static void
test_filters(void **state)
{
	static const char text[] = "[Adblock Plus 2.0]\n"
				   "! Title: a list\n"
				   "!\n"
				   "||ads.test^\n"
				   "  @@||ok.ads.test^ \r\n"
				   "||opt.test^$third-party\n"
				   "shop.test##.banner\n"
				   "##.ad\n"
				   "||a.*.test^\n"
				   "|https://one.test|\n"
				   "||path.test/ads/\n"
				   "*.wild.test\n"
				   ".dot.test\n"
				   "!*.ok.wild.test\n"
				   "fe80::1%lo0 scoped.test # of a macOS\n";
	struct div_names *names;
	char err[DIV_ERRLEN];
	size_t where;

	(void)state;
	names = list(text, strlen(text), &where, err);
	assert_non_null(names);
	assert_string_equal(err, "5 lines skipped, for they name no host");
	assert_int_equal(where, strstr(text, "||opt") - text);
	assert_int_equal(line_of(names, "a.ads.test", NULL), 4);
	assert_int_equal(line_of(names, "ok.ads.test", NULL), -5);
	assert_int_equal(line_of(names, "opt.test", NULL), 0);
	assert_int_equal(line_of(names, "shop.test", NULL), 0);
	assert_int_equal(line_of(names, "path.test", "/ads/x"), 11);
	assert_int_equal(line_of(names, "wild.test", NULL), 12);
	assert_int_equal(line_of(names, "a.dot.test", NULL), 13);
	assert_int_equal(line_of(names, "ok.wild.test", NULL), -14);
	assert_int_equal(line_of(names, "scoped.test", NULL), 15);
	div_names_free(names);
}

static void
check_error(const char *text, size_t len, size_t place, const char *want)
{
	char err[DIV_ERRLEN] = "";
	size_t where = 999;

	assert_null(list(text, len, &where, err));
	assert_int_equal(where, place);
	if (strstr(err, want) == NULL)
		fail_msg("%s: %s", text, err);
}

static void
test_errors(void **state)
{
	char many[2000];

	(void)state;
	check_error("a.test\nb c\n", 11, 9, "one name a line");
	check_error("a.test\na*.b\n", 12, 8, "this character");
	check_error("a.test\n*.\n", 10, 7, "this character");
	check_error("a.test:80", 9, 6, "this character");
	check_error("a\xc3\xa4.test", 8, 1, "this character");
	check_error("a\0b", 3, 1, "this character");
	check_error("..test", 6, 0, "empty label");
	check_error(".", 1, 0, "empty label");
	check_error("||^", 3, 2, "missing");
	check_error("@@", 2, 2, "missing");
	check_error("a..test", 7, 2, "empty label");
	check_error("!/a", 3, 1, "missing");
	check_error("/ads/", 5, 0, "missing");
	check_error("::1", 3, 0, "this character");
	memset(many, 'a', sizeof(many));
	check_error(many, 64, 63, "63 bytes");
	many[1] = '/';
	check_error(many, 1026, 1, "1023 bytes");
	memset(many, 'a', 300);
	many[60] = many[120] = many[180] = many[240] = '.';
	check_error(many, 256, 256, "255 bytes");
	div_names_free(list_of(""));
	div_names_free(NULL);
}

/* As many as grow the table a few times, each found as itself. */
static void
test_many(void **state)
{
	struct div_names *names;
	char *text = malloc(2000000), host[64];
	size_t len = 0;
	int i;

	(void)state;
	assert_non_null(text);
	for (i = 1; i <= 50000; i++)
		len += (size_t)snprintf(text + len, 2000000 - len,
		    "%shost%d.test%s\n", i % 7 == 0 ? "!" : "", i,
		    i % 5 == 0 ? "/path" : "");
	names = list_of(text);
	free(text);
	for (i = 1; i <= 50000; i++) {
		snprintf(host, sizeof(host), "www.host%d.test", i);
		assert_int_equal(line_of(names, host, "/path/x"),
		    i % 7 == 0 ? -i : i);
	}
	assert_int_equal(line_of(names, "www.host50001.test", "/path"), 0);
	div_names_free(names);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_hosts_file),
		cmocka_unit_test(test_filters),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_many),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
