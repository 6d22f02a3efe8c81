/* SPDX-License-Identifier: ISC */

/*
 * How the tools select packets: pcap-filter(7) expressions on headers, regular
 * expressions on payloads.
 */

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

/* Joins the words of an expression, as tcpdump(8) does; to be freed. */
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
