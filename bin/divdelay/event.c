/* SPDX-License-Identifier: ISC */

/*
 * Random events.  A correlated one repeats the last decision with that
 * probability: a Markov chain whose frequency and correlation are exactly those
 * that were asked for.  netem averages random numbers instead, which changes the
 * frequency.
 */

#include "divdelay.h"
#include "random.h"

void
event_set(struct delay_event *e, int letter, const struct value *p,
    const struct value *correlation)
{
	e->p = p->v;
	e->correlation = correlation->v;
	e->letter = letter;
}

int
event_hit(struct delay_event *e)
{
	if (e->p == 0)
		return 0;
	if (!e->decided)
		e->random = seed_of(e->letter);
	if (!e->decided || e->correlation == 0 ||
	    !random_hit(&e->random, e->correlation))
		e->last = random_hit(&e->random, e->p);
	e->decided = 1;
	return e->last;
}
