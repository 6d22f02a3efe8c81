/* SPDX-License-Identifier: ISC */

/* The out-of-order queue, and SACK generation. */

#include "tcp_lab.h"

static void
test_gap(void **state)
{
	(void)state;
	handshake();
	give(0, 0, 101, 501, "abc", "ABCDE", "\1\1\10\12\0\0\0\1\0\0\0\0", 12);
	give(1, 0, 501, 106, .options = "\1\1\10\12\0\0\0\7\0\0\0\1",
	    .noptions = 12);
	assert_int_equal(give(0, 0, 107, 501, "ghi", "G",
			     "\1\1\10\12\0\0\0\2\0\0\0\0", 12),
	    TCP_STOLEN);
	assert_int_equal(outs, 1);
	expect(0, 1, 501, "");
	assert_int_equal(sent[0].ack, 104);
	assert_int_equal(sent[0].sacks, 1);
	assert_int_equal(sent[0].sack[0], 107);
	assert_int_equal(sent[0].sack[1], 110);
	assert_int_equal(sent[0].tsval, 7);
	give(0, 0, 107, 501, "ghi", "G");
	assert_int_equal(drops, 1);
	give(0, 0, 104, 501, "def", "", "\1\1\10\12\0\0\0\11\0\0\0\0", 12);
	assert_int_equal(outs, 4); /* nothing is left of def: we say it */
	expect(0, 0, 106, "");
	expect(1, 1, 501, "");
	assert_int_equal(sent[1].ack, 107);
	expect(2, 0, 106, "G");
	assert_int_equal(sent[2].tsval, 9);
	expect(3, 1, 501, ""); /* the client had been told of ghi before */
	assert_int_equal(sent[3].ack, 110);
	assert_int_equal(tcp_counters(fs)->held, 1);
}

/* Older SACK blocks are repeated: an ACK may be lost. */
static void
test_gap_repeated(void **state)
{
	(void)state;
	handshake();
	give(0, 0, 101, 501, "abc", "ABCDE");
	give(0, 0, 107, 501, "ghi");
	give(0, 0, 113, 501, "mno");
	assert_int_equal(sent[0].sacks, 2);
	assert_int_equal(sent[0].sack[0], 113);
	give(0, 0, 119, 501, "stu");
	give(0, 0, 125, 501, "yz.");
	assert_int_equal(sent[0].sacks, 3);
	assert_int_equal(sent[0].sack[0], 125);
	give(0, 0, 110, 501, "jkl");
	assert_int_equal(sent[0].sacks, 3);
	assert_int_equal(sent[0].sack[0], 107);
	assert_int_equal(sent[0].sack[1], 116);
}

/* The acknowledgement of a queued segment goes on at once. */
static void
test_gap_ack(void **state)
{
	(void)state;
	handshake();
	give(0, 0, 101, 501, "abc", "ABCDE");
	give(1, TH_PUSH, 504, 106, "def");
	assert_int_equal(outs, 2);
	expect(0, 1, 501, "");
	assert_int_equal(sent[0].ack, 104);
	assert_int_equal(sent[0].inject, 0);
	expect(1, 0, 106, ""); /* tells the server of the gap */
	assert_int_equal(sent[1].ack, 501);
	give(1, 0, 507, 106, "ghi"); /* no news */
	assert_int_equal(outs, 1);
	assert_int_equal(sent[0].side, 0);
	give(1, 0, 507, 106, "ghi", .win = 2000);
	assert_int_equal(outs, 2);
	expect(0, 1, 501, "");
	assert_int_equal(sent[0].win, 2000);
	give(1, 0, 501, 106, "abc");
	expect(0, 1, 501, "abc");
	expect(1, 1, 504, "def");
	expect(2, 1, 507, "ghi");
	assert_int_equal(tcp_counters(fs)->held, 2);
}

static void
test_gap_forever(void **state)
{
	(void)state;
	handshake();
	give(0, 0, 101, 501, "abc", "ABCDE");
	give(1, 0, 501, 106);
	give(0, 0, 107, 501, "ghi", "G");
	outs = drops = 0;
	now += SECOND;
	assert_true(tcp_tick(fs, now) > now);
	assert_int_equal(drops, 0);
	now += 1000 * SECOND;
	assert_true(tcp_tick(fs, now) == UINT64_MAX);
	assert_int_equal(drops, 1);
}

/* Without SACK: delivered segments are acknowledged once. */
static void
test_release_once(void **state)
{
	uint32_t i, acks = 0;

	(void)state;
	handshake_with("\2\4\5\264", 4);
	give(0, 0, 101, 501, "abc", "ABCD"); /* to 105 */
	give(1, 0, 501, 105);
	for (i = 0; i < 20; i++)
		give(0, 0, 107 + 3 * i + (i > 15) * 3, 501, "xyz");
	give(0, 0, 104, 501, "def");
	for (i = 0; i < outs; i++)
		acks += sent[i].side == 1;
	assert_int_equal(acks, 1);
	assert_int_equal(sent[outs - 1].ack, 155);
}

/* A delayed segment gets the newest TSval (PAWS). */
static void
test_timestamps_overtaken(void **state)
{
	const char *first = "\1\1\10\12\0\0\0\1\0\0\0\0";
	const char *later = "\1\1\10\12\0\0\0\3\0\0\0\7";
	const char *late = "\1\1\10\12\0\0\0\2\0\0\0\7";
	const char *server = "\1\1\10\12\0\0\0\7\0\0\0\1";

	(void)state;
	handshake();
	give(0, 0, 101, 501, "abc", "ABCDE", first, 12);
	give(1, 0, 501, 106, "x", .options = server, .noptions = 12);
	give(0, 0, 107, 502, "ghi", .options = later, .noptions = 12);
	expect(0, 0, 106, ""); /* x is acknowledged, at the number expected */
	assert_int_equal(sent[0].tsval, 3);
	give(0, 0, 104, 502, "def", .options = late, .noptions = 12);
	expect(0, 0, 106, "def");
	assert_int_equal(sent[0].tsval, 3);
}

/* Timestamps need both ends. */
static void
test_timestamps_offered(void **state)
{
	(void)state;
	give(0, TH_SYN, 100, 0, .options = "\1\1\10\12\0\0\0\1\0\0\0\0",
	    .noptions = 12);
	give(1, TH_SYN | TH_ACK, 500, 101);
	give(0, 0, 101, 501);
	give(1, 0, 501, 101, "abc", "ABCDE");
	give(1, 0, 507, 101, "ghi"); /* told of the gap by us */
	expect(0, 0, 101, "");
	assert_int_equal(sent[0].tsval, 0);
}

/* TS.Recent is tracked before the translation, too. */
static void
test_timestamps_before(void **state)
{
	const char *server = "\1\1\10\12\0\0\0\62\0\0\0\0";
	const char *times = "\1\1\10\12\0\0\0\1\0\0\0\7";

	(void)state;
	handshake();
	give(1, 0, 501, 101, "x", .options = server, .noptions = 12);
	give(0, 0, 101, 501, "abc", "", times, 12);
	expect(1, 1, 502, "");
	assert_int_equal(sent[1].ack, 104);
	assert_int_equal(sent[1].tsval, 50);
}

/* Data from before the translation that grows now: reset after a while. */
static void
test_stalled(void **state)
{
	int i;

	(void)state;
	handshake();
	give(1, 0, 501, 101, "abc"); /* it is lost behind the sink */
	give(1, 0, 504, 101, "def");
	give(0, 0, 101, 501, "x", "long");
	give(1, 0, 501, 105, "abc", "ABCD");
	expect(0, 1, 501, "");
	for (i = 0; i < 3; i++) {
		assert_int_equal(tcp_counters(fs)->reset, 0);
		now += 2 * SECOND;
		give(1, 0, 501, 105, "abc", "ABCD");
	}
	assert_int_equal(tcp_counters(fs)->reset, 1);
	expect_dead();
}

/* Retransmissions of a deleted payload do not stall. */
static void
test_deleted_again(void **state)
{
	int i;

	(void)state;
	handshake();
	give(0, 0, 101, 501, "abc", "ABCDE");
	for (i = 0; i < 5; i++) {
		give(0, 0, 104, 501, "def", "");
		now += 2 * SECOND;
	}
	assert_int_equal(tcp_counters(fs)->reset, 0);
	give(1, 0, 501, 106);
	assert_int_equal(sent[0].ack, 107);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(test_gap),
		UNIT(test_gap_repeated),
		UNIT(test_gap_ack),
		UNIT(test_gap_forever),
		UNIT(test_release_once),
		UNIT(test_timestamps_overtaken),
		UNIT(test_timestamps_offered),
		UNIT(test_timestamps_before),
		UNIT(test_stalled),
		UNIT(test_deleted_again),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
