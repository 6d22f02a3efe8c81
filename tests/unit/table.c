/* SPDX-License-Identifier: ISC */

/* Bounded hash tables: eviction, lists, and a model with random operations. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "divio.h"

struct thing {
	uint64_t value;
	uint32_t key;
	uint8_t rest[5];
};

static struct div_table *
table_new(size_t max, unsigned int lists)
{
	struct div_table_options opt = {
		.size = sizeof(struct thing),
		.key = offsetof(struct thing, key),
		.keylen = sizeof(uint32_t),
		.max = max,
		.lists = lists,
	};
	struct div_table *t = div_table_new(&opt);

	assert_non_null(t);
	return t;
}

static struct thing *
get(struct div_table *t, uint32_t key)
{
	struct thing *it = div_table_get(t, &key);

	assert_int_equal(it->key, key);
	return it;
}

static struct thing *
find(const struct div_table *t, uint32_t key)
{
	return div_table_find(t, &key);
}

static struct thing *
add(struct div_table *t, uint32_t key)
{
	return div_table_add(t, &key);
}

static void
expect_oldest(const struct div_table *t, unsigned int list, uint32_t key)
{
	const struct thing *it = div_table_oldest(t, list);

	assert_non_null(it);
	assert_int_equal(it->key, key);
}

/* An item begins with its key and zeros, also in the place of another. */
static void
test_zeroed(void **state)
{
	struct div_table *t = table_new(2, 0);
	static const struct thing zero;
	struct thing it;
	uint32_t i;

	(void)state;
	for (i = 1; i < 10; i++) {
		it = *get(t, i);
		assert_int_equal(it.value, 0);
		assert_memory_equal(it.rest, zero.rest, sizeof(it.rest));
		memset(get(t, i)->rest, 1, sizeof(it.rest));
		get(t, i)->value = i;
		assert_int_equal(find(t, i)->value, i);
	}
	div_table_free(t);
}

static void
test_evict(void **state)
{
	struct div_table *t = table_new(3, 0);

	(void)state;
	get(t, 1);
	get(t, 2);
	get(t, 3);
	get(t, 1);
	assert_null(add(t, 4));
	get(t, 4);
	assert_null(find(t, 2));
	expect_oldest(t, 0, 3);
	div_table_touch(t, find(t, 3));
	get(t, 5);
	assert_null(find(t, 1));
	assert_int_equal(div_table_count(t), 3);
	div_table_remove(t, find(t, 4));
	assert_non_null(add(t, 6));
	expect_oldest(t, 0, 3);
	div_table_free(t);
}

/* The first list that has items loses one. */
static void
test_lists(void **state)
{
	struct div_table *t = table_new(4, 3);

	(void)state;
	get(t, 1);
	div_table_move(t, find(t, 1), 2);
	get(t, 2);
	div_table_move(t, find(t, 2), 1);
	get(t, 3);
	div_table_move(t, find(t, 3), 2);
	div_table_move(t, find(t, 1), 2); /* is there */
	expect_oldest(t, 2, 1);
	assert_int_equal(div_table_length(t, 0), 0);
	assert_int_equal(div_table_length(t, 2), 2);
	get(t, 1);
	expect_oldest(t, 2, 3);
	get(t, 4);
	get(t, 5);
	assert_null(find(t, 4));
	div_table_move(t, find(t, 5), 1);
	get(t, 6);
	assert_null(find(t, 2));
	div_table_move(t, find(t, 5), 2);
	div_table_move(t, find(t, 6), 2);
	get(t, 7);
	assert_null(find(t, 3));
	assert_int_equal(div_table_length(t, 2), 3);
	assert_null(div_table_oldest(t, 1));
	div_table_free(t);
}

static void
test_detach(void **state)
{
	struct div_table *t = table_new(3, 0);
	struct thing *old, *new, *it = NULL;

	(void)state;
	old = get(t, 1);
	div_table_detach(t, old);
	div_table_detach(t, old);
	assert_null(find(t, 1));
	new = get(t, 1);
	assert_true(old != new);
	assert_ptr_equal(find(t, 1), new);
	assert_int_equal(div_table_count(t), 2);
	assert_ptr_equal(it = div_table_next(t, it), old);
	assert_ptr_equal(it = div_table_next(t, it), new);
	assert_null(div_table_next(t, it));
	div_table_remove(t, old);
	assert_ptr_equal(find(t, 1), new);
	assert_ptr_equal(div_table_next(t, NULL), new);
	div_table_free(t);
}

/* Items may be removed on the way. */
static void
test_next(void **state)
{
	struct div_table *t = table_new(100, 0);
	struct thing *it = NULL;
	uint32_t i, n = 0;

	(void)state;
	for (i = 0; i < 100; i++)
		get(t, i);
	while ((it = div_table_next(t, it)) != NULL)
		if (it->key % 3 != 0)
			div_table_remove(t, it);
	while ((it = div_table_next(t, it)) != NULL)
		n += it->key % 3 == 0;
	assert_int_equal(n, 34);
	assert_int_equal(div_table_count(t), 34);
	div_table_free(t);
}

static void
refuse(size_t size, size_t key, size_t keylen, size_t max, unsigned int lists)
{
	struct div_table_options opt = { size, key, keylen, max, lists };

	errno = 0;
	assert_null(div_table_new(&opt));
	assert_int_equal(errno, EINVAL);
}

static void
test_options(void **state)
{
	struct div_table_options opt = { 8, 4, 4, 1, DIV_TABLE_LISTS };
	struct div_table *t = div_table_new(&opt);

	(void)state;
	assert_non_null(t);
	div_table_move(t, get(t, 1), 0);
	div_table_free(t);
	div_table_free(NULL);
	refuse(8, 0, 0, 1, 0);
	refuse(8, 0, 9, 1, 0);
	refuse(8, 5, 4, 1, 0);
	refuse(8, SIZE_MAX, 4, 1, 0);
	refuse(8, 0, 8, 0, 0);
	refuse(8, 0, 8, UINT32_MAX, 0);
	refuse(SIZE_MAX, 0, 8, 1, 0);
	refuse(SIZE_MAX / 2, 0, 8, 1, 0);
	refuse(UINT32_MAX, 0, 8, UINT32_MAX - 1, DIV_TABLE_LISTS + 1);
	opt.size = 1 << 30;
	opt.max = 1 << 30;
	errno = 0;
	assert_null(div_table_new(&opt));
	assert_int_equal(errno, ENOMEM);
}

/*
 * Keys that are alike take no longer than others: counters, multiples of the
 * table's size, one bit each.  With a chain of all it would be 10^10 steps.
 */
static void
test_hostile(void **state)
{
	static const unsigned int shifts[] = { 0, 8, 16, 20 };
	struct div_flow_key key;
	struct div_table_options opt = { sizeof(key), 0, sizeof(key), 1 << 17,
		0 };
	struct div_table *t = div_table_new(&opt);
	uint64_t i, k;
	size_t s;

	(void)state;
	assert_non_null(t);
	for (s = 0; s < sizeof(shifts) / sizeof(shifts[0]); s++) {
		memset(&key, 0, sizeof(key));
		for (i = 0; i < 1 << 17; i++) {
			k = i << shifts[s];
			memcpy(key.addr[1], &k, sizeof(k));
			assert_non_null(div_table_get(t, &key));
		}
		assert_int_equal(div_table_count(t), 1 << 17);
	}
	div_table_free(t);
}

/*
 * The model: which keys there are, in which list, and the clock's time of their
 * last use.
 */
#define KEYS 300
#define MAX 200
#define LISTS 3

struct model {
	struct {
		int there;
		unsigned int list;
		uint64_t used, value;
	} key[KEYS];
	size_t count;
	uint64_t clock;
};

static uint32_t
oldest(const struct model *m, unsigned int list)
{
	uint32_t i, best = KEYS;

	for (i = 0; i < KEYS; i++)
		if (m->key[i].there && m->key[i].list == list &&
		    (best == KEYS || m->key[i].used < m->key[best].used))
			best = i;
	return best;
}

static void
model_remove(struct model *m, uint32_t k)
{
	m->key[k].there = 0;
	m->count--;
}

static void
model_add(struct model *m, uint32_t k)
{
	uint32_t victim = KEYS;
	unsigned int list;

	if (m->count == MAX) {
		for (list = 0; victim == KEYS; list++)
			victim = oldest(m, list);
		model_remove(m, victim);
	}
	m->key[k].there = 1;
	m->key[k].list = 0;
	m->key[k].value = 0;
	m->count++;
}

static void
step(struct div_table *t, struct model *m, uint32_t k)
{
	struct thing *it = find(t, k);
	unsigned int list = (unsigned int)random() % LISTS;

	assert_int_equal(it != NULL, m->key[k].there);
	m->clock++;
	switch (random() % 6) {
	case 0:
		if (it != NULL) {
			div_table_remove(t, it);
			model_remove(m, k);
		}
		break;
	case 1:
	case 2:
		if (it != NULL && m->key[k].list != list) {
			div_table_move(t, it, list);
			m->key[k].list = list;
			m->key[k].used = m->clock;
		}
		break;
	default:
		it = get(t, k);
		if (!m->key[k].there)
			model_add(m, k);
		m->key[k].used = m->clock;
		assert_int_equal(it->value, m->key[k].value);
		it->value = m->clock;
		m->key[k].value = m->clock;
	}
}

static void
compare(const struct div_table *t, const struct model *m)
{
	const struct thing *it = NULL;
	size_t n = 0, length = 0;
	unsigned int list;

	while ((it = div_table_next(t, it)) != NULL) {
		assert_true(it->key < KEYS && m->key[it->key].there);
		assert_int_equal(it->value, m->key[it->key].value);
		n++;
	}
	assert_int_equal(n, m->count);
	assert_int_equal(div_table_count(t), n);
	for (list = 0; list < LISTS; list++) {
		length += div_table_length(t, list);
		if (oldest(m, list) == KEYS)
			assert_null(div_table_oldest(t, list));
		else
			expect_oldest(t, list, oldest(m, list));
	}
	assert_int_equal(length, n);
}

static void
test_model(void **state)
{
	struct div_table *t = table_new(MAX, LISTS);
	struct model m;
	uint32_t i;

	(void)state;
	memset(&m, 0, sizeof(m));
	srandom(1);
	for (i = 0; i < 200000; i++) {
		step(t, &m, (uint32_t)random() % KEYS);
		if (i % 16 == 0)
			compare(t, &m);
	}
	div_table_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zeroed),
		cmocka_unit_test(test_evict),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_detach),
		cmocka_unit_test(test_next),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_model),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
