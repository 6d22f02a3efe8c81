/* SPDX-License-Identifier: ISC */

#include <ctype.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "divsed.h"

struct mask {
	struct matches matches;
	uint8_t byte;
	int luhn;       /* only numbers that pass the check */
	uint64_t clear; /* last bytes that stay readable */
};

/* The check digit of payment cards and the like, ISO/IEC 7812-1 annex B. */
static int
passes_luhn(const uint8_t *p, size_t n)
{
	unsigned int sum = 0, digits = 0, d;

	while (n-- > 0) {
		if (p[n] < '0' || p[n] > '9')
			continue;
		d = p[n] - '0';
		if (digits++ % 2 == 1)
			d = d * 2 > 9 ? d * 2 - 9 : d * 2;
		sum = (sum + d) % 10;
	}
	return digits > 1 && sum == 0;
}

static int
mask_match(const void *arg, struct space *sp, const size_t *match)
{
	const struct mask *m = arg;
	const uint8_t *p = sp->payload + match[0];
	size_t len = match[1] - match[0], clear, i;

	if (m->luhn && !passes_luhn(p, len))
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
parse_m(struct source *src, struct command *c)
{
	struct pattern pattern;
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
exec_m(struct command *c, struct space *sp)
{
	const struct mask *m = c->arg;

	return edit_matches(c, sp, &m->matches, m);
}
