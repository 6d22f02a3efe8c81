/* SPDX-License-Identifier: ISC */

#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "counter.h"
#include "divcat.h"

#define POLL_PENDING 100 /* ms between looks at the kernel's counters */
#define HURRY 500000000  /* ns that filters have after the second signal */
#define SAID_MAX 8       /* different texts about new packets */

static struct div *sink;
static atomic_int ending; /* enum sink_end */
static int input;         /* descriptor */
static uint32_t pipe_in;  /* id of standard input, or 0 */
static int bad, ended, failed;

/* Warns once: conntrack sees one direction edited and the other not. */
static void
check_conntrack(void)
{
	static int done;

	if (done || opts.quiet || div_counters(sink)->strict == 0)
		return;
	done = 1;
	warnx("TCP changes its length under connection tracking, which finds "
	      "its packets INVALID: "
	      "sysctl net.netfilter.nf_conntrack_tcp_be_liberal=1");
}

static void
check_memory(void)
{
	static int done;

	if (done || opts.quiet || div_counters(sink)->evicted == 0)
		return;
	done = 1;
	warnx("memory for TCP connections is short, some are reset: see -M");
}

/* Only errors that are diverted, too, tell the sender of the path's MTU. */
static void
check_path(void)
{
	static int done;

	if (done || opts.quiet || div_counters(sink)->narrow == 0)
		return;
	done = 1;
	warnx(
	    "a path takes smaller TCP segments than its ends know: divert the "
	    "ICMP errors, too (-p icmp, -p icmpv6)");
}

static void
check_nat(void)
{
	static int done;

	if (done || opts.quiet || div_counters(sink)->unasked == 0)
		return;
	done = 1;
	warnx("connection tracking cannot be asked (CAP_NET_ADMIN, "
	      "ctnetlink): behind NAT, new packets may not arrive");
}

/* Without the rules, a translated connection outlives both processes. */
static void
check_guard(void)
{
	static int done;

	if (done || opts.quiet || div_counters(sink)->unguarded == 0)
		return;
	done = 1;
	warnx("TCP changes its length, and no rule ends its connections if "
	      "divcat is killed; these do:");
	rules_guard();
}

/*
 * Says what the kernel refuses, each text once: new packets of filters, and those
 * that the sink sends for TCP.
 */
static void
check_sent(void)
{
	static char said[SAID_MAX][DIV_ERRLEN];
	static uint64_t last;
	uint64_t n = div_counters(sink)->reason[DIV_NOTSENT];
	size_t i;

	if (n == last || opts.quiet)
		return;
	last = n;
	for (i = 0; i < SAID_MAX && said[i][0] != '\0'; i++)
		if (strcmp(said[i], div_error(sink)) == 0)
			return;
	if (i == SAID_MAX)
		return;
	strlcpy(said[i], div_error(sink), sizeof(said[i]));
	warnx("%s", said[i]);
}

/* Tells the sink that the reader of this process has ended. */
void
sink_end(enum sink_end when)
{
	ending = when;
}

static uint64_t
pending(void)
{
	struct div_kernel k;

	return div_kernel(sink, &k) ? k.pending : 0;
}

/* The second signal: filters that hold packets send them now, and end. */
static int
hurry_is_over(void)
{
	static uint64_t start;
	uint64_t now = div_clock(CLOCK_MONOTONIC);

	if (start == 0)
		start = now;
	return now - start >= HURRY;
}

/* True when the sink is to end; frames that are in the pipe are read first. */
static int
at_end(int infd)
{
	struct pollfd pfd = { .fd = infd, .events = POLLIN };

	if (tool_stop > 1)
		return hurry_is_over();
	if (ending == SINK_NOW)
		return poll(&pfd, 1, 0) == 0;
	return ending == SINK_JUDGED && pending() == 0;
}

/* Runs before each read: runs the timers until there is input. */
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
		check_path();
		check_nat();
		check_guard();
		check_sent();
		if (at_end(*infd)) {
			ended = 1;
			return -1;
		}
		if ((opts.port != -1 || tool_stop) && ms > POLL_PENDING)
			ms = POLL_PENDING;
		ms = metrics_tick(sink, ms);
		pfd[1].fd = div_peerfd(sink);
		pfd[1].events = POLLIN;
		n = tool_poll(pfd, 2, ms == INT_MAX ? -1 : ms);
		if (n == -1 && errno != EINTR)
			return -1;
		report_asked();
	} while (n <= 0 || pfd[0].revents == 0);
	return 0;
}

/* A filter took longer than the hold time. */
static void
report_expired(const struct div_frame *f)
{
	uint64_t now = div_clock(CLOCK_REALTIME);
	char after[64] = "too late";

	if (f->time != 0 && f->time < now)
		snprintf(after, sizeof(after), "after %.3g s",
		    (double)(now - f->time) / 1e9);
	warnx("packet %llu came back %s and had %s: raise -H",
	    (unsigned long long)f->id, after,
	    opts.port_opt.flags & DIV_O_LATE ? "passed" : "been dropped");
}

/* Reports the first refusal of each kind; -v counts them at the end. */
static void
report_refusal(enum div_reason reason, const struct div_frame *f)
{
	static int said[DIV_NREASONS];

	if (opts.quiet || reason == DIV_NOTSENT || said[reason]++)
		return;
	if (reason == DIV_EXPIRED)
		report_expired(f);
	else
		warnx("packet %llu: %s", (unsigned long long)f->id,
		    div_reason(reason));
}

/* With -T: waits for the packet's time.  0, or -1: it is not to be sent. */
static int
wait_due(const struct div_frame *f)
{
	struct pollfd pfd = { .events = POLLIN };
	int ms, tick;

	while ((ms = timing_due(f)) > 0) {
		if ((tick = div_tick(sink)) == -1) {
			warnx("%s", div_error(sink));
			bad = 1;
		}
		if (tick == -1 || tool_stop)
			return -1;
		/* div_tick() may have closed it */
		pfd.fd = div_peerfd(sink);
		ms = metrics_tick(sink, ms);
		tool_poll(&pfd, 1, tick < ms ? tick : ms);
		report_asked();
	}
	timing_sent();
	return 0;
}

/* A flow is let go if the process at the other end of the pipe agreed. */
static void
check_agreed(struct div_frame *f)
{
	if (f->tag != DIV_ANYPIPE &&
	    (input != STDIN_FILENO || pipe_in == 0 || f->tag != pipe_in))
		f->flags &= (uint8_t)~DIV_F_DONE;
}

/* Frames of a file are often those of a reader that has ended. */
static void
sink_failed(void)
{
	struct stat st;
	int saved = errno == ECONNREFUSED && fstat(input, &st) == 0 &&
	    S_ISREG(st.st_mode);

	warnx("%s%s", div_error(sink),
	    saved ? "; divcat -o pcap file | divcat -w sends saved ones" : "");
	bad = 1;
}

static int
judge(struct div_reader *r)
{
	struct div_frame f;
	int n, refers = 0;

	for (;;) {
		if (!refers && div_port_slots(sink) != NULL) {
			refers = 1;
			(void)div_reader_refer(r, div_port_slots(sink));
		}
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
		check_agreed(&f);
		if (opts.timing && wait_due(&f) == -1)
			return 0;
		if ((n = div_send(sink, &f)) > 0)
			report_refusal((enum div_reason)n, &f);
		check_sent();
		if (n == -1) {
			sink_failed();
			return 0;
		}
	}
}

/*
 * The input ended before the reader did, which after a signal is an error only if
 * packets are lost: new ones pass until the queue is closed.
 */
static int
end_failed(void)
{
	if (tool_stop && (errno == EPIPE || errno == ECONNRESET) &&
	    div_drain(sink) == 0)
		return pending() != 0;
	warnx("%s", div_error(sink));
	return 1;
}

/* Filters that know nothing of pipelines die of the signal. */
static void
report_lost(void)
{
	uint64_t n;

	if (tool_stop && !opts.quiet && (n = pending()) != 0)
		warnx("packets lost that filters had at the signal: %llu; "
		      "(trap '' INT; exec filter) keeps one from it",
		    (unsigned long long)n);
}

/* Sends the frames of all inputs to d; returns the exit status. */
int
sink_loop(struct div *d)
{
	int status;

	sink = d;
	status = each_file(judge, wait_for, &input);
	if (opts.timing)
		timing_end();
	if (div_finish(sink, -1) == -1 && !bad)
		bad = end_failed();
	return bad ? 1 : status;
}

int
run_write(void)
{
	char error[DIV_ERRLEN];
	struct div *d;
	int status;

	/* the second one resets translated connections first */
	tool_patience = 2;
	tool_signals(-1);
	terminal_input();
	if ((d = div_attach(opts.port, &opts.port_opt, error)) == NULL)
		errx(1, "%s", error);
	counters_of(d, NULL);
	metrics_start(d, "write", PART_PORT | PART_SINK);
	pipe_in = div_pipe_id(STDIN_FILENO);
	confine(0);
	status = sink_loop(d);
	report_lost();
	return status;
}
