/* SPDX-License-Identifier: ISC */

/* Connections whose segments change their length. */

#include "flow_lab.h"

static void
test_handshake(void **state)
{
	(void)state;
	handshake();
	assert_int_equal(give(0, 0, 101, 501, "foo", "long word"), FLOW_TAKEN);
	assert_int_equal(outs, 1);
	expect(0, 0, 101, "long word");
	assert_int_equal(give(0, 0, 104, 501, "bar"), FLOW_TAKEN);
	expect(0, 0, 110, "bar");
	assert_int_equal(give(1, 0, 501, 110, "yes"), FLOW_TAKEN);
	expect(0, 1, 501, "yes");
	assert_int_equal(sent[0].ack, 104);
	assert_int_equal(give(0, 0, 107, 504), FLOW_TAKEN);
	expect(0, 0, 113, "");
	assert_int_equal(flows_counters(fs)->resized, 1);
}

/* The other end is asked to show itself. */
static void
test_middle(void **state)
{
	(void)state;
	assert_int_equal(give(0, 0, 101, 501, "foo", "word"), FLOW_TAKEN);
	expect(0, 0, 100, "");
	assert_int_equal(give(0, 0, 101, 501, "foo", "word"), FLOW_REFUSED);
	assert_int_equal(give(1, 0, 501, 101), FLOW_PASS);
	assert_int_equal(give(0, 0, 101, 501, "foo", "word"), FLOW_TAKEN);
	expect(0, 0, 101, "word");
	assert_int_equal(give(1, 0, 501, 105), FLOW_TAKEN);
	assert_int_equal(sent[0].ack, 104);
	assert_int_equal(sent[0].win, 1000);
}

static void
test_resent(void **state)
{
	(void)state;
	handshake();
	give(0, 0, 101, 501, "abc", "ABCDE");
	give(0, 0, 104, 501, "def", "F");
	give(0, 0, 107, 501, "ghi");
	assert_int_equal(give(0, 0, 102, 501, "bcd", "other"), FLOW_TAKEN);
	assert_int_equal(outs, 2);
	expect(0, 0, 101, "ABCDE");
	expect(1, 0, 106, "F");
	assert_int_equal(give(0, 0, 104, 501, "defghi", ""), FLOW_TAKEN);
	expect(0, 0, 106, "F");
	expect(1, 0, 107, "ghi");
	/* old and new: known by how it begins */
	give(0, 0, 107, 501, "ghijkl", "ghiJ");
	expect(0, 0, 107, "ghi");
	expect(1, 0, 110, "J");
	give(0, 0, 110, 501, "jklmno", "XYZ");
	assert_int_equal(outs, 1);
	expect(0, 0, 110, "J");
	give(0, 0, 113, 501, "mno", "MN");
	expect(0, 0, 111, "MN");
}

static void
test_pieces(void **state)
{
	struct seg g = { .seq = 101, .ack = 501 };
	char big[5000], text[1000];
	uint32_t i, n;

	(void)state;
	memset(big, 'x', sizeof(big));
	memset(text, 'y', sizeof(text));
	handshake();
	assert_int_equal(give_bytes(&g, text, 1000, big, 5000), FLOW_TAKEN);
	assert_int_equal(outs, 5);
	for (i = n = 0; i < outs; n += sent[i++].len) {
		assert_int_equal(sent[i].seq, 101 + n);
		assert_int_equal(sent[i].inject, i > 0);
		assert_true(sent[i].len <= 1000);
	}
	assert_int_equal(n, 5000);
	g.seq = 1101;
	g.gso = 1;
	give_bytes(&g, text, 1000, big, 2000); /* more than one: whole */
	assert_int_equal(outs, 1);
	assert_int_equal(sent[0].len, 2000);
	g.seq = 2101;
	give_bytes(&g, text, 1000, big, 10); /* one: new */
	assert_int_equal(outs, 1);
	assert_int_equal(drops, 1);
	assert_int_equal(sent[0].inject, 1);
}

/* What does not fill a packet waits for the next segment, if that is here. */
static void
test_gather(void **state)
{
	struct seg g = { .seq = 101, .ack = 501 };
	char big[1100], text[1000];
	int i;

	(void)state;
	ops.gather = 1;
	memset(big, 'x', sizeof(big));
	memset(text, 'y', sizeof(text));
	handshake();
	for (i = 0; i < 3; i++) {
		give_bytes(&g, text, 1000, big, 1100);
		g.seq += 1000;
		assert_int_equal(outs, 1);
		assert_int_equal(sent[0].inject, 0);
		assert_int_equal(sent[0].seq, 101 + 1000 * i);
		assert_int_equal(sent[0].len, 1000);
	}
	outs = 0;
	assert_int_equal(flows_flush(fs), 0);
	assert_int_equal(outs, 1);
	assert_int_equal(sent[0].inject, 1);
	assert_int_equal(sent[0].seq, 3101);
	assert_int_equal(sent[0].len, 300);
	/* a FIN waits for nothing */
	g.flags = TH_FIN;
	give_bytes(&g, text, 1000, big, 1100);
	assert_int_equal(outs, 2);
	assert_int_equal(sent[1].flags & TH_FIN, TH_FIN);
	assert_int_equal(sent[1].len, 100);
}

/* What waits to be sent is acknowledged by an end that has not seen it. */
static void
test_gather_acked(void **state)
{
	struct seg g = { .seq = 101, .ack = 501 };
	char big[1100], text[1000];

	(void)state;
	ops.gather = 1;
	memset(big, 'x', sizeof(big));
	memset(text, 'y', sizeof(text));
	handshake();
	give_bytes(&g, text, 1000, big, 1100);
	give(1, 0, 501, 1151);
	outs = 0;
	assert_int_equal(flows_flush(fs), 0);
	assert_int_equal(outs, 1);
	assert_int_equal(sent[0].seq, 1151);
	assert_int_equal(sent[0].len, 50);
	g.seq = 1101;
	give_bytes(&g, text, 1000, big, 1100);
	give(1, 0, 501, 2301);
	outs = 0;
	assert_int_equal(flows_flush(fs), 0);
	assert_int_equal(outs, 0);
	give(0, 0, 2101, 501, "on");
	expect(0, 0, 2301, "on");
}

/* No packet had the length that a frame may claim. */
static void
test_claimed_length(void **state)
{
	struct seg g = { .seq = 101, .ack = 501 };
	char big[2000];

	(void)state;
	memset(big, 'x', sizeof(big));
	handshake();
	give_bytes(&g, big, 1000, big, 1001);
	g.seq = 1101;
	assert_int_equal(give_bytes(&g, big, 65536 + 1, big, 2000), FLOW_TAKEN);
	assert_int_equal(outs, 2);
	assert_int_equal(sent[0].len, 1000);
	assert_int_equal(sent[1].len, 1000);
}

static void
test_window(void **state)
{
	struct seg g = { .seq = 101, .ack = 501 };
	char big[1100];

	(void)state;
	memset(big, 'x', sizeof(big));
	handshake();
	give_bytes(&g, big, 100, big, 1100);
	give(1, 0, 501, 101, .win = 1000); /* scale 2 */
	assert_int_equal(sent[0].win, 750);
	give(1, 0, 501, 101, .win = 200);
	assert_int_equal(sent[0].win, 0);
	give(1, 0, 501, 1201, .win = 1000);
	assert_int_equal(sent[0].win, 1000);
}

static void
test_refused(void **state)
{
	(void)state;
	handshake_with("\23\22xxxxxxxxxxxxxxxx\1\1", 20);
	assert_int_equal(give(0, 0, 101, 501, "foo", "word"), FLOW_REFUSED);
	client++;
	handshake_with("\35\4xx", 4);
	assert_int_equal(give(0, 0, 101, 501, "foo", "word"), FLOW_REFUSED);
	client++; /* one direction only */
	give(0, TH_SYN, 100, 0);
	give(0, 0, 101, 501, "foo");
	give(0, 0, 104, 501, "foo", "word");
	assert_int_equal(give(0, 0, 104, 501, "foo", "word"), FLOW_REFUSED);
	assert_int_equal(give(0, 0, 104, 501, "foo", "oof"), FLOW_PASS);
	client++; /* data on a SYN */
	assert_int_equal(give(0, TH_SYN, 100, 0, "foo", "word"), FLOW_REFUSED);
	assert_int_equal(flows_counters(fs)->refused, 4);
}

static void
test_original(void **state)
{
	(void)state;
	handshake();
	give(0, 0, 101, 501, "abc");
	give(0, 0, 107, 501, "ghi"); /* overtook */
	assert_int_equal(give(0, 0, 104, 501, "def", "D"), FLOW_ORIGINAL);
	assert_int_equal(give(0, 0, 107, 501, "ghijkl", "ghiJ"), FLOW_TAKEN);
	expect(0, 0, 107, "ghi");
	assert_int_equal(give(0, 0, 110, 501, "jkl", "J"), FLOW_TAKEN);
	/* what was on its way: alone, and before what is kept */
	assert_int_equal(give(0, 0, 104, 501, "def", "D"), FLOW_ORIGINAL);
	give(0, 0, 104, 501, "def");
	expect(0, 0, 104, "def");
	give(0, 0, 107, 501, "ghijkl", "ghiJ");
	expect(0, 0, 107, "ghi");
	expect(1, 0, 110, "J");
}

/* Late copies of a SYN, and acknowledgements, say nothing of data. */
static void
test_seen(void **state)
{
	(void)state;
	handshake();
	assert_int_equal(give(0, 0, 101, 501, "abc"), FLOW_PASS);
	assert_int_equal(give(0, TH_SYN, 100, 0, .options = SYN_OPTIONS,
			     .noptions = 12),
	    FLOW_PASS);
	assert_int_equal(give(0, 0, 101, 501, "abc", "A"), FLOW_ORIGINAL);
	assert_int_equal(give(0, 0, 107, 501), FLOW_PASS);
	assert_int_equal(give(0, 0, 104, 501, "abc", "A"), FLOW_TAKEN);
	expect(0, 0, 104, "A");
}

/* An acknowledgement stays in the window that growth has left. */
static void
test_edge(void **state)
{
	struct seg g = { .seq = 101, .ack = 501 };
	char big[1100];

	(void)state;
	memset(big, 'x', sizeof(big));
	handshake();
	give(1, 0, 501, 101, .win = 5000);
	give_bytes(&g, big, 100, big, 1100);
	give(0, 0, 201, 501);
	expect(0, 0, 1201, "");
	client++;
	handshake_with("\2\4\5\264", 4);
	give_bytes(&g, big, 100, big, 1100);
	give(0, 0, 201, 501);
	expect(0, 0, 1101, "");
	give(1, 0, 507, 101, "foo", "f"); /* after a gap: ours as well */
	expect(0, 1, 501, "");            /* of another window */
	expect(1, 0, 1101, "");
	assert_int_equal(sent[1].ack, 501);
}

static void
test_keepalive(void **state)
{
	(void)state;
	handshake();
	give(0, 0, 101, 501, "foo", "word");
	give(1, 0, 501, 105);
	give(0, 0, 103, 501);
	expect(0, 0, 104, "");
	give(0, 0, 103, 501, "x");
	expect(0, 0, 104, "");
	give(1, 0, 501, 105);
	assert_int_equal(sent[0].ack, 104);
}

static void
test_urgent(void **state)
{
	(void)state;
	handshake();
	give(0, 0, 101, 501, "foo", "longer");
	give(0, TH_URG, 104, 501, "abc", "ABCDEF", .urg = 3);
	expect(0, 0, 107, "ABCDEF");
	assert_int_equal(sent[0].urg, 6);
	give(0, TH_URG, 101, 501, "fooabc", .urg = 6);
	expect(0, 0, 101, "longer");
	assert_int_equal(sent[0].urg, 12);
	assert_int_equal(sent[1].urg, 6);
}

static void
test_deleted(void **state)
{
	(void)state;
	handshake();
	give(0, 0, 101, 501, "abc", "AB");
	give(0, 0, 104, 501, "def", "");
	assert_int_equal(outs, 1); /* not before abc is acknowledged */
	expect(0, 0, 103, "");
	give(1, 0, 501, 103);
	expect(0, 1, 501, "");
	assert_int_equal(sent[0].ack, 107);
	give(0, 0, 107, 501, "ghi", "");
	expect(0, 0, 103, "");
	expect(1, 1, 501, "");
	assert_int_equal(sent[1].ack, 110);
	give(0, 0, 107, 501, "ghi", ""); /* that was lost */
	assert_int_equal(drops, 1);
	assert_int_equal(outs, 1);
	expect(0, 1, 501, "");
	assert_int_equal(sent[0].ack, 110);
	give(0, 0, 107, 504, "ghi", ""); /* but this is new */
	assert_int_equal(outs, 2);
	expect(0, 0, 103, "");
	assert_int_equal(sent[0].ack, 504);
	expect(1, 1, 501, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(test_handshake),
		UNIT(test_middle),
		UNIT(test_resent),
		UNIT(test_pieces),
		UNIT(test_gather),
		UNIT(test_gather_acked),
		UNIT(test_claimed_length),
		UNIT(test_window),
		UNIT(test_refused),
		UNIT(test_original),
		UNIT(test_seen),
		UNIT(test_edge),
		UNIT(test_keepalive),
		UNIT(test_urgent),
		UNIT(test_deleted),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
