/* SPDX-License-Identifier: ISC */

/* Random connections against a model of what they are to be. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "flow_model.h"

#if defined(__SANITIZE_ADDRESS__)
#define SEGMENTS 60000
#else
#define SEGMENTS 1000000
#endif

/* FLOW_SEED runs one connection, FLOW_SEGMENTS so many of all together. */
static void
test_model(void **state)
{
	const char *s;
	char error[MODEL_ERRLEN];
	uint64_t seed = 1, n = SEGMENTS, done = 0;

	(void)state;
	if ((s = getenv("FLOW_SEED")) != NULL) {
		seed = strtoull(s, NULL, 10);
		n = 1;
	}
	if ((s = getenv("FLOW_SEGMENTS")) != NULL)
		n = strtoull(s, NULL, 10);
	for (; done < n; seed++)
		if (model_run(seed, &done, error) == -1)
			fail_msg("FLOW_SEED=%llu: %s", (unsigned long long)seed,
			    error);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_model),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
