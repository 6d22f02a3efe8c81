/* SPDX-License-Identifier: ISC */

/* Packets that are not repaired, and the reasons. */

#include <sys/types.h>
#include <netinet/in.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "repair_lab.h"

#define SCTP 132

static void
test_malformed(void **state)
{
	uint8_t *b;
	size_t n, i;

	(void)state;
	b = unhex(UDP4, &n);
	check_refused(b, 0, DIV_REFUSE_MALFORMED);
	check_refused(b, 19, DIV_REFUSE_MALFORMED);
	check_refused(b, 27, DIV_REFUSE_MALFORMED);
	check_repair(div_repair, b, 28, DIV_OK);
	b[0] = 0x44;
	check_refused(b, n, DIV_REFUSE_MALFORMED);
	b[0] = 0x55;
	check_refused(b, n, DIV_REFUSE_MALFORMED);
	free(b);

	b = unhex(TCP6_DATA, &n);
	for (i = 0; i < 72; i++)
		check_refused(b, i, DIV_REFUSE_MALFORMED);
	b[52] = 0x40;
	check_refused(b, n, DIV_REFUSE_MALFORMED);
	free(b);

	b = unhex(UDP6_EXT, &n); /* cut in an extension header */
	check_refused(b, 50, DIV_REFUSE_MALFORMED);
	free(b);
}

static void
test_protocol(void **state)
{
	uint8_t *b;
	size_t n;

	(void)state;
	b = unhex(UDP4, &n);
	b[9] = SCTP;
	spoil(b, n);
	check_new_only(b, n, DIV_REFUSE_PROTOCOL);
	assert_int_equal(get16(b + 2), n);
	assert_int_equal(naive(0, b, 20), 0);
	b[9] = IPPROTO_ICMPV6;
	check_new_only(b, n, DIV_REFUSE_PROTOCOL);
	check_new_only(b, 20, DIV_REFUSE_PROTOCOL);
	free(b);

	b = unhex(UDP6, &n);
	b[6] = IPPROTO_ICMP;
	check_new_only(b, 41, DIV_REFUSE_PROTOCOL);
	assert_int_equal(get16(b + 4), 1);
	free(b);

	b = unhex(UDP6_EXT, &n); /* signed */
	b[6] = IPPROTO_AH;
	b[41] = 0;
	check_new_only(b, n, DIV_REFUSE_PROTOCOL);
	free(b);
}

static void
test_fragment(void **state)
{
	uint8_t *b;
	size_t n;

	(void)state;
	b = unhex(FRAG4_FIRST, &n);
	b[n - 1] ^= 1;
	check_new_only(b, n - 9, DIV_REFUSE_FRAGMENT);
	assert_int_equal(get16(b + 2), n - 9);
	assert_int_equal(naive(0, b, 20), 0);
	assert_int_equal(get16(b + 26), 0x5e93);
	check_new_only(b, 24, DIV_REFUSE_FRAGMENT);
	free(b);

	b = unhex(UDP6_EXT, &n); /* an atomic one is whole */
	b[6] = IPPROTO_FRAGMENT;
	memset(b + 41, 0, 3);
	spoil(b, n);
	check_repair(div_repair, b, n, DIV_OK);
	assert_int_equal(get16(b + 62), 0xea92);
	b[43] = 1;
	check_new_only(b, n, DIV_REFUSE_FRAGMENT);
	free(b);
}

static void
check_longest(const char *hex, size_t max)
{
	uint8_t *b, *head;
	size_t n;

	head = unhex(hex, &n);
	b = calloc(1, max + 1);
	assert_non_null(b);
	memcpy(b, head, n);
	check_repair(div_repair, b, max, DIV_OK);
	assert_int_equal(get16(b + (b[0] >> 4 == 4 ? 2 : 4)), 65535);
	check_refused(b, max + 1, DIV_REFUSE_TOOLONG);
	free(b);
	free(head);
}

static void
test_toolong(void **state)
{
	(void)state;
	check_longest(TCP4_DATA, 65535);
	check_longest(UDP4, 65535);
	check_longest(TCP6_DATA, 65575);
	check_longest(UDP6, 65575);
}

static void
test_reason(void **state)
{
	int i, j;

	(void)state;
	for (i = 0; i < DIV_NREASONS; i++) {
		assert_non_null(div_reason((enum div_reason)i));
		for (j = 0; j < i; j++)
			assert_string_not_equal(div_reason((enum div_reason)i),
			    div_reason((enum div_reason)j));
	}
	assert_string_equal(div_reason(DIV_REFUSE_FRAGMENT),
	    "fragments are not edited");
	assert_string_equal(div_reason(DIV_NREASONS), "unknown reason");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_protocol),
		cmocka_unit_test(test_fragment),
		cmocka_unit_test(test_toolong),
		cmocka_unit_test(test_reason),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
