/* SPDX-License-Identifier: ISC */

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reass_lab.h"

static void
check_cuts(int version, const char *pattern, const char *to, const char *text,
    const char *want)
{
	size_t len = strlen(text), a, b;
	struct reass_world *w = malloc(sizeof(*w));

	for (a = 1; a < len; a++) {
		for (b = a + 1; b <= len; b++) {
			open_world(w, pattern, to, LONG);
			w->version = version;
			feed(w, text, a);
			feed(w, text + a, b - a);
			if (b < len)
				feed(w, text + b, len - b);
			end_input(w);
			w->data[w->len] = '\0';
			assert_string_equal(w->data, want);
			close_world(w);
		}
	}
	free(w);
}

/* A match is found wherever segments cut it. */
static void
test_cuts(void **state)
{
	(void)state;
	check_cuts(4, "foo", "bar", "a foo, foofoo foo", "a bar, barbar bar");
	check_cuts(6, "foo", "", "a foo, foofoo foo", "a ,  ");
	check_cuts(4, "o+", "--->", "foooo bar oof", "f---> bar --->f");
	check_cuts(4, "\\d{4}(?!\\d)", "#", "1234 12345 56", "# 1# 56");
	check_cuts(4, "foo(?!bar)", "x", "foobar foobaz", "foobar xbaz");
	check_cuts(4, "(?s)a.*b", "", "1a23b45b6", "16");
	check_cuts(4, "\\bto\\b", "2", "to too to", "2 too 2");
	check_cuts(6, "pass: \\K\\w+", "*", "the pass: secret!",
	    "the pass: *!");
}

static void
check_runs(const char *pattern, const char *const *said, const char *runs)
{
	struct reass_world *w = malloc(sizeof(*w));

	open_world(w, pattern, NULL, LONG);
	for (; *said != NULL; said++)
		say(w, *said);
	end_input(w);
	assert_string_equal(w->runs, runs);
	close_world(w);
	free(w);
}

#define RUNS(pattern, runs, ...) \
	check_runs(pattern, (const char *const[]){ __VA_ARGS__, NULL }, runs)

/* Only segments that a match crosses are joined. */
static void
test_joined(void **state)
{
	(void)state;
	RUNS("foo", "1 2 3", "a", "b foo", "c");
	RUNS("foo", "1+2 3", "a f", "oo", "c");
	RUNS("foo", "1 2", "a f", "ar");
	RUNS("foo", "1 2+3", "a f", "ar f", "oo");
	RUNS("foo", "1+2 3+4", "f", "oo f", "x f", "oo");
	RUNS("foo", "1+2+3", "f", "o", "of");
	RUNS("foo", "1+2+3", "f", "oof", "oo");
	RUNS("foo|of+x", "1+2", "fo", "offf");
	RUNS("foo", "1", "a f");
	RUNS("foo\\b", "1+2", "a foo", " b");
	RUNS("foo$", "1+2", "a foo", " b");
	RUNS("^foo", "1 2", "x", "foo");
	RUNS("^foo", "1+2", "f", "oo");
	RUNS("\\bfoo", "1 2", "x ", " x");
	RUNS("x*", "1 2", "a", "b");
	RUNS("\\w+@\\w", "1 2 3+4", "one tw", "o thr", "ee fo", "ur@x");
}

/* Segments before an unfinished match are not held. */
static void
test_early(void **state)
{
	struct reass_world *w = malloc(sizeof(*w));

	(void)state;
	open_world(w, "\\w+@\\w", NULL, LONG);
	say(w, "one tw");
	assert_string_equal(w->runs, "");
	say(w, "o thr");
	assert_string_equal(w->runs, "1");
	say(w, "ee fo");
	assert_string_equal(w->runs, "1 2");
	say(w, "ur@");
	assert_string_equal(w->runs, "1 2");
	say(w, "x");
	assert_string_equal(w->runs, "1 2 3+4+5");
	close_world(w);
	free(w);
}

static void
test_ends(void **state)
{
	struct lab_segment s = { .flags = TH_ACK };
	struct reass_world *w;

	(void)state;
	w = begin("f");
	s.seq = w->seq;
	s.flags = TH_FIN | TH_ACK;
	hand(w, &s, "oo f", 4);
	assert_string_equal(w->runs, "1+2");
	check_end(w, "1+2", "bar f");
	w = begin("f");
	hand(w, &s, "", 0);
	assert_string_equal(w->runs, "1 2");
	check_end(w, "1 2", "f");
	w = begin("f");
	s.flags = TH_RST;
	hand(w, &s, "", 0);
	assert_string_equal(w->runs, "1 2");
	check_end(w, "1 2", "f");
	w = begin("x");
	s.flags = TH_FIN | TH_ACK;
	hand(w, &s, "f", 1);
	assert_string_equal(w->runs, "1 2");
	check_end(w, "1 2", "xf");
}

/* Missing bytes, old bytes, retransmissions, overlaps. */
static void
test_order(void **state)
{
	struct lab_segment s = { .flags = TH_ACK };
	const struct div_reass_counters *n;
	struct reass_world *w;

	(void)state;
	w = begin("xfo");
	s.seq = w->seq + 2;
	hand(w, &s, "f", 1);
	s.seq = w->seq - 9;
	hand(w, &s, "aaaaaa", 6);
	s.seq = w->seq + 3;
	hand(w, &s, "oo", 2);
	assert_string_equal(w->runs, "3");
	assert_int_equal(div_reass_counters(w->reass)->gaps, 2);
	say(w, "oy");
	check_end(w, "3 1+5 2+4", "aaaaaaxbarybar");

	w = begin("xf");
	say(w, "o");
	s.seq = w->seq - 3;
	hand(w, &s, "xfo", 3);
	s.seq++;
	hand(w, &s, "f", 1);
	s.seq++;
	hand(w, &s, "o", 1);
	assert_string_equal(w->runs, "");
	n = div_reass_counters(w->reass);
	assert_int_equal(n->again, 3);
	assert_int_equal(n->held, 2);
	say(w, "o");
	assert_int_equal(n->joined, 1);
	check_end(w, "1+2+6", "xbar");

	w = begin("xfo");
	s.seq = w->seq - 1;
	hand(w, &s, "oo", 2);
	check_end(w, "1+2", "xbaar");
}

/* Other frames are not held, and release nothing. */
static void
test_others(void **state)
{
	struct reass_world *w = begin("f");
	struct lab_segment s = { .seq = w->seq, .flags = TH_ACK };

	(void)state;
	hand(w, &s, "", 0);
	s.fragment = 1;
	hand(w, &s, "oo", 2);
	s.fragment = 0;
	s.fflags = DIV_F_TRUNC;
	hand(w, &s, "oo", 2);
	s.fflags = 0;
	s.type = DIV_INJECT;
	hand(w, &s, "oo", 2);
	assert_string_equal(w->runs, "2 3 4 5");
	s.type = DIV_PACKET;
	s.fflags = DIV_F_GSO;
	hand(w, &s, "oo", 2);
	s.sport = 1;
	hand(w, &s, "oo", 2);
	check_end(w, "2 3 4 5 1+6 7", "oooooobaroo");
}

static void
test_time(void **state)
{
	struct reass_world *w = malloc(sizeof(*w));
	int ms;

	(void)state;
	open_world(w, "foo", "bar", 30);
	assert_int_equal(div_reass_due(w->reass, w->writer), -1);
	say(w, "f");
	ms = div_reass_due(w->reass, w->writer);
	assert_true(ms >= 0 && ms <= 31);
	assert_string_equal(w->runs, "");
	say(w, "o");
	while ((ms = div_reass_due(w->reass, w->writer)) >= 0)
		poll(NULL, 0, ms);
	assert_int_equal(ms, -1);
	assert_string_equal(w->runs, "1+2");
	assert_int_equal(div_reass_counters(w->reass)->expired, 2);
	assert_int_equal(div_reass_counters(w->reass)
			     ->undecided[DIV_UNDECIDED_MATCH],
	    2);
	/* the search goes on */
	say(w, "o");
	check_end(w, "1+2 3", "for");
}

static void
connect_port(struct reass_world *w, int port)
{
	struct lab_segment s = { .seq = UINT32_MAX, .flags = TH_SYN };

	s.sport = (uint16_t)port;
	hand(w, &s, "", 0);
}

/* Beyond the limits, the oldest frames are released. */
static void
test_bounds(void **state)
{
	struct reass_world *w = malloc(sizeof(*w));
	const struct div_reass_counters *n;
	struct lab_segment s = { .flags = TH_ACK };
	char *data = malloc(200000);
	int i;

	(void)state;
	memset(data, 'x', 200000);
	open_world(w, "x+y", "z", LONG);
	n = div_reass_counters(w->reass);
	for (i = 0; i < 64; i++)
		say(w, "x");
	assert_string_equal(w->runs, "");
	say(w, "x");
	assert_int_equal(strncmp(w->runs, "1+2+3+", 6), 0);
	assert_int_equal(n->crowded, 64);
	w->runs[0] = '\0';
	feed(w, data, 200000);
	assert_string_equal(w->runs, "");
	feed(w, data, 200000);
	assert_string_equal(w->runs, "65+66");
	assert_int_equal(n->crowded, 66);
	w->runs[0] = '\0';
	for (i = 1; i <= 512; i++) {
		s.sport = (uint16_t)i;
		connect_port(w, i);
	}
	w->runs[0] = '\0';
	for (i = 1; i <= 511; i++) {
		s.sport = (uint16_t)i;
		hand(w, &s, "x", 1);
	}
	assert_string_equal(w->runs, "");
	s.sport++;
	hand(w, &s, "x", 1);
	assert_string_equal(w->runs, "67");
	for (s.sport = 1; s.sport < 80; s.sport++) {
		s.seq = 1;
		hand(w, &s, data, 200000);
	}
	assert_true(n->crowded > 68);
	end_input(w);
	assert_int_equal(w->id, 67 + 512 + 512 + 79);
	close_world(w);
	free(w);
	free(data);
}

static int
run_fail(void *arg, struct div_writer *writer, struct div_run *run)
{
	(void)arg;
	(void)writer;
	(void)run;
	errno = EPIPE;
	return -1;
}

/* An error of the filter is returned; held frames are freed. */
static void
test_fail(void **state)
{
	static const struct div_reass_ops fail_ops = { search_run, run_fail };
	struct reass_world *w = malloc(sizeof(*w));
	int ms;

	(void)state;
	open_world(w, "foo", NULL, LONG);
	reopen_reass(w, &fail_ops, 1);
	say(w, "f");
	while ((ms = div_reass_due(w->reass, w->writer)) >= 0)
		poll(NULL, 0, ms);
	assert_int_equal(ms, -2);
	assert_int_equal(errno, EPIPE);
	reopen_reass(w, &fail_ops, LONG);
	say(w, "f");
	assert_int_equal(div_reass_end(w->reass, w->writer), -1);
	close_world(w);
	free(w);
	div_reass_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cuts),
		cmocka_unit_test(test_joined),
		cmocka_unit_test(test_early),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_fail),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
