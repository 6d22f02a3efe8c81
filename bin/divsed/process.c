/* SPDX-License-Identifier: ISC */

/*
 * Runs the script on a packet.  A packet on which a command exceeds its limit
 * passes untouched, so that a slow expression cannot stop the traffic.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "divsed.h"
#include "tool.h"

#define JUMPS 10000 /* for a packet: ends endless loops */

static struct range *ranges; /* of the whole stream */
static uint64_t packets, selected, edited, dropped;
static int quit;

void
process_init(void)
{
	space_init();
	flows_init();
	if ((ranges = calloc(nranges + 1, sizeof(*ranges))) == NULL)
		err(1, NULL);
}

enum outcome
command_limited(struct sed_command *c)
{
	char name[256];

	if (c->limited++ == 0 && !qflag) {
		command_name(c, name, sizeof(name));
		warnx("%s: takes too long, packet passed untouched", name);
	}
	return UNTOUCHED;
}

static enum outcome
run_script(struct space *sp)
{
	struct sed_command *c = script;
	enum outcome outcome;
	int n;

	while (c != NULL) {
		if ((n = selects(c, sp)) == -1)
			return command_limited(c);
		outcome = n == 0 || c->verb->exec == NULL ?
		    NEXT :
		    c->verb->exec(c, sp);
		if (n == 0 && c->verb->letter == '{')
			c = c->jump;
		else if (outcome == NEXT)
			c = c->next;
		else if (outcome != JUMP)
			return outcome;
		else if (++sp->jumps > JUMPS)
			return command_limited(c);
		else
			c = c->jump;
	}
	return NEXT;
}

static int
drop(struct space *sp)
{
	dropped++;
	return space_drop(sp);
}

/* With -n only p puts packets; without a p the packet is dropped. */
static int
finish(struct space *sp, enum outcome outcome)
{
	if (outcome == FAILED)
		return -1;
	if (nflag && sp->printed)
		return 0;
	if (outcome == DELETE || (nflag && outcome != UNTOUCHED))
		return drop(sp);
	if (outcome != UNTOUCHED) {
		edited += (uint64_t)sp->edited;
		space_close(sp);
	}
	return space_pass(sp);
}

int
process_run(struct div_writer *w, struct div_frame *f, struct div_run *run)
{
	int marked = tool_mark_matches(mflag, f->mark);
	enum outcome outcome;
	struct space sp;
	struct sed_flow *flow;

	packets++;
	space_open(&sp, f);
	sp.out = w;
	sp.run = run;
	if (quit)
		return space_pass(&sp);
	flow = flow_find(&sp.parsed, sflag && marked);
	if (flow != NULL && flow->dead)
		return drop(&sp);
	if (!marked)
		return space_pass(&sp);
	if (!sflag)
		flow = NULL; /* numbers count all packets */
	sp.number = flow != NULL ? ++flow->packets : ++selected;
	sp.ranges = flow != NULL ? flow->ranges : ranges;
	outcome = run_script(&sp);
	quit = outcome == QUIT;
	return finish(&sp, outcome);
}

/* Drops a run that no script can decide on. */
int
process_refuse(struct div_writer *w, struct div_run *run)
{
	packets += run->n;
	dropped += run->n;
	return div_run_drop(run, w);
}

int
process(struct div_writer *w, struct div_frame *f)
{
	return process_run(w, f, NULL);
}

int64_t
process_due(struct div_writer *w)
{
	int64_t ns = tool_reass_due(w);

	outputs_flush();
	return ns;
}

int
process_end(struct div_writer *w)
{
	int error = tool_reass_end(w);

	outputs_flush();
	return error;
}

static void
report_command(const struct sed_command *c)
{
	char name[256];

	command_name(c, name, sizeof(name));
	fprintf(stderr, "%s: %s: ", getprogname(), name);
	if (c->matched == 0)
		fprintf(stderr, "never matched");
	else
		fprintf(stderr, "%llu matched", (unsigned long long)c->matched);
	if (c->edited != 0)
		fprintf(stderr, ", %llu edited", (unsigned long long)c->edited);
	if (c->limited != 0)
		fprintf(stderr, ", %llu took too long",
		    (unsigned long long)c->limited);
	report_A(c);
	fputc('\n', stderr);
}

void
process_report(void)
{
	const struct sed_command *c;

	fprintf(stderr, "%s: %llu packets, %llu edited, %llu dropped\n",
	    getprogname(), (unsigned long long)packets,
	    (unsigned long long)edited, (unsigned long long)dropped);
	tool_reass_report();
	space_report();
	for (c = script; c != NULL; c = c->next)
		if (c->verb->exec != NULL)
			report_command(c);
}
