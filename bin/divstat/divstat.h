/* SPDX-License-Identifier: ISC */

#ifndef DIVSTAT_H
#define DIVSTAT_H

#include "divio.h"

struct count {
	uint64_t packets, bytes;
};

enum row {
	TCP,
	UDP,
	ICMP,
	ICMP6,
	OTHER,
	IN,
	OUT,
	FORWARD,
	UNKNOWN,
	INJECTED,
	EDITED,
	DROPPED,
	TOTAL,
	NROWS
};

/* count.c */
extern struct count counts[NROWS];
void count_packet(const struct div_frame *);
void count_drop(const struct div_frame *);
double count_seconds(void);

/* report.c */
void report(const char *, const struct count[NROWS], double);

#endif /* DIVSTAT_H */
