/* SPDX-License-Identifier: ISC */

/*
 * Tables of counters by key, flows among them: a div_table, from which the item
 * that was idle for longest is evicted, in whichever list it is.
 */

#include <assert.h>
#include <string.h>

#include "stat.h"

#define NSEC 1000000000

/*
 * Items have size bytes, a struct item and keylen bytes of key at first.  0, or
 * -1 when memory, in bytes, is not to be had.
 */
int
table_init(struct table *t, size_t keylen, size_t size, size_t memory)
{
	struct div_table_options opt = {
		.size = size,
		.key = sizeof(struct item),
		.keylen = keylen,
		.max = memory / (size + DIV_TABLE_OVERHEAD),
		.lists = NIDLES,
	};

	memset(t, 0, sizeof(*t));
	return (t->items = div_table_new(&opt)) == NULL ? -1 : 0;
}

void
table_forget(struct table *t, struct item *it)
{
	if (t->gone != NULL)
		t->gone(it);
	div_table_remove(t->items, it);
}

static void
evict(struct table *t)
{
	struct item *it, *oldest = NULL;
	unsigned int i;

	for (i = 0; i < NIDLES; i++) {
		it = div_table_oldest(t->items, i);
		if (it != NULL && (oldest == NULL || it->last < oldest->last))
			oldest = it;
	}
	assert(oldest != NULL); /* the table is full */
	t->forgotten++;
	table_forget(t, oldest);
}

/*
 * Finds the item with this key or makes it, with no packets then.  To make it
 * the newest more than once a second would only take time.
 */
struct item *
table_get(struct table *t, const void *key, uint64_t now)
{
	struct item *it = div_table_find(t->items, key);
	uint32_t second = (uint32_t)(now / NSEC);

	if (it != NULL && it->second == second)
		return it;
	if (it != NULL)
		div_table_touch(t->items, it);
	else {
		if ((it = div_table_add(t->items, key)) == NULL) {
			evict(t);
			it = div_table_add(t->items, key);
		}
		it->first = it->last = now;
	}
	it->second = second;
	return it;
}

void
table_clear(struct table *t)
{
	struct item *it = NULL;

	while ((it = div_table_next(t->items, it)) != NULL)
		table_forget(t, it);
	t->forgotten = 0;
}

/*
 * The first n in the order of cmp, as for qsort(3), go to top.  Returns how many
 * there are.
 */
size_t
table_top(const struct table *t, int (*cmp)(const void *, const void *),
    const struct item **top, size_t n)
{
	const struct item *it = NULL;
	size_t have = 0, low, high, mid;

	while ((it = div_table_next(t->items, it)) != NULL) {
		if (have == n && cmp(&it, &top[n - 1]) >= 0)
			continue;
		have += have < n;
		for (low = 0, high = have - 1; low < high;) {
			mid = (low + high) / 2;
			if (cmp(&it, &top[mid]) < 0)
				high = mid;
			else
				low = mid + 1;
		}
		memmove(&top[low + 1], &top[low],
		    (have - 1 - low) * sizeof(*top));
		top[low] = it;
	}
	return have;
}
