/* SPDX-License-Identifier: ISC */

#include <err.h>
#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "divcat.h"
#include "sandbox.h"

#define LOOK 100 /* ms between looks at what is pending, at the end */

static struct div *sink;
static atomic_int ending; /* enum sink_end */
static int bad, ended, failed;

/* Connection tracking sees one side of the sink edited and the other not. */
static void
check_conntrack(void)
{
	static int done;

	if (done || div_counters(sink)->resized == 0)
		return;
	done = 1;
	if (!cmd.quiet && div_conntrack())
		warnx("TCP changes its length under connection tracking: "
		      "set nf_conntrack_tcp_be_liberal to 1");
}

static void
check_memory(void)
{
	static int done;

	if (done || cmd.quiet || div_counters(sink)->evicted == 0)
		return;
	done = 1;
	warnx("memory for TCP connections is short, some are reset: see -M");
}

/* The reader has ended: no more packets come from it. */
void
sink_end(enum sink_end when)
{
	ending = when;
}

static int
nothing_pending(void)
{
	struct div_kernel k;

	return !div_kernel(sink, &k) || k.pending == 0;
}

/* What lies in the input already is read in any case. */
static int
at_end(int infd)
{
	struct pollfd pfd = { .fd = infd, .events = POLLIN };

	if (ending == SINK_NOW)
		return poll(&pfd, 1, 0) == 0;
	return ending == SINK_JUDGED && nothing_pending();
}

/* With the reader's queue in hand there is no need to connect to anybody. */
static void
check_joined(void)
{
	static int done;

	if (done || div_linefd(sink) == -1)
		return;
	done = 1;
	confine(0);
}

/* Runs before each read: does what is due until there is input. */
static int
wait_for(void *arg)
{
	const int *infd = arg;
	struct pollfd pfd[2] = { { .fd = *infd, .events = POLLIN } };
	int n, ms;

	do {
		if ((ms = div_tick(sink)) == -1) {
			failed = 1;
			return -1;
		}
		check_conntrack();
		check_memory();
		check_joined();
		if (at_end(*infd)) {
			ended = 1;
			return -1;
		}
		if (cmd.where != NULL && ms > LOOK)
			ms = LOOK;
		pfd[1].fd = div_linefd(sink);
		pfd[1].events = POLLIN;
		n = tool_poll(pfd, 2, ms == INT_MAX ? -1 : ms);
		if (n == -1 && errno != EINTR)
			return -1;
		report_asked();
	} while (n <= 0 || pfd[0].revents == 0);
	return 0;
}

/* Each kind of refusal is said once; -v counts them at the end. */
static void
refused(enum div_reason reason, const struct div_frame *f)
{
	static int said[DIV_NREASONS];

	if (cmd.quiet || said[reason]++)
		return;
	if (reason == DIV_NOTSENT)
		warnx("%s", div_error(sink));
	else
		warnx("packet %llu: %s", (unsigned long long)f->id,
		    div_reason(reason));
}

/* With -T: waits for the packet's time.  0, or -1 when it is not to be sent. */
static int
wait_due(const struct div_frame *f)
{
	struct pollfd pfd = { .fd = div_linefd(sink), .events = POLLIN };
	int ms, tick;

	while ((ms = timing_due(f)) > 0) {
		if ((tick = div_tick(sink)) == -1) {
			warnx("%s", div_error(sink));
			bad = 1;
		}
		if (tick == -1 || tool_stop)
			return -1;
		tool_poll(&pfd, 1, tick < ms ? tick : ms);
		report_asked();
	}
	timing_sent();
	return 0;
}

static int
judge(struct div_reader *r)
{
	struct div_frame f;
	int n;

	for (;;) {
		n = div_reader_next(r, &f);
		if (n == 0)
			return 1;
		if (n == -1 && ended)
			return 0;
		if (n == -1) {
			bad = 1;
			if (failed)
				warnx("%s", div_error(sink));
			else if (reader_bad(r))
				continue;
			return 0;
		}
		if (cmd.timing && wait_due(&f) == -1)
			return 0;
		if ((n = div_send(sink, &f)) > 0)
			refused((enum div_reason)n, &f);
		if (n == -1) {
			warnx("%s", div_error(sink));
			bad = 1;
			return 0;
		}
	}
}

/* Sends the frames of all inputs to d; returns the exit status. */
int
sink_loop(struct div *d)
{
	int infd, status;

	sink = d;
	status = each_file(judge, wait_for, &infd);
	if (cmd.timing)
		timing_end();
	if (div_finish(sink, -1) == -1 && !bad) {
		warnx("%s", div_error(sink));
		bad = 1;
	}
	return bad ? 1 : status;
}

int
run_write(void)
{
	char error[DIV_ERRLEN];
	struct div *d;
	int port = -1;

	tool_signals(-1);
	if (cmd.where != NULL)
		port = (int)tool_number('p', cmd.where, 0, UINT16_MAX);
	if ((d = div_join(port, &cmd.port, error)) == NULL)
		errx(1, "%s", error);
	report_ports(d, NULL);
	confine(SANDBOX_JOIN);
	return sink_loop(d);
}
