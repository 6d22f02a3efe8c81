/* SPDX-License-Identifier: ISC */

/*
 * Random loss, with the parameters of netem (tc-netem(8)): -p drops packets
 * independently, -g by the Gilbert-Elliott model, a Markov chain of two states.
 * p and r are its transition probabilities, 1-h and 1-k the loss in the bad and
 * in the good state.  -p is a chain with r = 1 - p, 1-h = 1 and 1-k = 0.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "divdrop.h"
#include "random.h"
#include "tool.h"

/* in the order of netem */
enum { P, R, H1, K1, NPARAMS };

static const char *const names[NPARAMS] = { "p", "r", "1-h", "1-k" };

static double chain[NPARAMS];
static int bad = -1; /* the state of the chain; -1: none yet */
static uint64_t random_state;

static void
bernoulli(double p)
{
	chain[P] = p;
	chain[R] = 1 - p;
	chain[H1] = 1;
	chain[K1] = 0;
}

void
loss_probability(const char *arg)
{
	char where[256];

	snprintf(where, sizeof(where), "-p %s", arg);
	bernoulli(tool_probability(where, arg));
}

void
loss_chain(const char *arg)
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
		v = tool_probability(where, field);
		if (i == P)
			bernoulli(v);
		chain[i] = v;
	}
	free(copy);
}

void
loss_seed(uint64_t seed)
{
	random_state = seed;
}

/*
 * As in netem, the state decides on a packet and then changes.  The first
 * state is drawn from the stationary distribution, so that losses are
 * independent from the first packet on if r = 1 - p.
 */
int
loss_hit(void)
{
	int lost;

	if (bad == -1)
		bad = chain[P] > 0 &&
		    random_hit(&random_state, chain[P] / (chain[P] + chain[R]));
	lost = random_hit(&random_state, bad ? chain[H1] : chain[K1]);
	if (random_hit(&random_state, bad ? chain[R] : chain[P]))
		bad = !bad;
	return lost;
}
