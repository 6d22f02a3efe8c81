/* SPDX-License-Identifier: ISC */

/* Retransmissions of segments that a run edited or dropped. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reass_lab.h"

static void
repeat(struct reass_world *w, uint32_t off, const char *data)
{
	struct lab_segment s = { .seq = 0xfffffff8 + off, .flags = TH_ACK };

	hand(w, &s, data, strlen(data));
}

/* A retransmission is edited as its bytes were in their run. */
static void
test_again(void **state)
{
	struct reass_world *w = begin("xfo");

	(void)state;
	say(w, "ox");
	say(w, "fo");
	say(w, "o");
	w->runs[0] = '\0';
	w->len = 0;
	repeat(w, 0, "xfo");
	repeat(w, 3, "ox");
	repeat(w, 6, "o");
	repeat(w, 0, "xfooxfoo");
	repeat(w, 2, "oo");
	/* other bytes are not: the first version counts */
	repeat(w, 0, "xfO");
	assert_string_equal(w->runs, "5 6 7 8 9 10");
	assert_int_equal(div_reass_counters(w->reass)->again, 6);
	assert_int_equal(div_reass_counters(w->reass)->changed, 1);
	check_end(w, "5 6 7 8 9 10", "xbarxaxbarxbararxba");
}

static int
run_drop(void *arg, struct div_writer *writer, struct div_run *run)
{
	if (run->n == 1)
		return note_run(arg, writer, run);
	return div_run_drop(run, writer);
}

static void
test_again_dropped(void **state)
{
	static const struct div_reass_ops drop_ops = { search_run, run_drop };
	struct reass_world *w = malloc(sizeof(*w));

	(void)state;
	open_world(w, "foo", NULL, LONG);
	reopen_reass(w, &drop_ops, LONG);
	say(w, "xfo");
	say(w, "oy");
	say(w, "z");
	repeat(w, 0, "xfo");
	repeat(w, 4, "yz");
	repeat(w, 4, "Y");
	repeat(w, 5, "z");
	assert_int_equal(div_reass_counters(w->reass)->again, 4);
	check_end(w, "3 7", "zz");
}

/* The history is bounded: then, retransmissions are edited as they come. */
static void
test_again_bounds(void **state)
{
	struct reass_world *w = begin("f");
	uint32_t i;

	(void)state;
	say(w, "oo");
	for (i = 0; i < 1024; i++) {
		say(w, "f");
		say(w, "oo");
	}
	w->runs[0] = '\0';
	w->len = 0;
	repeat(w, 1, "oo");
	repeat(w, 4, "oo");
	repeat(w, 3 * 1024, "f");
	check_end(w, "2051 2052 2053", "ooarb");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_again_dropped),
		cmocka_unit_test(test_again_bounds),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
