/* SPDX-License-Identifier: ISC */

/*
 * The text of the script: pieces from -e and -f, joined by new lines (POSIX
 * sed).  Error messages name the piece, the line and the column in it.
 */

#include <ctype.h>
#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "divsed.h"
#include "tool.h"

static struct piece {
	char *name; /* for messages */
	size_t start;
} * pieces;
static size_t npieces;

struct source source;

void
source_add(const char *name, const char *text, size_t len)
{
	struct source *src = &source;
	int joined = npieces > 0;

	/* cppcheck-suppress memleakOnRealloc ; err(3) does not return */
	pieces = reallocarray(pieces, npieces + 1, sizeof(*pieces));
	src->text = realloc(src->text, src->len + len + 2);
	if (pieces == NULL || src->text == NULL ||
	    (pieces[npieces].name = strdup(name)) == NULL)
		err(1, NULL);
	if (joined)
		src->text[src->len++] = '\n';
	pieces[npieces++].start = src->len;
	memcpy(src->text + src->len, text, len);
	src->len += len;
	src->text[src->len] = '\0';
}

/* Line and column of an offset, counted from 1 in its piece. */
static const char *
place(const struct source *src, size_t at, size_t *line, size_t *column)
{
	size_t i, n = npieces;

	while (n > 1 && pieces[n - 1].start > at)
		n--;
	*line = *column = 1;
	for (i = pieces[n - 1].start; i < at; i++) {
		++*column;
		if (src->text[i] == '\n') {
			++*line;
			*column = 1;
		}
	}
	return pieces[n - 1].name;
}

void
fail(const struct source *src, size_t at, const char *fmt, ...)
{
	char why[2 * DIV_ERRLEN];
	const char *name;
	size_t line, column;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	name = place(src, at, &line, &column);
	errx(TOOL_USAGE, "%s: line %zu, column %zu: %s", name, line, column,
	    why);
}

/* Place and text of a command, for messages. */
void
command_name(const struct sed_command *c, char *buf, size_t size)
{
	const char *name;
	size_t i, line, column;
	unsigned char ch;
	char byte[8];

	name = place(&source, c->start, &line, &column);
	snprintf(buf, size, "%s: line %zu, column %zu: ", name, line, column);
	for (i = c->start; i < c->end; i++) {
		ch = (unsigned char)source.text[i];
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

void
skip_blanks(struct source *src)
{
	while (peek(src) == ' ' || peek(src) == '\t')
		src->pos++;
}

/* True at the end of a command. */
int
at_end(const struct source *src)
{
	int c = peek(src);

	return c == END || c == '\n' || c == ';' || c == '}' || c == '#';
}

uint64_t
parse_number(struct source *src, uint64_t min, uint64_t max)
{
	size_t at = src->pos;
	uint64_t n = 0;
	int digit;

	while (peek(src) != END && isdigit(peek(src))) {
		digit = next(src) - '0';
		n = n > UINT64_MAX / 10 - 1 ? UINT64_MAX :
					      n * 10 + (uint64_t)digit;
	}
	if (src->pos == at || n < min || n > max)
		fail(src, at, "expected a number from %llu to %llu",
		    (unsigned long long)min, (unsigned long long)max);
	return n;
}

/* Takes the rest of the line, without leading blanks; to be freed. */
char *
parse_line(struct source *src, const char *what)
{
	size_t at;
	char *line;

	skip_blanks(src);
	at = src->pos;
	while (peek(src) != END && peek(src) != '\n')
		src->pos++;
	if (src->pos == at)
		fail(src, at, "expected %s", what);
	if ((line = strndup(src->text + at, src->pos - at)) == NULL)
		err(1, NULL);
	return line;
}

/* open_memstream(3) that exits on errors; the caller frees *text. */
FILE *
text_open(char **text, size_t *len)
{
	FILE *fp;

	if ((fp = open_memstream(text, len)) == NULL)
		err(1, NULL);
	return fp;
}

/* When memory is short, glibc sets no error but leaves *text NULL. */
void
text_close(FILE *fp, char *const *text)
{
	if (fclose(fp) == EOF || *text == NULL)
		err(1, NULL);
}
