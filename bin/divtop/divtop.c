/* SPDX-License-Identifier: ISC */

/* The command line, intervals, and keys. */

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "divtop.h"
#include "tool.h"

#define ESCAPE 27
#define CTRL_U 21

static struct stats stats;
static struct totals before; /* when the interval began */
static struct view view = { .key = &key_flow };
static struct div_filter *expression;
static double then, period = 1;     /* s */
static size_t Mflag = STATS_MEMORY; /* MiB */
static int vflag, mute, quit;
static char typed[sizeof(view.filter)];

static const char usage[] =
    "usage: divtop [-hNqVv] [-i interval] [-k key] [-M memory] "
    "[expression]\n";

static const struct tool_option options[] = {
	{ TOOL_HELP },
	{ 'i', "interval", "interval", "show rates over so many seconds" },
	{ 'k', "key", "key", "list by this key" },
	{ 'M', "memory", "memory", "MiB for flows and keys" },
	{ 'N', "no-frames", NULL, "write no frames" },
	{ 'q', "quiet", NULL, "no effect, there are no warnings" },
	{ TOOL_VERSION },
	{ 'v', "verbose", NULL, "no effect" },
	{ 0 },
};

static double
now(void)
{
	return (double)div_clock(CLOCK_MONOTONIC) / 1e9;
}

/* Counts packets that match the expression; all pass. */
static int
frame(struct div_writer *w, struct div_frame *f)
{
	if (expression == NULL || div_filter_match(expression, f))
		stats_frame(&stats, f);
	return mute ? 0 : div_writer_put(w, f);
}

static void
other(const struct div_frame *f)
{
	stats_frame(&stats, f);
}

static void
tick(double t)
{
	static struct totals diff;

	stats_since(&diff, &stats.all, &before);
	if (!view.frozen)
		view_take(&view, &stats, &diff, t - then);
	before = stats.all;
	stats_turn(&stats);
	then = t;
	screen_draw(&view);
}

/* Replaces the expression, and clears the statistics. */
static void
filter_set(const char *text)
{
	struct div_filter *filter = NULL;
	char why[DIV_ERRLEN];

	if (text[0] != '\0' && (filter = div_filter_new(text, why)) == NULL) {
		snprintf(view.message, sizeof(view.message), "%s: %s", text,
		    why);
		return;
	}
	div_filter_free(expression);
	expression = filter;
	strlcpy(view.filter, text, sizeof(view.filter));
	stats_clear(&stats);
	memset(&before, 0, sizeof(before));
	view.nhistory = view.nlines = 0;
	then = now();
}

/* A key while an expression is typed. */
static void
key_typed(int key)
{
	size_t n = strlen(typed);

	if (key == '\r' || key == ESCAPE) {
		view.prompt = NULL;
		if (key == '\r')
			filter_set(typed);
	} else if (key == CTRL_U)
		typed[0] = '\0';
	else if (key == 127 && n > 0)
		typed[n - 1] = '\0';
	else if (key >= ' ' && key < 127 && n + 1 < sizeof(typed)) {
		typed[n] = (char)key;
		typed[n + 1] = '\0';
	}
}

static void
key_sort(int key)
{
	int i;

	for (i = 0; i < NFIELDS; i++)
		if (field_styles[i].key == key)
			view_sort(&view, (enum top_field)i);
}

static void
key_pressed(int key)
{
	view.message[0] = '\0';
	switch (key) {
	case 'q':
		quit = 1;
		break;
	case ' ':
		view.frozen = !view.frozen;
		break;
	case 'f':
	case '/':
		strlcpy(typed, view.filter, sizeof(typed));
		view.prompt = typed;
		break;
	default:
		key_sort(key);
	}
}

static void
keys(void)
{
	int key, any = 0;

	while (!quit && (key = screen_key()) != -1) {
		any = 1;
		if (view.prompt != NULL)
			key_typed(key);
		else
			key_pressed(key);
	}
	if (any)
		screen_draw(&view);
}

/*
 * q ends the pipeline.  If frames go on to other tools, SIGINT to the process
 * group makes the reader drain, so that no packet is lost.
 */
static int64_t
due(struct div_writer *w)
{
	double t;

	(void)w;
	stats.clock = 0;
	if (tool_stop) {
		screen_close();
		return -1;
	}
	screen_open();
	keys();
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
	t = now();
	if (t - then >= period)
		tick(t);
	return (int64_t)((then + period - t) * 1e9) + 1;
}

/*
 * After the end of the input the screen stays until a key or the terminal
 * closes.  Standard output is closed, so that other tools do not wait.
 */
static void
linger(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	double t = now();

	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	screen_open();
	view.ended = 1;
	tick(t > then + period ? t : then + period);
	while (!quit && !tool_stop && !(pfd.revents & (POLLERR | POLLHUP))) {
		tool_poll(&pfd, 1, -1);
		keys();
	}
}

static void
expression_parse(char *argv[])
{
	char *text = tool_words(argv);

	if (strlen(text) >= sizeof(view.filter))
		errx(TOOL_USAGE, "the expression is too long");
	filter_set(text);
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
			period = (double)tool_seconds(ch, optarg, 0.1, 3600) /
			    1e9;
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
	const struct key *groups[2] = { key_find("size") };
	int status;

	mute = isatty(STDOUT_FILENO);
	parse(argc, argv);
	groups[1] = view.key;
	stats_init(&stats, Mflag, groups, view.key == &key_flow ? 1 : 2);
	stats.edits = 1;
	expression_parse(argv + optind);
	filter.mute = mute;
	filter.verbose = vflag;
	filter.fd = screen_tty();

	then = now();
	status = filter_run(&filter);
	if (status == 0 && !quit && !tool_stop)
		linger(filter.fd);
	screen_close();
	return status;
}
