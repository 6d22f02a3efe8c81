/* SPDX-License-Identifier: ISC */

/* The files of -f, -p and -u. */

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "divmark.h"
#include "privsep.h"
#include "tool.h"

struct lists *lists;

static struct list_file {
	const char *name; /* or NULL */
	int number;       /* of privsep_add() */
} patterns_file, names_file, prefixes_file;

static struct patterns *
load_patterns(const struct list_file *f, char *err)
{
	size_t len;
	char *text;

	text = tool_read(f->name, privsep_open(f->number), &len, err);
	if (text == NULL)
		return NULL;
	if (strlen(text) == len)
		return patterns_new(f->name, text, err);
	tool_place(err, f->name, text, strlen(text),
	    "a NUL, write it as \\x00");
	free(text);
	return NULL;
}

static void
lists_free(struct lists *l)
{
	patterns_free(l->patterns);
	div_names_free(l->names);
	div_prefixes_free(l->prefixes);
	free(l);
}

static int
lists_read(struct lists *l, char *err)
{
	const struct list_file *f;

	f = &patterns_file;
	if (f->name != NULL && (l->patterns = load_patterns(f, err)) == NULL)
		return -1;
	f = &prefixes_file;
	if (f->name != NULL &&
	    (l->prefixes = tool_prefixes(f->name, privsep_open(f->number),
		 err)) == NULL)
		return -1;
	f = &names_file;
	if (f->name != NULL &&
	    (l->names = tool_names(f->name, privsep_open(f->number), qflag,
		 err)) == NULL)
		return -1;
	return 0;
}

static struct lists *
lists_new(char *err)
{
	struct lists *l;

	if ((l = calloc(1, sizeof(*l))) == NULL) {
		strlcpy(err, strerror(errno), TOOL_LISTERR);
		return NULL;
	}
	if (lists_read(l, err) == 0)
		return l;
	lists_free(l);
	return NULL;
}

static void
add_file(struct list_file *f, const char *name)
{
	if ((f->name = name) != NULL)
		f->number = privsep_add(name, O_RDONLY);
}

/* Each file may be NULL.  Exits on an error in one. */
void
lists_open(const char *patterns, const char *names, const char *prefixes)
{
	char err[TOOL_LISTERR];

	add_file(&patterns_file, patterns);
	add_file(&names_file, names);
	add_file(&prefixes_file, prefixes);
	if ((lists = lists_new(err)) == NULL)
		errx(TOOL_USAGE, "%s", err);
}

static void *
read_again(char err[TOOL_LISTERR])
{
	return lists_new(err);
}

static void
install(void *new)
{
	lists_free(lists);
	lists = new;
}

void
lists_reload(void)
{
	static const struct tool_reload ops = { read_again, install };

	tool_reload(&ops);
}
