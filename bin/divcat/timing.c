/* SPDX-License-Identifier: ISC */

/* -T: a replay with the timing of its capture, and its progress. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "divcat.h"

#define SECOND UINT64_C(1000000000) /* ns */
#define WAIT_MAX 250                /* ms, between updates on a terminal */

static uint64_t start;    /* ns, when the first packet was sent */
static uint64_t first;    /* ns since 1970, when it was captured */
static uint64_t shown_at; /* ns, of the last progress */
static uint64_t count;    /* packets sent */
static int in_place;

/*
 * Prints progress: in place four times a second on a terminal, in a line of its
 * own every ten seconds elsewhere.
 */
static void
show(uint64_t t)
{
	int tty;

	if (opts.quiet || t - shown_at < SECOND / 4)
		return;
	tty = isatty(STDERR_FILENO);
	if (!tty && (!opts.verbose || t - shown_at < 10 * SECOND))
		return;
	shown_at = t;
	in_place = tty;
	fprintf(stderr, "%s%s: %" PRIu64 " packets, %.1f s%s", tty ? "\r" : "",
	    getprogname(), count, (double)(t - start) / (double)SECOND,
	    tty ? "" : "\n");
	fflush(stderr);
}

/*
 * The ms until a packet is due, WAIT_MAX at most: as long after the first one
 * as it was captured.  Packets without a time, or with one before the first,
 * are due at once.
 */
int
timing_due(const struct div_frame *f)
{
	uint64_t due, t = div_clock(CLOCK_MONOTONIC), ms;

	if (f->type != DIV_INJECT || f->time == 0)
		return 0;
	if (first == 0) {
		first = f->time;
		start = shown_at = t;
	}
	show(t);
	due = f->time > first ? start + (f->time - first) : 0;
	if (due <= t)
		return 0;
	ms = (due - t + 999999) / 1000000;
	return ms < WAIT_MAX ? (int)ms : WAIT_MAX;
}

void
timing_sent(void)
{
	count++;
}

void
timing_end(void)
{
	shown_at = 0;
	if (first != 0)
		show(div_clock(CLOCK_MONOTONIC));
	if (in_place)
		fputc('\n', stderr);
}
