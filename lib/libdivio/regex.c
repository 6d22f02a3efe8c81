/* SPDX-License-Identifier: ISC */

#define PCRE2_CODE_UNIT_WIDTH 8

#include <errno.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/*
 * Subjects are hostile, backtracking can take for ever, and PCRE2 counts its
 * steps afresh from each position where a match might begin.  One step may run
 * through the whole subject, so that without any backtracking time can still
 * grow with the square of the length.  So few positions are tried at a time:
 * at first so many that they get through SCAN_BYTES if each runs to the end,
 * and each is allowed its share of the steps; if that does not do, fewer.
 */
#define MATCH_STEPS (1 << 18)
#define SCAN_BYTES (1 << 27)
#define MATCH_HEAP (16 * 1024) /* KiB */
#define STACK_MIN (32 * 1024)  /* of compiled code, bytes */
#define STACK_MAX (1024 * 1024)

struct div_regex {
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *context;
	pcre2_jit_stack *stack;
	int anchored; /* matches begin where the search does, or nowhere */
	int partial;  /* compiled for partial matching too */
	int jit;
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

/*
 * Without the JIT, where there is none or a sandbox forbids it, matching works
 * as well, but slower.
 */
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
 * Compile len bytes of pattern, NULs and all.  NULL with the reason in err and
 * its place in the pattern in *where.
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

/* When a search of many tries began, and what it had used when it was long. */
struct began {
	uint64_t time, used;
};

/*
 * Have so many tries taken longer than a search may?  The clock of the thread,
 * which costs a system call, is asked when that of the wall says they might.
 */
static int
overdue(unsigned int tries, struct began *began)
{
	uint64_t now = now_ns();

	if (tries == 1)
		began->time = now;
	if (now - began->time <= SEARCH_TIME)
		return 0;
	now = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	if (began->used == 0)
		began->used = now;
	return now - began->used > SEARCH_TIME;
}

/*
 * The JIT has 32 KiB on the machine's stack.  Few patterns ever need more, and a
 * stack of its own for each of thousands would fill the address space.
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
	size_t most, span;
	struct began began = { 0, 0 };
	unsigned int tries;
	int n;

	most = re->anchored ? 0 : SCAN_BYTES / (len + 1);
	if (most > len - start)
		most = len - start;
	span = ++most;
	for (tries = 0; tries == 0 || !overdue(tries, &began); tries++) {
		pcre2_set_match_limit(re->context,
		    (uint32_t)(MATCH_STEPS / span + 1));
		pcre2_set_offset_limit(re->context, start + span - 1);
		n = match(re, subject, len, start, set);
		if (n == PCRE2_ERROR_NOMATCH && !re->anchored &&
		    span <= len - start) {
			start += span;
			span = 2 * span < most ? 2 * span : most;
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
	if (n == 0) /* more groups than we look at */
		n = DIV_RE_GROUPS;
	v = pcre2_get_ovector_pointer(re->data);
	if (v[0] < start || v[1] < v[0])
		return regex_error(PCRE2_ERROR_BADOFFSET);
	for (i = 0; i < 2 * DIV_RE_GROUPS; i++)
		ov[i] = i < 2 * n ? v[i] : PCRE2_UNSET;
	return found;
}

/*
 * Search from start on; what lies before is seen by ^, \b and lookbehind.  1
 * and the offsets of the groups, (size_t)-1 for those that took no part; 0 if
 * there is no match; -1 with E2BIG if it would take too long, or EINVAL.  With
 * \K, old versions of PCRE2 can find a match before start or turned around.
 */
int
div_regex_exec(struct div_regex *re, const uint8_t *subject, size_t len,
    size_t start, int notempty, size_t ov[2 * DIV_RE_GROUPS])
{
	return find(re, subject, len, start,
	    notempty ? PCRE2_NOTEMPTY_ATSTART : 0, ov);
}

/* Compiles what div_regex_partial() needs, which it does itself at the latest. */
void
div_regex_ready(struct div_regex *re)
{
	if (!re->partial && re->jit)
		pcre2_jit_compile(re->code, PCRE2_JIT_PARTIAL_HARD);
	re->partial = 1;
}

/*
 * The same, but 2 where more bytes could make a match or change it.  ov[0] is
 * where it begins, whatever \K says.  That is in the subject: what may begin
 * behind it all is none, or \b and x* would never be content.
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
