/* SPDX-License-Identifier: ISC */

/* Reports for programs: values separated by tabs or commas, and JSON. */

#include <string.h>

#include "divstat.h"

static const char *
title(const struct report *r)
{
	return r->interval ? "interval" : "total";
}

void
report_value(FILE *fp, int column, const struct stat_line *l)
{
	if (columns[column].kind == TIME)
		fprintf(fp, "%.9f", (double)l->value[column] / 1e9);
	else
		fprintf(fp, "%llu", (unsigned long long)l->value[column]);
}

const struct delimited report_tab = { '\t', "#", "-", "", "" };
/* RFC 4180, but lines end as they do elsewhere on Unix */
const struct delimited report_comma = { ',', "", "", "\",", "=+-@" };

/*
 * A field, in quotes if it has a character that would end it.  A name comes from
 * the network: spreadsheets are not to take one for a formula.
 */
void
report_field(FILE *fp, const struct delimited *d, const char *s)
{
	const char *guard = "";

	if (s[0] != '\0' && s[1] != '\0' && strchr(d->formula, s[0]) != NULL)
		guard = "'";
	if (s[strcspn(s, d->special)] == '\0') {
		fprintf(fp, "%s%s", guard, s);
		return;
	}
	fprintf(fp, "\"%s", guard);
	for (; *s != '\0'; s++) {
		if (*s == '"')
			fputc('"', fp);
		fputc(*s, fp);
	}
	fputc('"', fp);
}

static const struct delimited *delimited;

static void
delimited_line(FILE *fp, const struct report *r, const struct stat_line *l)
{
	char c = delimited->separator;
	int i;

	fprintf(fp, "%.6f%c%s%c%.6f%c%s%c", (double)r->time / 1e9, c, title(r),
	    c, r->seconds, c, l->by, c);
	report_field(fp, delimited, l->name);
	for (i = 0; i < NCOLUMNS; i++) {
		fputc(c, fp);
		if (l->has >> i & 1)
			report_value(fp, i, l);
		else
			fputs(delimited->none, fp);
	}
	fputc('\n', fp);
}

/* A header with the names of the columns comes before the first report. */
static void
report_delimited(FILE *fp, const struct report *r, const struct delimited *d)
{
	static const char *const names[] = { "time", "report", "seconds", "by",
		"name" };
	static int started;
	size_t i;

	for (i = 0; !started && i < sizeof(names) / sizeof(names[0]); i++)
		fprintf(fp, "%s%s%c", i == 0 ? d->comment : "", names[i],
		    d->separator);
	for (i = 0; !started && i < NCOLUMNS; i++)
		fprintf(fp, "%s%c", columns[i].name,
		    i == NCOLUMNS - 1 ? '\n' : d->separator);
	started = 1;
	delimited = d;
	report_by(fp, r, NULL, delimited_line);
}

void
report_tsv(FILE *fp, const struct report *r)
{
	report_delimited(fp, r, &report_tab);
}

void
report_csv(FILE *fp, const struct report *r)
{
	report_delimited(fp, r, &report_comma);
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
		report_value(fp, i, l);
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
	report_by(fp, r, NULL, json_line);
	fputs("]}\n", fp);
}
