/* SPDX-License-Identifier: ISC */

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "divdrop.h"
#include "tool.h"

#define RATE_MOST 1e12
#define BURST_MOST 1e9
#define BURST_PACKETS 5 /* at least, unless said otherwise */
#define BURST_BYTES (5 * 1500)
#define BURST_PART 4 /* of what comes in a second */

struct unit {
	const char *name;
	double factor;
	int packets;
};

static const struct unit rates[] = {
	{ "bit", 1, 0 },
	{ "kbit", 1e3, 0 },
	{ "mbit", 1e6, 0 },
	{ "gbit", 1e9, 0 },
	{ "pps", 1, 1 },
	{ "kpps", 1e3, 1 },
	{ NULL, 0, 0 },
};

static const struct unit bursts[] = {
	{ "", 1, 0 },
	{ "k", 1e3, 0 },
	{ "m", 1e6, 0 },
	{ NULL, 0, 0 },
};

/* A number and its unit; NULL if it is none. */
static const struct unit *
parse(const char *s, const struct unit *u, double *v)
{
	char *end;

	if (strspn(s, "0123456789.") == 0 || strpbrk(s, "eExX") != NULL)
		return NULL;
	*v = strtod(s, &end);
	if (end == s)
		return NULL;
	while (u->name != NULL && strcmp(u->name, end) != 0)
		u++;
	if (u->name == NULL)
		return NULL;
	*v *= u->factor;
	return u;
}

static void
parse_burst(const char *arg, const char *s, struct rate *r)
{
	const char *what = r->packets ? "packets" : "bytes";
	double v;

	if (parse(s, bursts, &v) == NULL)
		errx(TOOL_USAGE, "-r %s: burst: expected %s such as 20k", arg,
		    what);
	if (v < 1 || v > BURST_MOST)
		errx(TOOL_USAGE, "-r %s: burst: expected 1 to 1000m %s", arg,
		    what);
	r->burst = (uint64_t)v;
}

/*
 * TCP behind a policer stops when a whole window is lost: a burst that is too
 * small for the time until it starts again would keep it below the rate.
 */
static void
default_burst(struct rate *r)
{
	uint64_t least = r->packets ? BURST_PACKETS : BURST_BYTES;

	r->burst = r->rate / BURST_PART / (r->packets ? 1 : 8);
	if (r->burst < least)
		r->burst = least;
	if (r->burst > BURST_MOST)
		r->burst = BURST_MOST;
}

/* rate[,burst], such as 10mbit,64k */
void
rate_parse(const char *arg, struct rate *r)
{
	const struct unit *u;
	char *copy, *burst;
	double v;

	if ((burst = copy = strdup(arg)) == NULL)
		err(1, NULL);
	if ((u = parse(strsep(&burst, ","), rates, &v)) == NULL)
		errx(TOOL_USAGE,
		    "-r %s: rate: expected one such as 10mbit, 500kbit or "
		    "100pps",
		    arg);
	if (v < 1 || v > RATE_MOST)
		errx(TOOL_USAGE, "-r %s: rate: expected 1%s to 1000gbit", arg,
		    u->packets ? "pps" : "bit");
	r->rate = (uint64_t)v;
	r->packets = u->packets;
	if (burst != NULL)
		parse_burst(arg, burst, r);
	else
		default_burst(r);
	free(copy);
}
