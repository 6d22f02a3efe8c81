/* SPDX-License-Identifier: ISC */

/*
 * Data that has passed has its place: what changes its length later is refused,
 * and the sender asked for the rest.  tcp_sim found these.
 */

#include "tcp_lab.h"

#define SACK_BLOCK(left, right) "\1\1\5\12\0\0" left "\0\0" right

/* Edited before the peer was seen: as diverted it would be other data. */
static void
test_passed_edited(void **state)
{
	(void)state;
	assert_int_equal(give(0, 0, 101, 501, "abcdef", "ABCDEF"), TCP_PASS);
	assert_int_equal(give(1, 0, 501, 101), TCP_PASS);
	assert_int_equal(give(0, 0, 101, 501, "abc", "AB"), TCP_REFUSED);
	assert_int_equal(give(0, 0, 107, 501, "ghi"), TCP_PASS);
	assert_int_equal(give(0, 0, 107, 501, "ghi", "g"), TCP_PASS_ORIGINAL);
}

/* The peer was not seen yet: data behind a gap passes, and the gap has not. */
static void
test_gap_before_peer(void **state)
{
	(void)state;
	assert_int_equal(give(0, 0, 101, 501, "abc"), TCP_PASS);
	assert_int_equal(give(0, 0, 107, 501, "ghi"), TCP_PASS);
	assert_int_equal(give(1, 0, 501, 104), TCP_PASS);
	assert_int_equal(give(0, 0, 104, 501, "def", "D"), TCP_REFUSED);
	assert_int_equal(give(0, 0, 104, 501, "def"), TCP_PASS);
	assert_int_equal(give(1, 0, 501, 110), TCP_PASS);
	assert_int_equal(give(0, 0, 110, 501, "jkl", "J"), TCP_STOLEN);
	expect(0, 0, 110, "J");
}

/* A probe was sent for the peer: data and a FIN behind that wait. */
static void
test_behind_probe(void **state)
{
	(void)state;
	assert_int_equal(give(0, 0, 101, 501, "abc", "A"), TCP_STOLEN);
	expect(0, 0, 100, "");
	assert_int_equal(give(0, 0, 104, 501, "def"), TCP_REFUSED);
	assert_int_equal(give(0, TH_FIN, 107, 501, ""), TCP_REFUSED);
	assert_int_equal(give(1, 0, 501, 101), TCP_PASS);
	assert_int_equal(give(0, 0, 101, 501, "abc", "A"), TCP_STOLEN);
	expect(0, 0, 101, "A");
}

/* The receiver has data from before the sink began. */
static void
test_sacked_before(void **state)
{
	(void)state;
	assert_int_equal(give(1, 0, 501, 101,
			     .options = SACK_BLOCK("\0\150", "\0\153"),
			     .noptions = 12),
	    TCP_PASS);
	assert_int_equal(give(0, 0, 101, 501, "abc", "A"), TCP_REFUSED);
	assert_int_equal(give(1, 0, 501, 107), TCP_PASS);
	assert_int_equal(give(0, 0, 107, 501, "ghi", "G"), TCP_STOLEN);
	expect(0, 0, 107, "G");
}

/*
 * Nothing tells that the first bytes of the edited segment are those that passed:
 * neither an empty rest, nor one behind the end of the queue.
 */
static void
test_unproved(void **state)
{
	(void)state;
	handshake();
	give(0, 0, 101, 501, "abc");
	give(0, 0, 107, 501, "ghi"); /* it waits */
	assert_int_equal(give(0, 0, 101, 501, "abcdef", "XYZ+"), TCP_STOLEN);
	assert_int_equal(sent[outs - 1].len, 0);
	give(0, 0, 104, 501, "def", "D");
	expect(0, 0, 104, "D");
	assert_int_equal(give(0, 0, 101, 501, "abcdef", "XYZ"), TCP_STOLEN);
	expect(0, 1, 501, ""); /* asks for the old data alone */
	assert_int_equal(sent[0].ack, 101);
	give(0, 0, 101, 501, "abcdef", "abcD");
	expect(0, 0, 101, "abc");
}

/* No other ACK opens the window again until the old data has arrived. */
static void
test_asked_alone(void **state)
{
	(void)state;
	handshake_with(SYN_OPTIONS, 12);
	give(0, 0, 101, 501, "abcdefgh");
	give(0, 0, 112, 501, "lmn"); /* it waits */
	give(0, 0, 101, 501, "abcdefghijk", "X");
	expect(0, 1, 501, "");
	assert_int_equal(sent[0].win, 8 >> 2);
	give(0, 0, 115, 501, "opq");
	expect(0, 1, 501, "");
	assert_int_equal(sent[0].win, 8 >> 2);
	give(1, 0, 501, 101);
	assert_int_equal(sent[0].win, 8 >> 2);
	give(1, 0, 501, 109);
	assert_int_equal(sent[0].win, window);
}

/* A keepalive probe is all that was seen of the peer, and bears an old number. */
static void
test_keepalive_first(void **state)
{
	(void)state;
	assert_int_equal(give(1, 0, 501, 101, "abc"), TCP_PASS);
	assert_int_equal(give(0, 0, 100, 501), TCP_PASS);
	assert_int_equal(give(1, 0, 507, 101, "ghi"), TCP_STOLEN);
	assert_int_equal(give(1, 0, 504, 101, "def", "D"), TCP_STOLEN);
	expect(0, 1, 504, "D");
}

/* Refused data that passes all the same has its place by that (DIV_O_PASS). */
static void
test_pass_refused(void **state)
{
	(void)state;
	tcp_pass_refused(fs);
	assert_int_equal(give(0, 0, 101, 501, "abc", "A"), TCP_STOLEN);
	assert_int_equal(give(0, 0, 104, 501, "def", "D"), TCP_REFUSED);
	assert_int_equal(give(1, 0, 501, 101), TCP_PASS);
	/* the gap before what has passed is too late */
	assert_int_equal(give(0, 0, 101, 501, "abc", "A"), TCP_REFUSED);
	assert_int_equal(give(1, 0, 501, 107), TCP_PASS);
	assert_int_equal(give(0, 0, 107, 501, "ghi", "G"), TCP_STOLEN);
	expect(0, 0, 107, "G");
}

/* Old data is lost, and comes with another length only. */
static void
lose(void)
{
	int i;

	give(0, 0, 101, 501, "abc", "ABC");
	give(1, 0, 501, 101);
	give(0, 0, 107, 501, "ghi"); /* it waits */
	for (i = 0; i < 4; i++) {
		assert_int_equal(tcp_counters(fs)->reset, 0);
		give(0, 0, 101, 501, "abc", "A");
		now += 2 * SECOND;
	}
	assert_int_equal(tcp_counters(fs)->reset, 1);
}

/* Such a connection is reset, although its numbers agree. */
static void
test_broken(void **state)
{
	(void)state;
	lose();
	expect_dead();
}

/* Another connection begins where one was reset. */
static void
test_begin_again(void **state)
{
	(void)state;
	lose();
	handshake();
	give(0, 0, 101, 501, "foo", "word");
	expect(0, 0, 101, "word");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(test_passed_edited),
		UNIT(test_gap_before_peer),
		UNIT(test_behind_probe),
		UNIT(test_sacked_before),
		UNIT(test_unproved),
		UNIT(test_asked_alone),
		UNIT(test_keepalive_first),
		UNIT(test_pass_refused),
		UNIT(test_broken),
		UNIT(test_begin_again),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
