/* SPDX-License-Identifier: ISC */

/* Fragments of TCP segments in the sink. */

#include <netinet/in.h>

#include "sink_lab.h"

static void
check_translated(uint64_t first, size_t len, uint32_t seq)
{
	struct div_packet p;

	assert_int_equal(noted[first].v, REPLACE);
	assert_int_equal(noted[first].len, len);
	assert_int_equal(div_packet_parse(&p, noted[first].packet, len), 0);
	assert_int_equal(p.fragment, DIV_WHOLE);
	assert_int_equal(p.proto, IPPROTO_TCP);
	assert_int_equal(packet_damaged(&p), 0);
	assert_int_equal(get32(p.data + p.l4 + 4), seq);
}

/* The first fragment becomes the whole segment, translated. */
static void
test_translated(void **state)
{
	struct div *d;
	uint8_t p[2048];
	uint64_t first;
	uint32_t seq;
	size_t len;
	int i, v;

	(void)state;
	for (v = 4; v <= 6; v += 2) {
		d = sink(v, 0);
		translate(d, 3);
		for (i = 0, seq = 1020; i < 3; i++, seq += SEGMENT) {
			len = segment(p, 0, seq, 5010, SEGMENT);
			first = three(d, p, len, i);
			check_translated(first + (uint64_t)i, len, seq + 3);
			assert_int_equal(noted[first + (uint64_t)(i + 1) % 3].v,
			    DROP);
			assert_int_equal(noted[first + (uint64_t)(i + 2) % 3].v,
			    DROP);
		}
		assert_int_equal(d->n.absorbed, 6);
		div_close(d);
	}
}

/* Other connections' fragments pass as they came, and damaged ones. */
static void
test_untranslated(void **state)
{
	struct div *d;
	uint8_t p[2048];
	uint64_t first, i;
	size_t len;
	int damaged, v;

	(void)state;
	for (v = 4; v <= 6; v += 2)
		for (damaged = 0; damaged < 2; damaged++) {
			d = sink(v, 0);
			translate(d, damaged ? 3 : 0);
			len = segment(p, 0, 1020, 5010, SEGMENT);
			p[len - 1] ^= (uint8_t)damaged;
			first = three(d, p, len, 1);
			for (i = 0; i < 3; i++)
				assert_int_equal(noted[first + i].v, ACCEPT);
			assert_int_equal(d->n.damaged, damaged);
			div_close(d);
		}
}

/* Overlaps drop the datagram, and what comes of it later (RFC 5722). */
static void
test_overlap(void **state)
{
	struct div *d;
	uint8_t p[2048];
	size_t len;
	int v;

	(void)state;
	for (v = 4; v <= 6; v += 2) {
		d = sink(v, 0);
		translate(d, 3);
		len = segment(p, 0, 1020, 5010, SEGMENT);
		ident++;
		assert_int_equal(fragment(d, p, len, 0, 400), DIV_OK);
		assert_int_equal(fragment(d, p, len, 800, 80), DIV_OK);
		assert_int_equal(fragment(d, p, len, 392, 400),
		    DIV_REFUSE_REASSEMBLY);
		assert_int_equal(noted[id - 2].v, DROP);
		assert_int_equal(noted[id - 1].v, DROP);
		assert_int_equal(noted[id].v, DROP);
		assert_int_equal(fragment(d, p, len, 880, 80),
		    DIV_REFUSE_REASSEMBLY);
		assert_int_equal(d->n.reason[DIV_REFUSE_REASSEMBLY], 4);
		div_close(d);
	}
}

/* A copy made on the way is dropped alone. */
static void
test_duplicate(void **state)
{
	struct div *d = sink(4, 0);
	uint8_t p[2048];
	uint64_t first;
	size_t len;

	(void)state;
	translate(d, 3);
	len = segment(p, 0, 1020, 5010, SEGMENT);
	first = id + 1;
	assert_int_equal(fragment(d, p, len, 0, 400), DIV_OK);
	assert_int_equal(fragment(d, p, len, 0, 400), DIV_REFUSE_REASSEMBLY);
	assert_int_equal(fragment(d, p, len, 400, len - V4_HDRLEN - 400),
	    DIV_OK);
	check_translated(first, len, 1023);
	div_close(d);
}

static void
test_timeout(void **state)
{
	struct div *d = sink(4, 0);
	uint8_t p[2048];
	size_t len;

	(void)state;
	translate(d, 3);
	len = segment(p, 0, 1020, 5010, SEGMENT);
	assert_int_equal(fragment(d, p, len, 400, 400), DIV_OK);
	assert_in_range(sink_frag_tick(d), 29999, 30001);
	d->now += 29999000000;
	assert_in_range(sink_frag_tick(d), 0, 2);
	assert_int_not_equal(noted[id].v, DROP);
	d->now += 1000000;
	sink_frag_tick(d);
	assert_int_equal(noted[id].v, DROP);
	/* the end of the port drops the others */
	assert_int_equal(fragment(d, p, len, 400, 400), DIV_OK);
	assert_int_equal(sink_frag_flush(d), 0);
	assert_int_equal(noted[id].v, DROP);
	assert_int_equal(fragment(d, p, len, 400, 400), DIV_OK);
	div_close(d);
}

/* The oldest datagrams go when there are too many. */
static void
test_bounds(void **state)
{
	struct div *d = sink(6, 0);
	uint8_t p[2048];
	uint64_t i;
	size_t len, n;

	(void)state;
	translate(d, 3);
	len = segment(p, 0, 1020, 5010, SEGMENT);
	for (i = 0; i < 80; i++, ident++)
		assert_int_equal(fragment(d, p, len, 400, 400), DIV_OK);
	assert_int_equal(d->n.reason[DIV_REFUSE_REASSEMBLY], 16);
	assert_int_equal(noted[id - 64].v, DROP);
	assert_int_not_equal(noted[id - 63].v, DROP);
	for (i = 0; i < 10; i++, ident++)
		for (n = 0; n < 800; n += 16)
			assert_int_equal(fragment(d, p, len, n, 8), DIV_OK);
	assert_in_range(d->n.reason[DIV_REFUSE_REASSEMBLY], 68, 120);
	div_close(d);
}

/* -P lets no edited fragment pass while a connection is translated. */
static void
test_edited(void **state)
{
	struct div *d = sink(4, DIV_O_PASS);
	uint8_t p[2048];
	size_t len;

	(void)state;
	translate(d, 3);
	len = segment(p, 0, 1020, 5010, 400);
	put16(p + 6, 0x2000);
	assert_int_equal(give(d, p, len, 8), DIV_REFUSE_REASSEMBLY);
	assert_int_equal(noted[id].v, DROP);
	div_close(d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_translated),
		cmocka_unit_test(test_untranslated),
		cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_duplicate),
		cmocka_unit_test(test_timeout),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_edited),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
