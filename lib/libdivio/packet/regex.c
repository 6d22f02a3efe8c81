/* SPDX-License-Identifier: ISC */

/*
 * Regular expressions on bytes, by PCRE2: compiled by its JIT where there is one,
 * bounded in steps, memory and CPU time, because patterns backtrack and subjects
 * are hostile.
 */

#define PCRE2_CODE_UNIT_WIDTH 8

#include <errno.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "packet/packet.h"

/*
 * PCRE2 counts its steps anew from each start position, and one step may scan the
 * whole subject, so time can grow with the square of the length even without
 * backtracking.  A search therefore tries a limited number of start positions at
 * a time: at first as many as scan SCAN_BYTES if each reads to the end of the
 * subject.  They share MATCH_STEPS; where these do not suffice, fewer are tried.
 */
#define MATCH_STEPS (1 << 18)
#define SCAN_BYTES (1 << 27)
#define MATCH_HEAP (16 * 1024) /* KiB */
#define STACK_MIN (32 * 1024)  /* of the JIT's code, bytes */
#define STACK_MAX (1024 * 1024)

struct div_regex {
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *context;
	pcre2_jit_stack *stack;
	int anchored; /* a match can begin at the start only */
	int partial;  /* compiled for partial matching, too */
	int jit;      /* the JIT compiled it */
};

static const struct {
	unsigned int flag;
	uint32_t option;
} options[] = {
	{ DIV_RE_DOTALL, PCRE2_DOTALL },
	{ DIV_RE_EXTENDED, PCRE2_EXTENDED },
	{ DIV_RE_ICASE, PCRE2_CASELESS },
	{ DIV_RE_MULTILINE, PCRE2_MULTILINE },
};

static uint32_t
regex_options(unsigned int flags)
{
	uint32_t set;
	size_t i;

	set = PCRE2_NEVER_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_USE_OFFSET_LIMIT;
	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if ((flags & options[i].flag) != 0)
			set |= options[i].option;
	return set;
}

/* Without the JIT, as where a sandbox forbids it, PCRE2 interprets the pattern. */
static int
regex_prepare(struct div_regex *re)
{
	uint32_t set = 0;

	re->data = pcre2_match_data_create(DIV_RE_GROUPS, NULL);
	re->context = pcre2_match_context_create(NULL);
	if (re->data == NULL || re->context == NULL)
		return -1;
	pcre2_pattern_info(re->code, PCRE2_INFO_ALLOPTIONS, &set);
	re->anchored = (set & PCRE2_ANCHORED) != 0;
	pcre2_set_heap_limit(re->context, MATCH_HEAP);
	re->jit = pcre2_jit_compile(re->code, PCRE2_JIT_COMPLETE) == 0;
	return 0;
}

/*
 * Compiles len bytes of pattern, which may hold NULs.  NULL with the reason in
 * err and the offset in the pattern in *where.
 */
struct div_regex *
div_regex_new(const char *pattern, size_t len, unsigned int flags,
    size_t *where, char err[DIV_ERRLEN])
{
	struct div_regex *re;
	int code;

	*where = 0;
	if ((re = calloc(1, sizeof(*re))) == NULL) {
		strlcpy(err, strerror(ENOMEM), DIV_ERRLEN);
		return NULL;
	}
	re->code = pcre2_compile((PCRE2_SPTR)pattern, len, regex_options(flags),
	    &code, where, NULL);
	if (re->code == NULL)
		pcre2_get_error_message(code, (PCRE2_UCHAR *)err, DIV_ERRLEN);
	else if (regex_prepare(re) == -1)
		strlcpy(err, strerror(ENOMEM), DIV_ERRLEN);
	else
		return re;
	div_regex_free(re);
	return NULL;
}

static int
regex_error(int code)
{
	switch (code) {
	case PCRE2_ERROR_MATCHLIMIT:
	case PCRE2_ERROR_DEPTHLIMIT:
	case PCRE2_ERROR_HEAPLIMIT:
	case PCRE2_ERROR_JIT_STACKLIMIT:
		errno = E2BIG;
		break;
	default:
		errno = EINVAL;
		break;
	}
	return -1;
}

/*
 * The JIT uses 32 KiB of the thread's stack.  A pattern that needs more gets a
 * stack of its own, and only then: there may be thousands of patterns.
 */
static int
match(struct div_regex *re, const uint8_t *subject, size_t len, size_t start,
    uint32_t set)
{
	int n;

	n = pcre2_match(re->code, subject, len, start, set, re->data,
	    re->context);
	if (n != PCRE2_ERROR_JIT_STACKLIMIT || re->stack != NULL)
		return n;
	re->stack = pcre2_jit_stack_create(STACK_MIN, STACK_MAX, NULL);
	pcre2_jit_stack_assign(re->context, NULL, re->stack);
	return pcre2_match(re->code, subject, len, start, set, re->data,
	    re->context);
}

static int
search(struct div_regex *re, const uint8_t *subject, size_t len, size_t start,
    uint32_t set)
{
	size_t max, span; /* start positions */
	struct div_timelimit limit = { 0 };
	int n, first;

	max = re->anchored ? 0 : SCAN_BYTES / (len + 1);
	if (max > len - start)
		max = len - start;
	span = ++max;
	for (first = 1; first || !timelimit_passed(&limit); first = 0) {
		pcre2_set_match_limit(re->context,
		    (uint32_t)(MATCH_STEPS / span + 1));
		pcre2_set_offset_limit(re->context, start + span - 1);
		n = match(re, subject, len, start, set);
		if (n == PCRE2_ERROR_NOMATCH && !re->anchored &&
		    span <= len - start) {
			start += span;
			span = 2 * span < max ? 2 * span : max;
			set &= ~PCRE2_NOTEMPTY_ATSTART;
		} else if (n == PCRE2_ERROR_MATCHLIMIT && span > 1)
			span = (span + 15) / 16;
		else
			return n;
	}
	return PCRE2_ERROR_MATCHLIMIT;
}

static int
find(struct div_regex *re, const uint8_t *subject, size_t len, size_t start,
    uint32_t set, size_t ov[2 * DIV_RE_GROUPS])
{
	const PCRE2_SIZE *v;
	int i, n, found = 1;

	if (start > len)
		return regex_error(PCRE2_ERROR_BADOFFSET);
	n = search(re, subject, len, start, set);
	if (n == PCRE2_ERROR_PARTIAL) {
		found = 2;
		n = 1;
	}
	if (n == PCRE2_ERROR_NOMATCH)
		return 0;
	if (n < 0)
		return regex_error(n);
	if (n == 0) /* more groups than there is room for */
		n = DIV_RE_GROUPS;
	v = pcre2_get_ovector_pointer(re->data);
	if (v[0] < start || v[1] < v[0])
		return regex_error(PCRE2_ERROR_BADOFFSET);
	for (i = 0; i < 2 * DIV_RE_GROUPS; i++)
		ov[i] = i < 2 * n ? v[i] : PCRE2_UNSET;
	return found;
}

/*
 * Searches from start on; ^, \b and lookbehind see the bytes before it.  1 and
 * the offsets of the groups, (size_t)-1 for those that are not part of the match;
 * 0 for no match; -1 with E2BIG if a limit was reached, or EINVAL, as for a match
 * that ends before its start, which old versions of PCRE2 return with \K.
 */
int
div_regex_exec(struct div_regex *re, const uint8_t *subject, size_t len,
    size_t start, int notempty, size_t ov[2 * DIV_RE_GROUPS])
{
	return find(re, subject, len, start,
	    notempty ? PCRE2_NOTEMPTY_ATSTART : 0, ov);
}

/* Compiles for div_regex_partial(), which otherwise does so when first called. */
void
div_regex_ready(struct div_regex *re)
{
	if (!re->partial && re->jit)
		pcre2_jit_compile(re->code, PCRE2_JIT_PARTIAL_HARD);
	re->partial = 1;
}

/*
 * As div_regex_exec(), but 2 if more bytes could make a match or change it.
 * ov[0] is the match's beginning without regard to \K.  A match that could begin
 * only at the end of the subject does not count: \b and x* would always wait.
 */
int
div_regex_partial(struct div_regex *re, const uint8_t *subject, size_t len,
    size_t start, int notempty, size_t ov[2 * DIV_RE_GROUPS])
{
	uint32_t set = PCRE2_PARTIAL_HARD;
	int n;

	div_regex_ready(re);
	if (notempty)
		set |= PCRE2_NOTEMPTY_ATSTART;
	n = find(re, subject, len, start, set, ov);
	if (n == 1)
		ov[0] = pcre2_get_startchar(re->data);
	return n == 2 && ov[0] == len ? 0 : n;
}

/* Number of capturing groups in the pattern. */
unsigned int
div_regex_groups(const struct div_regex *re)
{
	uint32_t n = 0;

	pcre2_pattern_info(re->code, PCRE2_INFO_CAPTURECOUNT, &n);
	return n;
}

void
div_regex_free(struct div_regex *re)
{
	if (re == NULL)
		return;
	pcre2_code_free(re->code);
	pcre2_match_data_free(re->data);
	pcre2_match_context_free(re->context);
	pcre2_jit_stack_free(re->stack);
	free(re);
}
