/* SPDX-License-Identifier: ISC */

/*
 * The main loop of a filter: frames come from standard input and go to
 * standard output.  Output is gathered, and flushed before each wait for
 * input.  When the reader of the output is gone, the filter ends without an
 * error (EPIPE).
 */

#include <err.h>
#include <errno.h>
#include <unistd.h>

#include "privsep.h"
#include "sandbox.h"
#include "tool.h"

#define LINGER_TICK 50000000 /* ns, in which a signal may go unseen */

struct run {
	const struct filter *filter;
	struct div_reader *reader;
	struct div_writer *writer;
	uint64_t epoch; /* of the reader that knows of the filter's hold */
	int error;      /* errno of the writer */
};

static int
run_flush(struct run *run)
{
	if (run->filter->mute || div_writer_flush(run->writer) == 0)
		return 0;
	run->error = errno;
	return -1;
}

static void
handle_signals(const struct filter *f)
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

/* The ns until the next time, -1 for never, or -2. */
static int64_t
run_due(struct run *run)
{
	int64_t ns = -1;

	if (run->filter->due != NULL &&
	    (ns = run->filter->due(run->writer)) < -1)
		run->error = errno;
	return ns;
}

/* Runs before each read(2). */
static int
run_wait(void *arg)
{
	struct run *run = arg;
	const int *fd = run->filter->fd;
	struct pollfd pfd[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = fd[0] != 0 ? fd[0] : -1, .events = POLLIN },
		{ .fd = fd[1] != 0 ? fd[1] : -1, .events = POLLIN },
	};
	int64_t ns;
	int i, n;

	do {
		if ((ns = run_due(run)) < -1 || run_flush(run) == -1)
			return -1;
		/* a filter that drains has no use for keys */
		n = tool_wait(pfd, tool_stop ? 1 : 3, ns);
		if (n == -1 && errno != EINTR)
			return -1;
		for (i = 1; i < 3; i++)
			if (pfd[i].revents & (POLLERR | POLLHUP))
				pfd[i].fd = -1;
		handle_signals(run->filter);
	} while (n <= 0 || pfd[0].revents == 0);
	return 0;
}

/*
 * The writer learns how long this filter holds packets before it has to wait for
 * one; the time of an earlier filter includes this one's from then on.  1: the
 * frame was put, 0: it is still to be handled.
 */
static int
run_hold(struct run *run, const struct div_frame *f)
{
	if (f->type == DIV_HOLD ? f->caplen != 0 :
				  f->epoch == 0 || f->epoch == run->epoch)
		return 0;
	run->epoch = f->epoch;
	if (div_writer_hold(run->writer, f, run->filter->hold,
		run->filter->disorder ? DIV_F_DISORDER : 0) == -1) {
		run->error = errno;
		return -1;
	}
	return f->type == DIV_HOLD;
}

/*
 * Whether the flow of a frame may be let go (divcat -B): so far all agree, and this
 * filter does not, unless it calls filter_done().  The frame has the id of the pipe
 * that the last one to agree wrote it to: it is another one behind a filter that
 * knows nothing of this; or DIV_ANYPIPE, where such filters agree (-B all).
 */
static uint32_t pipe_in, pipe_out;
static uint32_t tag_out; /* of the frame in hand, if this agrees */
static const struct div_frame *agreed; /* the frame in hand, or NULL */

static void
take_back(struct div_frame *f)
{
	agreed = NULL;
	if (!(f->flags & DIV_F_DONE))
		return;
	if (f->tag == DIV_ANYPIPE || (pipe_in != 0 && f->tag == pipe_in))
		agreed = f;
	tag_out = f->tag == DIV_ANYPIPE ? DIV_ANYPIPE : pipe_out;
	f->flags &= (uint8_t)~DIV_F_DONE;
	f->tag = 0;
}

/* In frame(): this filter can do without the rest of the frame's flow. */
void
filter_done(struct div_frame *f)
{
	if (f != agreed || tag_out == 0)
		return;
	f->flags |= DIV_F_DONE;
	f->tag = tag_out;
}

static int
run_frame(struct run *run, struct div_frame *f)
{
	int n;

	take_back(f);
	if ((run->filter->hold != 0 || run->filter->disorder) &&
	    (n = run_hold(run, f)) != 0)
		return n == -1 ? -1 : 0;
	if (run->filter->reload != NULL)
		tool_reload_update();
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

/*
 * What is held leaves at its time, after the end of the input, too; a signal may
 * change that.
 */
static void
run_linger(struct run *run)
{
	int64_t ns;

	run->filter->ended();
	while (run->error == 0 && (ns = run_due(run)) >= 0 &&
	    run_flush(run) == 0) {
		tool_wait(NULL, 0, ns < LINGER_TICK ? ns : LINGER_TICK);
		handle_signals(run->filter);
	}
}

/* After an error in the input, flush the frames before it. */
static int
run_loop(struct run *run)
{
	struct div_frame f;
	int n;

	while ((n = div_reader_next(run->reader, &f)) == 1) {
		refer_frame(run->reader, run->writer, &f);
		if (run_frame(run, &f) == -1)
			break;
	}
	if (run->filter->ended != NULL)
		run_linger(run);
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
enter_sandbox(const struct filter *f)
{
	const char *lacks;
	int flags = 0;

	if (f->reload != NULL)
		flags |= SANDBOX_RELOAD;
	if (f->fd[0] != 0)
		flags |= SANDBOX_TERMINAL;
	if (f->enter != NULL)
		f->enter();
	if (f->refers)
		refer_start();
	privsep_start();
	lacks = sandbox_filter(flags);
	if (lacks != NULL && f->verbose)
		warnx("%s", lacks);
}

/* Returns the exit status. */
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
	div_reader_on_reuse(run.reader, run_wait, &run);
	pipe_in = div_pipe_id(STDIN_FILENO);
	pipe_out = div_pipe_id(STDOUT_FILENO);
	enter_sandbox(f);
	status = run_loop(&run);
	div_writer_free(run.writer);
	div_reader_free(run.reader);
	refer_end();
	return status;
}
