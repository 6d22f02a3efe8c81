/* SPDX-License-Identifier: ISC */

#include <err.h>
#include <errno.h>
#include <unistd.h>

#include "opener.h"
#include "sandbox.h"
#include "tool.h"

struct run {
	const struct filter *filter;
	struct div_reader *reader;
	struct div_writer *writer;
	int error; /* errno of the writer */
};

static int
run_flush(struct run *run)
{
	if (run->filter->mute || div_writer_flush(run->writer) == 0)
		return 0;
	run->error = errno;
	return -1;
}

/* Does what signals asked for. */
static void
answer(const struct filter *f)
{
	if (tool_info) {
		tool_info = 0;
		if (f->info != NULL)
			f->info();
	}
	if (tool_hup) {
		tool_hup = 0;
		f->reload();
	}
}

/* Runs before each read: nothing is kept back while the filter waits. */
static int
run_wait(void *arg)
{
	struct run *run = arg;
	struct pollfd pfd[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = run->filter->fd, .events = POLLIN },
	};
	int ms, n;

	do {
		ms = -1;
		if (run->filter->due != NULL &&
		    (ms = run->filter->due(run->writer)) < -1) {
			run->error = errno;
			return -1;
		}
		if (run_flush(run) == -1)
			return -1;
		n = tool_poll(pfd, run->filter->fd != 0 ? 2 : 1, ms);
		if (n == -1 && errno != EINTR)
			return -1;
		if (pfd[1].revents & (POLLERR | POLLHUP))
			pfd[1].fd = -1;
		answer(run->filter);
	} while (n <= 0 || pfd[0].revents == 0);
	return 0;
}

static int
run_frame(struct run *run, struct div_frame *f)
{
	int n;

	if (f->type == DIV_PACKET || f->type == DIV_INJECT)
		n = run->filter->frame(run->writer, f);
	else {
		if (run->filter->other != NULL)
			run->filter->other(f);
		n = run->filter->mute ? 0 : div_writer_put(run->writer, f);
	}
	if (n == -1)
		run->error = errno;
	return n;
}

/* What came before a fault in the input is still delivered. */
static int
run_loop(struct run *run)
{
	struct div_frame f;
	int n;

	while ((n = div_reader_next(run->reader, &f)) == 1)
		if (run_frame(run, &f) == -1)
			break;
	if (run->error == 0 && run->filter->end != NULL &&
	    run->filter->end(run->writer) == -1)
		run->error = errno;
	if (run->error == 0)
		run_flush(run);
	if (run->filter->leave != NULL)
		run->filter->leave();
	if (run->error == EPIPE)
		return 0;
	if (run->error != 0) {
		warnc(run->error, "stdout");
		return 1;
	}
	if (n == -1) {
		warnx("%s", div_reader_error(run->reader));
		return 1;
	}
	return 0;
}

static void
confine(const struct filter *f)
{
	const char *lacks;
	int flags = 0;

	if (f->reload != NULL)
		flags |= SANDBOX_RELOAD;
	if (f->fd != 0)
		flags |= SANDBOX_TERMINAL;
	if (f->enter != NULL)
		f->enter();
	opener_start();
	lacks = sandbox_filter(flags);
	if (lacks != NULL && f->verbose)
		warnx("%s", lacks);
}

/*
 * Copies frames from standard input to standard output through f.  Returns the
 * exit status; a reader of ours that went away is no error.
 */
int
filter_run(const struct filter *f)
{
	struct run run = { .filter = f };
	int status;

	if (isatty(STDIN_FILENO))
		errx(TOOL_USAGE,
		    "standard input is a terminal, "
		    "frames come from divcat(1)");
	if (!f->mute && isatty(STDOUT_FILENO))
		errx(TOOL_USAGE,
		    "standard output is a terminal, "
		    "frames go to divcat(1)");
	tool_signals(-1);
	if (f->reload != NULL)
		tool_hangup();
	run.reader = div_reader_new(STDIN_FILENO, "stdin", DIV_FMT_FRAME);
	run.writer = div_writer_new(STDOUT_FILENO, DIV_FMT_FRAME);
	if (run.reader == NULL || run.writer == NULL)
		err(1, NULL);
	div_reader_tie(run.reader, run_wait, &run);
	confine(f);
	status = run_loop(&run);
	div_writer_free(run.writer);
	div_reader_free(run.reader);
	return status;
}
