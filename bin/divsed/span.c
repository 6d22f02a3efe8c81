/* SPDX-License-Identifier: ISC */

/*
 * Segments that are edited together, with -S: the script gets them as one
 * packet, and what becomes of it goes back into their frames.
 */

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "divsed.h"

static struct div_spans *spans;

static void
look(void *arg, struct div_span *span)
{
	const struct regex *r;

	(void)arg;
	if (mflag != -1 && span->frame[span->n - 1].mark != (uint32_t)mflag)
		return;
	for (r = regexes; r != NULL; r = r->next)
		div_span_look(span, r->re);
	look_A(span);
}

static int
run(void *arg, struct div_writer *w, struct div_span *span)
{
	(void)arg;
	return process_span(w, span->whole, span);
}

void
spans_init(unsigned int ms)
{
	static const struct div_span_ops ops = { look, run };

	if (ms == 0)
		return;
	if ((spans = div_spans_new(&ops, NULL, ms)) == NULL)
		err(1, NULL);
	patterns_ready();
}

int
spans_frame(struct div_writer *w, struct div_frame *f)
{
	return div_spans_frame(spans, w, f);
}

int
spans_due(struct div_writer *w)
{
	return spans == NULL ? -1 : div_spans_due(spans, w);
}

int
spans_end(struct div_writer *w)
{
	return spans == NULL ? 0 : div_spans_end(spans, w);
}

static void
report(const char *what, uint64_t n)
{
	if (n != 0)
		fprintf(stderr, ", %" PRIu64 " %s", n, what);
}

void
spans_report(void)
{
	const struct div_span_counters *n;

	if (spans == NULL)
		return;
	n = div_spans_counters(spans);
	fprintf(stderr,
	    "%s: %" PRIu64 " segments held, %" PRIu64 " times joined",
	    getprogname(), n->held, n->joined);
	report("again", n->again);
	report("timed out", n->expired);
	report("too many", n->crowded);
	fputc('\n', stderr);
}

/* Drops the packet, which may be several segments. */
int
space_drop(struct space *sp)
{
	return sp->span == NULL ? div_writer_drop(sp->out, sp->frame) :
				  div_span_drop(sp->span, sp->out);
}

/* Gives it on as it is. */
int
space_pass(struct space *sp)
{
	size_t i;

	if (sp->span == NULL)
		return div_writer_put(sp->out, sp->frame);
	for (i = 0; i < sp->span->n; i++)
		if (div_writer_put(sp->out, &sp->span->frame[i]) == -1)
			return -1;
	return 0;
}
