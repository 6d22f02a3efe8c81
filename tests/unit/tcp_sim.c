/* SPDX-License-Identifier: ISC */

/*
 * Random connections through a filter and the sink, in a simulated world; a seed
 * repeats one.  SIM_SEED is the first, SIM_CONNS how many there are.  Without
 * them, seeds that failed once come before the others.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sim.h"

#if defined(__SANITIZE_ADDRESS__)
#define CONNS 1000
#else
#define CONNS 5000
#endif

static uint64_t
setting(const char *name, uint64_t otherwise)
{
	const char *s = getenv(name);

	return s == NULL ? otherwise : strtoull(s, NULL, 10);
}

/* A change of the model makes another connection of a seed. */
static const uint64_t failed_once[] = {
	547448,  /* a stranger's handshake, before data in a translated one */
	600340,  /* the same */
	758408,  /* met in the middle: an edit of data that was on its way */
	401274,  /* the model: a stranger's data, behind a NAT that restarts */
	704322,  /* the model: random numbers, in the middle */
	964723,  /* the model: a stranger seen first by a sink that begins */
	2057030, /* the same */
	3617516, /* a window that was never noted, and a stranger's data */
	3713361, /* old data asked for, and ACKs that opened the window */
	4119490, /* a first SACK block in the segment that starts all */
	3634151, /* the model: data that was not inserted */
	3642895, /* the same */
	3029797, /* the model: a FIN in no SACK block, from before a sink */
	4075501, /* a SYN that came again, and was forgotten as the oldest */
};

static void
show(const char *name, uint64_t n)
{
	print_message("# %llu %s\n", (unsigned long long)n, name);
}

/* Returns 1 if it failed. */
static uint64_t
run(uint64_t seed, struct sim_counters *c)
{
	char error[SIM_ERRLEN];

	if (sim_run(seed, c, error) == 0)
		return 0;
	print_message("# SIM_SEED=%llu: %s\n", (unsigned long long)seed, error);
	return 1;
}

static void
test_failed_once(void **state)
{
	struct sim_counters c = { 0 };
	uint64_t failures = 0;
	size_t i;

	(void)state;
	if (getenv("SIM_SEED") != NULL)
		skip();
	for (i = 0; i < sizeof(failed_once) / sizeof(failed_once[0]); i++)
		failures += run(failed_once[i], &c);
	assert_int_equal(failures, 0);
}

static void
test_sim(void **state)
{
	uint64_t seed = setting("SIM_SEED", 1), failures = 0;
	uint64_t n = setting("SIM_CONNS", getenv("SIM_SEED") ? 1 : CONNS);
	uint64_t most = setting("SIM_FAILURES", 1);
	struct sim_counters c = { 0 };

	(void)state;
	for (; n > 0 && failures < most; seed++, n--)
		failures += run(seed, &c);
	show("connections", c.conns);
	show("done", c.done);
	show("ended early, both ends told", c.told);
	show("ends that timed out", c.timed_out);
	show("segments", c.segments);
	show("forged", c.forged);
	show("damaged", c.damaged);
	show("resized", c.resized);
	show("edited", c.edited);
	show("sinks that ended", c.killed);
	show("connections that a NAT forgot", c.rebound);
	show("evicted", c.evicted);
	show("virtual seconds", c.virtual_ms / 1000);
	assert_int_equal(failures, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_failed_once),
		cmocka_unit_test(test_sim),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
