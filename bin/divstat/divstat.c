/* SPDX-License-Identifier: ISC */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "divstat.h"
#include "tool.h"

#define INTERVAL_MAX 86400

static struct count before[NROWS]; /* at the last report */
static double then, next, period;  /* s */
static int Nflag;

static __attribute__((__noreturn__)) void
usage(FILE *out)
{
	fprintf(out, "usage: %s [-hNqVv] [-i interval]\n", getprogname());
	exit(out == stdout ? 0 : TOOL_USAGE);
}

/* Seconds as 1, 0.5 or .25. */
static double
interval_parse(const char *arg)
{
	char *end;
	double s;

	s = strtod(arg, &end);
	if (strspn(arg, "0123456789.") != strlen(arg) || end == arg ||
	    *end != '\0' || s < 0.001 || s > INTERVAL_MAX)
		errx(TOOL_USAGE, "-i %s: expected seconds, from 0.001 to %d",
		    arg, INTERVAL_MAX);
	return s;
}

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int
frame(struct div_writer *w, struct div_frame *f)
{
	count_packet(f);
	return Nflag ? 0 : div_writer_put(w, f);
}

static void
report_total(void)
{
	report("total", counts, count_seconds());
}

static void
report_interval(void)
{
	struct count diff[NROWS];
	double t = now();
	int i;

	for (i = 0; i < NROWS; i++) {
		diff[i].packets = counts[i].packets - before[i].packets;
		diff[i].bytes = counts[i].bytes - before[i].bytes;
	}
	report("interval", diff, t - then);
	memcpy(before, counts, sizeof(before));
	then = t;
}

static int
due(struct div_writer *w)
{
	double t = now();

	(void)w;
	if (t >= next) {
		report_interval();
		next += period;
		if (next <= t)
			next = t + period;
	}
	return (int)((next - t) * 1000) + 1;
}

int
main(int argc, char *argv[])
{
	struct filter filter = {
		.frame = frame,
		.other = count_drop,
		.info = report_total,
	};
	int ch, status;

	while ((ch = getopt(argc, argv, "hi:NqVv")) != -1) {
		switch (ch) {
		case 'h':
			usage(stdout);
		case 'i':
			period = interval_parse(optarg);
			filter.due = due;
			break;
		case 'N':
			Nflag = 1;
			filter.mute = 1;
			break;
		case 'q':
		case 'v':
			break;
		case 'V':
			tool_version();
		default:
			usage(stderr);
		}
	}
	if (optind < argc)
		errx(TOOL_USAGE, "%s: unexpected argument", argv[optind]);

	setvbuf(stderr, NULL, _IOLBF, 0);
	then = now();
	next = then + period;
	status = filter_run(&filter);
	report_total();
	return status;
}
