/* SPDX-License-Identifier: ISC */

/*
 * The selection: mark, pcap-filter(7) expression and regular expression, all of
 * which must match; -i inverts the result.
 */

#include <err.h>

#include "selection.h"
#include "tool.h"

static struct div_filter *expression;
static struct div_regex *regex;
static struct tool_mark mark;
static int inverted, quiet;
static uint64_t limited;

void
select_mark(const char *arg)
{
	mark = tool_mark('m', arg);
}

void
select_invert(void)
{
	inverted = 1;
}

void
select_quiet(void)
{
	quiet = 1;
}

/* A later -e replaces an earlier one. */
void
select_regex(const char *pattern)
{
	div_regex_free(regex);
	regex = tool_regex('e', pattern);
}

void
select_expression(char *argv[])
{
	expression = tool_expression(argv);
}

int
select_any(void)
{
	return expression != NULL || regex != NULL || mark.mask != 0;
}

/* A search that exceeds its limit counts as no match. */
static int
payload_matches(const struct div_frame *f)
{
	struct div_packet p;
	size_t match[2 * DIV_RE_GROUPS];
	int n;

	if (div_packet_parse(&p, f->packet, f->caplen) == -1)
		return 0;
	n = div_regex_exec(regex, p.data + p.payload, p.len - p.payload, 0, 0,
	    match);
	if (n == -1 && limited++ == 0 && !quiet)
		warnx("-e: the match takes too long, taken for none");
	return n == 1;
}

/* What is given of headers and mark matches. */
int
select_headers(const struct div_frame *f)
{
	return tool_mark_matches(mark, f->mark) &&
	    (expression == NULL || div_filter_match(expression, f));
}

int
select_matches(const struct div_frame *f)
{
	return (select_headers(f) && (regex == NULL || payload_matches(f))) !=
	    inverted;
}

/* Marks alone select, and this one not: another filter may let its flow go. */
int
select_leaves(const struct div_frame *f)
{
	return !inverted && !tool_mark_matches(mark, f->mark);
}

/* -S: joins segments that a match may span. */
void
select_search(void *arg, struct div_run *run)
{
	(void)arg;
	if (select_headers(&run->frame[run->n - 1]))
		div_run_search(run, regex);
}

/* True if payloads are searched; then compiles for -S. */
int
select_contents(void)
{
	if (regex != NULL)
		div_regex_ready(regex);
	return regex != NULL;
}

/* Searches that exceeded their limit. */
uint64_t
select_limited(void)
{
	return limited;
}
