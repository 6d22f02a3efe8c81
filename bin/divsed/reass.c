/* SPDX-License-Identifier: ISC */

/*
 * -S: segments that a match or a DNS message spans are one packet for the
 * script; div_run_edit() distributes the new payload to their frames.
 */

#include "divsed.h"
#include "tool.h"

static void
search_run(void *arg, struct div_run *run)
{
	const struct regex *r;

	(void)arg;
	if (!tool_mark_matches(mflag, run->frame[run->n - 1].mark))
		return;
	for (r = regexes; r != NULL; r = r->next)
		div_run_search(run, r->re);
	search_A(run);
}

static int
put_run(void *arg, struct div_writer *w, struct div_run *run)
{
	int marked = tool_mark_matches(mflag, run->frame->mark);

	(void)arg;
	if (marked && tool_reass_refuses(run, Uflag))
		return process_refuse(w, run);
	return process_run(w, run->whole, run);
}

void
reass_init(unsigned int ms)
{
	static const struct div_reass_ops ops = { search_run, put_run };

	tool_reass(&ops, ms, qflag);
	patterns_ready();
}

int
space_drop(struct space *sp)
{
	return sp->run == NULL ? div_writer_drop(sp->out, sp->frame) :
				 div_run_drop(sp->run, sp->out);
}

/* Puts the frames as they stand. */
int
space_pass(struct space *sp)
{
	return sp->run == NULL ? div_writer_put(sp->out, sp->frame) :
				 div_run_put(sp->run, sp->out);
}
