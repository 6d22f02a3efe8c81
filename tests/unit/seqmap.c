/* SPDX-License-Identifier: ISC */

/* Original and edited sequence numbers. */

#include "tcp_lab.h"

static void
push(struct seqmap *m, uint32_t olen, uint32_t elen)
{
	assert_non_null(seqmap_push(m, olen, elen));
}

static void
test_seqmap(void **state)
{
	static const uint32_t starts[] = { 1000, (uint32_t)-15, (uint32_t)-25 };
	static const struct {
		uint32_t o, e;
	} there[] = { { -5, -5 }, { 0, 0 }, { 9, 9 }, { 10, 30 }, { 19, 39 },
		{ 20, 40 }, { 24, 40 }, { 30, 40 }, { 45, 45 }, { 60, 50 } },
	  back[] = { { -5, -5 }, { 0, 0 }, { 9, 9 }, { 9, 29 }, { 10, 30 },
		  { 30, 40 }, { 34, 44 }, { 50, 45 }, { 54, 49 }, { 60, 50 },
		  { 70, 60 } };
	struct seqmap m;
	uint32_t i, s, a, b, last;

	(void)state;
	for (i = 0; i < 3; i++) {
		s = starts[i];
		memset(&m, 0, sizeof(m));
		m.rcv_nxt = m.write_seq = s;
		push(&m, 10, 30); /* grown */
		push(&m, 10, 10);
		push(&m, 10, 0); /* deleted */
		push(&m, 20, 5); /* shrunk */
		push(&m, 10, 5);
		for (a = 0; a < sizeof(there) / sizeof(there[0]); a++)
			if (there[a].o != 45)
				assert_int_equal(seqmap_edited(&m,
						     s + there[a].o) -
					s,
				    there[a].e);
		for (a = 0; a < sizeof(back) / sizeof(back[0]); a++)
			assert_int_equal(seqmap_original(&m, s + back[a].e) - s,
			    back[a].o);
		for (last = s, b = 0; b < 60; b++, last = a) {
			a = seqmap_original(&m, s + b);
			assert_false(seq_before(a, last));
		}
		a = s + 5; /* inside what grew: nothing of it */
		b = s + 30;
		seqmap_block(&m, &a, &b);
		assert_int_equal(a - s, 10);
		assert_int_equal(b - s, 10);
		a = s + 30;
		b = s + 42;
		seqmap_block(&m, &a, &b);
		assert_int_equal(a - s, 10);
		assert_int_equal(b - s, 30);
		a = s + 33; /* same length: exact */
		b = s + 37;
		seqmap_block(&m, &a, &b);
		assert_int_equal(a - s, 13);
		assert_int_equal(b - s, 17);
		seqmap_pop(&m);
		assert_int_equal(seqmap_original(&m, s + 30) - s, 10);
		for (a = 0; a < 100; a++)
			push(&m, 7, 9);
		assert_int_equal(seqmap_original(&m, s + 50 + 9 * 50) - s,
		    60 + 7 * 50);
		assert_int_equal(seqmap_edited(&m, s + 60 + 7 * 50) - s,
		    50 + 9 * 50);
		seqmap_free(&m);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seqmap),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
