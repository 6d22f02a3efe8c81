/* SPDX-License-Identifier: ISC */

/* -v: counters, and the delays that were reached. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "divdelay.h"
#include "histogram.h"

struct counts counts;

#define BITS 7 /* of a histogram: precise to 1% */

static uint64_t reached[HISTOGRAM_BUCKETS(BITS)]; /* ns */
static uint64_t late[HISTOGRAM_BUCKETS(BITS)];

/* A packet has left, so long after it came, and so long after its time. */
void
count_left(uint64_t delay, uint64_t after)
{
	reached[histogram_bucket(delay, BITS)]++;
	late[histogram_bucket(after, BITS)]++;
}

static void
print(const char *what, uint64_t n)
{
	if (n != 0)
		fprintf(stderr, ", %" PRIu64 " %s", n, what);
}

static void
print_quantiles(const char *what, const uint64_t *histogram)
{
	fprintf(stderr, "%s p50 %.3f ms, p99 %.3f ms", what,
	    (double)histogram_quantile(histogram, BITS, 0.5) / 1e6,
	    (double)histogram_quantile(histogram, BITS, 0.99) / 1e6);
}

void
report(void)
{
	fprintf(stderr, "%s: %" PRIu64 " packets, %" PRIu64 " selected",
	    getprogname(), counts.packets, counts.selected);
	print("delayed", counts.delayed);
	print("overtook", counts.overtook);
	print("duplicated", counts.duplicated);
	print("damaged", counts.damaged);
	print("dropped: link full", counts.full);
	print("dropped: CoDel", counts.codel);
	print("dropped: wait over 60s", counts.too_long);
	print("dropped: too many wait", counts.no_room);
	fputc('\n', stderr);
	if (counts.delayed == 0)
		return;
	fprintf(stderr, "%s: ", getprogname());
	print_quantiles("delay", reached);
	print_quantiles(", late", late);
	fputc('\n', stderr);
}
