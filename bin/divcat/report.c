/* SPDX-License-Identifier: ISC */

/* -v, and signals: the counters for people. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "counter.h"
#include "divcat.h"

/* The counters that are not 0, in one line. */
static void
report_rows(const struct counters *c)
{
	const struct counter *row;
	const char *sep = "";
	uint64_t n;

	fprintf(stderr, "%s: ", getprogname());
	for (row = counters; row->metric != NULL; row++) {
		if (row->name == NULL || (n = counter_value(row, c)) == 0)
			continue;
		fprintf(stderr, "%s%" PRIu64 " %s", sep, n, row->name);
		sep = ", ";
	}
	fputs(*sep == '\0' ? "no packets\n" : "\n", stderr);
}

static void
report_refused(const struct counters *c)
{
	size_t i;

	for (i = 1; i < DIV_NREASONS; i++)
		if (c->port.reason[i] != 0)
			fprintf(stderr, "%s: %" PRIu64 " refused: %s\n",
			    getprogname(), c->port.reason[i],
			    div_reason((enum div_reason)i));
}

static void
report_connections(const struct div_connections *n)
{
	fprintf(stderr,
	    "%s: connections: %" PRIu64 " known, %" PRIu64
	    " translated, %" PRIu64 " of %" PRIu64 " bytes\n",
	    getprogname(), n->known, n->translated, n->memory, n->most);
}

static void
report_queue(const struct div_kernel *k)
{
	fprintf(stderr,
	    "%s: kernel: %" PRIu64 " pending, %" PRIu64 " overflowed, %" PRIu64
	    " lost\n",
	    getprogname(), k->pending, k->overflowed, k->lost);
	if (k->letgo != 0)
		fprintf(stderr,
		    "%s: let go: %" PRIu64 " packets, %" PRIu64 " bytes\n",
		    getprogname(), k->letgo, k->letgo_bytes);
}

void
report(void)
{
	struct counters c;

	if (counters_read(&c) == -1)
		return;
	report_rows(&c);
	report_refused(&c);
	if (c.sink.known != 0 || c.sink.translated != 0)
		report_connections(&c.sink);
	if (c.has & PART_QUEUE)
		report_queue(&c.queue);
}

/* Reports after SIGUSR1, in whichever thread comes first. */
void
report_asked(void)
{
	if (atomic_exchange(&tool_info, 0))
		report();
}
