/* SPDX-License-Identifier: ISC */

/* a, c and i: a text after, instead of, or before the payload; y. */

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "divsed.h"

struct sed_text {
	char *bytes;
	size_t len;
};

/*
 * The text begins after a backslash and a new line (POSIX sed), or on the same
 * line, where leading blanks are skipped unless a backslash follows the letter.
 */
static void
skip_to_text(struct source *src)
{
	size_t at = src->pos;

	skip_blanks(src);
	if (peek(src) != '\\')
		return;
	if (src->text[src->pos + 1] == '\n')
		src->pos += 2;
	else if (src->pos == at)
		src->pos++;
}

void
parse_text(struct source *src, struct sed_command *c)
{
	struct sed_text *t;
	FILE *out;
	int ch;

	if ((c->arg = t = calloc(1, sizeof(*t))) == NULL)
		err(1, NULL);
	skip_to_text(src);
	if (peek(src) == END || peek(src) == '\n')
		fail(src, src->pos, "expected text after %c", c->verb->letter);
	out = text_open(&t->bytes, &t->len);
	while (peek(src) != END && peek(src) != '\n') {
		ch = next(src);
		putc(ch == '\\' ? parse_escape(src) : ch, out);
	}
	text_close(out, &t->bytes);
}

static enum outcome
compose(struct sed_command *c, struct space *sp, int before, int after)
{
	const struct sed_text *t = c->arg;

	if (!space_editable(sp))
		return NEXT;
	c->matched++;
	if ((after && space_append(sp, sp->payload, sp->len) == -1) ||
	    space_append(sp, t->bytes, t->len) == -1 ||
	    (before && space_append(sp, sp->payload, sp->len) == -1))
		return UNTOUCHED;
	space_commit(sp);
	c->edited++;
	return NEXT;
}

enum outcome
exec_a(struct sed_command *c, struct space *sp)
{
	return compose(c, sp, 0, 1);
}

enum outcome
exec_c(struct sed_command *c, struct space *sp)
{
	return compose(c, sp, 0, 0);
}

enum outcome
exec_i(struct sed_command *c, struct space *sp)
{
	return compose(c, sp, 1, 0);
}

/* One string of a y command. */
static void
parse_bytes(struct source *src, int delim, struct sed_text *t)
{
	FILE *out;
	int c;

	out = text_open(&t->bytes, &t->len);
	while ((c = next_until(src, delim)) != delim) {
		if (c == '\\')
			c = peek(src) == delim ? next(src) : parse_escape(src);
		putc(c, out);
	}
	text_close(out, &t->bytes);
}

/* The argument is a table of 256 bytes. */
void
parse_y(struct source *src, struct sed_command *c)
{
	struct sed_text from, to;
	uint8_t *map;
	size_t at, i;
	int delim;

	if ((c->arg = map = malloc(256)) == NULL)
		err(1, NULL);
	src->what = "y command";
	delim = parse_delimiter(src);
	parse_bytes(src, delim, &from);
	at = src->pos;
	parse_bytes(src, delim, &to);
	if (from.len != to.len)
		fail(src, at,
		    "expected as many characters as before: %zu, not %zu",
		    from.len, to.len);
	for (i = 0; i < 256; i++)
		map[i] = (uint8_t)i;
	for (i = from.len; i-- > 0;)
		map[(uint8_t)from.bytes[i]] = (uint8_t)to.bytes[i];
	free(from.bytes);
	free(to.bytes);
}

enum outcome
exec_y(struct sed_command *c, struct space *sp)
{
	const uint8_t *map = c->arg;
	size_t i;

	if (!space_editable(sp))
		return NEXT;
	for (i = 0; i < sp->len; i++)
		if (map[sp->payload[i]] != sp->payload[i])
			break;
	if (i == sp->len)
		return NEXT;
	c->matched++;
	space_own(sp);
	for (; i < sp->len; i++)
		sp->payload[i] = map[sp->payload[i]];
	c->edited++;
	return NEXT;
}
