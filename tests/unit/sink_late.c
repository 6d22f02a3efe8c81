/* SPDX-License-Identifier: ISC */

/* A packet that is missing passes in the end (DIV_O_LATE). */

#include "sink_lab.h"

static struct div *
late_sink(void)
{
	struct div *d = sink(4, DIV_O_LATE);

	d->opt.hold = 1;
	idwin_extend(&d->ids, 1, 0);
	return d;
}

/* A packet is overtaken until it expires: the verdict on it. */
static enum verdict
overtake(struct div *d)
{
	const uint64_t missing = ++id, expired = d->n.expired;
	uint8_t p[2048];

	give(d, p, segment(p, 1, 6000, 1010, 0), 0);
	while (d->n.expired == expired)
		assert_return_code(div_tick(d), 0);
	assert_int_equal(d->n.expired, expired + 1);
	return noted[missing].v;
}

/* Its data has passed: when it comes again, its length cannot change. */
static void
test_passes(void **state)
{
	struct div *d = late_sink();
	uint8_t p[2048];
	uint64_t last;

	(void)state;
	give(d, p, segment(p, 0, 1000, 6000, 10), 0);
	give(d, p, segment(p, 1, 6000, 1010, 0), 0);
	assert_int_equal(overtake(d), RESTORE);
	last = id;
	id -= 2;
	assert_int_equal(give(d, p, segment(p, 0, 1010, 6000, 10), 3),
	    DIV_EXPIRED);
	id = last;
	assert_int_equal(give(d, p, segment(p, 0, 1010, 6000, 10), 3),
	    DIV_REFUSE_PASSED);
	assert_int_equal(noted[id].v, RESTORE);
	assert_int_equal(give(d, p, segment(p, 0, 1020, 6000, 10), 3), DIV_OK);
	assert_int_equal(noted[id].v, REPLACE);
	div_close(d);
}

/* It may be a segment of a translated connection. */
static void
test_translated(void **state)
{
	struct div *d = late_sink();

	(void)state;
	translate(d, 3);
	assert_int_equal(overtake(d), DROP);
	div_close(d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_passes),
		cmocka_unit_test(test_translated),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
