/* SPDX-License-Identifier: ISC */

/* Connections whose handshake was not seen: where a translation may begin. */

#include "tcp_lab.h"

/* The client's text goes on as the edit, and the server acknowledges it. */
static void
resize(uint32_t seq, uint32_t ack)
{
	assert_int_equal(give(0, 0, seq, ack, "foo", "word"), TCP_STOLEN);
	assert_int_equal(outs, 1);
	expect(0, 0, seq, "word");
	assert_int_equal(give(1, 0, ack, seq + 4), TCP_STOLEN);
	assert_int_equal(sent[0].ack, seq + 3);
	assert_int_equal(tcp_counters(fs)->invalid, 0);
}

/* A keepalive or window probe is answered from one byte further on. */
static void
test_probe(void **state)
{
	(void)state;
	assert_int_equal(give(0, 0, 999, 500), TCP_PASS);
	assert_int_equal(give(1, 0, 500, 1000, .shut = 1), TCP_PASS);
	assert_int_equal(give(0, 0, 999, 500), TCP_PASS);
	assert_int_equal(give(1, 0, 500, 1000), TCP_PASS);
	resize(1000, 500);
}

/* A retransmission fills a gap: data that was not seen is acknowledged. */
static void
test_gap_filled(void **state)
{
	(void)state;
	assert_int_equal(give(0, 0, 1000, 500, "abc"), TCP_PASS);
	assert_int_equal(give(1, 0, 500, 301000), TCP_PASS);
	resize(301000, 500);
}

/* The other end has acknowledged what comes again: it must not be edited. */
static void
test_acknowledged(void **state)
{
	(void)state;
	assert_int_equal(give(1, 0, 500, 1000), TCP_PASS);
	assert_int_equal(give(0, 0, 990, 500, "foo", "word"),
	    TCP_PASS_ORIGINAL);
	assert_int_equal(outs, 0);
	resize(1000, 500);
}

/* Behind a gap, what comes may have come before, and is on its way. */
static void
test_gap(void **state)
{
	static const char sack[] = "\1\1\5\12\0\0\3\362\0\0\3\374";

	(void)state;
	assert_int_equal(give(1, 0, 500, 1000, .options = sack, .noptions = 12),
	    TCP_PASS);
	assert_int_equal(give(0, 0, 1020, 500, "foo", "word"), TCP_DROPPED);
	assert_int_equal(tcp_refusal(fs), DIV_REFUSE_PASSED);
	assert_int_equal(give(0, 0, 1020, 500, "foo"), TCP_PASS);
	assert_int_equal(give(1, 0, 500, 1023), TCP_PASS);
	resize(1023, 500);
}

/* The segment that starts the translation, or a later one, tells of such data. */
static void
test_gap_at_start(void **state)
{
	static const char sack[] = "\1\1\5\12\0\0\3\362\0\0\3\374";

	(void)state;
	assert_int_equal(give(0, 0, 1000, 500), TCP_PASS);
	assert_int_equal(give(1, 0, 500, 1000, "foo", "word", .options = sack,
			     .noptions = 12),
	    TCP_STOLEN);
	give(0, 0, 1000, 500, "abc", "A");
	expect(0, 0, 1000, "");
	give(0, 0, 1000, 500, "abc");
	expect(0, 0, 1000, "abc");
	client++;
	assert_int_equal(give(0, 0, 1000, 500), TCP_PASS);
	assert_int_equal(give(1, 0, 500, 1000, "foo", "word"), TCP_STOLEN);
	give(1, 0, 503, 1000, .options = sack, .noptions = 12);
	give(0, 0, 1000, 504, "abc", "A");
	expect(0, 0, 1000, "");
}

/* Once both ends were seen, nobody else's segment begins anew; a SYN is kept. */
static void
test_known(void **state)
{
	(void)state;
	assert_int_equal(give(0, 0, 1000, 500, "abc"), TCP_PASS);
	assert_int_equal(give(1, 0, 500, 1003), TCP_PASS);
	assert_int_equal(give(1, 0, 0x40000000, 0x50000000), TCP_PASS);
	assert_int_equal(tcp_counters(fs)->invalid, 1);
	client++;
	assert_int_equal(give(0, TH_SYN, 1000, 0), TCP_PASS);
	assert_int_equal(give(1, 0, 500, 0x50000000), TCP_PASS);
	assert_int_equal(give(1, TH_SYN | TH_ACK, 500, 1001), TCP_PASS);
	assert_int_equal(give(0, 0, 1001, 501, "foo", "word"), TCP_STOLEN);
	expect(0, 0, 1001, "word");
}

/* A stranger's handshake ends no translation, even if no data came since. */
static void
test_new_handshake(void **state)
{
	(void)state;
	assert_int_equal(give(1, 0, 500, 1000), TCP_PASS);
	resize(1000, 500);
	assert_int_equal(give(0, TH_SYN, 70000, 0), TCP_PASS);
	assert_int_equal(give(1, TH_SYN | TH_ACK, 90000, 70001), TCP_STOLEN);
	assert_int_equal(drops, 1);
	assert_int_equal(give(0, 0, 1003, 500, "bar"), TCP_STOLEN);
	expect(0, 0, 1004, "bar");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(test_probe),
		UNIT(test_gap_filled),
		UNIT(test_acknowledged),
		UNIT(test_gap),
		UNIT(test_gap_at_start),
		UNIT(test_known),
		UNIT(test_new_handshake),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
