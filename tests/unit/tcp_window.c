/* SPDX-License-Identifier: ISC */

/*
 * The receiver's window: growth beyond it waits in the queue, goes when it opens,
 * and is subtracted from the window that the sender sees.
 */

#include "tcp_lab.h"

/* The server takes 10 bytes of 15. */
static void
fill(void)
{
	window = 10;
	handshake();
	window = 0;
	give(0, 0, 101, 501, "abc", "ABCDEFG");
	expect(0, 0, 101, "ABCDEFG");
	give(0, 0, 104, 501, "def", "HIJKLMNO");
	assert_int_equal(outs, 1);
	expect(0, 0, 108, "HIJ");
}

static void
test_opens(void **state)
{
	(void)state;
	fill();
	give(1, 0, 501, 111, .win = 1); /* 4 bytes */
	assert_int_equal(outs, 2);
	expect(0, 0, 111, "KLMN");
	assert_int_equal(sent[0].inject, 1);
	assert_int_equal(sent[1].ack,
	    106); /* the last byte stands for the rest */
	give(1, 0, 501, 115, .win = 100);
	expect(0, 0, 115, "O");
	give(1, 0, 501, 116, .win = 100);
	assert_int_equal(sent[0].ack, 107);
}

/* Growth that waits is not the sender's to fill. */
static void
test_advertised(void **state)
{
	(void)state;
	fill();
	give(1, 0, 501, 111, .shut = 1);
	assert_int_equal(sent[0].win, 0);
	give(0, 0, 107, 501, "gh", "PQ");
	assert_int_equal(outs, 0); /* it waits behind the others */
	assert_int_equal(drops, 1);
	give(1, 0, 501, 111, .win = 25);
	expect(0, 0, 111, "KLMNOPQ");
	/* 100 bytes, less the growth of 4 */
	assert_int_equal(sent[1].win, 24);
}

/* The sender's retransmission asks for the window where there is none. */
static void
test_probe(void **state)
{
	(void)state;
	fill();
	give(1, 0, 501, 111, .shut = 1);
	give(0, 0, 107, 501, "gh", "PQ");
	give(0, 0, 107, 501, "gh", "PQ");
	assert_int_equal(outs, 1);
	expect(0, 0, 110, "");
	give(0, 0, 104, 501, "def", "HIJKLMNO");
	expect(0, 0, 108, "HIJ"); /* the part that was sent */
	assert_int_equal(outs, 1);
	give(1, 0, 501, 111, .win = 25);
	expect(0, 0, 111, "KLMNOPQ");
}

static void
test_fin(void **state)
{
	(void)state;
	fill();
	give(0, TH_FIN, 107, 501, "gh", "PQ");
	assert_int_equal(outs, 0);
	give(1, 0, 501, 111, .shut = 1);
	give(1, 0, 501, 111, .win = 25);
	expect(0, 0, 111, "KLMNOPQ");
	assert_int_equal(sent[0].flags & TH_FIN, TH_FIN);
	give(1, 0, 501, 119, .win = 25);
	assert_int_equal(sent[0].ack, 110);
}

/* No acknowledgement has a number that the receiver has not room for. */
static void
test_pure_ack(void **state)
{
	(void)state;
	fill();
	give(1, 0, 501, 101, "foo");
	give(0, 0, 107, 504);
	expect(0, 0, 111, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_opens, setup, teardown),
		cmocka_unit_test_setup_teardown(test_advertised, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_probe, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fin, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pure_ack, setup, teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
