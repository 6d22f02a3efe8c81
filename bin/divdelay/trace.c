/* SPDX-License-Identifier: ISC */

/*
 * -r trace:file: a link as Mahimahi records it (R. Netravali et al., 2015): each
 * line is the millisecond of an opportunity to send 1500 bytes, and the last one
 * also the time after which all begin again.
 */

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "divdelay.h"
#include "tool.h"

#define MSEC 1000000ULL
#define LINES_MAX (4 << 20)
#define MSEC_MAX (1ULL << 32) /* of a time in a file: 49 days */

static uint32_t *times; /* ms */
static uint64_t ntimes, period;
static uint64_t base; /* ns: time of the first packet */
static int begun;

/* Doubles the room when it is full: at powers of two. */
static void
grow(void)
{
	uint32_t *more;

	more = reallocarray(times, ntimes == 0 ? 1 : 2 * ntimes,
	    sizeof(*times));
	if (more == NULL)
		err(1, NULL);
	times = more;
}

static void
add(const char *path, const char *line)
{
	unsigned long long v;
	char *end;

	v = strtoull(line, &end, 10);
	if (*line < '0' || *line > '9' || (*end != '\0' && *end != '\n') ||
	    v >= MSEC_MAX)
		errx(TOOL_USAGE,
		    "-r trace:%s: line %llu: expected a number of milliseconds",
		    path, (unsigned long long)ntimes + 1);
	if (ntimes > 0 && v < times[ntimes - 1])
		errx(TOOL_USAGE,
		    "-r trace:%s: line %llu: %llu is less than %u before it",
		    path, (unsigned long long)ntimes + 1, v, times[ntimes - 1]);
	if (ntimes == LINES_MAX)
		errx(TOOL_USAGE, "-r trace:%s: more than %d lines", path,
		    LINES_MAX);
	if ((ntimes & (ntimes - 1)) == 0)
		grow();
	times[ntimes++] = (uint32_t)v;
}

void
trace_load(const char *path)
{
	char *line = NULL;
	size_t n = 0;
	FILE *f;

	if ((f = fopen(path, "r")) == NULL)
		errx(TOOL_USAGE, "-r trace:%s: %s", path, strerror(errno));
	ntimes = 0;
	while (getline(&line, &n, f) != -1)
		add(path, line);
	free(line);
	if (ferror(f) || ntimes == 0 || times[ntimes - 1] == 0)
		errx(TOOL_USAGE,
		    "-r trace:%s: the last line must be a time above 0", path);
	fclose(f);
	period = times[ntimes - 1] * MSEC;
}

static uint64_t
slot_at(uint64_t slot)
{
	return base + slot / ntimes * period + times[slot % ntimes] * MSEC;
}

/* The first opportunity at a time or later. */
static uint64_t
first_slot(uint64_t now)
{
	uint64_t t = now - base, low = 0, high = ntimes, mid;

	while (low < high) {
		mid = (low + high) / 2;
		if (times[mid] * MSEC < t % period)
			low = mid + 1;
		else
			high = mid;
	}
	return t / period * ntimes + low;
}

/* Lets the opportunities before a time go by. */
void
trace_advance(struct trace_place *p, uint64_t now)
{
	uint64_t slot;

	if (!begun) {
		begun = 1;
		base = now;
	}
	slot = first_slot(now);
	if (p->left != 0 && slot < p->begun)
		return;
	p->begun = slot < p->begun ? p->begun + 1 : slot + 1;
	p->left = TRACE_BYTES;
}

/* Takes so many bytes; returns when the last one leaves. */
uint64_t
trace_send(struct trace_place *p, uint64_t bytes)
{
	uint64_t more = bytes > p->left ?
	    (bytes - p->left + TRACE_BYTES - 1) / TRACE_BYTES :
	    0;

	p->begun += more;
	p->left = (uint32_t)(p->left + more * TRACE_BYTES - bytes);
	return slot_at(p->begun - 1);
}

/* The bytes that could still leave between a time and this place. */
uint64_t
trace_bytes(const struct trace_place *p, uint64_t now)
{
	uint64_t slot = first_slot(now);

	return slot < p->begun ? (p->begun - slot) * TRACE_BYTES - p->left : 0;
}
