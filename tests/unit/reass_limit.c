/* SPDX-License-Identifier: ISC */

/* The time limit of searches over several segments. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "reass_lab.h"

#define LEN 100 /* bytes, of which each matches */

static uint64_t wall, cpu; /* ns */
static int idle;           /* time goes to other processes */

/* In place of the C library's: time passes when one looks. */
int
clock_gettime(clockid_t id, struct timespec *ts)
{
	uint64_t now = wall += SEARCH_TIME;

	if (!idle)
		cpu = wall;
	if (id == CLOCK_THREAD_CPUTIME_ID)
		now = cpu;
	ts->tv_sec = (time_t)(now / 1000000000);
	ts->tv_nsec = (long)(now % 1000000000);
	return 0;
}

static void
check_late(const char *runs, uint64_t limited)
{
	struct reass_world *w = malloc(sizeof(*w));
	char data[LEN + 1];

	memset(data, 'a', LEN);
	data[LEN] = 'f';
	open_world(w, "a|foo", NULL, LONG);
	feed(w, data, LEN + 1);
	say(w, "oo");
	end_input(w);
	assert_string_equal(w->runs, runs);
	assert_int_equal(div_reass_counters(w->reass)->limited, limited);
	close_world(w);
	free(w);
}

/* The time of other processes does not count. */
static void
test_wall(void **state)
{
	(void)state;
	idle = 1;
	check_late("1+2", 0);
}

static void
test_cpu(void **state)
{
	(void)state;
	idle = 0;
	check_late("1 2", 1);
}

/* A single match that takes too many steps is counted, too. */
static void
test_steps(void **state)
{
	static char s[5000];
	struct reass_world *w = malloc(sizeof(*w));

	(void)state;
	memset(s, 'a', sizeof(s));
	open_world(w, "(*NO_START_OPT)(a+)+b", NULL, LONG);
	feed(w, s, sizeof(s));
	assert_int_equal(div_reass_counters(w->reass)->limited, 1);
	end_input(w);
	assert_string_equal(w->runs, "1");
	close_world(w);
	free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wall),
		cmocka_unit_test(test_cpu),
		cmocka_unit_test(test_steps),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
