/* SPDX-License-Identifier: ISC */

/* Arguments of options: lists of numbers with units. */

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "divdelay.h"
#include "tool.h"

static __attribute__((__noreturn__)) void
fail_many(int letter, const char *arg, long at, const struct field *fields,
    int n)
{
	char names[128];
	int i;

	strlcpy(names, fields[0].name, sizeof(names));
	for (i = 1; i < n; i++) {
		strlcat(names, ",", sizeof(names));
		strlcat(names, fields[i].name, sizeof(names));
	}
	errx(TOOL_USAGE, "-%c %s: character %ld: more than %s", letter, arg, at,
	    names);
}

int
fields_parse(int letter, const char *arg, const struct field *fields, int n,
    struct value *values)
{
	const struct field *f;
	char *copy, *rest, *word;
	int i;

	memset(values, 0, (size_t)n * sizeof(*values));
	if ((rest = copy = strdup(arg)) == NULL)
		err(1, NULL);
	for (i = 0; (word = strsep(&rest, ",")) != NULL; i++) {
		if (i == n)
			fail_many(letter, arg, word - copy + 1, fields, n);
		f = &fields[i];
		values[i].kind = unit_parse(word, f->kinds, &values[i].v);
		if (values[i].kind == 0 || values[i].v < f->min ||
		    values[i].v > f->max)
			errx(TOOL_USAGE,
			    "-%c %s: character %ld: %s: expected %s", letter,
			    arg, (long)(word - copy) + 1, f->name, f->expected);
	}
	free(copy);
	return i;
}
