/* SPDX-License-Identifier: ISC */

/*
 * Delimited parts of commands, and regular expressions: parsing, compiling,
 * and the search, whose CPU time is limited for each packet.  An empty
 * expression is the last one used at run time (POSIX sed).
 */

#include <ctype.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "divsed.h"
#include "tool.h"

struct regex *regexes;
static struct div_regex *last; /* used at run time */

static const struct {
	char letter;
	unsigned int flag;
} flags[] = {
	{ 'i', DIV_RE_ICASE },
	{ 'm', DIV_RE_MULTILINE },
	{ 's', DIV_RE_DOTALL },
	{ 'x', DIV_RE_EXTENDED },
};

__attribute__((__noreturn__)) static void
unterminated(const struct source *src, int delim)
{
	fail(src, src->pos, "unterminated %s, expected %c", src->what, delim);
}

int
parse_delimiter(struct source *src)
{
	int c = peek(src);

	if (c == END || c == '\n' || c == '\\')
		fail(src, src->pos, "expected a delimiter, as / in s/a/b/");
	src->pos++;
	return c;
}

/* Takes one character; the end of the line before delim is an error. */
int
next_until(struct source *src, int delim)
{
	if (peek(src) == END || peek(src) == '\n')
		unterminated(src, delim);
	return next(src);
}

/*
 * Copies an escape in a regular expression.  An escaped delimiter stands for
 * itself: a letter or digit loses its backslash, other characters keep it.
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

/* Copies a bracket expression, in which the delimiter is not special. */
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

void
parse_pattern(struct source *src, int delim, struct sed_pattern *p)
{
	FILE *out;
	int c;

	p->at = src->pos;
	out = text_open(&p->text, &p->len);
	while ((c = next_until(src, delim)) != delim) {
		if (c == '\\') {
			pattern_escape(src, delim, out);
			continue;
		}
		putc(c, out);
		if (c == '[')
			pattern_class(src, delim, out);
	}
	text_close(out, &p->text);
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

/* The byte of an escape outside regular expressions. */
int
parse_escape(struct source *src)
{
	size_t at = src->pos - 1;
	int c, high;

	switch (c = next(src)) {
	case END:
		fail(src, at + 1, "expected a character after the backslash");
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
	if (isalnum(c))
		fail(src, at, "unknown escape \\%c", c);
	return c;
}

unsigned int
regex_flag(int c)
{
	size_t i;

	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (flags[i].letter == tolower(c))
			return flags[i].flag;
	return 0;
}

static struct div_regex *
compile_last(const struct source *src, const struct sed_pattern *p,
    unsigned int flags_given)
{
	if (regexes == NULL)
		fail(src, p->at,
		    "expected a regular expression, as none came before");
	if (flags_given != 0)
		fail(src, src->pos - 1,
		    "an empty regular expression takes no flags of its own");
	return NULL;
}

/* Compiles for partial matches before the sandbox forbids new code. */
void
patterns_ready(void)
{
	struct regex *r;

	for (r = regexes; r != NULL; r = r->next)
		div_regex_ready(r->re);
}

/* Frees the text of p.  Returns NULL for the last one used. */
struct div_regex *
compile_pattern(struct source *src, struct sed_pattern *p,
    unsigned int flags_given)
{
	char why[DIV_ERRLEN];
	struct regex *regex;
	size_t off;

	if (p->len == 0) {
		free(p->text);
		return compile_last(src, p, flags_given);
	}
	if ((regex = calloc(1, sizeof(*regex))) == NULL)
		err(1, NULL);
	regex->re = div_regex_new(p->text, p->len, flags_given, &off, why);
	if (regex->re == NULL)
		fail(src, p->at + off, "bad regular expression: %s", why);
	regex->next = regexes;
	regexes = regex;
	free(p->text);
	return regex->re;
}

/*
 * Searches the payload; again: from the end of the last match on, where an
 * empty match does not count (POSIX sed).  -1: over the limit.
 */
int
search(struct space *sp, struct div_regex *re, int again, size_t *match)
{
	if (re == NULL)
		re = last;
	last = re;
	if (re == NULL)
		return 0;
	if (div_overdue(&sp->limit))
		return -1;
	return div_regex_exec(re, sp->payload, sp->len, again ? match[1] : 0,
	    again, match);
}
