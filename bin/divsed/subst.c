/* SPDX-License-Identifier: ISC */

#include <ctype.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "divsed.h"

#define LITERAL (-1)        /* no group */
#define GROUP(c) (-2 - (c)) /* group as a character and back */

__attribute__((__noreturn__)) static void
unterminated(const struct source *src, int delim)
{
	fail(src, src->pos, "unterminated s command, expected %c", delim);
}

/* Takes one character of an s command that is to go on until delim. */
static int
next_until(struct source *src, int delim)
{
	if (peek(src) == END || peek(src) == '\n')
		unterminated(src, delim);
	return next(src);
}

static FILE *
text_open(char **text, size_t *len)
{
	FILE *fp;

	if ((fp = open_memstream(text, len)) == NULL)
		err(1, NULL);
	return fp;
}

static void
text_close(FILE *fp)
{
	if (fclose(fp) == EOF)
		err(1, NULL);
}

/*
 * Copies what follows a backslash in a regular expression.  An escaped
 * delimiter is the character itself: a letter or digit loses its backslash,
 * the others mean themselves with one.
 */
static void
pattern_escape(struct source *src, int delim, FILE *out)
{
	int c;

	if ((c = next(src)) == END)
		unterminated(src, delim);
	if (c == 'x' && c != delim && peek(src) != '{' &&
	    (peek(src) == END || !isxdigit(peek(src))))
		fail(src, src->pos, "expected a hexadecimal digit");
	if (c != delim || !isalnum(c))
		putc('\\', out);
	putc(c, out);
}

/* The length of the rest of a name as in [[:alpha:]], or 0. */
static size_t
class_name(const struct source *src)
{
	const char *p = src->text + src->pos, *q = p;

	if (*q++ != ':')
		return 0;
	if (*q == '^')
		q++;
	while (islower((unsigned char)*q))
		q++;
	return q[0] == ':' && q[1] == ']' ? (size_t)(q + 2 - p) : 0;
}

/* Copies a bracket expression, where the delimiter is like any character. */
static void
pattern_class(struct source *src, int delim, FILE *out)
{
	size_t n;
	int c;

	if (peek(src) == '^')
		putc(next(src), out);
	if (peek(src) == ']')
		putc(next(src), out);
	do {
		c = next_until(src, ']');
		if (c == '\\') {
			pattern_escape(src, delim, out);
			continue;
		}
		putc(c, out);
		if (c == '[')
			for (n = class_name(src); n > 0; n--)
				putc(next(src), out);
	} while (c != ']');
}

static void
parse_pattern(struct source *src, int delim, FILE *out)
{
	int c;

	while ((c = next_until(src, delim)) != delim) {
		if (c == '\\') {
			pattern_escape(src, delim, out);
			continue;
		}
		putc(c, out);
		if (c == '[')
			pattern_class(src, delim, out);
	}
}

static int
hex_digit(struct source *src)
{
	int c = peek(src);

	if (c == END || !isxdigit(c))
		fail(src, src->pos, "expected a hexadecimal digit");
	src->pos++;
	return isdigit(c) ? c - '0' : tolower(c) - 'a' + 10;
}

/* Returns what stands after a backslash in a replacement. */
static int
replacement_escape(struct source *src, int delim)
{
	int c, high;

	if ((c = next(src)) == END)
		unterminated(src, delim);
	if (c == delim)
		return c;
	if (isdigit(c))
		return GROUP(c - '0');
	switch (c) {
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	case 'x':
		high = hex_digit(src);
		return high << 4 | hex_digit(src);
	}
	if (isalpha(c))
		fail(src, src->pos - 2, "unknown escape \\%c", c);
	return c;
}

static void
add_part(struct subst *s, size_t len, int group, size_t at)
{
	s->parts = reallocarray(s->parts, s->nparts + 1, sizeof(*s->parts));
	if (s->parts == NULL)
		err(1, NULL);
	s->parts[s->nparts].len = len;
	s->parts[s->nparts].group = group;
	s->parts[s->nparts].at = at;
	s->nparts++;
}

static void
parse_replacement(struct source *src, int delim, struct subst *s)
{
	size_t at = src->pos, len = 0, total;
	FILE *out;
	int c;

	out = text_open(&s->text, &total);
	while ((c = next_until(src, delim)) != delim) {
		if (c == '&')
			c = GROUP(0);
		else if (c == '\\')
			c = replacement_escape(src, delim);
		if (c >= 0) {
			putc(c, out);
			len++;
		} else {
			add_part(s, len, GROUP(c), at);
			len = 0;
		}
		at = src->pos;
	}
	add_part(s, len, LITERAL, at);
	text_close(out);
}

static void
parse_number(struct source *src, struct subst *s)
{
	size_t at = src->pos;
	uint64_t n = 0;

	if (s->first != 0)
		fail(src, at, "second number after the s command");
	while (isdigit(peek(src)) && n <= UINT32_MAX)
		n = n * 10 + (uint64_t)(next(src) - '0');
	if (n == 0 || n > UINT32_MAX)
		fail(src, at, "expected a number from 1 to %u", UINT32_MAX);
	s->first = n;
}

/* Returns the flags that are for the regular expression. */
static unsigned int
parse_flags(struct source *src, struct subst *s)
{
	unsigned int flags = 0;
	int c;

	while ((c = peek(src)) != END && isalnum(c)) {
		if (isdigit(c)) {
			parse_number(src, s);
			continue;
		}
		if (c == 'g')
			s->all = 1;
		else if (c == 'i' || c == 'I')
			flags |= DIV_RE_ICASE;
		else
			fail(src, src->pos,
			    "unknown flag %c, expected g, i or a number", c);
		src->pos++;
	}
	if (s->first == 0)
		s->first = 1;
	return flags;
}

static void
check_groups(const struct source *src, const struct subst *s)
{
	size_t i;
	int n = (int)div_regex_groups(s->re);

	for (i = 0; i < s->nparts; i++)
		if (s->parts[i].group > n)
			fail(src, s->parts[i].at,
			    "no group \\%d in the regular expression",
			    s->parts[i].group);
}

void
parse_s(struct source *src, struct command *c)
{
	struct subst *s = &c->s;
	char why[DIV_ERRLEN], *pattern;
	size_t at, len, off = 0;
	unsigned int flags;
	FILE *out;
	int delim;

	delim = peek(src);
	if (delim == END || delim == '\n' || delim == '\\')
		fail(src, src->pos, "expected a delimiter, as in s/a/b/");
	at = ++src->pos;
	out = text_open(&pattern, &len);
	parse_pattern(src, delim, out);
	text_close(out);
	if (len == 0)
		fail(src, at, "expected a regular expression");
	parse_replacement(src, delim, s);
	flags = parse_flags(src, s);
	s->re = div_regex_new(pattern, len, flags, &off, why);
	if (s->re == NULL)
		fail(src, at + off, "bad regular expression: %s", why);
	free(pattern);
	check_groups(src, s);
}

/*
 * As sed does: an empty match right after another match is none, so each
 * search but the first wants something if it matches where it starts.
 */
static int
search(const struct subst *s, const struct space *sp, int again, size_t *match)
{
	return div_regex_exec(s->re, sp->payload, sp->len, again ? match[1] : 0,
	    again, match);
}

/* Puts what lies between done and the match, and what the match becomes. */
static int
replace(const struct subst *s, struct space *sp, size_t done,
    const size_t *match)
{
	const struct part *part;
	const char *text = s->text;
	size_t from, to;

	if (space_append(sp, sp->payload + done, match[0] - done) == -1)
		return -1;
	for (part = s->parts; part < s->parts + s->nparts; part++) {
		if (space_append(sp, text, part->len) == -1)
			return -1;
		text += part->len;
		if (part->group == LITERAL)
			continue;
		from = match[2 * part->group];
		to = match[2 * part->group + 1];
		if (from < to && to <= sp->len &&
		    space_append(sp, sp->payload + from, to - from) == -1)
			return -1;
	}
	return 0;
}

enum outcome
exec_s(struct command *c, struct space *sp)
{
	const struct subst *s = &c->s;
	size_t match[2 * DIV_RE_GROUPS], done = 0;
	uint64_t nth;
	int found, replaced = 0;

	if (!sp->editable)
		return NEXT;
	for (nth = 1; (found = search(s, sp, nth > 1, match)) == 1; nth++) {
		c->matched += nth == 1;
		if (nth < s->first)
			continue;
		if (replace(s, sp, done, match) == -1)
			return UNTOUCHED;
		done = match[1];
		replaced = 1;
		if (!s->all)
			break;
	}
	if (found == -1)
		return command_limited(c);
	if (!replaced)
		return NEXT;
	if (space_append(sp, sp->payload + done, sp->len - done) == -1)
		return UNTOUCHED;
	space_commit(sp);
	c->edited++;
	return NEXT;
}
