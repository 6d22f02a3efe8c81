/* SPDX-License-Identifier: ISC */

/* Lists from files: -p and -u of divmark, <file of divsed. */

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

/* The rest of a file that is open, or NULL and err. */
char *
tool_read(const char *name, int fd, size_t *len, char err[TOOL_LISTERR])
{
	FILE *in = NULL;
	char *text = NULL;

	if (fd != -1 && (in = fdopen(fd, "r")) != NULL)
		text = tool_slurp(in, len);
	if (text == NULL)
		snprintf(err, TOOL_LISTERR, "%s: %s", name, strerror(errno));
	if (in != NULL)
		fclose(in);
	return text;
}

void
tool_list_error(char err[TOOL_LISTERR], const char *file, size_t line,
    size_t column, const char *why)
{
	snprintf(err, TOOL_LISTERR, "%s: line %zu, column %zu: %s", file, line,
	    column, why);
}

/* The same, at an offset in the text of the file. */
void
tool_place(char err[TOOL_LISTERR], const char *file, const char *text,
    size_t at, const char *why)
{
	size_t line = 1, column = 1, i;

	for (i = 0; i < at; i++) {
		column++;
		if (text[i] == '\n') {
			line++;
			column = 1;
		}
	}
	tool_list_error(err, file, line, column, why);
}

/* A list, with a warning of lines that were skipped; or NULL and err. */
struct div_names *
tool_names(const char *file, int fd, int quiet, char err[TOOL_LISTERR])
{
	struct div_names *names;
	char why[DIV_ERRLEN], *text;
	size_t len, where;

	if ((text = tool_read(file, fd, &len, err)) == NULL)
		return NULL;
	names = div_names_new(text, len, &where, why);
	if (names == NULL || *why != '\0')
		tool_place(err, file, text, where, why);
	if (names == NULL)
		free(text);
	else if (*why != '\0' && !quiet)
		warnx("%s", err);
	return names;
}

/* The same of a list of prefixes. */
struct div_prefixes *
tool_prefixes(const char *file, int fd, char err[TOOL_LISTERR])
{
	struct div_prefixes *prefixes;
	char why[DIV_ERRLEN], *text;
	size_t len, where;

	if ((text = tool_read(file, fd, &len, err)) == NULL)
		return NULL;
	if ((prefixes = div_prefixes_new(text, len, &where, why)) == NULL) {
		tool_place(err, file, text, where, why);
		free(text);
	}
	return prefixes;
}
