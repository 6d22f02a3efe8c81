/* SPDX-License-Identifier: ISC */

/* With -S: frames go on by way of spans. */

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tool.h"

static struct div_spans *spans; /* NULL without -S */

void
tool_spans(const struct div_span_ops *ops, unsigned int ms)
{
	if ((spans = div_spans_new(ops, NULL, ms)) == NULL)
		err(1, NULL);
}

int
tool_spans_frame(struct div_writer *w, struct div_frame *f)
{
	return div_spans_frame(spans, w, f);
}

int
tool_spans_due(struct div_writer *w)
{
	return spans == NULL ? -1 : div_spans_due(spans, w);
}

int
tool_spans_end(struct div_writer *w)
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
tool_spans_report(void)
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
