/* SPDX-License-Identifier: ISC */

/* How connections end, and how many there may be. */

#include "tcp_lab.h"

/* An RST by a filter has the number that each end expects. */
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
	    TCP_STOLEN);
	assert_int_equal(outs, 1);
	expect(0, 1, 503, "");
	assert_int_equal(sent[0].flags & TH_RST, TH_RST);
	give(0, TH_RST, 104, 503, .type = DIV_INJECT);
	assert_int_equal(outs, 1);
	expect(0, 0, 106, "");
	tcp_reset_all(fs);
	assert_int_equal(tcp_counters(fs)->reset, 0);
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
	assert_int_equal(tcp_reset_all(fs), 0);
	assert_int_equal(outs, 0);
	assert_int_equal(tcp_counters(fs)->memory, 0);
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
	tcp_reset_all(fs);
	assert_int_equal(outs, 1);
	assert_int_equal(tcp_counters(fs)->reset, 0);
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
	tcp_reset_all(fs);
	assert_int_equal(tcp_counters(fs)->reset, 1);
}

static void
test_reuse(void **state)
{
	(void)state;
	handshake();
	give(0, 0, 101, 501, "foo", "word");
	assert_int_equal(give(0, TH_SYN, 100, 0), TCP_STOLEN); /* late */
	give(0, 0, 104, 501, "bar");
	expect(0, 0, 105, "bar");
	give(0, TH_RST, 107, 501);
	assert_int_equal(give(0, TH_SYN, 9000, 0), TCP_PASS);
	/* the RST may not have been accepted */
	assert_int_equal(give(1, TH_SYN | TH_ACK, 7000, 9001), TCP_STOLEN);
	assert_int_equal(drops, 1);
	now += SECOND;
	assert_int_equal(give(1, TH_SYN | TH_ACK, 7000, 9001), TCP_PASS);
	assert_int_equal(give(0, 0, 9001, 7001, "foo"), TCP_PASS);
	assert_int_equal(give(0, 0, 9004, 7001, "foo", "f"), TCP_STOLEN);
	expect(0, 0, 9004, "f");
}

/* A refused connection is tried again; the client may never see the RST. */
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
	tcp_reset_all(fs);
	assert_int_equal(tcp_counters(fs)->reset, 1);
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
		assert_true(tcp_counters(fs)->memory <= BOUND);
	}
	assert_int_equal(resets, 0);
}

/* More connections than a client has ports. */
static void
test_many(void **state)
{
	(void)state;
	come_and_go(100000);
}

/* Closed connections are evicted for queued segments. */
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
	assert_int_equal(tcp_counters(fs)->held, 1);
	give(0, 0, 104, 501, "bar");
	expect(1, 0, 108, "baz");
}

/* An idle translated connection outlives short ones. */
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
	assert_int_equal(tcp_counters(fs)->evicted, 0);
}

static void
test_unacknowledged(void **state)
{
	uint32_t i, seq = 101;

	(void)state;
	handshake();
	for (i = 0; i < 1000000; i++, seq += 3) {
		if (give(0, 0, seq, 501, "foo", "word") != TCP_STOLEN)
			give(1, 0, 501, seq); /* it was evicted */
		assert_true(tcp_counters(fs)->memory <= BOUND);
	}
	assert_true(resets > 0);
	assert_int_equal(tcp_counters(fs)->evicted, tcp_counters(fs)->reset);
}

static void
translate(int first, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		client = (uint16_t)(first + i);
		handshake();
		assert_int_equal(give(0, 0, 101, 501, "foo", "word"),
		    TCP_STOLEN);
	}
}

static void
establish(int first, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		client = (uint16_t)(first + i);
		handshake();
	}
}

/* Forged segments of connections that there are not. */
static void
flood(int n)
{
	int i;

	for (i = 0; i < n; i++) {
		client = (uint16_t)(1000 + i);
		give(0, TH_SYN, 100, 0);
		if (i % 2)
			give(1, TH_SYN | TH_ACK, 500, 101);
		if (i % 4 == 1) /* acknowledges what was not sent */
			give(0, 0, 101, (uint32_t)(502 + i));
		assert_true(tcp_counters(fs)->memory <= BOUND);
	}
}

/* A flood of SYNs evicts none of those whose handshake is complete. */
static void
test_flood(void **state)
{
	int i;

	(void)state;
	translate(1, 100);
	establish(101, 100);
	flood(20000);
	assert_int_equal(tcp_counters(fs)->evicted, 0);
	for (i = 0; i < 100; i++) {
		client = (uint16_t)(1 + i);
		give(1, 0, 501, 105);
		assert_int_equal(sent[0].ack, 104);
		client = (uint16_t)(101 + i);
		give(0, 0, 101, 501, "foo", "word");
		expect(0, 0, 101, "word");
	}
}

/* Where all memory is in use, a handshake is still completed. */
static void
test_full(void **state)
{
	(void)state;
	establish(1, 10000);
	translate(20000, 1);
	assert_int_equal(tcp_counters(fs)->evicted, 0);
	client = 20000;
	give(1, 0, 501, 105);
	assert_int_equal(sent[0].ack, 104);
}

/* Without data from its other end a connection is half-open. */
static void
test_flood_middle(void **state)
{
	int i;

	(void)state;
	establish(101, 100);
	for (i = 0; i < 20000; i++) {
		client = (uint16_t)(1000 + i);
		give(0, 0, 101, 501, "abc");
	}
	for (i = 0; i < 100; i++) {
		client = (uint16_t)(101 + i);
		give(0, 0, 101, 501, "foo", "word");
		expect(0, 0, 101, "word");
	}
}

/* Translated connections that do not end leave room for new ones. */
static void
test_unfinished(void **state)
{
	(void)state;
	translate(1, 5000);
	assert_true(tcp_counters(fs)->evicted > 3000);
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
		UNIT(test_flood),
		UNIT(test_full),
		UNIT(test_flood_middle),
		UNIT(test_unfinished),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
