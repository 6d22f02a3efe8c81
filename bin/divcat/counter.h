/* SPDX-License-Identifier: ISC */

#ifndef COUNTER_H
#define COUNTER_H

#include <stddef.h>

#include "divio.h"

enum counter_kind { COUNTER, GAUGE };

/* Who knows a counter: divcat, the kernel of its queue, the sink of TCP. */
enum counter_part { PART_PORT = 1, PART_QUEUE = 2, PART_SINK = 4 };

struct counters {
	struct div_counters port;
	struct div_kernel queue;
	struct div_connections sink;
	int has; /* enum counter_part: the others are zero */
};

struct counter {
	const char *name;   /* in the line of report(), or NULL */
	const char *metric; /* behind the prefix */
	const char *label;  /* or NULL */
	const char *help;   /* of the metric */
	enum counter_kind kind;
	enum counter_part part;
	size_t offset; /* in struct counters */
};

/* A row without a metric is the last. */
extern const struct counter counters[];

void counters_of(struct div *, struct div *);
int counters_read(struct counters *);
uint64_t counter_value(const struct counter *, const struct counters *);
void ports_close(void);

#endif /* COUNTER_H */
