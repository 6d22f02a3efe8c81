/* SPDX-License-Identifier: ISC */

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "divdrop.h"
#include "tool.h"

static uint64_t state;

/* A probability is 0.05 or 5%; 5 alone could mean either. */
double
chance_parse(const char *arg)
{
	char *end = NULL;
	double p = -1;

	if (strspn(arg, "0123456789.") > 0 && strpbrk(arg, "xX") == NULL)
		p = strtod(arg, &end);
	if (p < 0 || (*end != '\0' && strcmp(end, "%") != 0))
		errx(TOOL_USAGE, "-p %s: expected 0.05 or 5%%", arg);
	if (*end == '%')
		p /= 100;
	else if (p > 1)
		errx(TOOL_USAGE, "-p %s: more than 1, write %s%% for percent",
		    arg, arg);
	if (p > 1)
		errx(TOOL_USAGE, "-p %s: more than 100%%", arg);
	return p;
}

void
chance_seed(uint64_t seed)
{
	state = seed;
}

/* SplitMix64: a seed gives the same packets on every machine. */
static uint64_t
draw(void)
{
	uint64_t z;

	z = state += 0x9e3779b97f4a7c15;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* True with probability p: always for 1, never for 0. */
int
chance_hit(double p)
{
	return (double)(draw() >> 11) * 0x1p-53 < p;
}
