/* SPDX-License-Identifier: ISC */

/*
 * The options of a tool, from its table: letters and long names for
 * getopt_long(3), and the lines of --help, which bin/completions reads.
 */

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

#define LETTERS 52 /* a table has each once */

static char letters[2 * LETTERS + 1];
static struct option names[LETTERS + 1];

/* An argument in brackets may be left out. */
static int
takes_argument(const struct tool_option *o)
{
	if (o->arg == NULL)
		return no_argument;
	return o->arg[0] == '[' ? optional_argument : required_argument;
}

/*
 * Only a long name can have its optional argument in the same word: letters
 * that follow -B are options.
 */
static void
build(const struct tool_option *o)
{
	struct option *name = names;
	char *letter = letters;

	for (; o->letter != 0; o++, name++) {
		name->name = o->name;
		name->has_arg = takes_argument(o);
		name->val = o->letter;
		*letter++ = (char)o->letter;
		if (name->has_arg == required_argument)
			*letter++ = ':';
	}
}

/* The length of a long name and its argument. */
static int
width(const struct tool_option *o)
{
	size_t n = strlen(o->name);

	return (int)(o->arg == NULL ? n : n + 1 + strlen(o->arg));
}

static __attribute__((__noreturn__)) void
help(const char *usage, const struct tool_option *options)
{
	const struct tool_option *o;
	int widest = 0;

	for (o = options; o->letter != 0; o++)
		if (width(o) > widest)
			widest = width(o);
	printf("%s\n", usage);
	for (o = options; o->letter != 0; o++)
		printf("  -%c, --%s%s%s%*s  %s\n", o->letter, o->name,
		    o->arg != NULL ? " " : "", o->arg != NULL ? o->arg : "",
		    widest - width(o), "", o->meaning);
	exit(0);
}

static __attribute__((__noreturn__)) void
version(void)
{
	printf("%s %s\n", getprogname(), DIV_VERSION);
	exit(0);
}

void
tool_usage(const char *usage)
{
	fputs(usage, stderr);
	exit(TOOL_USAGE);
}

/* The next option's letter, or -1; optarg and optind are those of getopt(3). */
int
tool_getopt(int argc, char *argv[], const char *usage,
    const struct tool_option *options)
{
	int ch;

	if (names[0].name == NULL)
		build(options);
	ch = getopt_long(argc, argv, letters, names, NULL);
	switch (ch) {
	case '?':
		tool_usage(usage);
	case 'h':
		help(usage, options);
	case 'V':
		version();
	default:
		return ch;
	}
}
