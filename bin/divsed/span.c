/* SPDX-License-Identifier: ISC */

/*
 * Segments that are edited together, with -S: the script gets them as one
 * packet, and what becomes of it goes back into their frames.
 */

#include "divsed.h"
#include "tool.h"

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

	tool_spans(&ops, ms);
	patterns_ready();
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
