/* SPDX-License-Identifier: ISC */

/*
 * Bounded hash table with lists in the order of use, for state by flow.  Keys
 * are hashed by XXH3 with a random seed: a sender who does not know it cannot
 * choose keys that share a bucket (Crosby and Wallach, 2003).  Collisions are
 * chained.  Items lie in an array, in memory that the kernel provides as it is
 * touched, and are linked by 32-bit indices; index 0 is not used.
 */

#include <sys/mman.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "base/base.h"

enum { SLOT_FREE, SLOT_DETACHED, SLOT_HASHED };

/* In front of each item. */
struct table_slot {
	uint32_t chain;        /* next in the bucket, or free one */
	uint32_t older, newer; /* neighbours in its list */
	uint8_t list;
	uint8_t state; /* SLOT_* */
};

_Static_assert(sizeof(struct table_slot) + sizeof(uint32_t) <=
	DIV_TABLE_OVERHEAD,
    "a slot and its bucket");

struct div_table {
	uint8_t *slots;
	uint32_t *buckets; /* first slots of the chains */
	size_t bytes;      /* mapped: slots and buckets */
	size_t stride;     /* bytes of a slot with its item */
	struct div_table_options opt;
	uint64_t seed;
	uint32_t mask;  /* number of buckets - 1 */
	uint32_t count; /* items in use */
	uint32_t used;  /* slots that have been in use */
	uint32_t free;  /* first one that is free again */
	struct table_list {
		uint32_t oldest, newest;
		uint32_t length; /* items */
	} lists[];
};

static struct table_slot *
slot_at(const struct div_table *t, uint32_t i)
{
	return (struct table_slot *)(void *)(t->slots + i * t->stride);
}

static uint32_t
slot_index(const struct div_table *t, const struct table_slot *s)
{
	return (uint32_t)((size_t)((const uint8_t *)s - t->slots) / t->stride);
}

static struct table_slot *
slot_of(const void *item)
{
	return (struct table_slot *)(uintptr_t)item - 1;
}

static uint8_t *
key_of(const struct div_table *t, struct table_slot *s)
{
	return (uint8_t *)(s + 1) + t->opt.key;
}

static uint32_t *
bucket_of(const struct div_table *t, const void *key)
{
	return &t->buckets[XXH3_64bits_withSeed(key, t->opt.keylen, t->seed) &
	    t->mask];
}

/* Also keeps the size of the mapping within size_t. */
static int
options_check(const struct div_table_options *opt)
{
	if (opt->keylen == 0 || opt->keylen > opt->size ||
	    opt->key > opt->size - opt->keylen)
		return -1;
	if (opt->max == 0 || opt->max >= UINT32_MAX || opt->size > UINT32_MAX ||
	    opt->max > SIZE_MAX / 4 / (opt->size + DIV_TABLE_OVERHEAD))
		return -1;
	return opt->lists > DIV_TABLE_LISTS ? -1 : 0;
}

static int
table_map(struct div_table *t)
{
	size_t size;
	void *p;

	while (t->mask <= t->opt.max / 2)
		t->mask *= 2;
	size = (t->opt.max + 1) * t->stride;
	t->bytes = size + t->mask * sizeof(*t->buckets);
	p = mmap(NULL, t->bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON,
	    -1, 0);
	if (p == MAP_FAILED)
		return -1;
	t->slots = p;
	t->buckets = (uint32_t *)(void *)(t->slots + size);
	t->mask--;
	return 0;
}

struct div_table *
div_table_new(const struct div_table_options *opt)
{
	unsigned int lists = opt->lists == 0 ? 1 : opt->lists;
	struct div_table *t;

	if (options_check(opt) == -1) {
		errno = EINVAL;
		return NULL;
	}
	if ((t = calloc(1, sizeof(*t) + lists * sizeof(t->lists[0]))) == NULL)
		return NULL;
	t->opt = *opt;
	t->opt.lists = lists;
	t->stride = sizeof(struct table_slot) + (opt->size + 7) / 8 * 8;
	t->mask = 1;
	if (table_map(t) == -1) {
		free(t);
		return NULL;
	}
	arc4random_buf(&t->seed, sizeof(t->seed));
	return t;
}

void
div_table_free(struct div_table *t)
{
	if (t == NULL)
		return;
	munmap(t->slots, t->bytes);
	free(t);
}

size_t
div_table_count(const struct div_table *t)
{
	return t->count;
}

size_t
div_table_length(const struct div_table *t, unsigned int list)
{
	return t->lists[list].length;
}

static void
list_remove(struct div_table *t, const struct table_slot *s)
{
	struct table_list *list = &t->lists[s->list];

	if (s->older != 0)
		slot_at(t, s->older)->newer = s->newer;
	else
		list->oldest = s->newer;
	if (s->newer != 0)
		slot_at(t, s->newer)->older = s->older;
	else
		list->newest = s->older;
	list->length--;
}

static void
list_append(struct div_table *t, struct table_slot *s, unsigned int n)
{
	struct table_list *list = &t->lists[n];
	uint32_t i = slot_index(t, s);

	s->list = (uint8_t)n;
	s->newer = 0;
	s->older = list->newest;
	if (s->older != 0)
		slot_at(t, s->older)->newer = i;
	else
		list->oldest = i;
	list->newest = i;
	list->length++;
}

/* The item with this key, or NULL. */
void *
div_table_find(const struct div_table *t, const void *key)
{
	struct table_slot *s;
	uint32_t i;

	for (i = *bucket_of(t, key); i != 0; i = s->chain) {
		s = slot_at(t, i);
		if (memcmp(key_of(t, s), key, t->opt.keylen) == 0)
			return s + 1;
	}
	return NULL;
}

/* A new item with a key that no other has, or NULL if the table is full. */
void *
div_table_add(struct div_table *t, const void *key)
{
	uint32_t *head, i = t->free;
	struct table_slot *s;

	if (i == 0 && t->used == t->opt.max)
		return NULL;
	if (i == 0)
		i = ++t->used;
	else
		t->free = slot_at(t, i)->chain;
	head = bucket_of(t, key);
	s = slot_at(t, i);
	memset(s, 0, t->stride);
	memcpy(key_of(t, s), key, t->opt.keylen);
	s->state = SLOT_HASHED;
	s->chain = *head;
	*head = i;
	list_append(t, s, 0);
	t->count++;
	return s + 1;
}

/* The item with this key, or a new one in place of the first to be evicted. */
void *
div_table_get(struct div_table *t, const void *key)
{
	unsigned int list;
	void *item, *old = NULL;

	if ((item = div_table_find(t, key)) != NULL) {
		div_table_touch(t, item);
		return item;
	}
	if (t->count == t->opt.max) {
		for (list = 0; old == NULL; list++)
			old = div_table_oldest(t, list);
		div_table_remove(t, old);
	}
	return div_table_add(t, key);
}

/* Makes an item the newest of its list. */
void
div_table_touch(struct div_table *t, void *item)
{
	struct table_slot *s = slot_of(item);

	if (s->newer == 0)
		return;
	list_remove(t, s);
	list_append(t, s, s->list);
}

/* Makes an item the newest of another list. */
void
div_table_move(struct div_table *t, void *item, unsigned int list)
{
	struct table_slot *s = slot_of(item);

	if (s->list == list)
		return;
	list_remove(t, s);
	list_append(t, s, list);
}

void *
div_table_oldest(const struct div_table *t, unsigned int list)
{
	uint32_t i = t->lists[list].oldest;

	return i == 0 ? NULL : slot_at(t, i) + 1;
}

/* All items, detached ones too: the first after NULL. */
void *
div_table_next(const struct div_table *t, const void *item)
{
	uint32_t i = item == NULL ? 0 : slot_index(t, slot_of(item));

	while (i < t->used)
		if (slot_at(t, ++i)->state != SLOT_FREE)
			return slot_at(t, i) + 1;
	return NULL;
}

/* Frees an item's key for another one; it stays in its list. */
void
div_table_detach(struct div_table *t, void *item)
{
	struct table_slot *s = slot_of(item);
	uint32_t *link = bucket_of(t, key_of(t, s)), i = slot_index(t, s);

	if (s->state == SLOT_DETACHED)
		return;
	while (*link != i)
		link = &slot_at(t, *link)->chain;
	*link = s->chain;
	s->state = SLOT_DETACHED;
}

void
div_table_remove(struct div_table *t, void *item)
{
	struct table_slot *s = slot_of(item);

	div_table_detach(t, item);
	list_remove(t, s);
	s->state = SLOT_FREE;
	s->chain = t->free;
	t->free = slot_index(t, s);
	t->count--;
}
