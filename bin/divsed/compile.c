/* SPDX-License-Identifier: ISC */

#include <ctype.h>
#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "divsed.h"
#include "tool.h"

static const struct verb verbs[] = {
	{ 'd', NULL, exec_d },
	{ 's', parse_s, exec_s },
};

struct command *script;
static struct command **tail = &script;
static struct source *sources;

/* Line and column of a place in a script, counted from 1. */
static void
place(const struct source *src, size_t at, size_t *line, size_t *column)
{
	size_t i;

	*line = *column = 1;
	for (i = 0; i < at; i++) {
		++*column;
		if (src->text[i] == '\n') {
			++*line;
			*column = 1;
		}
	}
}

void
fail(const struct source *src, size_t at, const char *fmt, ...)
{
	char why[2 * DIV_ERRLEN];
	size_t line, column;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	place(src, at, &line, &column);
	errx(TOOL_USAGE, "%s: line %zu, column %zu: %s", src->name, line,
	    column, why);
}

/* Where a command stands and how it reads, for people. */
void
command_name(const struct command *c, char *buf, size_t size)
{
	const struct source *src = c->source;
	size_t i, line, column;
	unsigned char ch;
	char byte[8];

	place(src, c->start, &line, &column);
	snprintf(buf, size, "%s: line %zu, column %zu: ", src->name, line,
	    column);
	for (i = c->start; i < c->end; i++) {
		ch = (unsigned char)src->text[i];
		snprintf(byte, sizeof(byte), isprint(ch) ? "%c" : "\\x%02x",
		    ch);
		strlcat(buf, byte, size);
	}
}

int
peek(const struct source *src)
{
	return src->pos == src->len ? END : (unsigned char)src->text[src->pos];
}

int
next(struct source *src)
{
	int c = peek(src);

	if (c != END)
		src->pos++;
	return c;
}

static void
skip_blanks(struct source *src)
{
	while (peek(src) == ' ' || peek(src) == '\t')
		src->pos++;
}

static void
skip_comment(struct source *src)
{
	while (peek(src) != END && peek(src) != '\n')
		src->pos++;
}

static const struct verb *
find_verb(const struct source *src)
{
	size_t i;
	int c = peek(src);

	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (verbs[i].letter == c)
			return &verbs[i];
	fail(src, src->pos,
	    isprint(c) ? "unknown command %c" : "unknown command \\x%02x",
	    (unsigned int)c);
}

static void
parse_command(struct source *src)
{
	struct command *c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		err(1, NULL);
	*tail = c;
	tail = &c->next;
	c->verb = find_verb(src);
	c->source = src;
	c->start = src->pos++;
	if (c->verb->parse != NULL)
		c->verb->parse(src, c);
	c->end = src->pos;

	skip_blanks(src);
	if (peek(src) == '#')
		skip_comment(src);
	if (peek(src) != END && peek(src) != ';' && peek(src) != '\n')
		fail(src, src->pos, "expected ; or a new line after a command");
}

/*
 * Adds the commands in text, of len bytes and a NUL, to the script.  Name and
 * text stay in use.
 */
void
compile(const char *name, char *text, size_t len)
{
	struct source *src;

	if ((src = calloc(1, sizeof(*src))) == NULL)
		err(1, NULL);
	src->next = sources;
	sources = src;
	src->name = name;
	src->text = text;
	src->len = len;
	while (peek(src) != END) {
		switch (peek(src)) {
		case ' ':
		case '\t':
		case '\n':
		case ';':
			src->pos++;
			break;
		case '#':
			skip_comment(src);
			break;
		default:
			parse_command(src);
		}
	}
}
