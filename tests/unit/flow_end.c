/* SPDX-License-Identifier: ISC */

/* How connections end, and how many there may be. */

#include "flow_lab.h"

/* A filter's reset reaches an end with the numbers that this end expects. */
static void
test_inject_rst(void **state)
{
	(void)state;
	handshake();
	give(0, 0, 101, 501, "abc", "ABCDE");
	give(1, 0, 501, 106, "hello", "hi");
	give(0, 0, 104, 503);
	/* a segment of the client's at 104 was rejected: its numbers, twice */
	assert_int_equal(give(1, TH_RST, 503, 0, .type = DIV_INJECT),
	    FLOW_TAKEN);
	assert_int_equal(outs, 1);
	expect(0, 1, 503, "");
	assert_int_equal(sent[0].flags & TH_RST, TH_RST);
	give(0, TH_RST, 104, 503, .type = DIV_INJECT);
	assert_int_equal(outs, 1);
	expect(0, 0, 106, "");
	flows_reset(fs);
	assert_int_equal(flows_counters(fs)->reset, 0);
}

static void
test_fin(void **state)
{
	(void)state;
	handshake();
	give(0, TH_FIN, 101, 501, "bye", "goodbye");
	expect(0, 0, 101, "goodbye");
	assert_true(sent[0].flags & TH_FIN);
	give(0, TH_FIN, 104, 501); /* again, without the data */
	expect(0, 0, 101, "goodbye");
	assert_true(sent[0].flags & TH_FIN);
	give(1, 0, 501, 109, "more", "m"); /* half open */
	assert_int_equal(sent[0].ack, 105);
	give(1, TH_FIN, 505, 109);
	expect(0, 1, 502, "");
	assert_true(sent[0].flags & TH_FIN);
	give(0, 0, 105, 503);
	assert_int_equal(sent[0].ack, 506);
	assert_int_equal(sent[0].seq, 109);
	outs = 0;
	assert_int_equal(flows_reset(fs), 0);
	assert_int_equal(outs, 0);
	assert_int_equal(flows_counters(fs)->memory, 0);
}

static void
test_rst(void **state)
{
	(void)state;
	handshake();
	give(0, 0, 101, 501, "foo", "word");
	give(0, TH_RST, 104, 501);
	expect(0, 0, 105, "");
	assert_true(sent[0].flags & TH_RST);
	flows_reset(fs);
	assert_int_equal(outs, 1);
	assert_int_equal(flows_counters(fs)->reset, 0);
}

static void
test_rst_stray(void **state)
{
	(void)state;
	handshake();
	give(0, 0, 101, 501, "foo", "word");
	give(1, 0, 501, 105);
	give(0, TH_RST, 5000, 501); /* will not be believed */
	give(0, 0, 104, 501, "bar");
	expect(0, 0, 105, "bar");
	flows_reset(fs);
	assert_int_equal(flows_counters(fs)->reset, 1);
}

static void
test_reuse(void **state)
{
	(void)state;
	handshake();
	give(0, 0, 101, 501, "foo", "word");
	assert_int_equal(give(0, TH_SYN, 100, 0), FLOW_TAKEN); /* late */
	give(0, 0, 104, 501, "bar");
	expect(0, 0, 105, "bar");
	give(0, TH_RST, 107, 501);
	assert_int_equal(give(0, TH_SYN, 9000, 0), FLOW_PASS);
	assert_int_equal(give(1, TH_SYN | TH_ACK, 7000, 9001), FLOW_PASS);
	assert_int_equal(give(0, 0, 9001, 7001, "foo"), FLOW_PASS);
	assert_int_equal(give(0, 0, 9004, 7001, "foo", "f"), FLOW_TAKEN);
	expect(0, 0, 9004, "f");
}

/* Who was refused may try again, and never hear of the refusal. */
static void
test_refused_first(void **state)
{
	(void)state;
	give(0, TH_SYN, 100, 0);
	give(1, TH_RST, 0, 101);
	give(0, TH_SYN, 100, 0);
	give(1, TH_SYN | TH_ACK, 3000000000, 101);
	give(0, 0, 101, 3000000001, "foo", "word");
	give(1, TH_SYN | TH_ACK, 3000000000, 101); /* late */
	give(1, 0, 3000000001, 105, "bar", "more");
	expect(0, 1, 3000000001, "more");
	assert_int_equal(sent[0].ack, 104);
}

static void
test_reset(void **state)
{
	uint32_t i, client_seen = 0, server_seen = 0;

	(void)state;
	handshake();
	give(0, 0, 101, 501, "foo", "word");
	give(0, 0, 104, 501, "bar", "word");
	give(1, 0, 501, 101, "foo", "f");
	outs = 0;
	flows_reset(fs);
	assert_int_equal(flows_counters(fs)->reset, 1);
	for (i = 0; i < outs; i++) {
		assert_true(sent[i].flags & TH_RST);
		if (sent[i].side == 0 && sent[i].seq >= 101)
			server_seen |= 1U << (sent[i].seq - 101);
		if (sent[i].side == 1 && sent[i].seq >= 501)
			client_seen |= 1U << (sent[i].seq - 501);
	}
	assert_int_equal(server_seen, 1 | 1 << 4 | 1 << 8);
	assert_int_equal(client_seen, 1 | 1 << 1);
}

static void
come_and_go(int n)
{
	int i;

	for (i = 0; i < n; i++) {
		client = (uint16_t)(1000 + i % 60000);
		handshake();
		give(0, 0, 101, 501, "foo", "word");
		give(1, TH_FIN, 501, 105);
		give(0, TH_FIN, 104, 502);
		give(1, 0, 502, 106);
		assert_true(flows_counters(fs)->memory <= BOUND);
	}
	assert_int_equal(resets, 0);
}

/* As many as one port has, and more. */
static void
test_many(void **state)
{
	(void)state;
	come_and_go(100000);
}

/* Connections that are over leave room for segments that wait. */
static void
test_many_held(void **state)
{
	(void)state;
	come_and_go(10000);
	client = 999;
	handshake();
	give(0, 0, 101, 501, "foo", "word");
	give(1, 0, 501, 105);
	give(0, 0, 107, 501, "baz");
	assert_int_equal(flows_counters(fs)->held, 1);
	give(0, 0, 104, 501, "bar");
	expect(1, 0, 108, "baz");
}

/* One that is idle stays where others come and go. */
static void
test_idle(void **state)
{
	(void)state;
	client = 999;
	handshake();
	give(0, 0, 101, 501, "foo", "word");
	come_and_go(20000);
	client = 999;
	give(1, 0, 501, 105);
	assert_int_equal(sent[0].ack, 104);
	give(0, 0, 104, 501, "bar");
	expect(0, 0, 105, "bar");
	assert_int_equal(flows_counters(fs)->evicted, 0);
}

static void
test_unacknowledged(void **state)
{
	uint32_t i, seq = 101;

	(void)state;
	handshake();
	for (i = 0; i < 1000000; i++, seq += 3) {
		if (give(0, 0, seq, 501, "foo", "word") != FLOW_TAKEN)
			give(1, 0, 501, seq); /* it was evicted */
		assert_true(flows_counters(fs)->memory <= BOUND);
	}
	assert_true(resets > 0);
	assert_int_equal(flows_counters(fs)->evicted,
	    flows_counters(fs)->reset);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(test_inject_rst),
		UNIT(test_fin),
		UNIT(test_rst),
		UNIT(test_rst_stray),
		UNIT(test_reuse),
		UNIT(test_refused_first),
		UNIT(test_reset),
		UNIT(test_many),
		UNIT(test_many_held),
		UNIT(test_idle),
		UNIT(test_unacknowledged),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
