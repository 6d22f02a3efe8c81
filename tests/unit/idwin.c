/* SPDX-License-Identifier: ISC */

/* The id window, at times that the tests choose. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "port/port.h"

#define HOLD 1000

static void
test_order(void **state)
{
	struct idwin win;
	uint64_t id;

	(void)state;
	assert_int_equal(idwin_init(&win, HOLD), 0);
	for (id = 1; id <= 3 * IDWIN_SIZE; id++) {
		assert_int_equal(idwin_judge(&win, id), IDWIN_NEW);
		assert_int_equal(idwin_judge(&win, id), IDWIN_SEEN);
	}
	idwin_free(&win);
}

static void
test_pending(void **state)
{
	struct idwin win;

	(void)state;
	assert_int_equal(idwin_init(&win, HOLD), 0);
	assert_true(idwin_pending(&win, 1));
	assert_int_equal(idwin_judge(&win, 2), IDWIN_NEW);
	assert_true(idwin_pending(&win, 1));
	assert_false(idwin_pending(&win, 2));
	assert_true(idwin_pending(&win, 3));
	/* its bit is that of 2 */
	assert_true(idwin_pending(&win, 2 + IDWIN_SIZE));
	assert_int_equal(idwin_judge(&win, 2 + IDWIN_SIZE), IDWIN_NEW);
	assert_false(idwin_pending(&win, 1));
	idwin_close(&win, 3 + IDWIN_SIZE);
	assert_false(idwin_pending(&win, 3 + IDWIN_SIZE));
	idwin_free(&win);
}

/* Nothing is missing: nothing is due, however long it takes. */
static void
test_complete(void **state)
{
	struct idwin win;
	uint64_t now;

	(void)state;
	assert_int_equal(idwin_init(&win, HOLD), 0);
	for (now = 1; now < 20 * HOLD; now++) {
		assert_int_equal(idwin_judge(&win, now), IDWIN_NEW);
		assert_int_equal(idwin_due(&win, now, now, 0), 0);
	}
	assert_int_equal(idwin_due(&win, 100 * HOLD, win.top, 0), 0);
	idwin_free(&win);
}

static void
test_missing(void **state)
{
	struct idwin win;
	uint64_t now, due = 0;

	(void)state;
	assert_int_equal(idwin_init(&win, HOLD), 0);
	assert_int_equal(idwin_judge(&win, 1), IDWIN_NEW);
	assert_int_equal(idwin_judge(&win, 3), IDWIN_NEW);
	for (now = 1; due == 0 && now < 10 * HOLD; now += 10)
		due = idwin_due(&win, now, 3, 0);
	assert_true(due == 3);
	assert_in_range(now, HOLD, HOLD + HOLD / 4);
	assert_int_equal(idwin_close(&win, due), 1);
	assert_int_equal(idwin_judge(&win, 2), IDWIN_LATE);
	assert_int_equal(idwin_judge(&win, 3), IDWIN_LATE);
	assert_int_equal(idwin_judge(&win, 4), IDWIN_NEW);
	idwin_free(&win);
}

/* A lone packet that nothing overtakes, and a pipeline that is only slow. */
static void
test_quiet(void **state)
{
	struct idwin win;
	uint64_t now, due = 0;

	(void)state;
	assert_int_equal(idwin_init(&win, HOLD), 0);
	assert_int_equal(idwin_judge(&win, 1), IDWIN_NEW);
	for (now = 1; now < 10 * HOLD; now += 10) {
		/* ids come slowly, but they come */
		if (now % (HOLD / 2) == 1) {
			idwin_judge(&win, win.top + 1);
			idage_clear(&win.quiet);
		}
		assert_int_equal(idwin_due(&win, now, 1000, 0), 0);
	}
	for (; due == 0 && now < 20 * HOLD; now += 10)
		due = idwin_due(&win, now, 1000, 0);
	assert_true(due == 1000);
	assert_in_range(now, 10 * HOLD + HOLD / 4, 11 * HOLD + HOLD / 4);
	assert_int_equal(idwin_close(&win, due), 1000 - 21);
	idwin_free(&win);
}

static void
test_never(void **state)
{
	struct idwin win;

	(void)state;
	assert_int_equal(idwin_init(&win, 0), 0);
	assert_int_equal(idwin_judge(&win, 5), IDWIN_NEW);
	assert_int_equal(idwin_due(&win, UINT64_MAX / 2, 100, 0), 0);
	assert_int_equal(idwin_judge(&win, 5 + 2 * IDWIN_SIZE), IDWIN_NEW);
	/* held for a long time, by a person: the kernel still has it */
	assert_int_equal(idwin_judge(&win, 1), IDWIN_NEW);
	assert_int_equal(idwin_close(&win, 2 * IDWIN_SIZE), IDWIN_SIZE - 5);
	assert_int_equal(idwin_judge(&win, 1), IDWIN_LATE);
	idwin_free(&win);
}

/* Every second packet is omitted: two packets at each time. */
static uint64_t
omit(struct idwin *win, uint64_t from, uint64_t to, uint32_t queue,
    uint64_t *pending)
{
	uint64_t due, dropped = 0;

	for (*pending = 0; from < to; from++) {
		assert_int_equal(idwin_judge(win, 2 * from), IDWIN_NEW);
		++*pending;
		if ((due = idwin_due(win, from, 2 * from, queue)) != 0) {
			due = idwin_close(win, due);
			dropped += due;
			*pending -= due;
		}
		assert_true(queue == 0 || *pending < queue);
	}
	return dropped;
}

/* A queue that fills up: what was overtaken is dropped earlier. */
static void
test_crowded(void **state)
{
	struct idwin win;
	uint64_t pending;

	(void)state;
	assert_int_equal(idwin_init(&win, HOLD), 0);
	/* 1000 in HOLD would fit: nothing is dropped early */
	assert_int_equal(omit(&win, 1, HOLD, 2 * HOLD, &pending), 0);
	idwin_free(&win);
	assert_int_equal(idwin_init(&win, HOLD), 0);
	assert_int_not_equal(omit(&win, 1, 5 * HOLD, HOLD / 2, &pending), 0);
	assert_in_range(pending, HOLD / 10, HOLD * 3 / 8);
	idwin_free(&win);
}

/* Held by a filter, and not overtaken: never early. */
static void
test_crowded_quiet(void **state)
{
	struct idwin win;
	uint64_t now;

	(void)state;
	assert_int_equal(idwin_init(&win, HOLD), 0);
	assert_int_equal(idwin_judge(&win, 1), IDWIN_NEW);
	for (now = 1; now < HOLD; now++)
		assert_int_equal(idwin_due(&win, now, 100, 100), 0);
	assert_true(idwin_crowded(&win, 76, 100));
	assert_false(idwin_crowded(&win, 75, 100));
	assert_false(idwin_crowded(&win, 75, 0));
	idwin_free(&win);
}

/* What filters need is not cut short by a queue that fills up. */
static void
test_extended(void **state)
{
	struct idwin win;
	uint64_t pending;

	(void)state;
	assert_int_equal(idwin_init(&win, HOLD), 0);
	idwin_extend(&win, HOLD, HOLD);
	assert_int_equal(omit(&win, 1, HOLD, 0, &pending), 0);
	assert_int_equal(idwin_close(&win, 10), 5);
	assert_int_equal(idwin_judge(&win, 1), IDWIN_LATE);
	assert_true(win.expired == 0);
	idwin_free(&win);
	assert_int_equal(idwin_init(&win, HOLD), 0);
	idwin_extend(&win, HOLD, HOLD);
	assert_int_equal(omit(&win, 1, HOLD, HOLD + 1, &pending), 0);
	idwin_expire(&win, 10);
	assert_true(win.expired == 10);
	idwin_free(&win);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_pending),
		cmocka_unit_test(test_complete),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_quiet),
		cmocka_unit_test(test_never),
		cmocka_unit_test(test_crowded),
		cmocka_unit_test(test_crowded_quiet),
		cmocka_unit_test(test_extended),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
