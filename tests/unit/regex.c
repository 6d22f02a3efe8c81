/* SPDX-License-Identifier: ISC */

#include <sys/types.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "divio.h"

#define UNSET ((size_t)-1)

static int stopped; /* no time passes: searches end by themselves */

/* In place of the C library's: CPU time only. */
int
clock_gettime(clockid_t id, struct timespec *ts)
{
	clock_t now = stopped ? 0 : clock();

	(void)id;
	ts->tv_sec = 1 + now / CLOCKS_PER_SEC;
	ts->tv_nsec = now % CLOCKS_PER_SEC * (1000000000 / CLOCKS_PER_SEC);
	return 0;
}

static struct div_regex *
compile(const char *pattern, size_t len, unsigned int flags)
{
	struct div_regex *re;
	char err[DIV_ERRLEN];
	size_t where;

	if ((re = div_regex_new(pattern, len, flags, &where, err)) == NULL)
		fail_msg("%s: %s", pattern, err);
	return re;
}

static int
search(struct div_regex *re, const void *s, size_t len, size_t start,
    int notempty, size_t ov[2 * DIV_RE_GROUPS])
{
	memset(ov, 0x55, 2 * DIV_RE_GROUPS * sizeof(ov[0]));
	return div_regex_exec(re, s, len, start, notempty, ov);
}

static void
test_groups(void **state)
{
	struct div_regex *re = compile("(a)|(b)(c)?", 11, 0);
	size_t ov[2 * DIV_RE_GROUPS], i;

	(void)state;
	assert_int_equal(div_regex_groups(re), 3);
	assert_int_equal(search(re, "xxb", 3, 0, 0, ov), 1);
	assert_int_equal(ov[0], 2);
	assert_int_equal(ov[1], 3);
	assert_true(ov[2] == UNSET && ov[3] == UNSET);
	assert_int_equal(ov[4], 2);
	assert_int_equal(ov[5], 3);
	for (i = 6; i < 2 * DIV_RE_GROUPS; i++)
		assert_true(ov[i] == UNSET);
	assert_int_equal(search(re, "xxx", 3, 0, 0, ov), 0);
	assert_int_equal(search(re, "", 0, 0, 0, ov), 0);
	div_regex_free(re);
	div_regex_free(NULL);
}

/* Groups beyond the ninth are not returned. */
static void
test_many_groups(void **state)
{
	struct div_regex *re;
	size_t ov[2 * DIV_RE_GROUPS];

	(void)state;
	re = compile("(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)(k)", 33, 0);
	assert_int_equal(div_regex_groups(re), 11);
	assert_int_equal(search(re, "-abcdefghijk", 12, 0, 0, ov), 1);
	assert_int_equal(ov[0], 1);
	assert_int_equal(ov[1], 12);
	assert_int_equal(ov[18], 9);
	assert_int_equal(ov[19], 10);
	div_regex_free(re);
}

static void
test_bytes(void **state)
{
	static const char subject[] = "\xff\0foo\0\x80\n";
	size_t ov[2 * DIV_RE_GROUPS];
	struct div_regex *re;

	(void)state;
	re = compile("o\0\x80", 3, 0);
	assert_int_equal(search(re, subject, 8, 0, 0, ov), 1);
	assert_int_equal(ov[0], 4);
	assert_int_equal(ov[1], 7);
	div_regex_free(re);
	re = compile("\\x00[^\\x00]+", 12, 0);
	assert_int_equal(search(re, subject, 8, 0, 0, ov), 1);
	assert_int_equal(ov[0], 1);
	assert_int_equal(ov[1], 5);
	assert_int_equal(search(re, subject, 8, 2, 0, ov), 1);
	assert_int_equal(ov[0], 5);
	assert_int_equal(ov[1], 8);
	div_regex_free(re);
}

static void
test_flags(void **state)
{
	size_t ov[2 * DIV_RE_GROUPS];
	struct div_regex *re;

	(void)state;
	re = compile("foo", 3, 0);
	assert_int_equal(search(re, "a FOO", 5, 0, 0, ov), 0);
	div_regex_free(re);
	re = compile("foo", 3, DIV_RE_ICASE);
	assert_int_equal(search(re, "a FoO", 5, 0, 0, ov), 1);
	assert_int_equal(ov[0], 2);
	div_regex_free(re);
	re = compile("^a.b", 4, 0);
	assert_int_equal(search(re, "\na\nb", 4, 0, 0, ov), 0);
	div_regex_free(re);
	re = compile("^a.b", 4, DIV_RE_DOTALL);
	assert_int_equal(search(re, "a\nb", 3, 0, 0, ov), 1);
	assert_int_equal(search(re, "\na\nb", 4, 0, 0, ov), 0);
	div_regex_free(re);
	re = compile("^a.b", 4, DIV_RE_DOTALL | DIV_RE_MULTILINE);
	assert_int_equal(search(re, "\na\nb", 4, 0, 0, ov), 1);
	assert_int_equal(ov[0], 1);
	div_regex_free(re);
	re = compile("a b # it", 8, DIV_RE_EXTENDED);
	assert_int_equal(search(re, "ab", 2, 0, 0, ov), 1);
	div_regex_free(re);
}

/* Bytes before the start count as context. */
static void
test_start(void **state)
{
	size_t ov[2 * DIV_RE_GROUPS];
	struct div_regex *re;

	(void)state;
	re = compile("^a", 2, 0);
	assert_int_equal(search(re, "aaa", 3, 0, 0, ov), 1);
	assert_int_equal(search(re, "aaa", 3, 1, 0, ov), 0);
	div_regex_free(re);
	re = compile("(?<=a)b", 7, 0);
	assert_int_equal(search(re, "ab", 2, 1, 0, ov), 1);
	div_regex_free(re);
	re = compile("a", 1, 0);
	assert_int_equal(search(re, "aaa", 3, 3, 0, ov), 0);
	errno = 0;
	assert_int_equal(search(re, "aaa", 3, 4, 0, ov), -1);
	assert_int_equal(errno, EINVAL);
	div_regex_free(re);
}

/* s/pattern/-/g as the manual says to do it */
static void
check_global(const char *pattern, const char *s, const char *want)
{
	struct div_regex *re = compile(pattern, strlen(pattern), 0);
	size_t ov[2 * DIV_RE_GROUPS], len = strlen(s), pos = 0, n = 0;
	char out[64];
	int found = 0;

	while ((found = search(re, s, len, pos, found, ov)) == 1) {
		assert_true(pos <= ov[0] && ov[0] <= ov[1] && ov[1] <= len);
		assert_true(n + ov[0] - pos + 1 < sizeof(out));
		memcpy(out + n, s + pos, ov[0] - pos);
		n += ov[0] - pos;
		out[n++] = '-';
		pos = ov[1];
	}
	assert_int_equal(found, 0);
	memcpy(out + n, s + pos, len - pos + 1);
	assert_string_equal(out, want);
	div_regex_free(re);
}

static void
test_global(void **state)
{
	(void)state;
	check_global("x*", "abc", "-a-b-c-");
	check_global("a*", "baaac", "-b-c-");
	check_global("b*", "abb", "-a-");
	check_global("", "abc", "-a-b-c-");
	check_global("", "", "-");
	check_global("^", "abc", "-abc");
	check_global("$", "abc", "abc-");
	check_global("a", "aaa", "---");
	check_global("a|", "bab", "-b-b-");
	check_global("\\b", "ab cd", "-ab- -cd-");
	check_global("a\\K", "aaa", "a-a-a-");
	check_global("foo", "bar", "bar");
}

static void
check_error(const char *pattern, size_t len, size_t place, const char *want)
{
	char err[DIV_ERRLEN] = "";
	size_t where = 999;

	assert_null(div_regex_new(pattern, len, 0, &where, err));
	assert_int_equal(where, place);
	if (strstr(err, want) == NULL)
		fail_msg("%s: %s", pattern, err);
}

static void
test_errors(void **state)
{
	(void)state;
	check_error("ab(c", 4, 4, "missing closing parenthesis");
	check_error("a\0b[c", 5, 5, "missing terminating ]");
	check_error("(*UTF)x", 7, 6, "UTF");
}

/* Limits end endless backtracking, with and without JIT. */
static void
test_limits(void **state)
{
	static const char *const patterns[] = {
		"(*NO_START_OPT)(a+)+b",
		"(*NO_START_OPT)(*NO_JIT)(a+)+b",
		"(*NO_START_OPT)(?:a(?:b|(?R))*)+c",
	};
	size_t ov[2 * DIV_RE_GROUPS], i;
	struct div_regex *re;
	char s[60000];

	(void)state;
	memset(s, 'a', sizeof(s));
	for (i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		re = compile(patterns[i], strlen(patterns[i]), 0);
		errno = 0;
		assert_int_equal(search(re, s, sizeof(s), 0, 0, ov), -1);
		assert_int_equal(errno, E2BIG);
		errno = 0;
		assert_int_equal(search(re, s, 20, 0, 0, ov), -1);
		assert_int_equal(errno, E2BIG);
		assert_int_equal(search(re, "aab-ac", 6, 0, 0, ov), 1);
		div_regex_free(re);
	}
}

/*
 * Nor may time grow with the square of the length, with patterns for which
 * PCRE2 counts few steps.
 */
static void
test_time(void **state)
{
	static const char *const patterns[] = {
		"(*NO_START_OPT)a[^x]*x",
		"(*NO_START_OPT)(*NO_JIT)a[^x]*x",
		"(*NO_START_OPT)a.*a.*a.*b",
		"(*NO_START_OPT)a(?=.*x)|b",
		"(*NO_START_OPT)(?:a{100}){1,2}b",
	};
	static char s[65535];
	size_t ov[2 * DIV_RE_GROUPS], i;
	struct div_regex *re;
	clock_t began, most = CLOCKS_PER_SEC;

	(void)state;
	if (getenv("SANITISED") != NULL)
		most *= 20;
	memset(s, 'a', sizeof(s));
	for (i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		re = compile(patterns[i], strlen(patterns[i]), 0);
		began = clock();
		assert_true(search(re, s, sizeof(s), 0, 0, ov) < 1);
		if (clock() - began > most)
			fail_msg("%s: %ld us", patterns[i],
			    (long)(clock() - began));
		div_regex_free(re);
	}
}

/* A search in several tries finds the same match. */
static void
test_far(void **state)
{
	static char s[65535];
	size_t ov[2 * DIV_RE_GROUPS];
	struct div_regex *re;

	(void)state;
	stopped = 1;
	memset(s, 'a', sizeof(s));
	s[65000] = 'b';
	re = compile("(a?){6}b", 8, 0);
	assert_int_equal(search(re, s, sizeof(s), 0, 0, ov), 1);
	assert_int_equal(ov[0], 65000 - 6);
	assert_int_equal(ov[1], 65001);
	div_regex_free(re);
	re = compile("^(a?){6}b", 9, 0);
	assert_int_equal(search(re, s, sizeof(s), 0, 0, ov), 0);
	assert_int_equal(search(re, s, sizeof(s), 65000, 0, ov), 0);
	div_regex_free(re);
	re = compile("x*", 2, 0);
	assert_int_equal(search(re, s, sizeof(s), 9, 1, ov), 1);
	assert_int_equal(ov[0], 10);
	div_regex_free(re);
	re = compile("(?s)a.*b", 8, 0);
	assert_int_equal(search(re, s, sizeof(s), 0, 0, ov), 1);
	assert_int_equal(ov[1], 65001);
	div_regex_free(re);
	re = compile("$", 1, 0);
	assert_int_equal(search(re, s, sizeof(s), 0, 0, ov), 1);
	assert_int_equal(ov[0], sizeof(s));
	div_regex_free(re);
	stopped = 0;
}

/* Thousands of repeated groups need more than the smallest stack. */
static void
test_stack(void **state)
{
	struct div_regex *re = compile("(?:a|b|cd)*$", 12, 0);
	size_t ov[2 * DIV_RE_GROUPS];
	char s[9000];

	(void)state;
	memset(s, 'b', sizeof(s));
	assert_int_equal(search(re, s, sizeof(s), 0, 0, ov), 1);
	assert_int_equal(ov[1], sizeof(s));
	div_regex_free(re);
}

static void
check_partial(const char *pattern, const char *s, size_t start, int want,
    size_t at)
{
	struct div_regex *re = compile(pattern, strlen(pattern), 0);
	size_t ov[2 * DIV_RE_GROUPS], len = strlen(s);

	if (div_regex_partial(re, (const uint8_t *)s, len, start, 0, ov) !=
		want ||
	    (want > 0 && ov[0] != at) || (want == 2 && ov[1] != len))
		fail_msg("%s in %s", pattern, s);
	div_regex_free(re);
}

/* Matches that more bytes could make or change, with and without JIT. */
static void
test_partial(void **state)
{
	(void)state;
	check_partial("foo", "a foo f", 0, 1, 2);
	check_partial("foo", "a foo f", 5, 2, 6);
	check_partial("(*NO_JIT)foo", "a foo f", 5, 2, 6);
	check_partial("foo", "a foo b", 5, 0, 0);
	check_partial("foo", "", 0, 0, 0);
	check_partial("o+", "foo", 0, 2, 1);
	check_partial("foo$", "foo", 0, 2, 0);
	check_partial("foo$", "foox", 0, 0, 0);
	check_partial("foo(?!bar)", "foob", 0, 2, 0);
	check_partial("^foo", "ofo", 0, 0, 0);
	check_partial("\\bfoo", "x ", 0, 0, 0);
	check_partial("x+|$", "a", 0, 0, 0);
	check_partial("a\\Kb", "-ab-", 0, 1, 1);
	check_partial("a\\Kb", "-a", 0, 2, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_many_groups),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_start),
		cmocka_unit_test(test_global),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_far),
		cmocka_unit_test(test_stack),
		cmocka_unit_test(test_partial),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
