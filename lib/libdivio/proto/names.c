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

#include "proto/proto.h"

#define SLOTS_MIN 64

static struct names_slot *
find(const struct div_names *names, const char *key, size_t len, uint32_t hash)
{
	struct names_slot *s;
	struct names_entry *e;
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

static const struct names_entry *
lookup(const struct div_names *names, const char *key, size_t len)
{
	struct names_slot *s = find(names, key, len, hash_of(names, key, len));

	return s->entry == 0 ? NULL : &names->entries[s->entry - 1];
}

/* Doubles the table, of which half is used at most. */
static int
grow(struct div_names *names)
{
	struct names_slot *old = names->slots, *s;
	size_t n = names->nslots, i, j;
	struct names_entry *e;

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

static struct names_entry *
insert(struct div_names *names, const char *key, size_t len)
{
	uint32_t hash = hash_of(names, key, len);
	struct names_slot *s = find(names, key, len, hash);
	struct names_entry *e;

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
static struct names_entry *
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

/* A host, or *.host, or host/path. */
static struct names_entry *
insert_word(struct div_names *names, const struct names_word *name)
{
	size_t wild = name->wild ? 2 : 0;
	struct names_entry *e;

	e = insert_host(names, name->text + wild, name->hostlen - wild);
	if (e == NULL || (!name->wild && name->len == name->hostlen))
		return e;
	if (name->wild)
		e->flags |= NAMES_ENTRY_WILD;
	else {
		e->flags |= NAMES_ENTRY_PATHS;
		names->lengths[name->len - name->hostlen] = 1;
	}
	return insert(names, name->text, name->len);
}

/* A line that says what becomes of an entry, which is elsewhere. */
static int
add_line(struct div_names *names, struct names_entry *e, const char *line)
{
	size_t n = names->maxmore == 0 ? SLOTS_MIN : 2 * names->maxmore;
	struct names_more *more;

	if (names->nmore == names->maxmore) {
		more = reallocarray(names->more, n, sizeof(*more));
		if (more == NULL)
			return -1;
		names->more = more;
		names->maxmore = n;
	}
	e->flags |= NAMES_ENTRY_MORE;
	more = &names->more[names->nmore++];
	more->entry = (uint32_t)(e - names->entries);
	more->text = (uint32_t)(line - names->text);
	return 0;
}

/* Of two that are the same the later one counts, but for what their lines say. */
int
names_add(struct div_names *names, const struct names_word *name)
{
	struct names_entry *e;

	if ((e = insert_word(names, name)) == NULL)
		return -1;
	if ((e->flags & NAMES_ENTRY_SAYS) == 0)
		e->text = (uint32_t)(name->text - names->text);
	if (name->says != NULL) {
		if (((e->flags & NAMES_ENTRY_SAYS) != 0 ||
			name->text < name->says) &&
		    add_line(names, e, name->says) == -1)
			return -1;
		e->flags |= NAMES_ENTRY_SAYS;
	}
	e->flags &= (uint8_t) ~(
	    NAMES_ENTRY_LISTED | NAMES_ENTRY_EXCEPT | NAMES_ENTRY_EXACT);
	e->flags |= name->listed ? NAMES_ENTRY_LISTED : NAMES_ENTRY_EXCEPT;
	e->flags |= name->exact ? NAMES_ENTRY_EXACT : 0;
	e->line = (uint32_t)name->line;
	return 0;
}

static int
compare_more(const void *a, const void *b)
{
	const struct names_more *x = a, *y = b;

	if (x->entry != y->entry)
		return x->entry < y->entry ? -1 : 1;
	return x->text < y->text ? -1 : x->text > y->text;
}

/* The further lines of an entry; returns their number. */
size_t
names_lines(const struct div_names *names, const struct names_entry *e,
    const struct names_more **first)
{
	struct names_more key = { (uint32_t)(e - names->entries), 0 };
	const struct names_more *end = names->more + names->nmore, *p;
	size_t low = 0, high = names->nmore, i;

	if ((e->flags & NAMES_ENTRY_MORE) == 0)
		return 0;
	while (low < high) {
		i = low + (high - low) / 2;
		if (names->more[i].entry < key.entry)
			low = i + 1;
		else
			high = i;
	}
	*first = names->more + low;
	for (p = *first; p < end && p->entry == key.entry; p++)
		;
	return (size_t)(p - *first);
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
	    (names->slots = calloc(SLOTS_MIN, sizeof(struct names_slot))) ==
		NULL ||
	    (names->entries = calloc(SLOTS_MIN / 2,
		 sizeof(struct names_entry))) == NULL)
		strlcpy(err, strerror(ENOMEM), DIV_ERRLEN);
	else if (len > UINT32_MAX)
		strlcpy(err, strerror(EFBIG), DIV_ERRLEN);
	else {
		names->text = text;
		names->textlen = len;
		names->nslots = SLOTS_MIN;
		names->seed = arc4random();
		if (names_parse(names, where, err) == 0) {
			if (names->nmore > 0)
				qsort(names->more, names->nmore,
				    sizeof(*names->more), compare_more);
			return names;
		}
		names->text = NULL;
	}
	div_names_free(names);
	return NULL;
}

/* The longest prefix of the path that the list has for this host. */
static const struct names_entry *
find_path(const struct div_names *names, const char *host, size_t hostlen,
    const struct div_hostname *h)
{
	char key[HOSTNAME_MAX + NAMES_PATH_MAXLEN];
	size_t n = h->pathlen < NAMES_PATH_MAXLEN ? h->pathlen :
						    NAMES_PATH_MAXLEN;
	const struct names_entry *e;

	memcpy(key, host, hostlen);
	memcpy(key + hostlen, h->path, n);
	for (; n > 0; n--)
		if (names->lengths[n] &&
		    (e = lookup(names, key, hostlen + n)) != NULL)
			return e;
	return NULL;
}

/* The entry *.host, without paths. */
static const struct names_entry *
find_wild(const struct div_names *names, const char *host, size_t len)
{
	char key[2 + HOSTNAME_MAX] = "*.";

	memcpy(key + 2, host, len);
	return lookup(names, key, 2 + len);
}

/* The entry for a host in lower case and h's path, if h is not NULL. */
const struct names_entry *
names_find(const struct div_names *names, const char *host, size_t hostlen,
    const struct div_hostname *h)
{
	const struct names_entry *e, *path, *best = NULL;
	size_t at = hostlen, len;

	do {
		while (at > 0 && host[at - 1] != '.')
			at--;
		len = hostlen - at;
		if (len > HOSTNAME_MAX ||
		    (e = lookup(names, host + at, len)) == NULL)
			break;
		if ((e->flags & NAMES_ENTRY_PATHS) != 0 && h != NULL &&
		    h->path != NULL &&
		    (path = find_path(names, host + at, len, h)) != NULL)
			best = path;
		else if ((e->flags & NAMES_ENTRY_WILD) != 0 && at > 0)
			best = find_wild(names, host + at, len);
		else if ((e->flags &
			     (NAMES_ENTRY_LISTED | NAMES_ENTRY_EXCEPT)) != 0 &&
		    (at == 0 || (e->flags & NAMES_ENTRY_EXACT) == 0))
			best = e;
	} while (at-- > 0);
	return best;
}

/*
 * Is a host listed?  The entry with the most labels decides, and of those the
 * one with the longest path.  If there is one, *entry is it.
 */
int
div_names_find(const struct div_names *names, const struct div_hostname *h,
    struct div_entry *entry)
{
	const struct names_entry *e = names_find(names, h->host, h->hostlen, h);

	if (e == NULL)
		return 0;
	entry->text = names->text + e->text;
	entry->len = e->len;
	entry->line = e->line;
	entry->listed = (e->flags & NAMES_ENTRY_LISTED) != 0;
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
	free(names->more);
	free(names);
}
