/* SPDX-License-Identifier: ISC */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "counter.h"
#include "divcat.h"

static struct div *port;
static struct div_writer *out;
static int wake[2]; /* pipe that signals write to */
static int output_error;
static uint32_t pipe_out; /* with -B, its id or DIV_ANYPIPE; or 0 */

/* Milliseconds until the end of -c, rounded up; or INT_MAX. */
static int
time_left(void)
{
	uint64_t now, ms;

	if (opts.limit.ns == 0)
		return INT_MAX;
	now = div_clock(CLOCK_MONOTONIC);
	tool_limit_start(&opts.limit, now);
	if (tool_limit_over(&opts.limit, 0, now))
		return 0;
	ms = (opts.limit.end - now) / 1000000 + 1;
	return ms < INT_MAX ? (int)ms : INT_MAX;
}

/* Runs before the memory of the frames is used again. */
static int
flush(void *arg)
{
	(void)arg;
	report_asked();
	if ((tool_stop || time_left() == 0) && div_drain(port) == -1)
		return -1;
	if (div_writer_flush(out) == -1) {
		output_error = errno;
		return -1;
	}
	metrics_tick(port, 0);
	return 0;
}

/*
 * Warns once when packets expire because no writer has come, which knows its reader
 * from the first frame.
 */
static void
check_writer(void)
{
	int late = (opts.port_opt.flags & DIV_O_LATE) != 0;
	static int done;

	if (done || opts.quiet || div_counters(port)->expired == 0)
		return;
	done = 1;
	warnx("packets of port %d %s: no frame has reached a writer; is there "
	      "a divcat -w, does a filter buffer its output (sed -u)?%s",
	    div_port(port), late ? "pass late" : "are dropped",
	    late ? "" : " Without a writer, packets pass with -t only");
}

/* Warns once of rules that divert what a writer has sent. */
static void
check_loop(void)
{
	static int done;

	if (done || opts.quiet || div_counters(port)->looped == 0)
		return;
	done = 1;
	warnx("a packet comes to port %d again and again: rules must not "
	      "divert what is sent back (on FreeBSD 13 use ipfw, not pf)",
	    opts.port);
}

/* Waits for packets, a signal, or the end of the writer or the next process. */
static int
wait_for(void)
{
	struct pollfd pfd[] = {
		{ .fd = div_fd(port), .events = POLLIN },
		{ .fd = wake[0], .events = POLLIN },
		{ .fd = div_peerfd(port), .events = POLLIN },
		{ .fd = STDOUT_FILENO, .events = 0 },
	};
	char bytes[64];
	int ms, left = time_left();

	if ((ms = div_tick(port)) == -1)
		return -1;
	check_writer();
	check_loop();
	ms = metrics_tick(port, ready_tick(port, ms));
	ms = left < ms ? left : ms;
	if (tool_poll(pfd, 4, ms) == -1 && errno != EINTR)
		err(1, "poll");
	if (pfd[1].revents != 0)
		(void)!read(wake[0], bytes, sizeof(bytes));
	if (pfd[3].revents & (POLLERR | POLLHUP | POLLNVAL)) {
		output_error = EPIPE;
		return -1;
	}
	return 0;
}

/* -B: from here on all processes have to agree, pipe by pipe. */
static void
agree(struct div_frame *f)
{
	f->flags |= DIV_F_DONE;
	f->tag = pipe_out;
}

static int
put(struct div_frame *f)
{
	if (pipe_out != 0)
		agree(f);
	if (div_writer_put(out, f) == 0)
		return 0;
	output_error = errno;
	return -1;
}

/* Signals wake wait_for(). */
void
read_signals(void)
{
	if (pipe(wake) == -1 || fcntl(wake[1], F_SETFL, O_NONBLOCK) == -1)
		err(1, "pipe");
	tool_signals(wake[1]);
}

/* Copies packets to standard output until the port is drained: 0, or -1. */
int
read_loop(struct div *d)
{
	struct div_frame f;
	int n;

	port = d;
	if ((out = div_writer_new(STDOUT_FILENO, opts.out)) == NULL)
		err(1, NULL);
	div_writer_refer(out, div_port_slots(port));
	div_on_reuse(port, flush, NULL);
	for (;;) {
		n = div_recv(port, &f);
		if (n == 0)
			return flush(NULL);
		if (n == 1)
			n = put(&f);
		else if (errno == EAGAIN)
			n = wait_for();
		if (n == -1)
			return -1;
	}
}

/*
 * Reports an error.  With a pipe that is closed, the writer has reported what it
 * saw, if there was anything to see.
 */
int
read_failed(void)
{
	if (output_error == EPIPE && opts.port_opt.flags & DIV_O_TEE)
		return 0;
	if (output_error == EPIPE && !tool_stop &&
	    div_counters(port)->received == 0)
		warnx("stdout: the next process of the pipeline went away");
	else if (output_error != 0 && output_error != EPIPE)
		warnc(output_error, "stdout");
	else if (output_error == 0)
		warnx("%s", div_error(port));
	return 1;
}

/* An expression that the kernel cannot take. */
static int
is_usage(int error)
{
	return opts.match != NULL && (error == E2BIG || error == EINVAL);
}

/* Opens the port of -p, or any one for the rules of -f. */
struct div *
open_port(void)
{
	char error[DIV_ERRLEN];
	struct div *d;

	if (opts.port == -1) {
		opts.port_opt.flags |= DIV_O_ANYPORT;
		opts.port = 0;
	}
	d = div_open((uint16_t)opts.port, &opts.port_opt, error);
	if (d == NULL)
		errx(is_usage(errno) ? TOOL_USAGE : 1, "%s", error);
	opts.port = div_port(d);
	if (opts.port_opt.flags & DIV_O_LETGO)
		pipe_out = opts.everyone ? DIV_ANYPIPE :
					   div_pipe_id(STDOUT_FILENO);
	if (opts.port_opt.flags & DIV_O_LETGO && pipe_out == 0 && !opts.quiet)
		warnx("-B: no flow is let go, for the output is no pipe");
	if (opts.verbose && div_rules(d) != NULL)
		fputs(div_rules(d), stderr);
	else if (opts.verbose)
		rules_print(opts.port);
	ready();
	return d;
}

int
run_read(void)
{
	struct div *d;

	read_signals();
	opts.port_opt.flags |= DIV_O_NONBLOCK;
	if (!(opts.port_opt.flags & DIV_O_TEE))
		opts.port_opt.flags |= DIV_O_SHARE;
	d = open_port();
	counters_of(d, NULL);
	metrics_start(d, "read", PART_PORT | PART_QUEUE);
	confine(0);
	if (read_loop(d) == -1)
		return read_failed();
	if (div_finish(d, STDOUT_FILENO) == -1) {
		warnx("%s", div_error(d));
		return 1;
	}
	return 0;
}
