/* SPDX-License-Identifier: ISC */

/*
 * Hyperscan or Vectorscan searches for all patterns in one pass, in its
 * prefilter mode: it may report patterns that do not match, as its dialect is
 * not that of PCRE2.  Patterns that it cannot compile are candidates of every
 * scan.
 */

#include <hs/hs.h>
#include <stdlib.h>
#include <string.h>

#include "divmark.h"

const size_t prefilter_reach = 1024;

/* Arguments of hs_compile_multi(). */
struct input {
	const char **regex;
	unsigned int *flags, *ids;
	unsigned int n;
};

/* Newer versions of PCRE2 read {,3} and { 1, 3 } as counts. */
static int
has_odd_count(const char *regex)
{
	size_t n;

	for (; (regex = strchr(regex, '{')) != NULL; regex++) {
		n = strspn(regex + 1, "0123456789, \t");
		if (regex[1 + n] == '}' &&
		    (regex[1] == ',' || strcspn(regex + 1, " \t") < n))
			return 1;
	}
	return 0;
}

/* True if it compiles the pattern, which must not match an empty string. */
static int
is_supported(const char *regex)
{
	hs_compile_error_t *error = NULL;
	hs_expr_info_t *info = NULL;
	int supported;

	if (has_odd_count(regex))
		return 0;
	supported = hs_expression_info(regex, HS_FLAG_PREFILTER, &info,
			&error) == HS_SUCCESS &&
	    info->min_width > 0;
	free(info);
	hs_free_compile_error(error);
	return supported;
}

static void
set_always(struct prefilter *pre, struct input *in, unsigned int at)
{
	pre->always[pre->nalways++] = in->ids[at];
	in->n--;
	memmove(in->regex + at, in->regex + at + 1,
	    (in->n - at) * sizeof(in->regex[0]));
	memmove(in->ids + at, in->ids + at + 1,
	    (in->n - at) * sizeof(in->ids[0]));
}

/*
 * Removes patterns that fail, such as those too large, until the rest
 * compiles.
 */
static int
compile(struct prefilter *pre, struct input *in)
{
	hs_compile_error_t *error;
	int at;

	while (in->n > 0) {
		if (hs_compile_multi(in->regex, in->flags, in->ids, in->n,
			HS_MODE_BLOCK, NULL, &pre->db, &error) == HS_SUCCESS)
			return hs_alloc_scratch(pre->db, &pre->scratch) ==
				HS_SUCCESS ?
			    0 :
			    -1;
		at = error->expression;
		hs_free_compile_error(error);
		if (at < 0 || (unsigned int)at >= in->n)
			return -1;
		set_always(pre, in, (unsigned int)at);
	}
	return 0;
}

static int
fill(struct prefilter *pre, struct input *in,
    const struct mark_pattern *patterns, size_t n)
{
	unsigned int i;

	in->regex = calloc(n + 1, sizeof(in->regex[0]));
	in->flags = calloc(n + 1, sizeof(in->flags[0]));
	in->ids = calloc(n + 1, sizeof(in->ids[0]));
	pre->ids = calloc(n + 1, sizeof(pre->ids[0]));
	pre->always = calloc(n + 1, sizeof(pre->always[0]));
	if (in->regex == NULL || in->flags == NULL || in->ids == NULL ||
	    pre->ids == NULL || pre->always == NULL)
		return -1;
	for (i = 0; i < n; i++) {
		if (hs_valid_platform() != HS_SUCCESS ||
		    !is_supported(patterns[i].regex)) {
			pre->always[pre->nalways++] = i;
			continue;
		}
		in->regex[in->n] = patterns[i].regex;
		in->flags[in->n] = HS_FLAG_PREFILTER | HS_FLAG_SINGLEMATCH;
		in->ids[in->n++] = i;
	}
	return 0;
}

struct prefilter *
prefilter_new(const struct mark_pattern *patterns, size_t n)
{
	struct prefilter *pre;
	struct input in = { .n = 0 };

	if ((pre = calloc(1, sizeof(*pre))) != NULL &&
	    (fill(pre, &in, patterns, n) == -1 || compile(pre, &in) == -1)) {
		prefilter_free(pre);
		pre = NULL;
	}
	free(in.regex);
	free(in.flags);
	free(in.ids);
	return pre;
}

static int
found(unsigned int id, unsigned long long from, unsigned long long to,
    unsigned int flags, void *arg)
{
	struct prefilter *pre = arg;

	(void)from;
	(void)to;
	(void)flags;
	pre->ids[pre->n++] = id;
	return 0;
}

static int
compare(const void *a, const void *b)
{
	unsigned int x = *(const unsigned int *)a, y = *(const unsigned int *)b;

	return x < y ? -1 : x > y;
}

size_t
prefilter_scan(struct prefilter *pre, const uint8_t *data, size_t len,
    const unsigned int **ids)
{
	pre->n = pre->nalways;
	memcpy(pre->ids, pre->always, pre->n * sizeof(pre->ids[0]));
	if (pre->db != NULL && len > 0)
		hs_scan(pre->db, (const char *)data, (unsigned int)len, 0,
		    pre->scratch, found, pre);
	if (pre->n > 1)
		qsort(pre->ids, pre->n, sizeof(pre->ids[0]), compare);
	*ids = pre->ids;
	return pre->n;
}

void
prefilter_free(struct prefilter *pre)
{
	if (pre == NULL)
		return;
	hs_free_scratch(pre->scratch);
	hs_free_database(pre->db);
	free(pre->ids);
	free(pre->always);
	free(pre);
}
