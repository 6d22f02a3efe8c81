/* SPDX-License-Identifier: ISC */

/* Connections whose segments change their length. */

#include <netinet/in.h>

#include "tcp_lab.h"

static void
test_handshake(void **state)
{
	(void)state;
	handshake();
	assert_int_equal(give(0, 0, 101, 501, "foo", "long word"), TCP_STOLEN);
	assert_int_equal(outs, 1);
	expect(0, 0, 101, "long word");
	assert_int_equal(give(0, 0, 104, 501, "bar"), TCP_STOLEN);
	expect(0, 0, 110, "bar");
	assert_int_equal(give(1, 0, 501, 110, "yes"), TCP_STOLEN);
	expect(0, 1, 501, "yes");
	assert_int_equal(sent[0].ack, 104);
	assert_int_equal(give(0, 0, 107, 504), TCP_STOLEN);
	expect(0, 0, 113, "");
	assert_int_equal(tcp_counters(fs)->resized, 1);
}

/* A connection met in the middle: a keepalive probe makes the peer answer. */
static void
test_middle(void **state)
{
	(void)state;
	assert_int_equal(give(0, 0, 101, 501, "foo", "word"), TCP_STOLEN);
	expect(0, 0, 100, "");
	assert_int_equal(give(0, 0, 101, 501, "foo", "word"), TCP_REFUSED);
	assert_int_equal(give(1, 0, 501, 101), TCP_PASS);
	assert_int_equal(give(0, 0, 101, 501, "foo", "word"), TCP_STOLEN);
	expect(0, 0, 101, "word");
	assert_int_equal(give(1, 0, 501, 105), TCP_STOLEN);
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
	assert_int_equal(give(0, 0, 102, 501, "bcd", "other"), TCP_STOLEN);
	assert_int_equal(outs, 2);
	expect(0, 0, 101, "ABCDE");
	expect(1, 0, 106, "F");
	assert_int_equal(give(0, 0, 104, 501, "defghi", ""), TCP_STOLEN);
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
	window = 20000;
	handshake();
	assert_int_equal(give_bytes(&g, text, 1000, big, 5000), TCP_STOLEN);
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

/* A remainder smaller than a packet waits for the next segment of the batch. */
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
	window = 20000;
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
	assert_int_equal(tcp_flush(fs), 0);
	assert_int_equal(outs, 1);
	assert_int_equal(sent[0].inject, 1);
	assert_int_equal(sent[0].seq, 3101);
	assert_int_equal(sent[0].len, 300);
	/* a FIN is not deferred */
	g.flags = TH_FIN;
	give_bytes(&g, text, 1000, big, 1100);
	assert_int_equal(outs, 2);
	assert_int_equal(sent[1].flags & TH_FIN, TH_FIN);
	assert_int_equal(sent[1].len, 100);
}

/* An acknowledgement of data that waits to be sent is no receiver's. */
static void
test_gather_acked(void **state)
{
	struct seg g = { .seq = 101, .ack = 501 };
	char big[1100], text[1000];

	(void)state;
	ops.gather = 1;
	memset(big, 'x', sizeof(big));
	memset(text, 'y', sizeof(text));
	window = 20000;
	handshake();
	give_bytes(&g, text, 1000, big, 1100);
	give(1, 0, 501, 1151);
	assert_int_equal(drops, 1);
	assert_int_equal(tcp_flush(fs), 0);
	assert_int_equal(outs, 1);
	assert_int_equal(sent[0].seq, 1101);
	assert_int_equal(sent[0].len, 100);
	assert_int_equal(tcp_counters(fs)->invalid, 1);
	give(1, 0, 501, 1201);
	assert_int_equal(sent[0].ack, 1101);
}

/* A frame that claims an impossible original length. */
static void
test_claimed_length(void **state)
{
	struct seg g = { .seq = 101, .ack = 501 };
	char big[2000];

	(void)state;
	memset(big, 'x', sizeof(big));
	window = 20000;
	handshake();
	give_bytes(&g, big, 1000, big, 1001);
	g.seq = 1101;
	assert_int_equal(give_bytes(&g, big, 65536 + 1, big, 2000), TCP_STOLEN);
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
	window = 20000;
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
refused(const char *text, const char *edit, enum div_reason reason)
{
	assert_int_equal(give(0, 0, 101, 501, text, edit), TCP_REFUSED);
	assert_int_equal(tcp_refusal(fs), reason);
}

/* Options that cover the payload: no edit, to whatever length. */
static void
test_immutable(void **state)
{
	(void)state;
	handshake_with("\23\22xxxxxxxxxxxxxxxx\1\1", 20);
	refused("foo", "word", DIV_REFUSE_SIGNED);
	refused("foo", "bar", DIV_REFUSE_SIGNED);
	client++;
	handshake_with("\35\4xx", 4);
	refused("foo", "word", DIV_REFUSE_SIGNED);
	client++;
	handshake_with("\105\4xx", 4);
	refused("foo", "oof", DIV_REFUSE_CRYPT);
	client++; /* met in the middle */
	give(0, 0, 101, 501, .options = "\36\10\40\1xxxx", .noptions = 8);
	give(1, 0, 501, 101);
	refused("foo", "oof", DIV_REFUSE_MPTCP);
	assert_int_equal(give(0, 0, 101, 501, "foo"), TCP_PASS);
	assert_int_equal(tcp_counters(fs)->refused, 5);
}

static void
test_refused(void **state)
{
	(void)state;
	client++; /* one direction only */
	give(0, TH_SYN, 100, 0);
	give(0, 0, 101, 501, "foo");
	give(0, 0, 104, 501, "foo", "word");
	assert_int_equal(give(0, 0, 104, 501, "foo", "word"), TCP_REFUSED);
	assert_int_equal(tcp_refusal(fs), DIV_REFUSE_TCPLEN);
	assert_int_equal(give(0, 0, 104, 501, "foo", "oof"), TCP_PASS);
	client++; /* behind a FIN */
	handshake();
	give(0, TH_FIN, 101, 501, "foo");
	assert_int_equal(give(0, 0, 105, 501, "bar", "word"), TCP_REFUSED);
	assert_int_equal(tcp_refusal(fs), DIV_REFUSE_CLOSED);
	assert_int_equal(tcp_counters(fs)->refused, 2);
}

/* A connection whose edits are refused for a second cannot go on. */
static void
test_gives_up(void **state)
{
	(void)state;
	handshake_with("\23\22xxxxxxxxxxxxxxxx\1\1", 20);
	refused("foo", "bar", DIV_REFUSE_SIGNED);
	now += SECOND / 2;
	refused("foo", "bar", DIV_REFUSE_SIGNED);
	assert_int_equal(tcp_gives_up(fs), 0);
	give(0, 0, 101, 501, "foo"); /* as it is */
	now += SECOND;
	refused("foo", "bar", DIV_REFUSE_SIGNED);
	assert_int_equal(tcp_gives_up(fs), 0);
	now += 2 * SECOND;
	give(1, 0, 501, 101);
	refused("foo", "bar", DIV_REFUSE_SIGNED);
	assert_int_equal(tcp_gives_up(fs), 1);
}

/* A SYN whose data is edited goes without: its sender sends it again. */
static void
test_syn_data(void **state)
{
	(void)state;
	assert_int_equal(give(0, TH_SYN, 100, 0, "foo", "word"), TCP_STOLEN);
	expect(0, 0, 100, "");
	assert_int_equal(sent[0].flags, TH_SYN);
	give(1, TH_SYN | TH_ACK, 500, 101);
	assert_int_equal(give(0, 0, 101, 501, "foo", "word"), TCP_STOLEN);
	expect(0, 0, 101, "word");
	client++;
	assert_int_equal(give(0, TH_SYN, 100, 0, "", "word"), TCP_REFUSED);
	assert_int_equal(tcp_refusal(fs), DIV_REFUSE_SYN);
	client++;
	assert_int_equal(give(0, TH_SYN, 100, 0, "foo", "oof"), TCP_PASS);
}

/* The offer of Multipath TCP goes out of a SYN, and nothing else does. */
static void
test_make_plain(void **state)
{
	static const char options[][12] = { "\36\14\1xxxxxxxxx",
		"\36\14\21xxxxxxxxx", "\2\4\5\264\36\4\1x\1\1\1\1" };
	struct div_frame f = { .caplen = 52 };
	struct div_packet p;
	uint8_t b[52];
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		memset(b, 0, sizeof(b));
		b[0] = 0x45;
		b[9] = IPPROTO_TCP;
		b[32] = 32 / 4 << 4;
		b[33] = TH_SYN;
		memcpy(b + 40, options[i], 12);
		f.packet = b;
		assert_int_equal(div_packet_parse(&p, b, sizeof(b)), 0);
		assert_int_equal(tcp_make_plain(&f, &p), i != 1);
		assert_int_equal(b[i == 2 ? 44 : 40], i == 1 ? 30 : 1);
		assert_int_equal(b[40], i == 0 ? 1 : options[i][0]);
		memcpy(b + 40, options[i], 12);
		b[33] = TH_ACK;
		assert_int_equal(tcp_make_plain(&f, &p), 0);
	}
}

static void
test_original(void **state)
{
	(void)state;
	handshake();
	give(0, 0, 101, 501, "abcdef");
	give(0, 0, 107, 501, "ghi");
	assert_int_equal(give(0, 0, 104, 501, "def", "D"), TCP_PASS_ORIGINAL);
	/* the sender is asked for what has passed, alone */
	assert_int_equal(give(1, 0, 501, 104), TCP_PASS);
	assert_int_equal(give(0, 0, 104, 501, "defghijkl", "defghiJ"),
	    TCP_REFUSED);
	expect(0, 1, 501, "");
	assert_int_equal(sent[0].ack, 104);
	assert_int_equal(sent[0].win << 2, 4);
	assert_int_equal(outs, 1);
	assert_int_equal(give(0, 0, 110, 501, "jkl", "J"), TCP_STOLEN);
	/* in flight when the translation began: alone, and with queued data */
	assert_int_equal(give(0, 0, 104, 501, "def", "D"), TCP_PASS_ORIGINAL);
	give(0, 0, 104, 501, "def");
	expect(0, 0, 104, "def");
	give(0, 0, 107, 501, "ghijkl", "ghiJ");
	expect(0, 0, 107, "ghi");
	expect(1, 0, 110, "J");
}

/* Data behind a gap waits before the first change, too. */
static void
test_reordered_first(void **state)
{
	(void)state;
	handshake();
	give(0, 0, 101, 501, "abc");
	assert_int_equal(give(0, 0, 107, 501, "ghi"), TCP_STOLEN);
	expect(0, 1, 501, ""); /* a duplicate ACK */
	assert_int_equal(outs, 1);
	assert_int_equal(give(0, 0, 104, 501, "def", "D"), TCP_STOLEN);
	expect(0, 0, 104, "D");
	expect(1, 0, 105, "ghi");
	client++;
	handshake();
	assert_int_equal(give(0, 0, 104, 501, "def"), TCP_STOLEN);
	assert_int_equal(give(0, 0, 101, 501, "abc"), TCP_STOLEN);
	expect(0, 0, 101, "abc");
	expect(1, 0, 104, "def");
	/* numbers are the same: all is as it was */
	give(1, 0, 501, 107);
	assert_int_equal(give(0, 0, 107, 501, "ghi"), TCP_PASS);
	client++;
	handshake();
	assert_int_equal(give(0, 0, 104, 501, "def"), TCP_STOLEN);
	/* abc went by when the queue was full, and has arrived */
	give(1, 0, 501, 104);
	expect(0, 1, 501, "");
	expect(1, 0, 104, "def");
}

/* It does not if a filter changes the order on purpose; the receiver restores it. */
static void
test_disorder(void **state)
{
	(void)state;
	tcp_allow_disorder(fs);
	handshake();
	give(0, 0, 101, 501, "abc");
	assert_int_equal(give(0, 0, 107, 501, "ghi"), TCP_PASS);
	assert_int_equal(give(0, 0, 104, 501, "def"), TCP_PASS);
	assert_int_equal(outs, 0);
	/* but from the first change of length on */
	give(0, 0, 110, 501, "jkl", "J");
	expect(0, 0, 110, "J");
	assert_int_equal(give(0, 0, 116, 501, "pqr"), TCP_STOLEN);
}

/* Duplicate SYNs and pure ACKs do not count as data. */
static void
test_seen(void **state)
{
	(void)state;
	handshake();
	assert_int_equal(give(0, 0, 101, 501, "abc"), TCP_PASS);
	assert_int_equal(give(0, TH_SYN, 100, 0, .options = SYN_OPTIONS,
			     .noptions = 12),
	    TCP_PASS);
	assert_int_equal(give(0, 0, 101, 501, "abc", "A"), TCP_PASS_ORIGINAL);
	assert_int_equal(give(0, 0, 107, 501), TCP_PASS);
	assert_int_equal(give(0, 0, 104, 501, "abc", "A"), TCP_STOLEN);
	expect(0, 0, 104, "A");
}

/* A pure ACK stays within the window and snd_nxt. */
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
	give(1, 0, 507, 101, "foo",
	    "f");              /* behind a gap: our own ACKs as well */
	expect(0, 1, 501, ""); /* of another window */
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
	give(1, 0, 501, 103, "abc");
	give(0, 0, 107, 504, "ghi", ""); /* but this is new */
	assert_int_equal(outs, 2);
	expect(0, 0, 103, "");
	assert_int_equal(sent[0].ack, 504);
	expect(1, 1, 504, "");
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
		UNIT(test_immutable),
		UNIT(test_refused),
		UNIT(test_gives_up),
		UNIT(test_syn_data),
		UNIT(test_make_plain),
		UNIT(test_original),
		UNIT(test_reordered_first),
		UNIT(test_disorder),
		UNIT(test_seen),
		UNIT(test_edge),
		UNIT(test_keepalive),
		UNIT(test_urgent),
		UNIT(test_deleted),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
