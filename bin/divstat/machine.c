/* SPDX-License-Identifier: ISC */

/*
 * Reports for programs: tab-separated values, JSON, and the text format of
 * Prometheus.
 */

#include <string.h>

#include "divstat.h"

static const char *
title(const struct report *r)
{
	return r->interval ? "interval" : "total";
}

static void
value(FILE *fp, int column, const struct stat_line *l)
{
	if (columns[column].kind == TIME)
		fprintf(fp, "%.9f", (double)l->value[column] / 1e9);
	else
		fprintf(fp, "%llu", (unsigned long long)l->value[column]);
}

static void
tsv_line(FILE *fp, const struct report *r, const struct stat_line *l)
{
	int i;

	fprintf(fp, "%.6f\t%s\t%.6f\t%s\t%s", (double)r->time / 1e9, title(r),
	    r->seconds, l->by, l->name);
	for (i = 0; i < NCOLUMNS; i++) {
		fputc('\t', fp);
		if (l->has >> i & 1)
			value(fp, i, l);
		else
			fputc('-', fp);
	}
	fputc('\n', fp);
}

/* A header with the names of the columns comes before the first report. */
void
report_tsv(FILE *fp, const struct report *r)
{
	static int started;
	int i;

	if (!started) {
		fputs("#time\treport\tseconds\tby\tname", fp);
		for (i = 0; i < NCOLUMNS; i++)
			fprintf(fp, "\t%s", columns[i].name);
		fputc('\n', fp);
	}
	started = 1;
	report_lines(fp, r, tsv_line);
}

/* Names are printable ASCII: this serves labels of Prometheus, too. */
void
report_string(FILE *fp, const char *s)
{
	fputc('"', fp);
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			fputc('\\', fp);
		fputc(*s, fp);
	}
	fputc('"', fp);
}

static const char *comma;

static void
json_line(FILE *fp, const struct report *r, const struct stat_line *l)
{
	int i;

	(void)r;
	fprintf(fp, "%s{\"by\":\"%s\",\"name\":", comma, l->by);
	comma = ",";
	report_string(fp, l->name);
	for (i = 0; i < NCOLUMNS; i++) {
		if (!(l->has >> i & 1))
			continue;
		fprintf(fp, ",\"%s\":", columns[i].name);
		value(fp, i, l);
	}
	fputc('}', fp);
}

void
report_json(FILE *fp, const struct report *r)
{
	fprintf(fp,
	    "{\"time\":%.6f,\"report\":\"%s\",\"seconds\":%.6f,"
	    "\"rows\":[",
	    (double)r->time / 1e9, title(r), r->seconds);
	comma = "";
	report_lines(fp, r, json_line);
	fputs("]}\n", fp);
}

static const char *const units[] = {
	[COUNTER] = "_total",
	[GAUGE] = "",
	[TIME] = "_seconds",
};

static int metric;

static void
prom_line(FILE *fp, const struct report *r, const struct stat_line *l)
{
	(void)r;
	if (!(l->has >> metric & 1))
		return;
	fprintf(fp, "divstat_%s%s{by=\"%s\",name=", columns[metric].name,
	    units[columns[metric].kind], l->by);
	report_string(fp, l->name);
	fputs("} ", fp);
	value(fp, metric, l);
	fputc('\n', fp);
}

/* All lines of a metric must be in one group. */
void
report_prom(FILE *fp, const struct report *r)
{
	const char *unit;
	int i;

	for (i = 0; i < NCOLUMNS; i++) {
		unit = units[columns[i].kind];
		fprintf(fp, "# HELP divstat_%s%s %s\n# TYPE divstat_%s%s %s\n",
		    columns[i].name, unit, columns[i].help, columns[i].name,
		    unit, columns[i].kind == COUNTER ? "counter" : "gauge");
		metric = i;
		report_lines(fp, r, prom_line);
	}
}
