/* SPDX-License-Identifier: ISC */

/*
 * s: substitution.  A replacement is a list of parts, each a text and a group
 * of the match (POSIX sed).  edit_matches() serves m, too.
 */

#include <ctype.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "divsed.h"

#define LITERAL (-1)        /* no group */
#define GROUP(c) (-2 - (c)) /* group as a character and back */

struct part {       /* of a replacement */
	size_t len; /* bytes of text */
	int group;  /* after the text, or LITERAL */
	size_t at;  /* of the group in the script */
};

struct subst {
	struct matches matches;
	char *text; /* of all parts */
	struct part *parts;
	size_t nparts;
	int keep;  /* the length */
	int print; /* as p does */
	struct sed_output *out;
};

/* An escape in a replacement: a character, or GROUP(n). */
static int
replacement_escape(struct source *src, int delim)
{
	int c = peek(src);

	if (c == END)
		return next_until(src, delim);
	if (c != delim && !isdigit(c))
		return parse_escape(src);
	src->pos++;
	return c == delim ? c : GROUP(c - '0');
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
	text_close(out, &s->text);
}

static void
parse_first(struct source *src, struct matches *m)
{
	if (m->first != 0)
		fail(src, src->pos, "second number after the s command");
	m->first = parse_number(src, 1, UINT32_MAX);
}

/*
 * Returns the flags of the regular expression.  w comes last: its file name is
 * the rest of the line.
 */
static unsigned int
parse_flags(struct source *src, struct subst *s)
{
	unsigned int flags = 0;
	int c;

	while ((c = peek(src)) != END && isalnum(c)) {
		if (isdigit(c)) {
			parse_first(src, &s->matches);
			continue;
		}
		src->pos++;
		if (c == 'g')
			s->matches.all = 1;
		else if (c == 'k')
			s->keep = 1;
		else if (c == 'p')
			s->print = 1;
		else if (c == 'w')
			s->out = parse_output(src);
		else if (regex_flag(c) != 0)
			flags |= regex_flag(c);
		else
			fail(src, src->pos - 1,
			    "unknown flag %c, expected a number or any of "
			    "giImMpsSxXkw",
			    c);
		if (c == 'w')
			break;
	}
	if (s->matches.first == 0)
		s->matches.first = 1;
	return flags;
}

static void
check_groups(const struct source *src, const struct subst *s)
{
	size_t i;
	int n;

	if (s->matches.re == NULL)
		return;
	n = (int)div_regex_groups(s->matches.re);
	for (i = 0; i < s->nparts; i++)
		if (s->parts[i].group > n)
			fail(src, s->parts[i].at,
			    "no group \\%d in the regular expression",
			    s->parts[i].group);
}

/* Cuts or pads the replacement, composed from since on, to n bytes. */
static int
keep_length(struct space *sp, size_t since, size_t n)
{
	while (sp->sparelen - since < n)
		if (space_append(sp, " ", 1) == -1)
			return -1;
	sp->sparelen = since + n;
	return 1;
}

static int
replace(const void *arg, struct space *sp, const size_t *match)
{
	const struct subst *s = arg;
	const struct part *part;
	const char *text = s->text;
	size_t from, to, since = sp->sparelen;

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
	return s->keep ? keep_length(sp, since, match[1] - match[0]) : 1;
}

void
parse_s(struct source *src, struct sed_command *c)
{
	struct sed_pattern pattern;
	struct subst *s;
	int delim;

	if ((c->arg = s = calloc(1, sizeof(*s))) == NULL)
		err(1, NULL);
	src->what = "s command";
	delim = parse_delimiter(src);
	parse_pattern(src, delim, &pattern);
	parse_replacement(src, delim, s);
	s->matches.re = compile_pattern(src, &pattern, parse_flags(src, s));
	s->matches.edit = replace;
	check_groups(src, s);
}

/* Copies the bytes from done to the match, and appends its replacement. */
static int
edit_match(struct space *sp, const struct matches *m, const void *arg,
    size_t *done, const size_t *match)
{
	size_t was = sp->sparelen;
	int n;

	if (space_append(sp, sp->payload + *done, match[0] - *done) == -1)
		return -1;
	if ((n = m->edit(arg, sp, match)) == 1)
		*done = match[1];
	else
		sp->sparelen = was;
	return n;
}

/* Nothing is copied before the first match. */
enum outcome
edit_matches(struct sed_command *c, struct space *sp, const struct matches *m,
    const void *arg)
{
	size_t match[2 * DIV_RE_GROUPS], done = 0;
	uint64_t nth = 1;
	int found, n, edited = 0;

	if (!space_editable(sp))
		return NEXT;
	while ((found = search(sp, m->re, nth > 1, match)) == 1) {
		c->matched += nth == 1;
		if (nth++ < m->first)
			continue;
		if ((n = edit_match(sp, m, arg, &done, match)) == -1)
			return UNTOUCHED;
		edited |= n;
		if (!m->all && edited)
			break;
	}
	if (found == -1)
		return command_limited(c);
	if (!edited)
		return NEXT;
	if (space_append(sp, sp->payload + done, sp->len - done) == -1)
		return UNTOUCHED;
	space_commit(sp);
	sp->substituted = 1;
	c->edited++;
	return NEXT;
}

enum outcome
exec_s(struct sed_command *c, struct space *sp)
{
	const struct subst *s = c->arg;
	uint64_t before = c->edited;
	enum outcome outcome;

	outcome = edit_matches(c, sp, &s->matches, s);
	if (outcome != NEXT || c->edited == before)
		return outcome;
	if (s->print && space_print(sp) == -1)
		return FAILED;
	if (s->out != NULL)
		output_put(s->out, sp);
	return NEXT;
}
