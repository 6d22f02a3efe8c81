/* SPDX-License-Identifier: ISC */

#include <err.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "divcat.h"
#include "sandbox.h"

static atomic_int drained, failed; /* how the reader came to its end */

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
 * Both ends in one process.  Each has a thread, so that a script that answers
 * late or not at all never stops the other direction.  After the reader's end
 * the sink goes on until nothing is pending: a script on a terminal sees no end
 * of file before.
 */
int
run_both(void)
{
	char error[DIV_ERRLEN];
	struct div *d, *sink;
	pthread_t thread;
	int n, status;

	cmd.port.flags |= DIV_O_NONBLOCK;
	cmd.port.hold = 0;
	read_signals();
	/* when the terminal goes, input ends, and there is more to do */
	signal(SIGHUP, SIG_IGN);
	if ((d = div_open(cmd.where, &cmd.port, error)) == NULL ||
	    (sink = div_twin(d, &cmd.port, error)) == NULL)
		errx(1, "%s", error);
	report_ports(d, sink);
	if (cmd.verbose)
		rules_print(cmd.where);
	confine(SANDBOX_THREADS);
	if ((n = pthread_create(&thread, NULL, reader, d)) != 0)
		errx(1, "thread: %s", strerror(n));
	status = sink_loop(sink);
	if (!drained && !failed) {
		if (status == 0)
			warnx("the input has ended before port %s", cmd.where);
		if (cmd.verbose)
			report();
		/* the reader may wait for a script that reads no more */
		exit(1);
	}
	pthread_join(thread, NULL);
	return drained ? status : 1;
}
