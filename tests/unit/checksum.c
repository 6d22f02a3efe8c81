/* SPDX-License-Identifier: ISC */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "repair_lab.h"

static void
test_sum_rfc1071(void **state)
{
	static const uint8_t b[] = { 0, 1, 0xf2, 3, 0xf4, 0xf5, 0xf6, 0xf7 };

	(void)state;
	assert_int_equal(checksum_fold(checksum_add(0, b, sizeof(b))), 0x220d);
	assert_int_equal(checksum_fold(0), 0xffff);
	assert_int_equal(checksum_fold(checksum_add(0, b, 1)), 0xffff);
	assert_int_equal(checksum_fold(checksum_add(0, b, 3)), 0xdfe);
}

static void
test_sum_naive(void **state)
{
	uint8_t b[512], *cut;
	size_t at, n, i;
	uint64_t sum;

	(void)state;
	for (i = 0; i < sizeof(b); i++)
		b[i] = (uint8_t)random64();
	for (at = 0; at < 16; at++) {
		for (n = 0; n < 400; n++) {
			sum = checksum_add(0, b + at, n);
			assert_int_equal(checksum_fold(sum),
			    naive(0, b + at, n));
			i = random64() % (n + 1) & ~(size_t)1;
			sum = checksum_add(checksum_add(0, b + at, i),
			    b + at + i, n - i);
			assert_int_equal(checksum_fold(sum),
			    naive(0, b + at, n));
		}
	}
	for (n = 0; n < 70; n++) { /* reads no byte too many */
		cut = copy(b, n);
		assert_int_equal(checksum_fold(checksum_add(0, cut, n)),
		    naive(0, b, n));
		free(cut);
	}
}

static void
test_sum_carries(void **state)
{
	uint8_t *b;
	uint64_t sum = 0;
	int i;

	(void)state;
	b = malloc(DIV_PACKETMAX);
	assert_non_null(b);
	memset(b, 0xff, DIV_PACKETMAX);
	for (i = 0; i < 100; i++)
		sum = checksum_add(sum, b, DIV_PACKETMAX - 2);
	sum = checksum_add(sum, b, 1);
	assert_int_equal(checksum_fold(sum), 0x00ff);
	assert_int_equal(checksum_fold(UINT64_MAX), 0);
	assert_int_equal(checksum_fold(UINT64_C(0xffffffff00000000)), 0);
	assert_int_equal(checksum_fold(UINT64_C(0xffffffffffff0001)),
	    checksum_fold(1));
	free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sum_rfc1071),
		cmocka_unit_test(test_sum_naive),
		cmocka_unit_test(test_sum_carries),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
