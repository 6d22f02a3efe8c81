/* SPDX-License-Identifier: ISC */

/* Reports for people: rows without packets and zeros are left out. */

#include <stdlib.h>
#include <string.h>

#include "divstat.h"

static const char *group; /* with the heading printed last */

static void
heading(FILE *fp, const char *name)
{
	fprintf(fp, "%-9s %12s %15s %10s %10s\n", name, "packets", "bytes",
	    "packets/s", "bits/s");
}

static void
numbers(FILE *fp, const struct report *r, const struct stat_line *l,
    const char *name)
{
	char packets[32] = "-", bits[32] = "-";
	uint64_t n = l->value[C_PACKETS], bytes = l->value[C_BYTES];

	if (l->has & 1 << C_PACKETS_BACK) {
		n += l->value[C_PACKETS_BACK];
		bytes += l->value[C_BYTES_BACK];
	}
	if (r->seconds > 0) {
		rate_format(packets, sizeof(packets), (double)n / r->seconds);
		rate_format(bits, sizeof(bits), (double)bytes * 8 / r->seconds);
	}
	fprintf(fp, "%-9s %12llu %15llu %10s %10s", name, (unsigned long long)n,
	    (unsigned long long)bytes, packets, bits);
}

/* The columns from C_HEALTH on, each with its name. */
static void
words(FILE *fp, const struct stat_line *l, const char *separator, int zeros)
{
	char value[32];
	const char *p;
	int i;

	for (i = C_HEALTH; i < NCOLUMNS; i++) {
		if (!(l->has >> i & 1) || (l->value[i] == 0 && !zeros))
			continue;
		fputs(separator, fp);
		for (p = columns[i].name; *p != '\0'; p++)
			fputc(*p == '_' ? ' ' : *p, fp);
		if (columns[i].kind == TIME)
			time_format(value, sizeof(value), l->value[i]);
		else
			snprintf(value, sizeof(value), "%llu",
			    (unsigned long long)l->value[i]);
		fprintf(fp, " %s", value);
		separator = ", ";
	}
}

/* True for a row without packets since the start. */
static int
is_empty(const struct report *r, const struct stat_line *l)
{
	const struct count *all = r->stats->all.rows;
	int i;

	for (i = 0; i < TOTAL; i++)
		if (strcmp(l->name, row_name((enum row)i)) == 0)
			return all[i].packets == 0;
	return 0;
}

static void
line(FILE *fp, const struct report *r, const struct stat_line *l)
{
	int is_tcp = r->stats->all.rows[TCP].packets != 0;

	if (strcmp(l->by, "health") == 0      ? !is_tcp :
		strcmp(l->by, "latency") == 0 ? l->has == 0 :
		strcmp(l->by, "memory") == 0  ? l->value[C_FORGOTTEN] == 0 :
						is_empty(r, l))
		return;
	if (!(l->has & 1 << C_PACKETS)) {
		fprintf(fp, "%-9s", l->name);
		words(fp, l, " ", 1);
	} else if (key_find(l->by) != NULL) {
		if (l->by != group)
			heading(fp, group = l->by);
		numbers(fp, r, l, "");
		fprintf(fp, "  %s", l->name);
		words(fp, l, ", ", 0);
	} else
		numbers(fp, r, l, l->name);
	fputc('\n', fp);
}

void
report_text(FILE *fp, const struct report *r)
{
	group = NULL;
	fprintf(fp, "%s: %s, %.3f s\n", getprogname(),
	    r->interval ? "interval" : "total", r->seconds);
	heading(fp, "");
	report_by(fp, r, NULL, line);
}
