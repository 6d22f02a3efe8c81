/* SPDX-License-Identifier: ISC */

/*
 * The command line, and intervals.  These go by the time of frames, so that a
 * recording shows its own rates; while no frame comes, they go by the clock.
 */

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "divtop.h"
#include "tool.h"

#define DRAW 50000000 /* ns, from one screen to the next, at least */

static struct stats stats;
static struct totals before; /* when the interval began */
static struct view view = { .key = &key_flow };
static struct div_filter *expression;
static size_t Mflag = STATS_MEMORY; /* MiB */
static int rflag, vflag, mute, quit;

static uint64_t begin, period = NSEC_PER_SEC; /* the interval, ns */
static int started;                           /* by the first frame */

static const char usage[] =
    "usage: divtop [-hNqrVv] [-i interval] [-k key] [-M memory] "
    "[expression]\n";

static const struct tool_option options[] = {
	{ TOOL_HELP },
	{ 'i', "interval", "interval", "show rates over so many seconds" },
	{ 'k', "key", "key", "list by this key" },
	{ 'M', "memory", "memory", "MiB for flows and keys" },
	{ 'N', "no-frames", NULL, "write no frames" },
	{ 'q', "quiet", NULL, "no effect, there are no warnings" },
	{ 'r', "resolve", NULL, "show names of addresses" },
	{ TOOL_VERSION },
	{ 'v', "verbose", NULL, "no effect" },
	{ 0 },
};

/* Intervals of a recording may pass too fast for a person. */
static int
is_seen(void)
{
	static uint64_t drawn;
	uint64_t t = div_clock(CLOCK_MONOTONIC);

	if (t - drawn < DRAW && !view.ended)
		return 0;
	drawn = t;
	return 1;
}

static void
interval_end(uint64_t time)
{
	static struct totals diff;

	stats_since(&diff, &stats.all, &before);
	flow_expire(&stats.flows, time);
	if (!view.frozen) {
		view.time = time;
		view_history(&view, &diff);
	}
	if (is_seen()) {
		if (!view.frozen)
			view_take(&view, &stats, &diff);
		screen_draw(&view);
	}
	before = stats.all;
	stats_turn(&stats);
	begin = time;
}

/* Ends the intervals before this time.  Behind a long pause curves begin anew. */
static void
advance(uint64_t time)
{
	if (time + period + STEP_BACK < begin)
		begin = time;
	if (time > begin && (time - begin) / period > NHISTORY) {
		interval_end(time);
		view.nhistory = 0;
	}
	while (time >= begin + period)
		interval_end(begin + period);
}

/* Counts packets that match the expression; all pass. */
static int
frame(struct div_writer *w, struct div_frame *f)
{
	uint64_t time;

	if (f->time == 0)
		stats.time = frame_clock_now(&stats);
	time = stats_time(&stats, f);
	if (!started)
		begin = time;
	started = 1;
	advance(time);
	if (expression == NULL || div_filter_match(expression, f))
		stats_frame(&stats, f);
	stats.time = time;
	frame_clock_seen();
	return mute ? 0 : div_writer_put(w, f);
}

static void
other(const struct div_frame *f)
{
	stats_frame(&stats, f);
}

static void
clear(void)
{
	memset(&before, 0, sizeof(before));
	memset(view.history, 0, sizeof(view.history));
	view.nhistory = view.nlines = view.first = 0;
	view.frozen = 0;
}

/* Replaces the expression, and clears the statistics.  0, or -1 with a message. */
int
top_filter(const char *text)
{
	struct div_filter *filter = NULL;
	char why[DIV_ERRLEN];

	if (text[0] != '\0' && (filter = div_filter_new(text, why)) == NULL) {
		snprintf(view.message, sizeof(view.message), "%s: %s", text,
		    why);
		return -1;
	}
	div_filter_free(expression);
	expression = filter;
	strlcpy(view.filter, text, sizeof(view.filter));
	begin = frame_clock_now(&stats);
	stats_clear(&stats);
	stats.time = begin;
	clear();
	return 0;
}

/* Lists by another key.  Flows are always counted, other keys from now on. */
void
top_key(const struct key *key)
{
	if (view.ended) {
		strlcpy(view.message, "the input has ended: see -k",
		    sizeof(view.message));
		return;
	}
	view.key = key;
	view.items = view.forgotten = 0;
	view.nlines = view.first = 0;
	view.frozen = 0;
	stats.ngroups = key == &key_flow ? 1 : 2;
	if (key != &key_flow)
		group_change(&stats.groups[1], key);
}

static void
read_names(void)
{
	int n = names_read();

	if (n == -1)
		strlcpy(view.message, "no more names: the resolver has ended",
		    sizeof(view.message));
	if (n != 0)
		screen_draw(&view);
}

/*
 * q ends the pipeline.  If frames go on to other tools, SIGINT to the process
 * group makes the reader drain, so that no packet is lost.
 */
static int64_t
due(struct div_writer *w)
{
	uint64_t t;

	(void)w;
	stats.clock = 0;
	if (tool_stop) {
		screen_close();
		return -1;
	}
	screen_open();
	quit |= keyboard_read(&view);
	read_names();
	if (quit && mute) {
		errno = EPIPE;
		return -2;
	}
	if (quit) {
		screen_close();
		tool_stop = 1;
		kill(0, SIGINT);
		return -1;
	}
	t = frame_clock_now(&stats);
	advance(t);
	return (int64_t)(begin + period - t);
}

/*
 * After the end of the input the screen stays until a key or the terminal
 * closes.  Standard output is closed, so that other tools do not wait.
 */
static void
linger(const struct filter *f)
{
	struct pollfd pfd[] = {
		{ .fd = f->fd[0], .events = POLLIN },
		{ .fd = rflag ? f->fd[1] : -1, .events = POLLIN },
	};

	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	screen_open();
	view.ended = 1;
	interval_end(begin + period);
	while (!quit && !tool_stop && !(pfd[0].revents & (POLLERR | POLLHUP))) {
		tool_poll(pfd, 2, -1);
		quit |= keyboard_read(&view);
		read_names();
		if (pfd[1].revents & (POLLERR | POLLHUP))
			pfd[1].fd = -1;
	}
}

static void
expression_parse(char *argv[])
{
	char *text = tool_words(argv);

	if (strlen(text) >= sizeof(view.filter))
		errx(TOOL_USAGE, "the expression is too long");
	top_filter(text);
	free(text);
	if (view.message[0] != '\0')
		errx(TOOL_USAGE, "%s", view.message);
}

static void
parse(int argc, char *argv[])
{
	int ch;

	while ((ch = tool_getopt(argc, argv, usage, options)) != -1) {
		switch (ch) {
		case 'i':
			period = tool_seconds(ch, optarg, 0.1, 3600);
			break;
		case 'k':
			view.key = key_parse(ch, optarg);
			break;
		case 'M':
			Mflag = tool_number(ch, optarg, STATS_MEMORY_MIN,
			    65536);
			break;
		case 'N':
			mute = 1;
			break;
		case 'q':
			break;
		case 'r':
			rflag = 1;
			break;
		case 'v':
			vflag = 1;
			break;
		}
	}
}

int
main(int argc, char *argv[])
{
	struct filter filter = {
		.frame = frame,
		.other = other,
		.due = due,
		.enter = screen_open,
		.leave = screen_close,
		.refers = 1,
	};
	/* the longest key: any other one has room in its place */
	const struct key *groups[2] = { key_find("size"), key_find("name") };
	int status;

	mute = isatty(STDOUT_FILENO);
	parse(argc, argv);
	stats_init(&stats, Mflag, groups, 2);
	stats.edits = 1;
	top_key(view.key);
	view.seconds = (double)period / 1e9;
	begin = view.time = frame_clock_start();
	expression_parse(argv + optind);
	filter.mute = mute;
	filter.verbose = vflag;
	if (rflag)
		filter.fd[1] = names_start();
	filter.fd[0] = screen_tty();

	status = filter_run(&filter);
	if (status == 0 && !quit && !tool_stop)
		linger(&filter);
	screen_close();
	return status;
}
