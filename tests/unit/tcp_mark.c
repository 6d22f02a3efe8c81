/* SPDX-License-Identifier: ISC */

/* The mark by which rules know translated connections, and orphans. */

#include <netinet/in.h>

#include "tcp_lab.h"

#define BIT 0x10

static int noted;
static unsigned int asked;

static int
answer(void *arg, const struct div_frame *f)
{
	(void)arg;
	(void)f;
	asked++;
	return noted;
}

static int
setup_mark(void **state)
{
	ops.noted = answer;
	noted = 0;
	asked = 0;
	if (setup(state))
		return -1;
	tcp_set_mark(fs, BIT);
	return 0;
}

static int
teardown_mark(void **state)
{
	ops.noted = NULL;
	return teardown(state);
}

/* All packets, once the numbers differ, and none before. */
static void
test_translated(void **state)
{
	(void)state;
	handshake();
	assert_int_equal(give(0, 0, 101, 501, "foo", "bar"), TCP_STOLEN);
	expect(0, 0, 101, "bar");
	assert_int_equal(sent[0].mark, 0);
	give(1, 0, 501, 104);
	assert_int_equal(sent[0].mark, 0);
	assert_int_equal(tcp_counters(fs)->shifted, 0);
	give(0, 0, 104, 501, "foo", "word");
	assert_int_equal(sent[0].mark, BIT);
	give(0, 0, 107, 501, "foo", "word");
	assert_int_equal(tcp_counters(fs)->shifted, 1);
	give(1, 0, 501, 112, "hello");
	assert_int_equal(sent[0].mark, BIT);
	assert_int_equal(give(0, TH_SYN, 9000, 0), TCP_PASS);
	assert_int_equal(mark, BIT);
	outs = 0;
	tcp_reset_all(fs);
	assert_in_range(outs, 2, 4);
	assert_int_equal(sent[0].mark, BIT);
	assert_int_equal(sent[0].inject, 1);
	assert_int_equal(asked, 0);
}

/* For whoever resets them after this process. */
static void
test_saved(void **state)
{
	static struct tcp_saved saved;

	(void)state;
	tcp_save_to(fs, &saved);
	handshake();
	give(0, 0, 101, 501, "foo", "word");
	outs = 0;
	assert_int_equal(tcp_reset_saved(&saved, &ops, NULL), 1);
	assert_in_range(outs, 2, 4);
	assert_int_equal(sent[0].mark, BIT);
}

/* The receiver may not have what the process had no time to give a verdict on. */
static void
test_unflushed(void **state)
{
	static struct tcp_saved saved;

	(void)state;
	tcp_save_to(fs, &saved);
	handshake();
	give(0, 0, 101, 501, "foo", "word");
	saved.flushes++;
	give(0, 0, 104, 501, "one");
	give(0, 0, 107, 501, "two");
	outs = 0;
	assert_int_equal(tcp_reset_saved(&saved, &ops, NULL), 1);
	expect(0, 0, 101, "");
	expect(1, 0, 105, "");
	expect(2, 0, 111, "");
}

/* Met in the middle: the kernel is asked once. */
static void
test_middle(void **state)
{
	(void)state;
	assert_int_equal(give(0, 0, 101, 501, "foo"), TCP_PASS);
	assert_int_equal(give(1, 0, 501, 104), TCP_PASS);
	assert_int_equal(give(0, 0, 104, 501, "foo", "word"), TCP_STOLEN);
	assert_int_equal(asked, 1);
}

/* The receiver is probed, the sender gets an RST at the number it expects. */
static void
rejected(int side, uint32_t seq, uint32_t ack)
{
	assert_int_equal(give(side, 0, seq, ack, "foo", "word"), TCP_STOLEN);
	assert_int_equal(outs, 2);
	assert_int_equal(drops, 0);
	expect(0, side, seq - 1, "");
	assert_int_equal(sent[0].inject, 0);
	assert_int_equal(sent[0].mark, BIT);
	assert_int_equal(sent[0].flags, TH_ACK);
	expect(1, !side, ack, "");
	assert_int_equal(sent[1].inject, 1);
	assert_int_equal(sent[1].mark, BIT);
	assert_int_equal(sent[1].flags, TH_RST | TH_ACK);
	assert_int_equal(sent[1].ack, seq + 3);
}

/* Another sink has translated it: the ends are reset, and nothing passes. */
static void
test_orphan(void **state)
{
	(void)state;
	noted = 1;
	rejected(0, 101, 501);
	rejected(1, 501, 99);
	rejected(0, 101, 501);
	assert_int_equal(asked, 1);
	assert_int_equal(tcp_counters(fs)->reset, 1);
	assert_int_equal(give(0, TH_RST, 104, 501), TCP_STOLEN);
	assert_int_equal(outs, 0);
	assert_int_equal(drops, 1);
	assert_int_equal(give(0, TH_SYN, 9000, 0), TCP_PASS);
	assert_int_equal(give(1, TH_SYN | TH_ACK, 7000, 9001), TCP_PASS);
	assert_int_equal(give(0, 0, 9001, 7001, "foo"), TCP_PASS);
}

/* A new connection that the kernel takes for the old one passes the rules. */
static void
test_noted(void **state)
{
	(void)state;
	noted = 1;
	assert_int_equal(give(0, TH_SYN, 100, 0), TCP_PASS);
	assert_int_equal(mark, 0);
	assert_int_equal(give(0, TH_SYN, 100, 0), TCP_PASS);
	assert_int_equal(mark, BIT);
	assert_int_equal(give(1, TH_SYN | TH_ACK, 500, 101), TCP_PASS);
	assert_int_equal(mark, BIT);
	give(1, 0, 9000, 200, "late data");
	assert_int_equal(mark, 0);
	assert_int_equal(give(0, 0, 101, 501, "foo"), TCP_PASS);
	assert_int_equal(mark, BIT);
	assert_int_equal(asked, 1);
}

#define MARK(f) cmocka_unit_test_setup_teardown(f, setup_mark, teardown_mark)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		MARK(test_translated),
		MARK(test_saved),
		MARK(test_unflushed),
		MARK(test_middle),
		MARK(test_orphan),
		MARK(test_noted),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
