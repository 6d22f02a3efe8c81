/* SPDX-License-Identifier: ISC */

/* The path's MTU: ICMP errors, and discovery without them (RFC 4821, RFC 8899). */

#include <netinet/in.h>

#include "tcp_lab.h"

#define FULL 1448
#define FLOOR 536
#define BASE 1240 /* of 1280 bytes, without both headers */

static uint8_t data[8 * FULL];

static enum tcp_action
segment(uint32_t i, uint32_t n)
{
	return give_bytes(&(struct seg){ .seq = 104 + FULL * i, .ack = 501 },
	    data, n, NULL, 0);
}

/* A connection that is translated, and has eight segments in flight. */
static void
flight(void)
{
	uint32_t i;

	window = 60000;
	handshake();
	give(0, 0, 101, 501, "foo", "barbar");
	give(1, 0, 501, 107);
	for (i = 0; i < 8; i++)
		segment(i, FULL);
}

static void
expect_len(uint32_t i, uint32_t seq, uint32_t len)
{
	assert_true(i < outs);
	assert_int_equal(sent[i].seq, seq);
	assert_int_equal(sent[i].len, len);
}

/* A segment that nothing follows up to is cut; so are those after it. */
static void
test_black_hole(void **state)
{
	(void)state;
	flight();
	segment(0, FULL);
	expect_len(0, 107, FULL);
	segment(0, FULL);
	assert_int_equal(outs, 2);
	expect_len(0, 107, BASE);
	expect_len(1, 107 + BASE, FULL - BASE);
	assert_int_equal(tcp_counters(fs)->path_limited, 1);
	segment(8, FULL);
	assert_int_equal(outs, 2);
	expect_len(0, 107 + 8 * FULL, BASE);
	give(1, 0, 501, 107 + 9 * FULL);
	/* after ten minutes the path may be another one */
	now += 601 * SECOND;
	segment(9, FULL);
	assert_int_equal(outs, 1);
	segment(9, FULL);
	assert_int_equal(outs, 1);
}

/* Segments that arrive behind a lost one show that the size is no matter. */
static void
test_loss(void **state)
{
	int i;

	(void)state;
	flight();
	for (i = 0; i < 8; i++) {
		segment(0, FULL);
		assert_int_equal(outs, 1);
		give(1, 0, 501, 107 + (uint32_t)i + 1);
	}
	assert_int_equal(tcp_counters(fs)->path_limited, 0);
}

/* The sender has learned of a smaller MTU: our own pieces follow. */
static void
test_recut(void **state)
{
	(void)state;
	flight();
	segment(0, 1000);
	give_bytes(&(struct seg){ .seq = 104 + 8 * FULL, .ack = 501 }, "x", 1,
	    data, 2500);
	assert_int_equal(outs, 3);
	expect_len(0, 107 + 8 * FULL, 1000);
}

/* An ICMP error about a segment of the client's. */
static int
icmp(uint8_t type, uint8_t code, uint16_t mtu, uint32_t seq)
{
	static uint8_t b[20 + 8 + 20 + 8];
	struct div_packet p;
	uint32_t before = seq;
	int changed;

	memset(b, 0, sizeof(b));
	b[0] = b[28] = 0x45;
	b[9] = IPPROTO_ICMP;
	b[15] = 9;
	b[19] = 1;
	b[20] = type;
	b[21] = code;
	put16(b + 26, mtu);
	b[37] = IPPROTO_TCP;
	b[28 + 15] = 1;
	b[28 + 19] = 2;
	put16(b + 48, client);
	put16(b + 50, 80);
	put32(b + 52, seq);
	assert_int_equal(div_packet_parse(&p, b, sizeof(b)), 0);
	changed = tcp_icmp_error(fs, b, &p, now);
	assert_true(changed == (get32(b + 52) != before));
	return changed ? (int)get32(b + 52) : -1;
}

static void
test_icmp(void **state)
{
	(void)state;
	flight();
	assert_int_equal(icmp(3, 4, 1300, 107 + FULL), 104 + FULL);
	segment(8, FULL);
	assert_int_equal(outs, 2);
	expect_len(0, 107 + 8 * FULL, 1260);
	assert_int_equal(icmp(3, 4, 100, 107 + FULL), 104 + FULL);
	segment(9, FULL);
	assert_int_equal(outs, 3);
	expect_len(0, 107 + 9 * FULL, FLOOR);
	/* other errors are mapped as well */
	assert_int_equal(icmp(11, 0, 0, 107), 104);
	assert_int_equal(tcp_counters(fs)->path_limited, 2);
}

/* Strangers know no numbers; and what asks is no error. */
static void
test_icmp_forged(void **state)
{
	(void)state;
	assert_int_equal(icmp(3, 4, 600, 107), -1);
	flight();
	assert_int_equal(icmp(3, 4, 600, 106), -1);
	assert_int_equal(icmp(3, 4, 600, 107 + 9 * FULL), -1);
	assert_int_equal(icmp(8, 0, 0, 107), -1);
	segment(8, FULL);
	assert_int_equal(outs, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_black_hole, setup,
		    teardown),
		cmocka_unit_test_setup_teardown(test_loss, setup, teardown),
		cmocka_unit_test_setup_teardown(test_recut, setup, teardown),
		cmocka_unit_test_setup_teardown(test_icmp, setup, teardown),
		cmocka_unit_test_setup_teardown(test_icmp_forged, setup,
		    teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
