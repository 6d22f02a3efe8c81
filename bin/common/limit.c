/* SPDX-License-Identifier: ISC */

/*
 * -c: a number of packets, or a time, such as 10s.  Whoever has the limit names
 * the clock: that of packets for a recording, or this machine's.
 */

#include <err.h>
#include <string.h>

#include "tool.h"
#include "unit.h"

#define SECONDS_MAX 1e9

/* A number without a unit is one of packets. */
void
tool_limit(int letter, const char *arg, struct tool_limit *l)
{
	double ns;

	l->count = l->ns = 0;
	if (unit_parse(arg, UNIT_TIME, &ns) != 0 && ns >= 1 &&
	    ns <= SECONDS_MAX * 1e9)
		l->ns = (uint64_t)ns;
	else if (arg[strspn(arg, "0123456789")] == '\0')
		l->count = tool_number(letter, arg, 1, INT64_MAX);
	else
		errx(TOOL_USAGE,
		    "-%c %s: expected a number of packets, or a time such as "
		    "10s, 500ms or 20us",
		    letter, arg);
}

/* The time counts from the first call on. */
void
tool_limit_start(struct tool_limit *l, uint64_t now)
{
	if (l->ns != 0 && l->end == 0)
		l->end = now + l->ns;
}

/* True behind the last of done packets, or at the end of the time. */
int
tool_limit_over(const struct tool_limit *l, uint64_t done, uint64_t now)
{
	return (l->count != 0 && done >= l->count) ||
	    (l->end != 0 && now >= l->end);
}
