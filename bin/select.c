/* SPDX-License-Identifier: ISC */

/* What the tools that pick packets share on their command line. */

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

struct div_regex *
tool_regex(int letter, const char *pattern)
{
	struct div_regex *re;
	char why[DIV_ERRLEN];
	size_t where;

	re = div_regex_new(pattern, strlen(pattern), 0, &where, why);
	if (re == NULL)
		errx(TOOL_USAGE, "-%c %s: character %zu: %s", letter, pattern,
		    where + 1, why);
	return re;
}

/* The words of an expression make one, as for tcpdump(8); to be freed. */
char *
tool_words(char *argv[])
{
	size_t size = 1;
	char *text;
	int i;

	for (i = 0; argv[i] != NULL; i++)
		size += strlen(argv[i]) + 1;
	if ((text = calloc(1, size)) == NULL)
		err(1, NULL);
	for (i = 0; argv[i] != NULL; i++) {
		if (i > 0)
			strlcat(text, " ", size);
		strlcat(text, argv[i], size);
	}
	return text;
}

struct div_filter *
tool_expression(char *argv[])
{
	struct div_filter *filter;
	char why[DIV_ERRLEN], *text = tool_words(argv);

	if ((filter = div_filter_new(text, why)) == NULL)
		errx(TOOL_USAGE, "%s: %s", text, why);
	free(text);
	return filter;
}

/* A mark as firewalls write it: decimal, octal or hexadecimal. */
uint32_t
tool_mark(int letter, const char *arg)
{
	char *end;
	unsigned long long n;

	n = strtoull(arg, &end, 0);
	if (*arg == '-' || end == arg || *end != '\0' || n > UINT32_MAX)
		errx(TOOL_USAGE, "-%c %s: a mark is a number of 32 bits",
		    letter, arg);
	return (uint32_t)n;
}
