/* SPDX-License-Identifier: ISC */

/*
 * A report is a list of lines (report.c), each with values in some of the
 * columns; a format writes it (text.c, machine.c, prom.c, svg.c) to the output
 * (outfile.h).  -E writes flows instead, one line for each at its end (conn.c,
 * eve.c).
 */

#ifndef DIVSTAT_H
#define DIVSTAT_H

#include <stdio.h>

#include "stat/stat.h"

enum {
	C_PACKETS,
	C_BYTES,
	C_PACKETS_BACK,
	C_BYTES_BACK,
	C_HEALTH, /* as enum health */
	C_HANDSHAKE = C_HEALTH + NHEALTHS,
	C_RTT,
	C_RTT_BACK,
	C_P50,
	C_P99,
	C_MAX,
	C_ITEMS,
	C_FORGOTTEN,
	NCOLUMNS
};

/* Types of Prometheus metrics; TIME is a gauge in ns. */
enum column_kind { COUNTER, GAUGE, TIME };

struct column {
	const char *name;
	enum column_kind kind;
};

extern const struct column columns[NCOLUMNS];

/* A line of a report: the counters of one name in a group. */
struct stat_line {
	const char *by; /* the group */
	char name[NAMELEN];
	uint64_t value[NCOLUMNS];
	uint32_t has;   /* mask of columns */
	uint64_t begin; /* of a flow, ns; else 0 */
};

struct report {
	struct stats *stats;
	const struct totals *totals; /* of its time */
	int interval;                /* else since the start */
	uint64_t time;               /* its end, ns */
	double seconds;
	size_t top; /* lines of each key */
	int flows;  /* with lines of flows */
};

typedef void line_fn(FILE *, const struct report *, const struct stat_line *);

/* One of reports, or with -E of flows, or of both. */
struct format {
	const char *name;
	void (*write)(FILE *, const struct report *);
	int whole;             /* each report replaces the one before */
	void (*begin)(FILE *); /* before the first flow */
	void (*flow)(FILE *, const struct stat_flow *);
	/* before the packet is counted; or NULL */
	void (*packet)(FILE *, const struct div_frame *, uint64_t);
	const char *key; /* that it shows beside flows; or NULL */
};

/* The characters of lines of columns. */
struct delimited {
	char separator;
	const char *comment; /* begins the header */
	const char *none;    /* a column without a value */
	const char *special; /* a field with one of them is quoted */
	const char *formula; /* how one begins in a program that reads this */
};

extern const struct delimited report_tab, report_comma;

void report_init(size_t);
void report_by(FILE *, const struct report *, const char *, line_fn *);
void report_text(FILE *, const struct report *);
void report_tsv(FILE *, const struct report *);
void report_csv(FILE *, const struct report *);
void report_json(FILE *, const struct report *);
void report_prom(FILE *, const struct report *);
void report_svg(FILE *, const struct report *);
void report_string(FILE *, const char *);
void report_value(FILE *, int, const struct stat_line *);
void report_field(FILE *, const struct delimited *, const char *);

void conn_begin_tsv(FILE *);
void conn_begin_csv(FILE *);
void conn_tsv(FILE *, const struct stat_flow *);
void conn_csv(FILE *, const struct stat_flow *);
void conn_json(FILE *, const struct stat_flow *);
void eve_begin(FILE *);
void eve_flow(FILE *, const struct stat_flow *);
void eve_packet(FILE *, const struct div_frame *, uint64_t);

/* Bytes by time: n of the buckets are in use. */
#define NSERIES 240
struct series {
	uint64_t begin, width; /* ns */
	size_t n;
	uint64_t bytes[NSERIES];
};

void series_packet(FILE *, const struct div_frame *, uint64_t);
const struct series *series_get(void);

#endif /* DIVSTAT_H */
