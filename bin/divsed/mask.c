/* SPDX-License-Identifier: ISC */

/*
 * m: masks matches, byte by byte, so that the length stays the same; optionally
 * only numbers with a valid check digit, and all but the last bytes.
 */

#include <ctype.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "divsed.h"
#include "tool.h"

struct mask {
	struct matches matches;
	uint8_t byte;
	int luhn;       /* only numbers with a valid check digit */
	uint64_t clear; /* last bytes that stay readable */
};

static int
mask_match(const void *arg, struct space *sp, const size_t *match)
{
	const struct mask *m = arg;
	const uint8_t *p = sp->payload + match[0];
	size_t len = match[1] - match[0], clear, i;

	if (m->luhn && !tool_luhn(p, len))
		return 0;
	clear = m->clear < len ? (size_t)m->clear : len;
	for (i = 0; i < len - clear; i++)
		if (space_append(sp, &m->byte, 1) == -1)
			return -1;
	return space_append(sp, p + len - clear, clear) == -1 ? -1 : 1;
}

static void
parse_byte(struct source *src, int delim, struct mask *m)
{
	int c;

	if (peek(src) == delim)
		fail(src, src->pos, "expected a character to mask with");
	c = next_until(src, delim);
	if (c == '\\')
		c = peek(src) == delim ? next(src) : parse_escape(src);
	m->byte = (uint8_t)c;
	if (peek(src) != delim)
		fail(src, src->pos, "expected one character and %c", delim);
	src->pos++;
}

static unsigned int
parse_flags(struct source *src, struct mask *m)
{
	unsigned int flags = 0;
	int c;

	while ((c = peek(src)) != END && isalnum(c)) {
		src->pos++;
		if (c == 'g')
			m->matches.all = 1;
		else if (c == 'L')
			m->luhn = 1;
		else if (c == 't')
			m->clear = parse_number(src, 1, UINT32_MAX);
		else if (regex_flag(c) != 0)
			flags |= regex_flag(c);
		else
			fail(src, src->pos - 1,
			    "unknown flag %c, expected any of giImMsSxXLt", c);
	}
	return flags;
}

void
parse_m(struct source *src, struct sed_command *c)
{
	struct sed_pattern pattern;
	struct mask *m;
	int delim;

	if ((c->arg = m = calloc(1, sizeof(*m))) == NULL)
		err(1, NULL);
	src->what = "m command";
	delim = parse_delimiter(src);
	parse_pattern(src, delim, &pattern);
	parse_byte(src, delim, m);
	m->matches.re = compile_pattern(src, &pattern, parse_flags(src, m));
	m->matches.first = 1;
	m->matches.edit = mask_match;
}

enum outcome
exec_m(struct sed_command *c, struct space *sp)
{
	const struct mask *m = c->arg;

	return edit_matches(c, sp, &m->matches, m);
}
