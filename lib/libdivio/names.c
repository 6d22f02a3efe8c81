/* SPDX-License-Identifier: ISC */

/*
 * Lists of host names: a hash table of all names, of the domains above them and
 * of URL prefixes, which stay where they are in the text of the list.  A host is
 * looked up from its top-level domain downwards, until there is nothing below,
 * and a path with each length that some prefix has: the size of the list does
 * not matter.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "names.h"

#define SLOTS_MIN 64

static struct slot *
find(const struct div_names *names, const char *key, size_t len, uint32_t hash)
{
	struct slot *s;
	struct entry *e;
	size_t i = hash;

	for (;; i++) {
		s = &names->slots[i & (names->nslots - 1)];
		if (s->entry == 0)
			return s;
		if (s->hash != hash)
			continue;
		e = &names->entries[s->entry - 1];
		if (e->len == len &&
		    memcmp(names->text + e->text, key, len) == 0)
			return s;
	}
}

static uint32_t
hash_of(const struct div_names *names, const char *key, size_t len)
{
	return (uint32_t)XXH3_64bits_withSeed(key, len, names->seed);
}

static const struct entry *
lookup(const struct div_names *names, const char *key, size_t len)
{
	struct slot *s = find(names, key, len, hash_of(names, key, len));

	return s->entry == 0 ? NULL : &names->entries[s->entry - 1];
}

/* Doubles the table, of which half is used at most. */
static int
grow(struct div_names *names)
{
	struct slot *old = names->slots, *s;
	size_t n = names->nslots, i, j;
	struct entry *e;

	e = reallocarray(names->entries, n, sizeof(*e));
	if (e == NULL)
		return -1;
	names->entries = e;
	if ((names->slots = calloc(2 * n, sizeof(*s))) == NULL) {
		names->slots = old;
		return -1;
	}
	names->nslots = 2 * n;
	for (i = 0; i < n; i++) {
		if (old[i].entry == 0)
			continue;
		j = old[i].hash;
		while (names->slots[j & (2 * n - 1)].entry != 0)
			j++;
		names->slots[j & (2 * n - 1)] = old[i];
	}
	free(old);
	return 0;
}

static struct entry *
insert(struct div_names *names, const char *key, size_t len)
{
	uint32_t hash = hash_of(names, key, len);
	struct slot *s = find(names, key, len, hash);
	struct entry *e;

	if (s->entry != 0)
		return &names->entries[s->entry - 1];
	if (names->nentries == names->nslots / 2) {
		if (grow(names) == -1)
			return NULL;
		s = find(names, key, len, hash);
	}
	e = &names->entries[names->nentries++];
	e->text = (uint32_t)(key - names->text);
	e->line = 0;
	e->len = (uint16_t)len;
	e->flags = 0;
	s->hash = hash;
	s->entry = (uint32_t)names->nentries;
	return e;
}

/* A host and the domains above it. */
static struct entry *
insert_host(struct div_names *names, const char *host, size_t len)
{
	const char *end = host + len, *p = host;

	while ((p = memchr(p, '.', (size_t)(end - p))) != NULL) {
		p++;
		if (insert(names, p, (size_t)(end - p)) == NULL)
			return NULL;
	}
	return insert(names, host, len);
}

/* Of two that are the same the later one counts. */
int
names_add(struct div_names *names, const struct name *name)
{
	struct entry *e;

	if ((e = insert_host(names, name->text, name->hostlen)) == NULL)
		return -1;
	if (name->len > name->hostlen) {
		e->flags |= ENTRY_PATHS;
		names->lengths[name->len - name->hostlen] = 1;
		if ((e = insert(names, name->text, name->len)) == NULL)
			return -1;
	}
	e->flags &= ENTRY_PATHS;
	e->flags |= name->listed ? ENTRY_LISTED : ENTRY_EXCEPT;
	e->line = (uint32_t)name->line;
	return 0;
}

/*
 * Makes a list of the len bytes of text, which becomes the list's and is changed
 * in place; if that fails it remains the caller's, and *where is the place in
 * it.
 */
struct div_names *
div_names_new(char *text, size_t len, size_t *where, char err[DIV_ERRLEN])
{
	struct div_names *names;

	*where = 0;
	if ((names = calloc(1, sizeof(*names))) == NULL ||
	    (names->slots = calloc(SLOTS_MIN, sizeof(struct slot))) == NULL ||
	    (names->entries = calloc(SLOTS_MIN / 2, sizeof(struct entry))) ==
		NULL)
		strlcpy(err, strerror(ENOMEM), DIV_ERRLEN);
	else if (len > UINT32_MAX)
		strlcpy(err, strerror(EFBIG), DIV_ERRLEN);
	else {
		names->text = text;
		names->nslots = SLOTS_MIN;
		names->seed = arc4random();
		if (names_parse(names, len, where, err) == 0)
			return names;
		names->text = NULL;
	}
	div_names_free(names);
	return NULL;
}

/* The longest prefix of the path that the list has for this host. */
static const struct entry *
find_path(const struct div_names *names, const char *host, size_t hostlen,
    const struct div_hostname *h)
{
	char key[HOSTNAME_MAX + PATH_MAXLEN];
	size_t n = h->pathlen < PATH_MAXLEN ? h->pathlen : PATH_MAXLEN;
	const struct entry *e;

	memcpy(key, host, hostlen);
	memcpy(key + hostlen, h->path, n);
	for (; n > 0; n--)
		if (names->lengths[n] &&
		    (e = lookup(names, key, hostlen + n)) != NULL)
			return e;
	return NULL;
}

/*
 * Is a host listed?  The entry with the most labels decides, and of those the
 * one with the longest path.  If there is one, *entry is it.
 */
int
div_names_find(const struct div_names *names, const struct div_hostname *h,
    struct div_entry *entry)
{
	const struct entry *e, *path, *best = NULL;
	size_t at = h->hostlen, len;

	do {
		while (at > 0 && h->host[at - 1] != '.')
			at--;
		len = h->hostlen - at;
		if (len > HOSTNAME_MAX ||
		    (e = lookup(names, h->host + at, len)) == NULL)
			break;
		if ((e->flags & ENTRY_PATHS) != 0 && h->path != NULL &&
		    (path = find_path(names, h->host + at, len, h)) != NULL)
			best = path;
		else if ((e->flags & (ENTRY_LISTED | ENTRY_EXCEPT)) != 0)
			best = e;
	} while (at-- > 0);
	if (best == NULL)
		return 0;
	entry->text = names->text + best->text;
	entry->len = best->len;
	entry->line = best->line;
	entry->listed = (best->flags & ENTRY_LISTED) != 0;
	return entry->listed;
}

void
div_names_free(struct div_names *names)
{
	if (names == NULL)
		return;
	free(names->text);
	free(names->entries);
	free(names->slots);
	free(names);
}
