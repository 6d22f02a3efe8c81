/* SPDX-License-Identifier: ISC */

#define PCRE2_CODE_UNIT_WIDTH 8

#include <errno.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#include "divio.h"

/*
 * Subjects are hostile, and backtracking can take for ever.  The steps allowed
 * from one position also bound the depth.
 */
#define MATCH_STEPS 100000
#define MATCH_HEAP (16 * 1024) /* KiB */
#define STACK_MIN (32 * 1024)  /* of compiled code, bytes */
#define STACK_MAX (1024 * 1024)

struct div_regex {
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *context;
	pcre2_jit_stack *stack;
};

/*
 * Without the JIT, where there is none or a sandbox forbids it, matching works
 * as well, but slower.
 */
static int
regex_prepare(struct div_regex *re)
{
	re->data = pcre2_match_data_create(DIV_RE_GROUPS, NULL);
	re->context = pcre2_match_context_create(NULL);
	if (re->data == NULL || re->context == NULL)
		return -1;
	pcre2_set_match_limit(re->context, MATCH_STEPS);
	pcre2_set_heap_limit(re->context, MATCH_HEAP);
	if (pcre2_jit_compile(re->code, PCRE2_JIT_COMPLETE) == 0) {
		re->stack = pcre2_jit_stack_create(STACK_MIN, STACK_MAX, NULL);
		pcre2_jit_stack_assign(re->context, NULL, re->stack);
	}
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
	uint32_t options = PCRE2_NEVER_UTF | PCRE2_DOLLAR_ENDONLY;
	int code;

	if ((flags & DIV_RE_ICASE) != 0)
		options |= PCRE2_CASELESS;
	*where = 0;
	if ((re = calloc(1, sizeof(*re))) == NULL) {
		strlcpy(err, strerror(ENOMEM), DIV_ERRLEN);
		return NULL;
	}
	re->code = pcre2_compile((PCRE2_SPTR)pattern, len, options, &code,
	    where, NULL);
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
 * Search from start on; what lies before is seen by ^, \b and lookbehind.  1
 * and the offsets of the groups, (size_t)-1 for those that took no part; 0 if
 * there is no match; -1 with E2BIG if it would take too long, or EINVAL.  With
 * \K, old versions of PCRE2 can find a match before start or turned around.
 */
int
div_regex_exec(struct div_regex *re, const uint8_t *subject, size_t len,
    size_t start, int notempty, size_t ov[2 * DIV_RE_GROUPS])
{
	const PCRE2_SIZE *v;
	uint32_t options = notempty ? PCRE2_NOTEMPTY_ATSTART : 0;
	int i, n;

	n = pcre2_match(re->code, subject, len, start, options, re->data,
	    re->context);
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
	return 1;
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
