/* SPDX-License-Identifier: ISC */

/* The counters, of the port or the two ports of -b together. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "divcat.h"

static struct div *ports[2];

static const struct {
	const char *name;
	size_t offset;
} rows[] = {
	{ "received", offsetof(struct div_counters, received) },
	{ "own", offsetof(struct div_counters, own) },
	{ "damaged", offsetof(struct div_counters, damaged) },
	{ "looped", offsetof(struct div_counters, looped) },
	{ "split", offsetof(struct div_counters, split) },
	{ "passed", offsetof(struct div_counters, passed) },
	{ "let go", offsetof(struct div_counters, letgo) },
	{ "edited", offsetof(struct div_counters, edited) },
	{ "dropped", offsetof(struct div_counters, dropped) },
	{ "expired", offsetof(struct div_counters, expired) },
	{ "injected", offsetof(struct div_counters, injected) },
	{ "translated", offsetof(struct div_counters, translated) },
	{ "absorbed", offsetof(struct div_counters, absorbed) },
	{ "resized", offsetof(struct div_counters, resized) },
	{ "resent", offsetof(struct div_counters, resent) },
	{ "held", offsetof(struct div_counters, held) },
	{ "reset", offsetof(struct div_counters, reset) },
	{ "evicted", offsetof(struct div_counters, evicted) },
	{ "plain", offsetof(struct div_counters, plain) },
	{ "invalid", offsetof(struct div_counters, invalid) },
	{ "narrow", offsetof(struct div_counters, narrow) },
	{ "unasked", offsetof(struct div_counters, unasked) },
	{ "unguarded", offsetof(struct div_counters, unguarded) },
	{ "strict", offsetof(struct div_counters, strict) },
	{ "errors", offsetof(struct div_counters, errors) },
};

/* Sets the ports of report(); the second may be NULL. */
void
report_ports(struct div *first, struct div *second)
{
	ports[0] = first;
	ports[1] = second;
}

static uint64_t
counter(const struct div *d, size_t offset)
{
	const uint8_t *base = (const uint8_t *)div_counters(d);

	return *(const uint64_t *)(const void *)(base + offset);
}

static uint64_t
total(size_t offset)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < 2; i++)
		if (ports[i] != NULL)
			n += counter(ports[i], offset);
	return n;
}

static void
report_kernel(void)
{
	struct div_kernel k;

	if (!div_kernel(ports[0], &k))
		return;
	fprintf(stderr,
	    "%s: kernel: %" PRIu64 " pending, %" PRIu64 " overflowed, %" PRIu64
	    " lost\n",
	    getprogname(), k.pending, k.overflowed, k.lost);
	if (k.letgo != 0)
		fprintf(stderr,
		    "%s: let go: %" PRIu64 " packets, %" PRIu64 " bytes\n",
		    getprogname(), k.letgo, k.letgo_bytes);
}

/* Prints the counters that are not 0, in one line. */
static void
report_rows(void)
{
	const char *sep = "";
	uint64_t n;
	size_t i;

	fprintf(stderr, "%s: ", getprogname());
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if ((n = total(rows[i].offset)) == 0)
			continue;
		fprintf(stderr, "%s%" PRIu64 " %s", sep, n, rows[i].name);
		sep = ", ";
	}
	fputs(*sep == '\0' ? "no packets\n" : "\n", stderr);
}

/* Prints the counters: one line, and one for each kind of refusal. */
void
report(void)
{
	uint64_t n;
	size_t i;

	if (ports[0] == NULL)
		return;
	report_rows();
	for (i = 1; i < DIV_NREASONS; i++) {
		n = total(offsetof(struct div_counters, reason) +
		    i * sizeof(uint64_t));
		if (n != 0)
			fprintf(stderr, "%s: %" PRIu64 " refused: %s\n",
			    getprogname(), n, div_reason((enum div_reason)i));
	}
	report_kernel();
}

/* Reports after SIGUSR1, in whichever thread comes first. */
void
report_asked(void)
{
	if (atomic_exchange(&tool_info, 0))
		report();
}

void
ports_close(void)
{
	size_t i;

	for (i = 2; i-- > 0;)
		div_close(ports[i]);
}
