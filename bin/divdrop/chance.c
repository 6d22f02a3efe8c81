/* SPDX-License-Identifier: ISC */

/* Loss: independent of each other, or in bursts. */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "divdrop.h"
#include "tool.h"

/* The chain of Gilbert and Elliott, in the order of netem's parameters. */
enum { P, R, H1, K1, NPARAMS };

static const char *const names[NPARAMS] = { "p", "r", "1-h", "1-k" };

static double chain[NPARAMS];
static int bad = -1; /* the chain's state; -1: not begun */
static uint64_t state;

/*
 * A probability is 0.05 or 5%; 5 alone could mean either.  where is what the
 * message begins with.
 */
static double
parse(const char *where, const char *arg)
{
	char *end;
	double p = strtod(arg, &end);

	if (strspn(arg, "0123456789.") == 0 || strpbrk(arg, "xX") != NULL ||
	    (*end != '\0' && strcmp(end, "%") != 0))
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
bernoulli(double p)
{
	chain[P] = p;
	chain[R] = 1 - p;
	chain[H1] = 1;
	chain[K1] = 0;
}

/* A chain that forgets its state with each packet. */
void
chance_probability(const char *arg)
{
	char where[256];

	snprintf(where, sizeof(where), "-p %s", arg);
	bernoulli(parse(where, arg));
}

void
chance_chain(const char *arg)
{
	char where[256], *copy, *rest, *field;
	double v;
	int i;

	if ((rest = copy = strdup(arg)) == NULL)
		err(1, NULL);
	for (i = 0; (field = strsep(&rest, ",")) != NULL; i++) {
		if (i == NPARAMS)
			errx(TOOL_USAGE, "-g %s: more than p,r,1-h,1-k", arg);
		snprintf(where, sizeof(where), "-g %s: %s", arg, names[i]);
		v = parse(where, field);
		if (i == P)
			bernoulli(v);
		chain[i] = v;
	}
	free(copy);
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
static int
hit(double p)
{
	return (double)(draw() >> 11) * 0x1p-53 < p;
}

/*
 * As in netem, the state decides on this packet, and then changes.  It begins as
 * it is in the long run, so that a chain with r = 1 - p never remembers.
 */
int
chance_lost(void)
{
	int lost;

	if (bad == -1)
		bad = chain[P] > 0 && hit(chain[P] / (chain[P] + chain[R]));
	lost = hit(bad ? chain[H1] : chain[K1]);
	if (hit(bad ? chain[R] : chain[P]))
		bad = !bad;
	return lost;
}
