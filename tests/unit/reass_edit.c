/* SPDX-License-Identifier: ISC */

/* The edit of a run, written back into its frames. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reass_lab.h"

/* Each frame keeps its length as far as possible. */
static void
check_edit(const char *to, const char *want)
{
	struct reass_world *w = malloc(sizeof(*w));

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
run_long(void *arg, struct div_writer *writer, struct div_run *run)
{
	static uint8_t text[DIV_PACKETMAX];

	assert_int_equal(run->n, 2);
	change(run, text, sizeof(text));
	assert_int_equal(run->whole->caplen, sizeof(text));
	errno = 0;
	assert_int_equal(div_run_edit(run), -1);
	assert_int_equal(errno, EMSGSIZE);
	assert_int_equal(note_run(arg, writer, run), 0);
	run->whole->caplen -= 19;
	assert_int_equal(div_run_edit(run), 0);
	assert_int_equal(run->frame[0].caplen, 41);
	assert_int_equal(run->frame[1].caplen, sizeof(text));
	return 0;
}

/* An edit that fits into no frame changes nothing. */
static void
test_edit_long(void **state)
{
	static const struct div_reass_ops long_ops = { search_run, run_long };
	struct lab_segment s = { .flags = TH_ACK, .options = 20 };
	struct reass_world *w = malloc(sizeof(*w));

	(void)state;
	open_world(w, "foo", NULL, LONG);
	reopen_reass(w, &long_ops, LONG);
	say(w, "f");
	s.seq = w->seq;
	hand(w, &s, "oo", 2);
	check_end(w, "1+2", "foo");
}

static int
run_headers(void *arg, struct div_writer *writer, struct div_run *run)
{
	size_t i;

	assert_int_equal(run->n, 3);
	run->whole->mark = 7;
	run->whole->packet[8] = 64;
	memcpy(run->whole->packet + run->whole->caplen - 3, "BAR", 3);
	assert_int_equal(div_run_edit(run), 0);
	for (i = 0; i < 3; i++) {
		assert_int_equal(run->frame[i].mark, 7);
		assert_int_equal(run->frame[i].packet[8], 64);
		assert_int_equal(get32(run->frame[i].packet + 24),
		    0xfffffff8 + i);
	}
	return note_run(arg, writer, run);
}

/* The headers of all frames change as those of the whole. */
static void
test_headers(void **state)
{
	static const struct div_reass_ops headers_ops = { search_run,
		run_headers };
	struct reass_world *w = malloc(sizeof(*w));

	(void)state;
	open_world(w, "foo", NULL, LONG);
	reopen_reass(w, &headers_ops, LONG);
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
