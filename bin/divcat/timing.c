/* SPDX-License-Identifier: ISC */

/* A replay with the timing of its capture, and how far it has come. */

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "divcat.h"

#define SECOND 1000000000

static uint64_t start, first, told, count;
static int shown;

/* A line that stays in its place, four times a second at most. */
static void
show(uint64_t t)
{
	if (cmd.quiet || !isatty(STDERR_FILENO) || t - told < SECOND / 4)
		return;
	told = t;
	shown = 1;
	fprintf(stderr, "\r%" PRIu64 " packets, %.1f s", count,
	    (double)(t - start) / SECOND);
	fflush(stderr);
}

/*
 * The ms until a packet is due, which is as long after the first one as it was
 * captured.  Packets without a time, and those that go back in it, are due at
 * once.
 */
int
timing_due(const struct div_frame *f)
{
	uint64_t due, t = tool_clock(CLOCK_MONOTONIC), ms;

	if (f->type != DIV_INJECT || f->time == 0)
		return 0;
	if (first == 0) {
		first = f->time;
		start = t;
	}
	show(t);
	due = f->time > first ? start + (f->time - first) : 0;
	if (due <= t)
		return 0;
	ms = (due - t + 999999) / 1000000;
	return ms < 250 ? (int)ms : 250;
}

void
timing_sent(void)
{
	count++;
}

void
timing_end(void)
{
	told = 0;
	if (first != 0)
		show(tool_clock(CLOCK_MONOTONIC));
	if (shown)
		fputc('\n', stderr);
}
