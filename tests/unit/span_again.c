/* SPDX-License-Identifier: ISC */

/* Segments that come again. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "span_lab.h"

static void
repeat(struct world *w, uint32_t off, const char *data)
{
	struct seg s = { .seq = 0xfffffff8 + off, .flags = TH_ACK };

	hand(w, &s, data, strlen(data));
}

/* What comes again alone becomes what it was in its span. */
static void
test_again(void **state)
{
	struct world *w = begin("xfo");

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
	repeat(w, 0, "xfO");
	repeat(w, 20, "o");
	assert_string_equal(w->runs, "5 6 7 8 9 10 11");
	assert_int_equal(div_spans_counters(w->spans)->again, 5);
	check_end(w, "5 6 7 8 9 10 11", "xbarxaxbarxbararxfOo");
}

static int
run_drop(void *arg, struct div_writer *writer, struct div_span *sp)
{
	if (sp->n == 1)
		return run(arg, writer, sp);
	return div_span_drop(sp, writer);
}

static void
test_again_dropped(void **state)
{
	static const struct div_span_ops drop_ops = { look, run_drop };
	struct world *w = malloc(sizeof(*w));

	(void)state;
	open_world(w, "foo", NULL, LONG);
	respan(w, &drop_ops, LONG);
	say(w, "xfo");
	say(w, "oy");
	say(w, "z");
	repeat(w, 0, "xfo");
	repeat(w, 4, "yz");
	repeat(w, 4, "Y");
	repeat(w, 5, "z");
	assert_int_equal(div_spans_counters(w->spans)->again, 2);
	check_end(w, "3 6 7", "zYz");
}

/* Only so much is known of what was. */
static void
test_again_bounds(void **state)
{
	struct world *w = begin("f");
	uint32_t i;

	(void)state;
	say(w, "oo");
	for (i = 0; i < 1024; i++) {
		repeat(w, 100 + 3 * i, "f");
		repeat(w, 101 + 3 * i, "oo");
	}
	w->runs[0] = '\0';
	w->len = 0;
	repeat(w, 1, "oo");
	repeat(w, 101, "oo");
	repeat(w, 100 + 3 * 1023, "f");
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
