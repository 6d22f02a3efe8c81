/* SPDX-License-Identifier: ISC */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "divcat.h"

static struct div *port;
static struct div_writer *out;
static int wake[2]; /* by signals */
static int output_error;

/* Runs before the memory of the frames is used again. */
static int
flush(void *arg)
{
	(void)arg;
	report_asked();
	if (tool_stop && div_drain(port) == -1)
		return -1;
	if (div_writer_flush(out) == 0)
		return 0;
	output_error = errno;
	return -1;
}

/* Packets wait for verdicts that nobody gives. */
static void
check_writer(void)
{
	static int done;

	if (done || cmd.quiet || div_counters(port)->expired == 0)
		return;
	done = 1;
	warnx("packets of port %s are dropped: no writer has come for them, "
	      "and without one they pass with -t only",
	    cmd.where);
}

/* Waits for packets, for a signal, or for one end of the pipeline to go. */
static int
wait_for(void)
{
	struct pollfd pfd[] = {
		{ .fd = div_fd(port), .events = POLLIN },
		{ .fd = wake[0], .events = POLLIN },
		{ .fd = div_linefd(port), .events = POLLIN },
		{ .fd = STDOUT_FILENO, .events = 0 },
	};
	char bytes[64];
	int ms;

	if ((ms = div_tick(port)) == -1)
		return -1;
	check_writer();
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

static int
put(struct div_frame *f)
{
	static uint64_t count;

	if (cmd.count != 0 && count == cmd.count) {
		/* what came before the drain did, and is not asked for */
		if (cmd.port.flags & DIV_O_TEE)
			return 0;
		f->type = DIV_PASS;
		return div_send(port, f);
	}
	if (div_writer_put(out, f) == -1) {
		output_error = errno;
		return -1;
	}
	if (++count == cmd.count)
		return div_drain(port);
	return 0;
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
	if ((out = div_writer_new(STDOUT_FILENO, cmd.out)) == NULL)
		err(1, NULL);
	div_tie(port, flush, NULL);
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

/* Says what went wrong.  A reader of ours that went away is nothing to say. */
int
read_failed(void)
{
	if (output_error == EPIPE)
		return !(cmd.port.flags & DIV_O_TEE);
	if (output_error != 0)
		warnc(output_error, "stdout");
	else
		warnx("%s", div_error(port));
	return 1;
}

int
run_read(void)
{
	char error[DIV_ERRLEN];
	struct div *d;

	read_signals();
	cmd.port.flags |= DIV_O_NONBLOCK;
	if (!(cmd.port.flags & DIV_O_TEE))
		cmd.port.flags |= DIV_O_SHARE;
	if ((d = div_open(cmd.where, &cmd.port, error)) == NULL)
		errx(1, "%s", error);
	report_ports(d, NULL);
	if (cmd.verbose)
		rules_print(cmd.where);
	confine(0);
	if (read_loop(d) == -1)
		return read_failed();
	if (div_finish(d, STDOUT_FILENO) == -1) {
		warnx("%s", div_error(d));
		return 1;
	}
	return 0;
}
