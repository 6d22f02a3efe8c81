/* SPDX-License-Identifier: ISC */

/* Local acknowledgement and retransmission. */

#include "tcp_lab.h"

#define MSS 536

/* Ten segments behind a gap, acknowledged to the client, then delivered. */
static void
release(uint8_t *bytes)
{
	struct seg g = { .seq = 104, .ack = 501 };
	uint32_t i;

	for (i = 0; i < 11 * MSS; i++)
		bytes[i] = (uint8_t)(i * i >> 7);
	handshake();
	give(0, 0, 101, 501, "abc", "ABCD"); /* to 105 */
	give(1, 0, 501, 105, .win = 2000);
	for (i = 1; i <= 10; i++) {
		g.seq = 104 + MSS * i;
		give_bytes(&g, bytes + MSS * i, MSS, NULL, 0);
		assert_int_equal(outs, 1);
		assert_int_equal(sent[0].ack, 104);
		assert_int_equal(sent[0].sack[1], g.seq + MSS);
	}
	g.seq = 104;
	give_bytes(&g, bytes, MSS, NULL, 0);
	assert_int_equal(outs, 12);
	assert_int_equal(sent[10].seq, 105 + MSS * 10);
	expect(11, 1, 501, "");
	assert_int_equal(sent[11].ack, 104 + MSS * 11);
	/* the window ends where the server let it end */
	assert_int_equal(sent[11].win, 2000 - MSS * 11 / 4);
}

static void
expect_bytes(uint32_t i, const uint8_t *bytes, uint32_t from)
{
	assert_true(i < outs);
	assert_int_equal(sent[i].side, 0);
	assert_int_equal(sent[i].inject, 1);
	assert_int_equal(sent[i].seq, 105 + from);
	assert_int_equal(sent[i].len, MSS);
	assert_memory_equal(sent[i].data, bytes + from, MSS);
}

static void
put_sack(char *options, uint32_t left, uint32_t right)
{
	memcpy(options, "\1\1\5\12", 4);
	put32((uint8_t *)options + 4, left);
	put32((uint8_t *)options + 8, right);
}

/* Locally acknowledged data is retransmitted by the sink. */
static void
test_local_ack_timer(void **state)
{
	uint8_t bytes[11 * MSS];
	uint64_t due;

	(void)state;
	release(bytes);
	due = tcp_tick(fs, now);
	assert_true(due > now && due < now + SECOND);
	give(1, 0, 501, 105 + MSS, .win = 2000 - MSS / 4);
	assert_int_equal(outs, 0); /* the client knows */
	assert_int_equal(drops, 1);
	give(1, 0, 501, 105 + MSS, .win = 2000);
	assert_int_equal(outs, 1); /* but not of this window */
	assert_int_equal(sent[0].ack, 104 + MSS * 11);
	assert_int_equal(sent[0].win, 2000 - MSS * 10 / 4);
	outs = 0;
	now = tcp_tick(fs, now);
	assert_int_equal(outs, 0);
	assert_true(tcp_tick(fs, now) > now);
	assert_int_equal(outs, 1);
	expect_bytes(0, bytes, MSS);
	give(1, 0, 501, 105 + MSS * 3, .win = 2000 - MSS * 3 / 4);
	expect_bytes(0, bytes, MSS * 3); /* the next one is lost, too */
	give(1, 0, 501, 105 + MSS * 11, .win = 2000);
	assert_true(tcp_tick(fs, now + SECOND) == UINT64_MAX);
	give(0, 0, 104 + MSS * 11, 501, "new");
	give(1, 0, 501, 108 + MSS * 11);
	assert_int_equal(sent[0].ack, 107 + MSS * 11);
}

static void
test_local_ack_sack(void **state)
{
	uint8_t bytes[11 * MSS];
	char sack[12];

	(void)state;
	release(bytes);
	put_sack(sack, 105 + MSS * 2, 105 + MSS * 4);
	give(1, 0, 501, 105 + MSS, .options = sack, .noptions = 12);
	assert_int_equal(outs, 1); /* may be late: the window alone is news */
	assert_int_equal(sent[0].sacks, 0);
	put_sack(sack, 105 + MSS * 2, 105 + MSS * 5);
	give(1, 0, 501, 105 + MSS, .options = sack, .noptions = 12);
	expect_bytes(0, bytes, MSS);
	give(1, 0, 501, 105 + MSS, .options = sack, .noptions = 12);
	assert_int_equal(outs, 0); /* once */
	put_sack(sack, 105 + MSS * 7, 105 + MSS * 11);
	give(1, 0, 501, 105 + MSS * 5, .options = sack, .noptions = 12);
	expect_bytes(0, bytes, MSS * 5);
	expect_bytes(1, bytes, MSS * 6);
	give(1, 0, 501, 105 + MSS * 11);
	assert_true(tcp_tick(fs, now + SECOND) == UINT64_MAX);
}

/* A retransmission is repeated after twice the RTT. */
static void
test_local_ack_again(void **state)
{
	uint8_t bytes[11 * MSS];
	char sack[12];

	(void)state;
	release(bytes);
	now += 20 * MS;
	put_sack(sack, 105 + MSS * 2, 105 + MSS * 11); /* the path takes 20 */
	give(1, 0, 501, 105 + MSS, .options = sack, .noptions = 12);
	expect_bytes(0, bytes, MSS);
	now += 45 * MS;
	give(1, 0, 501, 105 + MSS, .options = sack, .noptions = 12);
	assert_int_equal(outs, 0);
	now += MS;
	give(1, 0, 501, 105 + MSS, .options = sack, .noptions = 12);
	expect_bytes(0, bytes, MSS);
	now += 46 * MS;
	give(1, 0, 501, 105 + MSS, .options = sack, .noptions = 12);
	assert_int_equal(outs, 0); /* we wait longer each time */
	now += 45 * MS;
	give(1, 0, 501, 105 + MSS, .options = sack, .noptions = 12);
	expect_bytes(0, bytes, MSS);
	give(1, 0, 501, 105 + MSS * 11);
	assert_true(tcp_tick(fs, now + SECOND) == UINT64_MAX);
}

/* After a timeout, slow start. */
static void
test_local_ack_all_lost(void **state)
{
	uint8_t bytes[11 * MSS];

	(void)state;
	release(bytes);
	now = tcp_tick(fs, now);
	outs = 0;
	tcp_tick(fs, now);
	assert_int_equal(outs, 1);
	expect_bytes(0, bytes, 0);
	give(1, 0, 501, 105 + MSS, .win = 2000 - MSS / 4);
	assert_int_equal(outs, 2);
	expect_bytes(0, bytes, MSS);
	expect_bytes(1, bytes, MSS * 2);
	give(1, 0, 501, 105 + MSS * 3, .win = 2000 - MSS * 3 / 4);
	assert_int_equal(outs, 4);
	expect_bytes(3, bytes, MSS * 6);
}

/* A cumulative ACK that jumps reveals the next hole. */
static void
test_local_ack_jump(void **state)
{
	uint8_t bytes[11 * MSS];

	(void)state;
	release(bytes);
	now = tcp_tick(fs, now);
	tcp_tick(fs, now);
	give(1, 0, 501, 105 + MSS * 6, .win = 2000 - MSS * 6 / 4);
	expect_bytes(0, bytes, MSS * 6);
	expect_bytes(1, bytes, MSS * 7);
	assert_int_equal(outs, 2);
}

/* A closed window is probed for as long as the receiver answers. */
static void
test_local_ack_window(void **state)
{
	uint8_t bytes[995] = { 0 };
	int i;

	(void)state;
	handshake(); /* the server takes 1000 bytes */
	give(0, 0, 101, 501, "abc", "ABCDE");
	give_bytes(&(struct seg){ .seq = 104, .ack = 501 }, bytes, 995, NULL,
	    0);
	give(1, 0, 501, 1101, .shut = 1);
	give(0, 0, 1099, 501, "", "own");
	for (i = 0; i < 100; i++) {
		now = tcp_tick(fs, now);
		outs = 0;
		tcp_tick(fs, now);
		assert_int_equal(outs, 1);
		expect(0, 0, 1100, ""); /* a probe */
		give(1, 0, 501, 1101, .shut = 1);
	}
	give(1, 0, 501, 1101, .win = 1);
	expect(0, 0, 1101, "own");
	assert_int_equal(tcp_counters(fs)->reset, 0);
}

/* A keepalive probe is answered locally while data is acknowledged ahead. */
static void
test_local_ack_asked(void **state)
{
	uint8_t bytes[11 * MSS];

	(void)state;
	release(bytes);
	give(0, 0, 104 + MSS * 11 - 1, 501);
	assert_int_equal(outs, 2);
	expect(0, 1, 501, "");
	assert_int_equal(sent[0].ack, 104 + MSS * 11);
}

/* The timer retransmits one packet. */
static void
test_local_ack_silent(void **state)
{
	uint8_t bytes[11 * MSS];

	(void)state;
	release(bytes);
	now = tcp_tick(fs, now);
	tcp_tick(fs, now);
	give(1, 0, 501, 105 + MSS, .win = 2000 - MSS / 4);
	give(1, 0, 501, 105 + MSS * 3, .win = 2000 - MSS * 3 / 4);
	assert_int_equal(outs, 4);
	now += 10 * SECOND;
	outs = 0;
	tcp_tick(fs, now);
	assert_int_equal(outs, 1);
	expect_bytes(0, bytes, MSS * 3);
}

/* Data behind a FIN is neither queued nor acknowledged. */
static void
test_local_ack_behind_fin(void **state)
{
	uint32_t i;

	(void)state;
	handshake();
	give(0, 0, 101, 501, "abc", "ABCD"); /* to 105 */
	give(1, 0, 501, 105);
	give(0, 0, 111, 501, "mno");
	give(0, TH_FIN, 104, 501, "def");
	give(0, 0, 108, 501, "jkl");
	outs = 0;
	now = tcp_tick(fs, now);
	tcp_tick(fs, now);
	for (i = 0; i < outs; i++)
		assert_true(sent[i].seq + sent[i].len <= 108);
}

/* A partial acknowledgement of a retransmission. */
static void
test_local_ack_part(void **state)
{
	uint8_t bytes[11 * MSS];

	(void)state;
	release(bytes);
	now = tcp_tick(fs, now);
	tcp_tick(fs, now);
	give(1, 0, 501, 110, .win = 2000);
	now = tcp_tick(fs, now);
	outs = 0;
	tcp_tick(fs, now);
	assert_int_equal(sent[0].seq, 110);
	assert_memory_equal(sent[0].data, bytes + 5, sent[0].len);
}

/* TSecr of ACKs ahead of the receiver is the newest. */
static void
test_local_ack_echo(void **state)
{
	const char *times = "\1\1\10\12\0\0\0\1\0\0\0\0";
	const char *later = "\1\1\10\12\0\0\0\11\0\0\0\0";
	const char *old = "\1\1\10\12\0\0\0\7\0\0\0\1";

	(void)state;
	handshake();
	give(0, 0, 101, 501, "abc", "ABCDE", times, 12);
	give(1, 0, 501, 106, .options = old, .noptions = 12);
	give(0, 0, 107, 501, "ghi", .options = later, .noptions = 12);
	give(0, 0, 104, 501, "def", .options = later, .noptions = 12);
	give(1, 0, 501, 106, .options = old, .noptions = 12, .win = 2000);
	assert_int_equal(sent[0].ack, 110);
	assert_int_equal(sent[0].tsecr, 9);
}

/* A FIN is never acknowledged locally. */
static void
test_local_ack_fin(void **state)
{
	(void)state;
	handshake();
	give(0, 0, 101, 501, "abc", "ABCD"); /* to 105 */
	give(1, 0, 501, 105);
	give(0, TH_FIN, 107, 501, "ghi");
	give(0, 0, 104, 501, "def");
	expect(1, 0, 108, "ghi");
	assert_int_equal(sent[1].flags & TH_FIN, TH_FIN);
	expect(2, 1, 501, "");
	assert_int_equal(sent[2].ack, 110);
	give(1, 0, 501, 112);
	assert_int_equal(sent[0].ack, 111);
}

static void
test_own(void **state)
{
	uint64_t next;
	int i;

	(void)state;
	handshake();
	give(0, 0, 101, 501, "", "hello");
	expect(0, 0, 101, "hello");
	outs = 0;
	next = tcp_tick(fs, now);
	assert_int_equal(outs, 0);
	assert_true(next > now && next < now + SECOND);
	now = next;
	assert_true(tcp_tick(fs, now) > now);
	expect(0, 0, 101, "hello");
	give(0, 0, 101, 501, "abc");
	expect(0, 0, 106, "abc");
	give(1, 0, 501, 106); /* is not the client's to know */
	assert_int_equal(outs, 0);
	assert_int_equal(drops, 1);
	assert_true(tcp_tick(fs, now + SECOND) == UINT64_MAX);
	give(1, 0, 501, 109);
	assert_int_equal(sent[0].ack, 104);
	give(0, 0, 104, 501, "new", .type = DIV_INJECT);
	expect(0, 0, 109, "new");
	for (i = 0; i < 40 && next != UINT64_MAX; i++) {
		next = tcp_tick(fs, now);
		now = next;
	}
	assert_true(next == UINT64_MAX);
	assert_int_equal(tcp_counters(fs)->reset, 1);
	expect_dead();
}

/* DIV_F_NEXT: inserted data gets the next sequence number. */
static void
test_next(void **state)
{
	(void)state;
	assert_int_equal(give(0, 0, 0, 0, "early", .type = DIV_INJECT,
			     .next = 1),
	    TCP_REFUSED);
	handshake();
	assert_int_equal(give(0, 0, 0, 0, "ls", .type = DIV_INJECT, .next = 1),
	    TCP_STOLEN);
	expect(0, 0, 101, "ls");
	assert_int_equal(sent[0].ack, 501);
	give(0, 0, 101, 501, "abc");
	expect(0, 0, 103, "abc");
	give(0, 0, 0, 0, "more", .type = DIV_INJECT, .next = 1);
	expect(0, 0, 106, "more");
	give(0, TH_FIN, 104, 501);
	assert_int_equal(give(0, 0, 0, 0, "late", .type = DIV_INJECT,
			     .next = 1),
	    TCP_REFUSED);
}

/* Retransmissions of untracked data stay before inserted data. */
static void
test_own_unkept(void **state)
{
	(void)state;
	handshake();
	give(0, 0, 101, 501, "abc");
	give(0, 0, 104, 501, "", "own");
	expect(0, 0, 104, "own");
	/* the sender is asked for what came before, alone */
	give(0, 0, 101, 501, "abcdef", "abcDEFG");
	expect(0, 1, 501, "");
	assert_int_equal(sent[0].ack, 101);
	assert_int_equal(sent[0].win << 2, 0);
	give(0, 0, 101, 501, "abc");
	expect(0, 0, 101, "abc");
	give(0, 0, 104, 501, "def", "DEFG");
	expect(0, 0, 107, "DEFG");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(test_local_ack_timer),
		UNIT(test_local_ack_sack),
		UNIT(test_local_ack_again),
		UNIT(test_local_ack_all_lost),
		UNIT(test_local_ack_jump),
		UNIT(test_local_ack_window),
		UNIT(test_local_ack_asked),
		UNIT(test_local_ack_silent),
		UNIT(test_local_ack_behind_fin),
		UNIT(test_local_ack_part),
		UNIT(test_local_ack_echo),
		UNIT(test_local_ack_fin),
		UNIT(test_own),
		UNIT(test_next),
		UNIT(test_own_unkept),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
