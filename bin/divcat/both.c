/* SPDX-License-Identifier: ISC */

#include <err.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "counter.h"
#include "divcat.h"
#include "sandbox.h"

static atomic_int drained, failed; /* the end of the reader's thread */

static void *
reader(void *arg)
{
	struct div *d = arg;

	if (read_loop(d) == -1) {
		failed = 1;
		read_failed();
		sink_end(SINK_NOW);
		return NULL;
	}
	drained = 1;
	div_finish(d, STDOUT_FILENO);
	sink_end(SINK_JUDGED);
	return NULL;
}

/*
 * -b: reader and sink in one process, each with a thread, so that a script that
 * answers late or not at all never blocks the other direction.  After the
 * reader's end the sink goes on until nothing is pending: a script on a
 * terminal sees no end of file before.
 */
int
run_both(void)
{
	char error[DIV_ERRLEN];
	struct div *d, *sink;
	pthread_t thread;
	int n, status;

	opts.port_opt.flags |= DIV_O_NONBLOCK;
	opts.port_opt.hold = 0;
	/* a first line that is wrong does not tell the format of answers */
	if (opts.in == DIV_FMT_AUTO &&
	    (opts.out == DIV_FMT_TEXT || opts.out == DIV_FMT_JSON))
		opts.in = opts.out;
	/* the second one resets translated connections first */
	tool_patience = 2;
	read_signals();
	/* a terminal that hangs up ends the input, and the port is drained */
	signal(SIGHUP, SIG_IGN);
	d = open_port();
	if ((sink = div_open_writer(d, &opts.port_opt, error)) == NULL)
		errx(1, "%s", error);
	counters_of(d, sink);
	metrics_start(sink, "both", PART_PORT | PART_QUEUE | PART_SINK);
	confine(SANDBOX_THREADS);
	if ((n = pthread_create(&thread, NULL, reader, d)) != 0)
		errx(1, "thread: %s", strerror(n));
	status = sink_loop(sink);
	if (!drained && !failed) {
		if (status == 0 && tool_stop <= 1)
			warnx("the input has ended before port %d", opts.port);
		/* the reader may be blocked by a script that reads no more */
		exit(finish(1));
	}
	pthread_join(thread, NULL);
	return drained ? status : 1;
}
