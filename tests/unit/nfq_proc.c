/* SPDX-License-Identifier: ISC */

/* The kernel's table of queues, of any length; open(2) is replaced. */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "nfqueue/nfq.h"

#define TABLE "/tmp/divio-nfq-proc"

/* Every file is the table, which is opened once. */
int
open(const char *path, int flags, ...)
{
	(void)flags;
	assert_string_equal(path, "/proc/net/netfilter/nfnetlink_queue");
	return openat(AT_FDCWD, TABLE, O_RDONLY);
}

/* Lines as seq_show() of nfnetlink_queue.c writes them. */
static void
table(unsigned int queues)
{
	FILE *f = fopen(TABLE, "w");
	unsigned int i;

	assert_non_null(f);
	for (i = 0; i < queues; i++)
		fprintf(f, "%5u %6u %5u %1u %5u %5u %5u %8u %2d\n", i,
		    i + 70000, i % 7, 2U, 65531U, i % 11, i % 13, i * 1000, 1);
	fclose(f);
}

static void
has_queue(uint16_t queue)
{
	struct div d = { .be = &backend_kernel, .port = queue };
	struct div_kernel k;

	assert_int_equal(div_kernel(&d, &k), 1);
	assert_int_equal(k.pending, queue % 7);
	assert_int_equal(k.overflowed, queue % 11);
	assert_int_equal(k.lost, queue % 13);
}

static void
test_counters(void **state)
{
	struct div d = { .be = &backend_kernel, .port = 1000 };
	struct div_kernel k;
	unsigned int i;

	(void)state;
	table(1000);
	for (i = 0; i < 1000; i++)
		has_queue((uint16_t)i);
	assert_int_equal(div_kernel(&d, &k), 0);
	d.anyport = 1;
	d.port = 1;
	assert_int_equal(div_kernel(&d, &k), 0);
}

/* A table that is cut within a line, which the kernel does not do. */
static void
test_cut(void **state)
{
	struct div d = { .be = &backend_kernel, .port = 999 };
	struct div_kernel k;

	(void)state;
	table(1000);
	assert_int_equal(truncate(TABLE, 999 * 51L + 20), 0);
	assert_int_equal(div_kernel(&d, &k), 0);
	assert_int_equal(truncate(TABLE, 0), 0);
	assert_int_equal(div_kernel(&d, &k), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counters),
		cmocka_unit_test(test_cut),
	};
	int failed;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(TABLE);
	return failed;
}
