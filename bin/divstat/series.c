/* SPDX-License-Identifier: ISC */

/*
 * Bytes by time, for a curve, in a bounded number of buckets: when the time of a
 * packet is behind the last one, each two buckets become one.
 */

#include "divstat.h"

#define WIDTH 1000000 /* ns, at first */

static struct series series = { .width = WIDTH };

static void
fold(void)
{
	size_t i;

	for (i = 0; i < NSERIES; i++) {
		if (i % 2 == 0)
			series.bytes[i / 2] = series.bytes[i];
		else
			series.bytes[i / 2] += series.bytes[i];
	}
	for (i = NSERIES / 2; i < NSERIES; i++)
		series.bytes[i] = 0;
	series.n = (series.n + 1) / 2;
	series.width *= 2;
}

/* What is before the first packet counts as it does. */
void
series_packet(FILE *fp, const struct div_frame *f, uint64_t time)
{
	uint64_t since;

	(void)fp;
	if (time == 0)
		return;
	if (series.n == 0)
		series.begin = time;
	since = time > series.begin ? time - series.begin : 0;
	while (since / series.width >= NSERIES)
		fold();
	since /= series.width;
	series.bytes[since] += stats_length(f);
	if (since >= series.n)
		series.n = since + 1;
}

const struct series *
series_get(void)
{
	return &series;
}
