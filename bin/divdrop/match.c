/* SPDX-License-Identifier: ISC */

#include <err.h>

#include "divdrop.h"
#include "tool.h"

static struct div_filter *expression;
static struct div_regex *regex;
static uint32_t mark;
static int marked;
static uint64_t limited;

void
select_mark(uint32_t m)
{
	mark = m;
	marked = 1;
}

/* The last one counts. */
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

/* Was anything given to select by? */
int
select_any(void)
{
	return expression != NULL || regex != NULL || marked;
}

/* A packet that we cannot decide on in time does not match. */
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
	if (n == -1 && limited++ == 0 && !qflag)
		warnx("-e: the match takes too long, taken for none");
	return n == 1;
}

static int
header_matches(const struct div_frame *f)
{
	return (!marked || f->mark == mark) &&
	    (expression == NULL || div_filter_match(expression, f));
}

int
selected(const struct div_frame *f)
{
	return (header_matches(f) && (regex == NULL || payload_matches(f))) !=
	    iflag;
}

/* Says what crosses the borders of segments. */
void
select_look(void *arg, struct div_span *span)
{
	(void)arg;
	if (header_matches(&span->frame[span->n - 1]))
		div_span_look(span, regex);
}

int
select_contents(void)
{
	if (regex != NULL)
		div_regex_ready(regex);
	return regex != NULL;
}

/* Packets whose match took too long. */
uint64_t
select_limited(void)
{
	return limited;
}
