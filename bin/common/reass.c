/* SPDX-License-Identifier: ISC */

/* -S: segments of a connection are reassembled into runs (divio.h). */

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tool.h"

static struct div_reass *reass; /* NULL without -S */
static int quiet;

static void
forget(void)
{
	div_reass_free(reass);
}

void
tool_reass(const struct div_reass_ops *ops, unsigned int ms, int no_warnings)
{
	quiet = no_warnings;
	if ((reass = div_reass_new(ops, NULL, ms)) == NULL)
		err(1, NULL);
	atexit(forget);
}

static void
warn_limited(void)
{
	if (quiet || div_reass_counters(reass)->limited == 0)
		return;
	quiet = 1; /* one warning is enough */
	warnx("-S: a search takes too long, "
	      "matches across segments may be missed");
}

int
tool_reass_frame(struct div_writer *w, struct div_frame *f)
{
	static uint8_t copy[DIV_SLOT_SIZE];

	div_frame_own(f, copy);
	if (div_reass_frame(reass, w, f) == -1)
		return -1;
	warn_limited();
	return 0;
}

int64_t
tool_reass_due(struct div_writer *w)
{
	int ms;

	if (reass == NULL)
		return -1;
	ms = div_reass_due(reass, w);
	warn_limited();
	return ms < 0 ? ms : ms * INT64_C(1000000);
}

int
tool_reass_end(struct div_writer *w)
{
	int error;

	if (reass == NULL)
		return 0;
	error = div_reass_end(reass, w);
	warn_limited();
	return error;
}

/*
 * Whether a tool that stops or edits data drops an undecided run: always if the
 * receiver should not get it, or its sender will send it again; with -U also
 * where a match may go on.  Frames of a capture do not come again.
 */
int
tool_reass_refuses(const struct div_run *run, int Uflag)
{
	switch (run->undecided) {
	case DIV_DECIDED:
		return 0;
	case DIV_UNDECIDED_MATCH:
		return Uflag;
	default:
		return Uflag || run->frame->type == DIV_PACKET;
	}
}

static void
report(const char *what, uint64_t n)
{
	if (n != 0)
		fprintf(stderr, ", %" PRIu64 " %s", n, what);
}

void
tool_reass_report(void)
{
	const struct div_reass_counters *n;

	if (reass == NULL)
		return;
	n = div_reass_counters(reass);
	fprintf(stderr,
	    "%s: %" PRIu64 " segments held, %" PRIu64 " times joined",
	    getprogname(), n->held, n->joined);
	report("behind gaps", n->gaps);
	report("duplicate ACKs", n->dupacks);
	report("again", n->again);
	report("normalised", n->changed);
	report("timed out", n->expired);
	report("too many", n->crowded);
	report("took too long to search", n->limited);
	report("undecided", n->undecided[DIV_UNDECIDED_MATCH]);
	report("undecided for a gap", n->undecided[DIV_UNDECIDED_GAP]);
	report("fragments", n->undecided[DIV_UNDECIDED_FRAGMENT]);
	report("invalid", n->undecided[DIV_UNDECIDED_INVALID]);
	fputc('\n', stderr);
}
