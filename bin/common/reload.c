/* SPDX-License-Identifier: ISC */

/*
 * Files that are read again on SIGHUP, by a thread, as thousands of patterns
 * take seconds to compile.  What was read before stays in force until it is done,
 * or for good if there is an error.
 */

#include <err.h>
#include <pthread.h>
#include <stdatomic.h>

#include "tool.h"

static struct {
	const struct tool_reload *ops;
	pthread_t thread;
	void *result; /* of the thread, or NULL */
	atomic_int done;
	int busy;  /* the thread was started */
	int again; /* SIGHUP came meanwhile */
} load;

static void *
load_run(void *arg)
{
	char err[TOOL_LISTERR];

	if ((load.result = load.ops->read(err)) == NULL)
		warnx("%s; what was loaded before stays in force", err);
	load.done = 1;
	return arg;
}

static void
load_start(void)
{
	int error;

	load.done = load.again = 0;
	error = pthread_create(&load.thread, NULL, load_run, NULL);
	if (error != 0)
		warnc(error, "cannot reload");
	load.busy = error == 0;
}

/* Between packets: installs what the thread has read, if it is done. */
void
tool_reload_update(void)
{
	if (!load.busy || !load.done)
		return;
	pthread_join(load.thread, NULL);
	load.busy = 0;
	if (load.result != NULL)
		load.ops->install(load.result);
	if (load.again)
		load_start();
}

void
tool_reload(const struct tool_reload *ops)
{
	tool_reload_update();
	load.ops = ops;
	load.again = 1;
	if (!load.busy)
		load_start();
}
