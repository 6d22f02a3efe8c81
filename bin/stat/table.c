/* SPDX-License-Identifier: ISC */

/*
 * A hash table in one piece of memory, which the system gives as it is used.
 * When it is full, the item that was idle for longest makes room.
 */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "stat.h"

static struct item *
at(const struct table *t, uint32_t i)
{
	return (struct item *)(void *)(t->arena + i * t->stride);
}

static uint32_t
index_of(const struct table *t, const struct item *it)
{
	return (uint32_t)(((const uint8_t *)it - t->arena) / (long)t->stride);
}

static uint32_t *
bucket(const struct table *t, const void *key)
{
	return &t->buckets[XXH3_64bits_withSeed(key, t->keylen, t->seed) &
	    t->mask];
}

/*
 * Items have size bytes, a struct item and keylen bytes of key at first.  0, or
 * -1 when there is no such memory.
 */
int
table_init(struct table *t, size_t keylen, size_t size, size_t memory)
{
	memset(t, 0, sizeof(*t));
	t->keylen = keylen;
	t->stride = (size + 7) / 8 * 8;
	t->max = (uint32_t)(memory / (t->stride + sizeof(*t->buckets)));
	t->mask = 1;
	while (t->mask <= t->max / 2)
		t->mask *= 2;
	t->arena = calloc(t->max + (size_t)1, t->stride);
	t->buckets = calloc(t->mask, sizeof(*t->buckets));
	t->mask--;
	arc4random_buf(&t->seed, sizeof(t->seed));
	return t->arena == NULL || t->buckets == NULL ? -1 : 0;
}

static void
list_remove(struct table *t, struct item *it)
{
	if (it->older != 0)
		at(t, it->older)->newer = it->newer;
	else
		t->lists[it->list].oldest = it->newer;
	if (it->newer != 0)
		at(t, it->newer)->older = it->older;
	else
		t->lists[it->list].newest = it->older;
}

static void
list_append(struct table *t, struct item *it, enum idle list)
{
	uint32_t i = index_of(t, it);

	it->list = (uint8_t)list;
	it->newer = 0;
	it->older = t->lists[list].newest;
	if (it->older != 0)
		at(t, it->older)->newer = i;
	else
		t->lists[list].oldest = i;
	t->lists[list].newest = i;
}

/* Moves it to another list, if it is not on this one. */
void
table_list(struct table *t, struct item *it, enum idle list)
{
	if (it->list == list)
		return;
	list_remove(t, it);
	list_append(t, it, list);
}

/* Makes it the newest; more than once a second would only take time. */
static void
touch(struct table *t, struct item *it, uint64_t now)
{
	uint32_t second = (uint32_t)(now / 1000000000);

	if (it->second == second)
		return;
	it->second = second;
	list_remove(t, it);
	list_append(t, it, (enum idle)it->list);
}

struct item *
table_oldest(const struct table *t, enum idle list)
{
	uint32_t i = t->lists[list].oldest;

	return i == 0 ? NULL : at(t, i);
}

/* From now on its key is free for another one. */
void
table_detach(struct table *t, struct item *it)
{
	uint32_t *link = bucket(t, item_key(it)), i = index_of(t, it);

	while (*link != i)
		link = &at(t, *link)->chain;
	*link = it->chain;
	it->state = ITEM_DETACHED;
}

void
table_forget(struct table *t, struct item *it)
{
	uint32_t i = index_of(t, it);

	if (t->gone != NULL)
		t->gone(it);
	if (it->state == ITEM_USED)
		table_detach(t, it);
	list_remove(t, it);
	it->state = ITEM_VACANT;
	it->chain = t->vacant;
	t->vacant = i;
	t->items--;
}

static void
make_room(struct table *t)
{
	struct item *it, *oldest = NULL;
	int i;

	for (i = 0; i < NIDLES; i++) {
		it = table_oldest(t, (enum idle)i);
		if (it != NULL && (oldest == NULL || it->last < oldest->last))
			oldest = it;
	}
	assert(oldest != NULL); /* a full table has one */
	t->forgotten++;
	table_forget(t, oldest);
}

static struct item *
item_new(struct table *t, uint32_t *head, const void *key, uint64_t now)
{
	struct item *it;
	uint32_t i;

	if (t->vacant == 0 && t->made == t->max) {
		make_room(t);
		head = bucket(t, key);
	}
	if ((i = t->vacant) != 0)
		t->vacant = at(t, i)->chain;
	else
		i = ++t->made;
	it = at(t, i);
	memset(it, 0, t->stride);
	memcpy(it + 1, key, t->keylen);
	it->state = ITEM_USED;
	it->first = it->last = now;
	it->second = (uint32_t)(now / 1000000000);
	it->chain = *head;
	*head = i;
	list_append(t, it, IDLE_LONG);
	t->items++;
	return it;
}

/* Finds the item with this key or makes it, which has no packets then. */
struct item *
table_get(struct table *t, const void *key, uint64_t now)
{
	uint32_t *head = bucket(t, key), i;
	struct item *it;

	for (i = *head; i != 0; i = it->chain) {
		it = at(t, i);
		if (memcmp(it + 1, key, t->keylen) == 0) {
			touch(t, it, now);
			return it;
		}
	}
	return item_new(t, head, key, now);
}

/* All items: the first one after NULL, in the order of their making. */
struct item *
table_next(const struct table *t, const struct item *it)
{
	uint32_t i = it == NULL ? 0 : index_of(t, it);

	while (i < t->made)
		if (at(t, ++i)->state != ITEM_VACANT)
			return at(t, i);
	return NULL;
}

void
table_clear(struct table *t)
{
	struct item *it = NULL;

	while ((it = table_next(t, it)) != NULL)
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

	while ((it = table_next(t, it)) != NULL) {
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
