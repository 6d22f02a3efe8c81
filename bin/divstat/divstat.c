/* SPDX-License-Identifier: ISC */

/*
 * The command line, and the intervals of reports.  Intervals go by the time of
 * frames, so that a recording gives the same reports as the live stream; while
 * no frame comes, they go by the clock.  So does the time of -c.
 */

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "divstat.h"
#include "outfile.h"
#include "tool.h"

#define INTERVAL_MAX 86400
#define EMPTY_MAX 1000 /* empty intervals in a row that are reported */
#define TOP 10
#define TOP_MAX 10000

static const struct format formats[] = {
	{ .name = "text", .write = report_text },
	{ .name = "tsv",
	    .write = report_tsv,
	    .begin = conn_begin_tsv,
	    .flow = conn_tsv },
	{ .name = "csv",
	    .write = report_csv,
	    .begin = conn_begin_csv,
	    .flow = conn_csv },
	{ .name = "json", .write = report_json, .flow = conn_json },
	{ .name = "prom", .write = report_prom, .whole = 1 },
	{ .name = "svg",
	    .write = report_svg,
	    .whole = 1,
	    .packet = series_packet,
	    .key = "size" },
	{
	    .name = "eve",
	    .begin = eve_begin,
	    .flow = eve_flow,
	    .packet = eve_packet,
	},
};

#define NFORMATS (sizeof(formats) / sizeof(formats[0]))

static const struct format *oflag;
static const char *fflag;
static size_t nflag, Mflag = STATS_MEMORY;
static struct tool_limit limit; /* -c */
static int Eflag, Nflag, vflag, flows;
static const struct key *keys[NGROUPS];
static size_t nkeys;

static struct stats stats;
static struct totals before; /* at the last interval's end */
static FILE *conn;

static uint64_t begin, end, period; /* the current interval, ns */
static int over; /* the limit was reached, and the totals were reported */

static const char usage[] =
    "usage: divstat [-EhNqVv] [-c count] [-f file] [-i interval] [-k key]\n"
    "               [-M memory] [-n number] [-o format]\n";

static const struct tool_option options[] = {
	{ 'c', "count", "count", "count this many packets, or for this time" },
	{ 'E', "flows", NULL, "write a line for each flow that has finished" },
	{ 'f', "output", "file", "write reports to this file" },
	{ TOOL_HELP },
	{ 'i', "interval", "interval", "report every so many seconds, too" },
	{ 'k', "key", "key", "list the values of key with the most bytes" },
	{ 'M', "memory", "memory", "MiB for flows and keys" },
	{ 'N', "no-frames", NULL, "write no frames" },
	{ 'n', "top", "number", "list this many values of each key" },
	{ 'o', "output-format", "format", "format of the reports" },
	{ 'q', "quiet", NULL, "no effect, there are no warnings" },
	{ TOOL_VERSION },
	{ 'v', "verbose", NULL, "count edited packets, too" },
	{ 0 },
};

static void
key_add(int letter, const char *arg)
{
	const struct key *key = key_parse(letter, arg);
	size_t i;

	if (key == &key_flow) {
		flows = 1;
		return;
	}
	for (i = 0; i < nkeys; i++)
		if (keys[i] == key)
			return;
	keys[nkeys++] = key;
}

static const struct format *
format_parse(const char *arg)
{
	size_t i;

	for (i = 0; i < NFORMATS; i++)
		if (strcmp(arg, formats[i].name) == 0)
			return &formats[i];
	errx(TOOL_USAGE,
	    "-o %s: no such format; there are text, tsv, csv, json, prom, "
	    "svg, eve",
	    arg);
}

static void
report_to(FILE *fp, const struct format *format, int interval, uint64_t time,
    double seconds, const struct totals *totals)
{
	struct report r = {
		.stats = &stats,
		.totals = totals,
		.interval = interval,
		.time = time,
		.seconds = seconds,
		.top = nflag,
		.flows = flows,
	};

	format->write(fp, &r);
}

static void
report_total(void)
{
	FILE *fp;

	if ((fp = outfile_begin()) == NULL)
		return;
	report_to(fp, oflag, 0, stats.last, stats_seconds(&stats), &stats.all);
	outfile_end();
}

static void
info(void)
{
	if (!Eflag && !oflag->whole && fflag == NULL)
		report_total();
	else {
		report_to(stderr, &formats[0], 0, stats.last,
		    stats_seconds(&stats), &stats.all);
		fflush(stderr);
	}
}

static void
report_interval(uint64_t time)
{
	static struct totals diff;
	FILE *fp;

	if (oflag->whole)
		report_total();
	else if ((fp = outfile_begin()) != NULL) {
		stats_since(&diff, &stats.all, &before);
		report_to(fp, oflag, 1, time, (double)(time - begin) / 1e9,
		    &diff);
		outfile_end();
	}
	before = stats.all;
	stats_turn(&stats);
	begin = time;
}

/* Reports the current interval before its end, if anything was counted. */
static void
report_rest(void)
{
	if (period == 0 || oflag->whole ||
	    memcmp(&before, &stats.all, sizeof(before)) == 0)
		return;
	report_interval(stats.time > begin ? stats.time : begin);
}

/* Reports the intervals that ended before this time. */
static void
intervals(uint64_t time)
{
	while (time >= end) {
		report_interval(end);
		if ((time - end) / period > EMPTY_MAX) {
			begin = time - (time - end) % period;
			end = begin;
		}
		end += period;
	}
}

/*
 * Intervals, and the time of -c, begin with the first packet, and go on from there
 * when the clock was set back.
 */
static void
restart(uint64_t time)
{
	if (stats.last == 0 && limit.ns != 0)
		limit.end = time + limit.ns;
	else if (limit.end != 0 && time + STEP_BACK < stats.time)
		limit.end -= stats.time - time;
	if (period == 0 ||
	    (stats.last != 0 && time + period + STEP_BACK >= begin))
		return;
	report_rest();
	begin = time;
	end = time + period;
}

static void
report_last(void)
{
	if (Eflag) {
		table_clear(&stats.flows);
		outfile_end();
	} else {
		report_rest();
		report_total();
	}
}

static int
is_over(uint64_t time)
{
	if (!over &&
	    tool_limit_over(&limit, stats.all.rows[TOTAL].packets, time)) {
		over = 1;
		report_last();
	}
	return over;
}

/* Does what is due until then, or until -c is reached: true in that case. */
static int
advance(uint64_t time)
{
	uint64_t t = limit.end != 0 && limit.end < time ? limit.end : time;

	if (Eflag)
		flow_expire(&stats.flows, t);
	if (period != 0)
		intervals(t);
	return is_over(time);
}

static void
count(struct div_frame *f)
{
	uint64_t time = stats_time(&stats, f);

	restart(time);
	if (advance(time))
		return;
	if (oflag->packet != NULL)
		oflag->packet(conn, f, time);
	stats_frame(&stats, f);
	frame_clock_seen();
	is_over(time);
}

/* Without frames to pass, -c ends the pipeline as a reader that is gone. */
static int
frame(struct div_writer *w, struct div_frame *f)
{
	if (!over)
		count(f);
	if (over)
		filter_done(f);
	if (!Nflag)
		return div_writer_put(w, f);
	errno = EPIPE;
	return over ? -1 : 0;
}

static void
other(const struct div_frame *f)
{
	if (!over)
		stats_frame(&stats, f);
}

/* The ns until something is due, or -1 for never. */
static int64_t
until_due(uint64_t time)
{
	uint64_t next = UINT64_MAX;

	if (period != 0)
		next = end;
	if (Eflag && div_table_oldest(stats.flows.items, IDLE_CLOSED) != NULL)
		next = time + NSEC_PER_SEC;
	if (limit.end != 0 && limit.end < next)
		next = limit.end;
	return next == UINT64_MAX ? -1 : (int64_t)(next - time);
}

static int64_t
due(struct div_writer *w)
{
	uint64_t t;

	(void)w;
	stats.clock = 0;
	if (over || (!Eflag && period == 0 && limit.end == 0))
		return -1;
	t = frame_clock_now(&stats);
	if (advance(t)) {
		errno = EPIPE;
		return Nflag ? -2 : -1;
	}
	if (Eflag)
		outfile_end();
	return until_due(t);
}

static void
flow_gone(struct item *it)
{
	oflag->flow(conn, (const struct stat_flow *)it);
}

static void
parse(int argc, char *argv[])
{
	int ch;

	while ((ch = tool_getopt(argc, argv, usage, options)) != -1) {
		switch (ch) {
		case 'c':
			tool_limit(ch, optarg, &limit);
			break;
		case 'E':
			Eflag = 1;
			break;
		case 'f':
			fflag = optarg;
			break;
		case 'i':
			period = tool_seconds(ch, optarg, 0.001, INTERVAL_MAX);
			break;
		case 'k':
			key_add(ch, optarg);
			break;
		case 'M':
			Mflag = tool_number(ch, optarg, STATS_MEMORY_MIN,
			    65536);
			break;
		case 'N':
			Nflag = 1;
			break;
		case 'n':
			nflag = tool_number(ch, optarg, 1, TOP_MAX);
			break;
		case 'o':
			oflag = format_parse(optarg);
			break;
		case 'q':
			break;
		case 'v':
			vflag = 1;
			break;
		}
	}
	if (optind < argc)
		errx(TOOL_USAGE, "%s: unexpected argument", argv[optind]);
}

static void
check_options(void)
{
	if (Eflag && (period != 0 || flows || nkeys != 0 || nflag != 0))
		errx(TOOL_USAGE, "-E does not go with -i, -k or -n");
	if (oflag == NULL)
		oflag = &formats[Eflag];
	if (Eflag && oflag->flow == NULL)
		errx(TOOL_USAGE, "-E: -o %s: expected tsv, csv, json or eve",
		    oflag->name);
	if (!Eflag && oflag->write == NULL)
		errx(TOOL_USAGE, "-o %s is for -E", oflag->name);
	if (oflag->key != NULL) {
		key_add('k', oflag->key);
		flows = 1;
	}
	if (nflag != 0 && nkeys == 0)
		flows = 1;
	if (nflag == 0)
		nflag = TOP;
}

int
main(int argc, char *argv[])
{
	struct filter filter = {
		.frame = frame,
		.other = other,
		.info = info,
		.due = due,
		.refers = 1,
	};
	int status;

	parse(argc, argv);
	check_options();
	filter.mute = Nflag;
	if (outfile_open(fflag, oflag->whole) == -1)
		err(1, "-f %s", fflag);
	report_init(nflag);
	stats_init(&stats, Mflag, keys, nkeys);
	stats.edits = vflag;
	begin = frame_clock_start();
	end = begin + period;
	tool_limit_start(&limit, begin);
	if (Eflag) {
		stats.flows.gone = flow_gone;
		conn = outfile_begin();
		if (oflag->begin != NULL)
			oflag->begin(conn);
	}

	filter.verbose = vflag;
	status = filter_run(&filter);
	if (!over)
		report_last();
	return status != 0 ? status : outfile_status();
}
