/* SPDX-License-Identifier: ISC */

/*
 * -O: the counters as metrics, in the text format of Prometheus, to a file that is
 * replaced.
 */

#include <sys/stat.h>

#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "counter.h"
#include "divcat.h"
#include "outfile.h"

#define PREFIX "divio_divcat_"

static const struct div *owner; /* its thread writes the file */
static const char *mode;        /* for the label */
static int shown;               /* enum counter_part */
static uint64_t next;           /* ns, when it is due */

/*
 * Registers the file, and tries whether it can be made.  0, or -1 after a
 * message.
 */
int
metrics_open(void)
{
	struct stat st;

	if (opts.metrics == NULL)
		return 0;
	if (stat(opts.metrics, &st) == 0 && S_ISFIFO(st.st_mode)) {
		warnx("-O %s: a pipe could hold up the traffic, name a file",
		    opts.metrics);
		return -1;
	}
	if (outfile_open(opts.metrics, 1) == -1) {
		warn("%s", opts.metrics);
		return -1;
	}
	if (outfile_begin() == NULL)
		return -1;
	outfile_abort();
	return 0;
}

/* Labels tell the files of several processes apart. */
static void
write_row(FILE *fp, const struct counter *row, const struct counters *c)
{
	int port = opts.port != -1 ? opts.port : div_port(owner);

	fprintf(fp, PREFIX "%s{mode=\"%s\"", row->metric, mode);
	if (port != 0 || opts.port == 0)
		fprintf(fp, ",port=\"%d\"", port);
	if (row->label != NULL)
		fprintf(fp, ",%s", row->label);
	fprintf(fp, "} %" PRIu64 "\n", counter_value(row, c));
}

static void
write_rows(FILE *fp, const struct counters *c)
{
	const struct counter *row;
	const char *last = "";

	for (row = counters; row->metric != NULL; row++) {
		if (!(c->has & shown & (int)row->part))
			continue;
		if (strcmp(row->metric, last) != 0)
			fprintf(fp,
			    "# HELP " PREFIX "%s %s\n# TYPE " PREFIX "%s %s\n",
			    row->metric, row->help, row->metric,
			    row->kind == COUNTER ? "counter" : "gauge");
		last = row->metric;
		write_row(fp, row, c);
	}
}

static void
write_file(void)
{
	struct counters c;
	FILE *fp;

	if (counters_read(&c) == -1 || (fp = outfile_begin()) == NULL)
		return;
	write_rows(fp, &c);
	outfile_end();
}

/* The file is written from now on, in metrics_tick() of the same port. */
void
metrics_start(const struct div *d, const char *name, int parts)
{
	if (opts.metrics == NULL)
		return;
	owner = d;
	mode = name;
	shown = parts;
}

/* Writes the file when it is due; the ms until the next time, at most ms. */
int
metrics_tick(const struct div *d, int ms)
{
	uint64_t t, left;

	if (d != owner)
		return ms;
	t = div_clock(CLOCK_MONOTONIC);
	if (t >= next) {
		write_file();
		next = t + opts.interval;
	}
	left = (next - t) / 1000000 + 1;
	return left < (uint64_t)ms ? (int)left : ms;
}

/* At the end.  0, or -1 if the file was not written once. */
int
metrics_end(void)
{
	if (owner == NULL)
		return 0;
	write_file();
	return outfile_status() == 0 ? 0 : -1;
}
