/* SPDX-License-Identifier: ISC */

/* What an edit of a span does to its frames. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "span_lab.h"

/* Each frame takes as much as it had, and those that can stay do. */
static void
check_edit(const char *to, const char *want)
{
	struct world *w = malloc(sizeof(*w));

	open_world(w, "a[^z]*z", to, LONG);
	say(w, "12ab");
	say(w, "cdef");
	say(w, "gz34");
	assert_string_equal(w->runs, "1+2+3");
	assert_string_equal(w->frames, want);
	close_world(w);
	free(w);
}

static void
test_edit(void **state)
{
	(void)state;
	check_edit("abcdefgz", "12ab|cdef|gz34|");
	check_edit("ABCDEFGZ", "12AB|CDEF|GZ34|");
	check_edit("abcdefGZ", "12ab|cdef|GZ34|");
	check_edit("ABcdefgz", "12AB|cdef|gz34|");
	check_edit("abCDefgz", "12ab|CDef|gz34|");
	check_edit("abCDDDefgz", "12ab|CDDDef|gz34|");
	check_edit("abgz", "12ab||gz34|");
	check_edit("", "12||34|");
	check_edit("A", "12A||34|");
	check_edit("abcdef", "12ab|cdef|34|");
	check_edit("ABCDEFGHIJKLMN", "12AB|CDEF|GHIJKLMN34|");
	check_edit("abcdefgzcdefgz", "12ab|cdef|gzcdefgz34|");
}

static int
run_long(void *arg, struct div_writer *writer, struct div_span *sp)
{
	static uint8_t text[DIV_PACKETMAX];

	assert_int_equal(sp->n, 2);
	change(sp, text, sizeof(text));
	assert_int_equal(sp->whole->caplen, sizeof(text));
	errno = 0;
	assert_int_equal(div_span_edit(sp), -1);
	assert_int_equal(errno, EMSGSIZE);
	assert_int_equal(run(arg, writer, sp), 0);
	sp->whole->caplen -= 19;
	assert_int_equal(div_span_edit(sp), 0);
	assert_int_equal(sp->frame[0].caplen, 41);
	assert_int_equal(sp->frame[1].caplen, sizeof(text));
	return 0;
}

/* What fits into no frame changes nothing. */
static void
test_edit_long(void **state)
{
	static const struct div_span_ops long_ops = { look, run_long };
	struct seg s = { .flags = TH_ACK, .options = 20 };
	struct world *w = malloc(sizeof(*w));

	(void)state;
	open_world(w, "foo", NULL, LONG);
	respan(w, &long_ops, LONG);
	say(w, "f");
	s.seq = w->seq;
	hand(w, &s, "oo", 2);
	check_end(w, "1+2", "foo");
}

static int
run_headers(void *arg, struct div_writer *writer, struct div_span *sp)
{
	size_t i;

	assert_int_equal(sp->n, 3);
	sp->whole->mark = 7;
	sp->whole->packet[8] = 64;
	memcpy(sp->whole->packet + sp->whole->caplen - 3, "BAR", 3);
	assert_int_equal(div_span_edit(sp), 0);
	for (i = 0; i < 3; i++) {
		assert_int_equal(sp->frame[i].mark, 7);
		assert_int_equal(sp->frame[i].packet[8], 64);
		assert_int_equal(get32(sp->frame[i].packet + 24),
		    0xfffffff8 + i);
	}
	return run(arg, writer, sp);
}

/* All headers change as those of the whole do. */
static void
test_headers(void **state)
{
	static const struct div_span_ops headers_ops = { look, run_headers };
	struct world *w = malloc(sizeof(*w));

	(void)state;
	open_world(w, "foo", NULL, LONG);
	respan(w, &headers_ops, LONG);
	say(w, "f");
	say(w, "o");
	say(w, "o");
	check_end(w, "1+2+3", "BAR");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edit),
		cmocka_unit_test(test_edit_long),
		cmocka_unit_test(test_headers),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
