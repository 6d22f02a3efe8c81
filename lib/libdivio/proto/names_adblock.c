/* SPDX-License-Identifier: ISC */

/*
 * Lines of published filter lists (Adblock Plus, "Writing filters"): which of
 * them are host names, ||host^ and @@||host^, which are comments, and which say
 * what a list of names cannot.
 */

#include <string.h>

#include "proto/proto.h"

static int
contains(const char *p, const char *end, const char *what)
{
	return memmem(p, (size_t)(end - p), what, strlen(what)) != NULL;
}

static int
begins(const char *p, const char *end, const char *what)
{
	size_t n = strlen(what);

	return (size_t)(end - p) >= n && memcmp(p, what, n) == 0;
}

/* Rules for elements of a page: example.com##.banner, #@#, #?#, #$# */
static int
is_cosmetic(const char *p, const char *end)
{
	static const char *const marks[] = { "##", "#@#", "#?#", "#$#" };
	const char *hash = memchr(p, '#', (size_t)(end - p));
	size_t i;

	if (hash == NULL || hash == p || hash[-1] == ' ' || hash[-1] == '\t')
		return hash == p && begins(p, end, "##") && p + 2 < end &&
		    (p[2] == '.' || p[2] == '#');
	for (i = 0; i < sizeof(marks) / sizeof(*marks); i++)
		if (begins(hash, end, marks[i]))
			return 1;
	return 0;
}

/* A rule with options or wildcards, or that is no host. */
static int
is_rule(const char *p, const char *end)
{
	if (begins(p, end, "@@"))
		p += 2;
	if (begins(p, end, "||")) {
		if (end[-1] == '^')
			end--;
		return memchr(p, '^', (size_t)(end - p)) != NULL ||
		    memchr(p, '$', (size_t)(end - p)) != NULL ||
		    memchr(p, '*', (size_t)(end - p)) != NULL;
	}
	return begins(p, end, "|") || contains(p, end, "^$");
}

/* What a line is, without blanks at its ends; it is not empty. */
enum names_line
names_adblock(const char *p, const char *end)
{
	if ((*p == '[' && end[-1] == ']') || begins(p, end, "! ") ||
	    begins(p, end, "!#") || (*p == '!' && p + 1 == end))
		return NAMES_COMMENT;
	if (is_cosmetic(p, end) || is_rule(p, end))
		return NAMES_SKIPPED;
	return NAMES_WORDS;
}

/* Takes the marks off a word that names_adblock() takes for a name. */
void
names_adblock_trim(char **p, char **end, int *listed)
{
	if (begins(*p, *end, "@@")) {
		*listed = 0;
		*p += 2;
	}
	if (!begins(*p, *end, "||"))
		return;
	*p += 2;
	if (*end > *p && (*end)[-1] == '^')
		(*end)--;
}
