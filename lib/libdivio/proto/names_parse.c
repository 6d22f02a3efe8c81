/* SPDX-License-Identifier: ISC */

/*
 * The text of a list of host names: [!]host[/path] on a line, # comments, the
 * lines of hosts(5), wildcards (*.host, .host), filter lists, and zones.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "proto/proto.h"

#define LABEL_MAX 63

static int
fail(struct names_cursor *c, char *where, const char *why)
{
	c->p = where;
	c->why = why;
	return -1;
}

static int
label_byte(char *p)
{
	if (*p >= 'A' && *p <= 'Z')
		*p += 'a' - 'A';
	return (*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') ||
	    *p == '-' || *p == '_';
}

/* Length of the host at c, which is converted to lower case; or -1. */
ssize_t
names_host_len(struct names_cursor *c, const char *end)
{
	char *p, *label = c->p;

	for (p = c->p; p < end && *p != '/'; p++) {
		if (*p == '.' && p == label)
			return fail(c, p, "an empty label");
		if (*p == '.')
			label = p + 1;
		else if (!label_byte(p))
			return fail(c, p, "no host name has this character");
		else if (p - label >= LABEL_MAX)
			return fail(c, p, "a label of more than 63 bytes");
	}
	if (p == c->p)
		return fail(c, p, "a host name is missing");
	if (p - c->p > HOSTNAME_MAX)
		return fail(c, p, "a name of more than 255 bytes");
	return p - c->p;
}

/* The marks before a host, which stands for all hosts below it anyway. */
static void
trim_word(struct names_cursor *c, char **end, int *listed)
{
	if (*c->p == '!') {
		*listed = 0;
		c->p++;
	} else
		names_adblock_trim(&c->p, end, listed);
	if (c->p + 2 < *end && c->p[0] == '*' && c->p[1] == '.')
		c->p += 2;
	else if (c->p + 1 < *end && *c->p == '.' && c->p[1] != '.')
		c->p++;
}

/*
 * One word: [!][*.]host[.][/path]; says is its line in hosts(5), or NULL.
 */
static int
parse_word(struct div_names *names, struct names_cursor *c, char *word_end,
    const char *says)
{
	struct names_word name = { .line = c->line, .listed = 1, .says = says };
	char *end = word_end;
	ssize_t n;
	size_t path;

	trim_word(c, &end, &name.listed);
	if ((n = names_host_len(c, end)) == -1)
		return -1;
	path = (size_t)(end - c->p - n);
	if (path > NAMES_PATH_MAXLEN)
		return fail(c, c->p + n, "a path of more than 1023 bytes");
	if (c->p[n - 1] == '.') {
		n--;
		memmove(c->p + n, c->p + n + 1, path);
	}
	name.text = c->p;
	name.hostlen = (size_t)n;
	name.len = (size_t)n + path;
	if (names_add(names, &name) == -1)
		return fail(c, c->p, strerror(errno));
	c->p = word_end;
	return 0;
}

/* Skips blanks; returns the end of the word that follows. */
static char *
word_end(struct names_cursor *c)
{
	char *p;

	while (c->p < c->end && is_blank(*c->p))
		c->p++;
	for (p = c->p; p < c->end && !is_blank(*p); p++)
		;
	return p;
}

/* True for an address, with which a line of hosts(5) begins. */
static int
is_address(const char *p, size_t len)
{
	uint8_t addr[16];

	return names_is_address(p, len, AF_INET, addr) ||
	    names_is_address(p, len, AF_INET6, addr);
}

static int
parse_line(struct div_names *names, struct names_cursor *c)
{
	char *line = c->p, *end = word_end(c), *first = c->p;
	int hosts, zone;

	c->p = end;
	word_end(c);
	hosts = c->p < c->end && is_address(first, (size_t)(end - first));
	if (!hosts) {
		c->p = line;
		if (line < c->end && (zone = names_zone_line(names, c)) != 0)
			return zone == -1 ? -1 : 0;
		c->p = first;
	}
	while (end = word_end(c), c->p < c->end) {
		if (!hosts && c->p != first)
			return fail(c, c->p, "one name a line");
		if (parse_word(names, c, end, hosts ? first : NULL) == -1)
			return -1;
	}
	return 0;
}

/* A line of a filter list that gives no names. */
static int
skip_line(struct names_cursor *c)
{
	char *p = c->p, *end = c->end;
	enum names_line kind;

	while (p < end && is_blank(*p))
		p++;
	while (p < end && is_blank(end[-1]))
		end--;
	if (p == end)
		return 0;
	if (names_zone_skips(c, p, end))
		return 1;
	if ((kind = names_adblock(p, end)) == NAMES_WORDS)
		return 0;
	if (kind == NAMES_SKIPPED && c->skipped++ == 0)
		c->first = p;
	return 1;
}

/* Stops at an error, and sets c->why. */
static void
parse(struct div_names *names, struct names_cursor *c, char *end)
{
	char *next, *comment;

	for (; c->p < end; c->p = next + (next < end)) {
		c->line++;
		next = memchr(c->p, '\n', (size_t)(end - c->p));
		if (next == NULL)
			next = end;
		c->end = next;
		if (skip_line(c))
			continue;
		comment = memchr(c->p, '#', (size_t)(next - c->p));
		if (comment != NULL)
			c->end = comment;
		if (parse_line(names, c) == -1)
			return;
	}
}

static void
say_skipped(const struct names_cursor *c, const char *text, size_t *where,
    char err[DIV_ERRLEN])
{
	*where = (size_t)(c->first - text);
	snprintf(err, DIV_ERRLEN, "%zu line%s skipped, for %s no host",
	    c->skipped, c->skipped == 1 ? "" : "s",
	    c->skipped == 1 ? "it names" : "they name");
}

/*
 * Adds all entries of the text, and says in err which lines gave none; or -1, the
 * offset in *where, and err.
 */
int
names_parse(struct div_names *names, size_t *where, char err[DIV_ERRLEN])
{
	struct names_cursor c = { .p = names->text };

	parse(names, &c, names->text + names->textlen);
	if (c.why == NULL) {
		*err = '\0';
		if (c.skipped != 0)
			say_skipped(&c, names->text, where, err);
		return 0;
	}
	*where = (size_t)(c.p - names->text);
	strlcpy(err, c.why, DIV_ERRLEN);
	return -1;
}
