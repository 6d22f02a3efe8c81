/* SPDX-License-Identifier: ISC */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "ledger.h"

#define HOLD 1000

static void
test_order(void **state)
{
	struct ledger l;
	uint64_t id;

	(void)state;
	assert_int_equal(ledger_init(&l, HOLD), 0);
	for (id = 1; id <= 3 * LEDGER_WINDOW; id++) {
		assert_int_equal(ledger_judge(&l, id), LEDGER_NEW);
		assert_int_equal(ledger_judge(&l, id), LEDGER_SEEN);
	}
	ledger_free(&l);
}

/* Nothing is missing: nothing is due, however long it takes. */
static void
test_complete(void **state)
{
	struct ledger l;
	uint64_t now;

	(void)state;
	assert_int_equal(ledger_init(&l, HOLD), 0);
	for (now = 1; now < 20 * HOLD; now++) {
		assert_int_equal(ledger_judge(&l, now), LEDGER_NEW);
		assert_int_equal(ledger_due(&l, now, now), 0);
	}
	assert_int_equal(ledger_due(&l, 100 * HOLD, l.top), 0);
	ledger_free(&l);
}

static void
test_missing(void **state)
{
	struct ledger l;
	uint64_t now, due = 0;

	(void)state;
	assert_int_equal(ledger_init(&l, HOLD), 0);
	assert_int_equal(ledger_judge(&l, 1), LEDGER_NEW);
	assert_int_equal(ledger_judge(&l, 3), LEDGER_NEW);
	for (now = 1; due == 0 && now < 10 * HOLD; now += 10)
		due = ledger_due(&l, now, 3);
	assert_true(due == 3);
	assert_in_range(now, HOLD, HOLD + HOLD / 4);
	assert_int_equal(ledger_close(&l, due), 1);
	assert_int_equal(ledger_judge(&l, 2), LEDGER_LATE);
	assert_int_equal(ledger_judge(&l, 3), LEDGER_LATE);
	assert_int_equal(ledger_judge(&l, 4), LEDGER_NEW);
	ledger_free(&l);
}

/* A lone packet that nothing overtakes, and a pipeline that is only slow. */
static void
test_quiet(void **state)
{
	struct ledger l;
	uint64_t now, due = 0;

	(void)state;
	assert_int_equal(ledger_init(&l, HOLD), 0);
	assert_int_equal(ledger_judge(&l, 1), LEDGER_NEW);
	for (now = 1; now < 10 * HOLD; now += 10) {
		/* ids come slowly, but they come */
		if (now % (HOLD / 2) == 1) {
			ledger_judge(&l, l.top + 1);
			aging_clear(&l.quiet);
		}
		assert_int_equal(ledger_due(&l, now, 1000), 0);
	}
	for (; due == 0 && now < 20 * HOLD; now += 10)
		due = ledger_due(&l, now, 1000);
	assert_true(due == 1000);
	assert_in_range(now, 10 * HOLD + HOLD / 4, 11 * HOLD + HOLD / 4);
	assert_int_equal(ledger_close(&l, due), 1000 - 21);
	ledger_free(&l);
}

static void
test_never(void **state)
{
	struct ledger l;

	(void)state;
	assert_int_equal(ledger_init(&l, 0), 0);
	assert_int_equal(ledger_judge(&l, 5), LEDGER_NEW);
	assert_int_equal(ledger_due(&l, UINT64_MAX / 2, 100), 0);
	assert_int_equal(ledger_judge(&l, 5 + 2 * LEDGER_WINDOW), LEDGER_NEW);
	/* held for a long time, by a person: the kernel still has it */
	assert_int_equal(ledger_judge(&l, 1), LEDGER_NEW);
	assert_int_equal(ledger_close(&l, 2 * LEDGER_WINDOW),
	    LEDGER_WINDOW - 5);
	assert_int_equal(ledger_judge(&l, 1), LEDGER_LATE);
	ledger_free(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_complete),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_quiet),
		cmocka_unit_test(test_never),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
