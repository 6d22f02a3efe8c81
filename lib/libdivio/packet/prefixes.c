/* SPDX-License-Identifier: ISC */

/*
 * Lists of prefixes.  Prefixes nest but do not cross, so that the longest match
 * is a matter of ranges: sorted by their first address, each with the entry that
 * decides there.  A list is built once and searched by halves; it takes at most
 * two ranges for each prefix, and no pointers.  Its text has [!]address[/bits] on a
 * line, and comments behind # or a semicolon.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <arpa/inet.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "packet/packet.h"

#define PREFIX_TEXT (INET6_ADDRSTRLEN + 4) /* address/128 */
#define PREFIXES_NONE UINT32_MAX

struct prefixes_entry {
	uint32_t text; /* offset of the prefix */
	uint32_t line;
	uint8_t len;    /* bytes of text */
	uint8_t listed; /* or an exception */
};

/* Ranges of addresses of one family. */
struct prefixes_ranges {
	uint8_t *first;  /* n addresses of width bytes, sorted */
	uint32_t *entry; /* of each; or PREFIXES_NONE */
	size_t n;
	uint8_t width;
};

struct div_prefixes {
	char *text;
	struct prefixes_entry *entries;
	struct prefixes_ranges v4, v6;
};

/* A prefix, before it is in a table. */
struct prefixes_line {
	uint8_t addr[16];
	uint8_t width; /* bytes of the address, 4 or 16 */
	uint8_t bits;  /* of the prefix */
	uint32_t entry;
};

/* The ranges of a family, while they are made. */
struct prefixes_build {
	struct prefixes_ranges *r;
	const struct prefixes_line *stack[129]; /* that contain each other */
	size_t depth;
};

/* Cuts comments and blanks off. */
static void
trim(const char **p, const char **end)
{
	const char *s;

	for (s = *p; s < *end && *s != '#' && *s != ';'; s++)
		;
	*end = s;
	while (*p < *end && is_blank(**p))
		++*p;
	while (*p < *end && is_blank((*end)[-1]))
		--*end;
}

/* The bits of byte i that are behind the prefix. */
static uint8_t
host_bits(const struct prefixes_line *l, int i)
{
	if (i == l->bits / 8)
		return (uint8_t)(0xff >> l->bits % 8);
	return i < l->bits / 8 ? 0 : 0xff;
}

static void
clear_host(struct prefixes_line *l)
{
	int i;

	for (i = 0; i < l->width; i++)
		l->addr[i] &= (uint8_t)~host_bits(l, i);
}

/* A prefix; NULL or what was expected. */
static const char *
parse_prefix(const char *p, size_t len, struct prefixes_line *l)
{
	char text[PREFIX_TEXT], *bits;
	const char *bad = NULL;

	if (len >= sizeof(text))
		return "expected an address or a prefix";
	memcpy(text, p, len);
	text[len] = '\0';
	if ((bits = strchr(text, '/')) != NULL)
		*bits++ = '\0';
	if (inet_pton(AF_INET, text, l->addr) == 1)
		l->width = 4;
	else if (inet_pton(AF_INET6, text, l->addr) == 1)
		l->width = 16;
	else
		return "expected an address or a prefix";
	l->bits = (uint8_t)(8 * l->width);
	if (bits != NULL)
		l->bits = (uint8_t)strtonum(bits, 0, l->bits, &bad);
	if (bad != NULL)
		return "expected a length from 0 to 32, of IPv6 to 128";
	clear_host(l);
	return NULL;
}

/* Room for one more, in both arrays. */
static int
grow(struct div_prefixes *p, struct prefixes_line **lines, size_t n)
{
	size_t max = n < 64 ? 64 : 2 * n;
	void *new;

	if (n != 0 && (n < 64 || (n & (n - 1)) != 0))
		return 0;
	if ((new = reallocarray(*lines, max, sizeof(**lines))) == NULL)
		return -1;
	*lines = new;
	new = reallocarray(p->entries, max, sizeof(*p->entries));
	if (new == NULL)
		return -1;
	p->entries = new;
	return 0;
}

/* A line that is not empty; NULL or an error. */
static const char *
add(struct div_prefixes *p, const char *s, const char *end, size_t line,
    struct prefixes_line **lines, size_t *n)
{
	struct prefixes_entry *e;
	const char *why;
	int listed = *s != '!';

	if (!listed)
		s++;
	if (grow(p, lines, *n) == -1)
		return strerror(errno);
	why = parse_prefix(s, (size_t)(end - s), &(*lines)[*n]);
	if (why != NULL)
		return why;
	(*lines)[*n].entry = (uint32_t)*n;
	e = &p->entries[(*n)++];
	e->text = (uint32_t)(s - p->text);
	e->len = (uint8_t)(end - s);
	e->line = (uint32_t)line;
	e->listed = (uint8_t)listed;
	return NULL;
}

/* All n prefixes of the text; or -1, the offset in *where, and err. */
static int
parse(struct div_prefixes *p, size_t len, struct prefixes_line **lines,
    size_t *n, size_t *where, char err[DIV_ERRLEN])
{
	const char *s = p->text, *end = s + len, *next, *stop, *why;
	size_t line = 0;

	if (len >= UINT32_MAX) {
		strlcpy(err, strerror(EFBIG), DIV_ERRLEN);
		return -1;
	}
	for (; s < end; s = next + 1) {
		line++;
		if ((next = memchr(s, '\n', (size_t)(end - s))) == NULL)
			next = end;
		stop = next;
		trim(&s, &stop);
		if (s == stop ||
		    (why = add(p, s, stop, line, lines, n)) == NULL)
			continue;
		*where = (size_t)(s - p->text);
		strlcpy(err, why, DIV_ERRLEN);
		return -1;
	}
	return 0;
}

static int
compare(const void *a, const void *b)
{
	const struct prefixes_line *x = a, *y = b;
	int n;

	if (x->width != y->width)
		return x->width - y->width;
	if ((n = memcmp(x->addr, y->addr, x->width)) != 0)
		return n;
	if (x->bits != y->bits)
		return x->bits - y->bits;
	return x->entry < y->entry ? -1 : 1;
}

static void
last_address(const struct prefixes_line *l, uint8_t addr[16])
{
	int i;

	for (i = 0; i < l->width; i++)
		addr[i] = l->addr[i] | host_bits(l, i);
}

/* The next address; -1 behind the last one. */
static int
step(uint8_t *addr, int width)
{
	while (width-- > 0)
		if (++addr[width] != 0)
			return 0;
	return -1;
}

/* From this address on, the entry decides. */
static void
put(struct prefixes_ranges *r, const uint8_t *addr, uint32_t entry)
{
	size_t w = (size_t)r->width;

	if (r->n == 0 || memcmp(r->first + (r->n - 1) * w, addr, w) != 0)
		memcpy(r->first + r->n++ * w, addr, w);
	r->entry[r->n - 1] = entry;
}

/* Ends the innermost prefix. */
static void
pop(struct prefixes_build *b)
{
	const struct prefixes_line *l = b->stack[--b->depth];
	uint8_t addr[16];

	last_address(l, addr);
	if (step(addr, l->width) == 0)
		put(b->r, addr,
		    b->depth == 0 ? PREFIXES_NONE :
				    b->stack[b->depth - 1]->entry);
}

static int
contains(const struct prefixes_line *outer, const struct prefixes_line *inner)
{
	uint8_t addr[16];

	last_address(outer, addr);
	return memcmp(addr, inner->addr, inner->width) >= 0;
}

/* The ranges of n lines of one family, sorted. */
static int
build(struct prefixes_ranges *r, const struct prefixes_line *l, size_t n)
{
	struct prefixes_build b = { .r = r };
	size_t i;
	void *p;

	if (n == 0)
		return 0;
	r->width = l->width;
	r->first = reallocarray(NULL, 2 * n, r->width);
	r->entry = reallocarray(NULL, 2 * n, sizeof(*r->entry));
	if (r->first == NULL || r->entry == NULL)
		return -1;
	for (i = 0; i < n; i++) {
		while (b.depth > 0 && !contains(b.stack[b.depth - 1], &l[i]))
			pop(&b);
		put(r, l[i].addr, l[i].entry);
		/* of two that are the same the later one counts */
		if (b.depth > 0 && b.stack[b.depth - 1]->bits == l[i].bits)
			b.depth--;
		b.stack[b.depth++] = &l[i];
	}
	while (b.depth > 0)
		pop(&b);
	if ((p = reallocarray(r->first, r->n, r->width)) != NULL)
		r->first = p;
	if ((p = reallocarray(r->entry, r->n, sizeof(*r->entry))) != NULL)
		r->entry = p;
	return 0;
}

/*
 * Makes a list of the len bytes of text, which becomes the list's; if that fails
 * it remains the caller's, and *where is the place in it.
 */
struct div_prefixes *
div_prefixes_new(char *text, size_t len, size_t *where, char err[DIV_ERRLEN])
{
	struct prefixes_line *lines = NULL;
	struct div_prefixes *p;
	size_t n = 0, n4 = 0;

	*where = 0;
	if ((p = calloc(1, sizeof(*p))) == NULL) {
		strlcpy(err, strerror(errno), DIV_ERRLEN);
		return NULL;
	}
	p->text = text;
	if (parse(p, len, &lines, &n, where, err) == -1)
		goto fail;
	if (n > 0)
		qsort(lines, n, sizeof(*lines), compare);
	while (n4 < n && lines[n4].width == 4)
		n4++;
	if (n == 0 ||
	    (build(&p->v4, lines, n4) == 0 &&
		build(&p->v6, lines + n4, n - n4) == 0)) {
		free(lines);
		return p;
	}
	strlcpy(err, strerror(ENOMEM), DIV_ERRLEN);
fail:
	free(lines);
	p->text = NULL;
	div_prefixes_free(p);
	return NULL;
}

/*
 * Is an address of 4 or 16 bytes listed?  The longest prefix decides.  If there is
 * one, *entry is it.
 */
int
div_prefixes_find(const struct div_prefixes *p, const uint8_t *addr,
    size_t addrlen, struct div_entry *entry)
{
	const struct prefixes_ranges *r = addrlen == 4 ? &p->v4 : &p->v6;
	const struct prefixes_entry *e;
	size_t low = 0, n = r->n, half;

	/* the first range that begins behind the address is in low..low+n */
	while (n > 0) {
		half = n / 2;
		if (memcmp(r->first + (low + half) * addrlen, addr, addrlen) <=
		    0) {
			low += half + 1;
			n -= half + 1;
		} else
			n = half;
	}
	if (low == 0 || r->entry[low - 1] == PREFIXES_NONE)
		return 0;
	e = &p->entries[r->entry[low - 1]];
	entry->text = p->text + e->text;
	entry->len = e->len;
	entry->line = e->line;
	entry->listed = e->listed;
	return entry->listed;
}

void
div_prefixes_free(struct div_prefixes *p)
{
	if (p == NULL)
		return;
	free(p->text);
	free(p->entries);
	free(p->v4.first);
	free(p->v4.entry);
	free(p->v6.first);
	free(p->v6.entry);
	free(p);
}
