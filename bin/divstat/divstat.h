/* SPDX-License-Identifier: ISC */

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

/* COUNTER only grows, GAUGE does not; TIME is a gauge in ns. */
enum kind { COUNTER, GAUGE, TIME };

struct column {
	const char *name;
	enum kind kind;
	const char *help;
};

extern const struct column columns[NCOLUMNS];

/* A line of a report: what was counted by something, of one that has a name. */
struct line {
	const char *by;
	char name[NAMELEN];
	uint64_t value[NCOLUMNS];
	uint32_t has; /* mask of columns */
};

struct report {
	struct stats *stats;
	const struct totals *totals; /* of the time that it is about */
	int interval;                /* or all since the start */
	uint64_t time;               /* its end, ns */
	double seconds;
	size_t top; /* lines of each key */
	int flows;  /* a key too */
};

typedef void line_fn(FILE *, const struct report *, const struct line *);

struct format {
	const char *name;
	void (*write)(FILE *, const struct report *);
	int whole; /* each report replaces the one before */
};

void report_init(size_t);
void report_lines(FILE *, const struct report *, line_fn *);
void report_text(FILE *, const struct report *);
void report_tsv(FILE *, const struct report *);
void report_json(FILE *, const struct report *);
void report_prom(FILE *, const struct report *);
void json_string(FILE *, const char *);

int output_open(const char *, int);
FILE *output_begin(void);
void output_end(void);
int output_status(void);

void conn_begin(FILE *, int);
void conn_write(FILE *, int, const struct flow *);

#endif /* DIVSTAT_H */
