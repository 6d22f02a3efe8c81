/* SPDX-License-Identifier: ISC */

/* The text of a list of host names. */

#include <sys/types.h>
#include <sys/socket.h>
#include <arpa/inet.h>

#include <errno.h>
#include <string.h>

#include "names.h"

#define LABEL_MAX 63

/* What is left of a line, and where it stands. */
struct cursor {
	char *p, *end;
	size_t line;
	const char *why; /* it went wrong at p */
};

static int
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static int
fail(struct cursor *c, char *where, const char *why)
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

/* Length of the host at c, which turns to lower case. */
static ssize_t
host_len(struct cursor *c, const char *end)
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

/* One word: [!]host[.][/path] */
static int
parse_word(struct div_names *names, struct cursor *c, char *end)
{
	struct name name = { .line = c->line, .listed = 1 };
	ssize_t n;
	size_t path;

	if (*c->p == '!') {
		name.listed = 0;
		c->p++;
	}
	if ((n = host_len(c, end)) == -1)
		return -1;
	path = (size_t)(end - c->p - n);
	if (path > PATH_MAXLEN)
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
	c->p = end;
	return 0;
}

/* Skips blanks; the word that begins there ends at... */
static char *
word_end(struct cursor *c)
{
	char *p;

	while (c->p < c->end && is_blank(*c->p))
		c->p++;
	for (p = c->p; p < c->end && !is_blank(*p); p++)
		;
	return p;
}

/* As hosts(5) has it: an address and names. */
static int
is_address(const char *p, size_t len)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr addr;

	if (len >= sizeof(text))
		return 0;
	memcpy(text, p, len);
	text[len] = '\0';
	return inet_pton(AF_INET, text, &addr) == 1 ||
	    inet_pton(AF_INET6, text, &addr) == 1;
}

static int
parse_line(struct div_names *names, struct cursor *c)
{
	char *end = word_end(c), *first = c->p;
	int hosts;

	c->p = end;
	word_end(c);
	hosts = c->p < c->end && is_address(first, (size_t)(end - first));
	if (!hosts)
		c->p = first;
	while (end = word_end(c), c->p < c->end) {
		if (!hosts && c->p != first)
			return fail(c, c->p, "one name a line");
		if (parse_word(names, c, end) == -1)
			return -1;
	}
	return 0;
}

/* Stops where it goes wrong, which c->why tells. */
static void
parse(struct div_names *names, struct cursor *c, char *end)
{
	char *next, *comment;

	for (; c->p < end; c->p = next + (next < end)) {
		c->line++;
		next = memchr(c->p, '\n', (size_t)(end - c->p));
		if (next == NULL)
			next = end;
		comment = memchr(c->p, '#', (size_t)(next - c->p));
		c->end = comment == NULL ? next : comment;
		if (parse_line(names, c) == -1)
			return;
	}
}

/* Adds all that is in the text of len bytes; or -1, *where and err. */
int
names_parse(struct div_names *names, size_t len, size_t *where,
    char err[DIV_ERRLEN])
{
	struct cursor c = { .p = names->text };

	parse(names, &c, names->text + len);
	if (c.why == NULL)
		return 0;
	*where = (size_t)(c.p - names->text);
	strlcpy(err, c.why, DIV_ERRLEN);
	return -1;
}
