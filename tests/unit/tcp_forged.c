/* SPDX-License-Identifier: ISC */

/*
 * Segments that the receiving end would ignore change nothing that is remembered
 * of a connection (RFC 9293, 3.10.7; RFC 5961): before a translation begins, and
 * while there is one.
 */

#include "tcp_lab.h"

#define FAR 0x40000000 /* out of every window */

#define TS(val) "\1\1\10\12" val "\0\0\0\0"

/* Each is sent in the client's name, then in the server's. */
static const struct forged {
	const char *name;
	uint8_t flags;
	uint32_t seq, ack; /* from the numbers that come next */
	const char *text;
	const char *options;
	size_t noptions;
} forged[] = {
	{ "data out of the window", 0, FAR, 0, "forged", NULL, 0 },
	{ "old data", 0, (uint32_t)-FAR, 0, "forged", NULL, 0 },
	{ "data beyond the window", 0, 200000, 0, "forged", NULL, 0 },
	{ "FIN out of the window", TH_FIN, FAR, 0, "", NULL, 0 },
	{ "ACK out of the window", 0, FAR, 0, "", NULL, 0 },
	{ "ACK of data that was not sent", 0, 0, 1000, "", NULL, 0 },
	{ "data with such an ACK", 0, 0, FAR, "forged", NULL, 0 },
	{ "ACK of old data", 0, 0, (uint32_t)-FAR, "", NULL, 0 },
	{ "SYN", TH_SYN, FAR, 0, "", NULL, 0 },
	{ "SYN in the window", TH_SYN, 10, 0, "", NULL, 0 },
	{ "SYN with an ACK", TH_SYN | TH_ACK, FAR, 0, "", NULL, 0 },
	{ "RST out of the window", TH_RST, FAR, 0, "", NULL, 0 },
	{ "RST in the window", TH_RST, 10, 0, "", NULL, 0 },
	{ "RST with any ACK", TH_RST | TH_ACK, 10, 1000, "", NULL, 0 },
	{ "RST with another ACK", TH_RST | TH_ACK, 10, FAR, "", NULL, 0 },
	{ "RST with an old ACK", TH_RST | TH_ACK, 10, (uint32_t)-FAR, "", NULL,
	    0 },
	{ "RST before the window", TH_RST, (uint32_t)-1000, 0, "", NULL, 0 },
	{ "timestamp out of the window", 0, FAR, 0, "", TS("\177\377\377\377"),
	    12 },
};

/* The numbers that each side sends next, before and after the sink. */
static uint32_t next[2], edited[2];

static void
say(int side, const char *text, const char *edit)
{
	uint32_t i;

	assert_int_equal(give(side, 0, next[side], edited[!side], text, edit),
	    TCP_STOLEN);
	for (i = 0; i < outs && sent[i].side != side; i++)
		;
	expect(i, side, edited[side], edit);
	next[side] += (uint32_t)strlen(text);
	edited[side] += (uint32_t)strlen(edit);
	/* it arrives */
	give(!side, 0, next[!side], edited[side]);
}

static void
forge(const struct forged *f, int side)
{
	give(side, f->flags, next[side] + f->seq, edited[!side] + f->ack,
	    f->text, .options = f->options, .noptions = f->noptions);
}

/* Not once, and not again and again. */
static void
forge_all(const struct forged *f)
{
	int i;

	for (i = 0; i < 8; i++)
		forge(f, i & 1);
}

static void
start(void)
{
	client++;
	handshake_with(SYN_OPTIONS, 12);
	next[0] = edited[0] = 101;
	next[1] = edited[1] = 501;
}

static void
test_before(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(forged) / sizeof(forged[0]); i++) {
		print_message("# %s\n", forged[i].name);
		start();
		forge_all(&forged[i]);
		say(0, "foo", "word");
		say(1, "a longer one", "x");
		say(0, "bar", "");
		say(0, "foo", "word");
	}
	assert_int_equal(tcp_counters(fs)->reset, 0);
}

static void
test_translated(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(forged) / sizeof(forged[0]); i++) {
		print_message("# %s\n", forged[i].name);
		start();
		say(0, "foo", "word");
		say(1, "bar", "more");
		forge_all(&forged[i]);
		say(0, "foo", "word");
		say(1, "a longer one", "x");
		forge_all(&forged[i]);
		say(0, "bar", "longer");
		/* it is still ours to end */
		tcp_reset_all(fs);
		assert_int_equal(tcp_counters(fs)->reset, i + 1);
	}
}

/* The writer's own segments bear no number that a stranger has chosen. */
static void
test_own_numbers(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(forged) / sizeof(forged[0]); i++) {
		start();
		say(0, "foo", "word");
		forge_all(&forged[i]);
		/* a gap: the client is told, in the server's name */
		give(0, 0, next[0] + 3, edited[1], "ghi", "GHI");
		assert_int_equal(outs, 1);
		expect(0, 1, 501, "");
		assert_int_equal(sent[0].ack, next[0]);
	}
}

/* The edit is the first that acknowledges the server's SYN. */
static void
test_first_ack(void **state)
{
	uint32_t iss = 0xa0000000;

	(void)state;
	give(0, TH_SYN, 100, 0);
	give(1, TH_SYN | TH_ACK, iss, 101);
	assert_int_equal(give(0, 0, 101, iss + 1, "foo", "word"), TCP_STOLEN);
	give(1, 0, iss + 1 + FAR, 105, "forged");
	assert_int_equal(outs, 0);
	assert_int_equal(tcp_counters(fs)->invalid, 1);
	give(1, 0, iss + 1, 105, "abc");
	expect(0, 1, iss + 1, "abc");
}

/* A real connection on the same ports, whose other end agrees to it. */
static void
test_reused(void **state)
{
	(void)state;
	start();
	say(0, "foo", "word");
	assert_int_equal(give(0, TH_SYN, 70000, 0, .options = SYN_OPTIONS,
			     .noptions = 12),
	    TCP_PASS);
	/* the old one goes on while the ends do */
	say(0, "bar", "longer");
	assert_int_equal(give(1, TH_SYN | TH_ACK, 90000, 70001,
			     .options = SYN_OPTIONS, .noptions = 12),
	    TCP_STOLEN);
	expect(0, 0, edited[0] - 1, ""); /* are they there? */
	expect(1, 1, edited[1] - 1, "");
	assert_int_equal(drops, 1);
	say(0, "bar", "longer");
	assert_int_equal(give(1, TH_SYN | TH_ACK, 90000, 70001,
			     .options = SYN_OPTIONS, .noptions = 12),
	    TCP_STOLEN);
	now += SECOND;
	assert_int_equal(give(1, TH_SYN | TH_ACK, 90000, 70001,
			     .options = SYN_OPTIONS, .noptions = 12),
	    TCP_PASS);
	assert_int_equal(give(0, 0, 70001, 90001), TCP_PASS);
	next[0] = edited[0] = 70001;
	next[1] = edited[1] = 90001;
	say(0, "foo", "word");
	say(1, "foo", "word");
}

/* Data in the window whose timestamp the receiver rejects (PAWS). */
static void
test_late(void **state)
{
	static const char options[] = SYN_OPTIONS TS("\177\0\0\7");
	int i;

	(void)state;
	client++;
	handshake_with(options, 24);
	for (i = 0; i < 2; i++) {
		assert_int_equal(give(0, 0, 101, 501, "abc",
				     .options = TS("\177\0\0\10"),
				     .noptions = 12),
		    i == 0 ? TCP_PASS : TCP_STOLEN);
		give(0, 0, 104, 501, "forged", .options = TS("\77\0\0\0"),
		    .noptions = 12);
		give(0, 0, 104, 501, "def", "word",
		    .options = TS("\177\0\0\11"), .noptions = 12);
		expect(0, 0, 104, "word");
	}
}

/* A SYN between a FIN and its retransmission. */
static void
test_syn_behind_fin(void **state)
{
	(void)state;
	start();
	say(0, "foo", "word");
	give(0, TH_FIN, next[0], edited[1], "end");
	give(1, TH_FIN, next[1], edited[0], "");
	give(0, TH_SYN, 70000, 0, .options = SYN_OPTIONS, .noptions = 12);
	give(0, TH_FIN, next[0], edited[1], "end");
	expect(0, 0, edited[0], "end");
	assert_int_equal(sent[0].flags & TH_FIN, TH_FIN);
}

/* The receiver has not got the data in front of an RST, and goes on. */
static void
test_rst_too_early(void **state)
{
	(void)state;
	start();
	say(0, "foo", "word");
	give(0, 0, next[0], edited[1], "abc"); /* lost behind the sink */
	give(0, TH_RST, next[0] + 3, edited[1]);
	give(0, TH_SYN, 70000, 0, .options = SYN_OPTIONS, .noptions = 12);
	give(1, 0, next[1], edited[0]);
	give(0, 0, next[0], edited[1], "abc");
	expect(0, 0, edited[0], "abc");
	tcp_reset_all(fs);
	assert_int_equal(tcp_counters(fs)->reset, 1);
}

/* The first segments of a connection in the middle are no evidence. */
static void
test_first(void **state)
{
	(void)state;
	assert_int_equal(give(0, 0, 0x70000000, 0x30000000, "forged"),
	    TCP_PASS);
	assert_int_equal(give(0, 0, 101, 501, "abc"), TCP_PASS);
	assert_int_equal(give(1, 0, 501, 104), TCP_PASS);
	assert_int_equal(give(0, 0, 104, 501, "foo", "word"), TCP_STOLEN);
	expect(0, 0, 104, "word");
}

/* Data and other SYNs, before and in the handshake. */
static void
test_handshake(void **state)
{
	uint32_t i;

	(void)state;
	give(1, 0, 0x70000000, 0x30000000, "forged");
	give(0, TH_SYN, 100, 0, .options = SYN_OPTIONS, .noptions = 12);
	for (i = 1; i < TCP_SYNS; i++)
		give(0, TH_SYN, i << 28, 0);
	give(0, 0, 0x40000000, 0x50000000, "forged");
	assert_int_equal(give(1, TH_SYN | TH_ACK, 500, 101,
			     .options = SYN_OPTIONS, .noptions = 12),
	    TCP_PASS);
	give(1, 0, 0x60000000, 0x20000000, "forged");
	assert_int_equal(give(0, 0, 101, 501), TCP_PASS);
	assert_int_equal(give(0, 0, 101, 501, "foo", "word"), TCP_STOLEN);
	expect(0, 0, 101, "word");
	/* the scale of windows was agreed on */
	assert_int_equal(tcp_counters(fs)->conns, 1);
	give(1, 0, 501, 105, .win = 100);
	assert_int_equal(sent[0].win, 100);
	give(1, 0, 501, 104, .win = 100);
}

/* A SYN that comes again is the newest. */
static void
test_syn_again(void **state)
{
	uint32_t i;

	(void)state;
	give(1, 0, 0x70000000, 0x30000000, "forged");
	for (i = 0; i < 2 * TCP_SYNS - 1; i++) {
		if (i % TCP_SYNS == 0)
			give(0, TH_SYN, 100, 0, .options = SYN_OPTIONS,
			    .noptions = 12);
		else
			give(0, TH_SYN, i << 28, 0);
	}
	give(1, TH_SYN | TH_ACK, 500, 101, .options = SYN_OPTIONS,
	    .noptions = 12);
	assert_int_equal(give(0, 0, 101, 501), TCP_PASS);
	assert_int_equal(give(0, 0, 101, 501, "foo", "word"), TCP_STOLEN);
	expect(0, 0, 101, "word");
}

/* A flood of SYNs leaves connections alone, translated or not. */
static void
test_flood(void **state)
{
	uint16_t ours;
	int i;

	(void)state;
	start();
	ours = client;
	for (i = 0; i < 20000; i++) {
		client = (uint16_t)(ours + 1 + i % 60000);
		give(0, TH_SYN, 100, 0, .options = SYN_OPTIONS, .noptions = 12);
	}
	client = ours;
	/* without the handshake, this would be old data */
	give(0, 0, next[0] + 3, edited[1], "bar");
	assert_int_equal(sent[0].side, 1);
	assert_int_equal(sent[0].ack, next[0]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(test_before),
		UNIT(test_translated),
		UNIT(test_own_numbers),
		UNIT(test_first_ack),
		UNIT(test_reused),
		UNIT(test_late),
		UNIT(test_syn_behind_fin),
		UNIT(test_rst_too_early),
		UNIT(test_first),
		UNIT(test_handshake),
		UNIT(test_syn_again),
		UNIT(test_flood),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
