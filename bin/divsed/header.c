/* SPDX-License-Identifier: ISC */

/* f: sets fields of headers, and the mark, by name (div_field_parse()). */

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "divsed.h"

struct sed_header {
	struct div_field *fields;
	size_t nfields;
};

static void
add_field(struct source *src, struct sed_header *h)
{
	char why[DIV_ERRLEN], *text;
	size_t at = src->pos;

	while (!at_end(src) && strchr(" \t,", peek(src)) == NULL)
		src->pos++;
	if (src->pos == at)
		fail(src, at, "expected a field, as in f ttl=64");
	text = strndup(src->text + at, src->pos - at);
	h->fields = reallocarray(h->fields, h->nfields + 1, sizeof(*h->fields));
	if (text == NULL || h->fields == NULL)
		err(1, NULL);
	if (div_field_parse(text, &h->fields[h->nfields++], why) == -1)
		fail(src, at, "%s", why);
	free(text);
}

void
parse_f(struct source *src, struct sed_command *c)
{
	struct sed_header *h;

	if ((c->arg = h = calloc(1, sizeof(*h))) == NULL)
		err(1, NULL);
	skip_blanks(src);
	add_field(src, h);
	while (peek(src) == ',') {
		src->pos++;
		add_field(src, h);
	}
}

/* Returns 1 if the packet or its frame has changed. */
static int
set_field(struct space *sp, const struct div_field *field)
{
	struct div_frame f;

	if (!field->frame && !space_allows(sp))
		return 0;
	space_frame(sp, &f);
	if (!div_field_differs(field, &f))
		return 0;
	if (!field->frame)
		space_own(sp);
	space_frame(sp, &f);
	div_field_set(field, &f);
	sp->mark = f.mark;
	return 1;
}

enum outcome
exec_f(struct sed_command *c, struct space *sp)
{
	const struct sed_header *h = c->arg;
	size_t i;
	int set = 0;

	for (i = 0; i < h->nfields; i++)
		set |= set_field(sp, &h->fields[i]);
	c->matched++;
	c->edited += (uint64_t)set;
	return NEXT;
}
