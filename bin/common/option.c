/* SPDX-License-Identifier: ISC */

/*
 * Arguments of options: numbers by strtonum(3), seconds, marks as ip(8) and
 * nft(8) write them, probabilities and rates as tc(8) does.  A bad argument
 * ends the tool with a message that names the option.
 */

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"
#include "unit.h"

#define RATE_MAX 1e12
#define BURST_MAX 1e9
#define BURST_PACKETS 5 /* the least default burst */
#define BURST_BYTES (5 * 1500)
#define BURST_PART 4 /* default burst: a quarter of a second */

uint64_t
tool_number(int letter, const char *arg, uint64_t min, uint64_t max)
{
	const char *why;
	long long n;

	n = strtonum(arg, (long long)min, (long long)max, &why);
	if (why != NULL)
		errx(TOOL_USAGE, "-%c %s: number is %s (%llu to %llu)", letter,
		    arg, why, (unsigned long long)min, (unsigned long long)max);
	return (uint64_t)n;
}

uint64_t
tool_seconds(int letter, const char *arg, double min, double max)
{
	const char *end;
	double s;

	end = unit_decimal(arg, &s);
	if (end == NULL || *end != '\0' || s < min || s > max)
		errx(TOOL_USAGE,
		    "-%c %s: expected seconds, from %.10g to %.10g", letter,
		    arg, min, max);
	return (uint64_t)(s * 1e9 + 0.5);
}

/* Decimal, octal or hexadecimal. */
uint32_t
tool_bits(int letter, const char *arg)
{
	char *end;
	unsigned long long n;

	n = strtoull(arg, &end, 0);
	if (*arg == '-' || end == arg || *end != '\0' || n > UINT32_MAX)
		errx(TOOL_USAGE, "-%c %s: a mark is a number of 32 bits",
		    letter, arg);
	return (uint32_t)n;
}

/* Parses VALUE or VALUE/MASK; without one, the mask is all bits. */
struct tool_mark
tool_mark(int letter, const char *arg)
{
	struct tool_mark m = { .mask = UINT32_MAX };
	const char *slash = strchr(arg, '/');
	char value[32];

	if (slash == NULL || (size_t)(slash - arg) >= sizeof(value)) {
		m.value = tool_bits(letter, arg);
		return m;
	}
	memcpy(value, arg, (size_t)(slash - arg));
	value[slash - arg] = '\0';
	m.value = tool_bits(letter, value);
	m.mask = tool_bits(letter, slash + 1);
	if (m.mask == 0 || m.value & ~m.mask)
		errx(TOOL_USAGE,
		    "-%c %s: the mask has no bits, or the mark has others",
		    letter, arg);
	return m;
}

/*
 * Parses 0.05 or 5%; a bare number above 1 could mean either and is refused.
 * where begins the message.
 */
double
tool_probability(const char *where, const char *arg)
{
	const char *end;
	double p;

	end = unit_decimal(arg, &p);
	if (end == NULL || (*end != '\0' && strcmp(end, "%") != 0))
		errx(TOOL_USAGE, "%s: expected 0.05 or 5%%", where);
	if (*end == '%')
		p /= 100;
	else if (p > 1)
		errx(TOOL_USAGE, "%s: more than 1, write %s%% for percent",
		    where, arg);
	if (p > 1)
		errx(TOOL_USAGE, "%s: more than 100%%", where);
	return p;
}

static void
parse_burst(int letter, const char *arg, const char *s, struct tool_rate *r)
{
	const char *what = r->packets ? "packets" : "bytes";
	double v;

	if (unit_parse(s, r->packets ? UNIT_COUNT : UNIT_BYTES, &v) == 0)
		errx(TOOL_USAGE, "-%c %s: burst: expected %s such as 20k",
		    letter, arg, what);
	if (v < 1 || v > BURST_MAX)
		errx(TOOL_USAGE, "-%c %s: burst: expected 1 to 1000m %s",
		    letter, arg, what);
	r->burst = (uint64_t)v;
}

/*
 * TCP behind a policer waits for its retransmission timer when a whole window
 * is lost.  The default burst lets it catch up after such a pause.
 */
static void
default_burst(struct tool_rate *r)
{
	uint64_t least = r->packets ? BURST_PACKETS : BURST_BYTES;

	r->burst = r->rate / BURST_PART / (r->packets ? 1 : 8);
	if (r->burst < least)
		r->burst = least;
	if (r->burst > BURST_MAX)
		r->burst = BURST_MAX;
}

/* rate[,burst], such as 10mbit,64k */
void
tool_rate(int letter, const char *arg, struct tool_rate *r)
{
	unsigned int kind;
	char *copy, *burst;
	double v;

	if ((burst = copy = strdup(arg)) == NULL)
		err(1, NULL);
	kind = unit_parse(strsep(&burst, ","), UNIT_BITS | UNIT_PPS, &v);
	if (kind == 0)
		errx(TOOL_USAGE,
		    "-%c %s: rate: expected one such as 10mbit, 500kbit or "
		    "100pps",
		    letter, arg);
	if (v < 1 || v > RATE_MAX)
		errx(TOOL_USAGE, "-%c %s: rate: expected 1%s to 1000gbit",
		    letter, arg, kind == UNIT_PPS ? "pps" : "bit");
	r->rate = (uint64_t)v;
	r->packets = kind == UNIT_PPS;
	if (burst != NULL)
		parse_burst(letter, arg, burst, r);
	else
		default_burst(r);
	free(copy);
}
