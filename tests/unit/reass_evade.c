/* SPDX-License-Identifier: ISC */

/*
 * Means by which a sender hides a word from a filter, and the receiver gets it:
 * the table of divio(7).  The filter replaces foo by bar; each test ends with what
 * the receiver gets.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "reass_lab.h"

#define ISN 0xfffffff8

/* A segment at an offset of the stream. */
static void
at(struct reass_world *w, int32_t off, const char *data, struct lab_segment s)
{
	s.seq = ISN + (uint32_t)off;
	if (s.flags == 0)
		s.flags = TH_ACK;
	hand(w, &s, data, strlen(data));
}

#define AT(w, off, data, ...) \
	at(w, off, data, (struct lab_segment){ __VA_ARGS__ })

static uint64_t
undecided(const struct reass_world *w, enum div_undecided why)
{
	return div_reass_counters(w->reass)->undecided[why];
}

/* Lets all time pass. */
static void
wait_due(struct reass_world *w)
{
	int ms;

	while ((ms = div_reass_due(w->reass, w->writer)) >= 0)
		poll(NULL, 0, ms);
}

static void
test_order(void **state)
{
	struct reass_world *w = begin("");

	(void)state;
	AT(w, 2, "o.");
	AT(w, 0, "fo");
	check_end(w, "2+1", "bar.");
	w = begin("");
	AT(w, 2, "o.");
	AT(w, 1, "o");
	assert_string_equal(w->runs, "");
	AT(w, 0, "f");
	check_end(w, "3+2+1", "bar.");
}

static void
test_overlap(void **state)
{
	struct reass_world *w = begin("");

	(void)state;
	/* equal bytes are trimmed */
	AT(w, 0, "fo");
	AT(w, 1, "oo.");
	check_end(w, "1+2", "baar.");
	/* others are rewritten to the first version, held or gone on */
	w = begin("");
	AT(w, 0, "fo");
	AT(w, 1, "XX.");
	check_end(w, "1 2", "fooX.");
	w = begin("");
	AT(w, 1, "oo.");
	AT(w, 0, "fXX");
	assert_int_equal(div_reass_counters(w->reass)->changed, 1);
	check_end(w, "2 1", "barar.");
	w = begin("");
	AT(w, 0, "fXX.");
	AT(w, 1, "oo");
	AT(w, 4, "y");
	check_end(w, "1 2 3", "fXX.XXy");
	/* a retransmission that is longer, after its time */
	w = begin("");
	AT(w, 0, "ab");
	AT(w, 0, "XXfoo.");
	check_end(w, "1 2", "ababbar.");
}

/* What the receiver ignores changes nothing. */
static void
test_ignored(void **state)
{
	struct reass_world *w = begin("");

	(void)state;
	AT(w, 0, "f", .sum = 1);
	AT(w, 1, "XX", .sum = -1);
	AT(w, 1, "oo", .sum = 1);
	assert_int_equal(undecided(w, DIV_UNDECIDED_INVALID), 1);
	check_end(w, "2 1+3", "XXbar");
	w = begin("");
	AT(w, 0, "f");
	AT(w, 1, "XX", .flags = TH_PUSH);
	AT(w, 1 << 30, "", .flags = TH_RST);
	AT(w, 1 << 30, "", .flags = TH_SYN);
	AT(w, 1, "", .flags = TH_RST, .sum = 0);
	AT(w, 1, "oo");
	assert_int_equal(undecided(w, DIV_UNDECIDED_INVALID), 1);
	check_end(w, "2 3 4 1 5 6", "XXfar");
	/* behind a FIN */
	w = begin("");
	AT(w, 0, "a", .flags = TH_FIN | TH_ACK);
	AT(w, 1, "foo");
	assert_int_equal(undecided(w, DIV_UNDECIDED_INVALID), 1);
	check_end(w, "1 2", "afoo");
}

/* The window is the largest that the other end has advertised. */
static void
test_window(void **state)
{
	struct reass_world *w = begin("");

	(void)state;
	AT(w, 0, "f");
	AT(w, 100, "", .back = 1, .ack = ISN, .window = 1000);
	AT(w, 1 << 25, "X");
	assert_int_equal(undecided(w, DIV_UNDECIDED_INVALID), 1);
	AT(w, 1, "oo");
	check_end(w, "2 3 1+4", "Xbar");
}

static void
test_syn(void **state)
{
	struct reass_world *w = begin("");

	(void)state;
	/* another connection begins once its SYN is acknowledged */
	AT(w, 0, "f");
	AT(w, 1 << 30, "", .flags = TH_SYN);
	AT(w, 5, "", .flags = TH_SYN | TH_ACK, .back = 1,
	    .ack = ISN + (1 << 30) + 1);
	AT(w, (1 << 30) + 1, "foo.");
	check_end(w, "2 1 3 4", "fbar.");
	/* data in a SYN is data */
	w = malloc(sizeof(*w));
	open_world(w, "foo", "bar", LONG);
	AT(w, 0, "fo", .sport = 9, .flags = TH_SYN);
	AT(w, 3, "o.", .sport = 9);
	check_end(w, "1+2", "bar.");
}

static void
test_urgent(void **state)
{
	struct reass_world *w = begin("");

	(void)state;
	AT(w, 0, "foXo.", .flags = TH_ACK | TH_URG, .urgent = 3);
	assert_int_equal(div_reass_counters(w->reass)->changed, 1);
	check_end(w, "1", "foXo.");
}

static void
test_fragment(void **state)
{
	struct reass_world *w = begin("");

	(void)state;
	AT(w, 0, "foo", .fragment = 1);
	assert_int_equal(undecided(w, DIV_UNDECIDED_FRAGMENT), 1);
	check_end(w, "1", "foo");
}

/* A byte of a keepalive probe is what it was the first time. */
static void
test_keepalive(void **state)
{
	struct reass_world *w = begin("");

	(void)state;
	AT(w, 0, "f");
	AT(w, 0, "X");
	AT(w, 1, "oo.");
	AT(w, 3, "X");
	check_end(w, "1+3 4", "bar..");
}

/* Behind its time the search goes on; the rest of a match is edited. */
static void
test_pause(void **state)
{
	struct reass_world *w = malloc(sizeof(*w));

	(void)state;
	open_world(w, "foo", "bar", 20);
	AT(w, 0, "xf");
	wait_due(w);
	assert_string_equal(w->runs, "1");
	AT(w, 2, "o");
	wait_due(w);
	AT(w, 3, "o.");
	assert_int_equal(undecided(w, DIV_UNDECIDED_MATCH), 2);
	check_end(w, "1 2 3", "xfor.");
}

static int
run_undecided(void *arg, struct div_writer *writer, struct div_run *run)
{
	return run->undecided == DIV_DECIDED ? note_run(arg, writer, run) :
					       div_run_drop(run, writer);
}

/* A filter that drops what is undecided gets it again. */
static void
test_dropped(void **state)
{
	static const struct div_reass_ops drop_ops = { search_run,
		run_undecided };
	struct reass_world *w = malloc(sizeof(*w));

	(void)state;
	open_world(w, "foo", "bar", 20);
	reopen_reass(w, &drop_ops, 20);
	AT(w, 0, "xf");
	wait_due(w);
	assert_string_equal(w->runs, "");
	AT(w, 2, "oo.");
	AT(w, 0, "xf");
	check_end(w, "3+2", "xbar.");
}

/* A gap that is not filled. */
static void
test_gap(void **state)
{
	static const struct div_reass_ops drop_ops = { search_run,
		run_undecided };
	struct reass_world *w = malloc(sizeof(*w));

	(void)state;
	open_world(w, "foo", "bar", 20);
	reopen_reass(w, &drop_ops, 20);
	AT(w, 500, "", .back = 1, .ack = ISN);
	AT(w, 0, "f");
	AT(w, 2, "o.");
	wait_due(w);
	assert_int_equal(undecided(w, DIV_UNDECIDED_GAP), 1);
	AT(w, 0, "f");
	AT(w, 1, "o");
	AT(w, 2, "o.");
	check_end(w, "1 4+5+6", "bar.");
	/* its data went another way: the receiver has it */
	w = malloc(sizeof(*w));
	open_world(w, "foo", "bar", 20);
	AT(w, 2, "foo.");
	AT(w, 500, "", .back = 1, .ack = ISN + 2);
	wait_due(w);
	assert_int_equal(undecided(w, DIV_UNDECIDED_GAP), 0);
	check_end(w, "2 1", "bar.");
}

/* New packets and captures take part, but not among diverted ones. */
static void
test_types(void **state)
{
	struct reass_world *w = malloc(sizeof(*w));

	(void)state;
	open_world(w, "foo", "bar", LONG);
	AT(w, 0, "fo", .type = DIV_INJECT, .sport = 7);
	AT(w, 2, "o.", .type = DIV_INJECT, .sport = 7);
	check_end(w, "1+2", "bar.");
}

#define STREAM 48 /* bytes of a random stream */

static int version[STREAM]; /* of each byte that went on; -1: none yet */

/* Each byte goes on in one version only, edited or not. */
static int
run_once(void *arg, struct div_writer *writer, struct div_run *run)
{
	struct div_packet p;
	uint32_t off;
	size_t i, n;

	if (note_run(arg, writer, run) == -1)
		return -1;
	for (i = 0; i < run->n; i++) {
		assert_int_equal(div_packet_parse(&p, run->frame[i].packet,
				     run->frame[i].caplen),
		    0);
		off = get32(p.data + p.l4 + 4) - ISN;
		for (n = p.payload; n < p.len; n++, off++) {
			assert_true(off < STREAM);
			if (version[off] == -1)
				version[off] = p.data[n];
			assert_int_equal(version[off], p.data[n]);
		}
	}
	return 0;
}

/* Segments of any place, order and contents. */
static void
test_random(void **state)
{
	static const struct div_reass_ops once_ops = { search_run, run_once };
	struct reass_world *w = malloc(sizeof(*w));
	char data[STREAM + 1];
	int seed, i, from, len, j;

	(void)state;
	for (seed = 0; seed < 2000; seed++) {
		srandom((unsigned int)seed);
		open_world(w, "foo", "bar", LONG);
		reopen_reass(w, &once_ops, LONG);
		for (i = 0; i < STREAM; i++)
			version[i] = -1;
		for (i = 0; i < 40; i++) {
			from = (int)(random() % STREAM);
			len = 1 + (int)(random() % 12);
			if (from + len > STREAM)
				len = STREAM - from;
			for (j = 0; j < len; j++)
				data[j] = "fo"[random() % 3 > 0];
			data[len] = '\0';
			AT(w, from, data);
		}
		end_input(w);
		close_world(w);
	}
	free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_ignored),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_syn),
		cmocka_unit_test(test_urgent),
		cmocka_unit_test(test_fragment),
		cmocka_unit_test(test_keepalive),
		cmocka_unit_test(test_pause),
		cmocka_unit_test(test_dropped),
		cmocka_unit_test(test_gap),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_random),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
