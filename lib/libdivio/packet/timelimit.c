/* SPDX-License-Identifier: ISC */

/*
 * The time limit of searches: SEARCH_TIME of the thread's CPU time, so that a
 * machine that is busy with something else cuts no search short.
 */

#include "packet/packet.h"

#define SEARCHES 16 /* of short ones, between two looks at the clock */

/*
 * Returns whether the time is up; the first call starts it.  The CPU clock costs
 * a system call, so it is read only if as much has passed on the other.
 */
int
timelimit_passed(struct div_timelimit *t)
{
	uint64_t now = clock_now();

	if (t->wall == 0) {
		t->wall = now;
		t->cpu = div_clock(CLOCK_THREAD_CPUTIME_ID);
		return 0;
	}
	if (now - t->wall <= SEARCH_TIME)
		return 0;
	return div_clock(CLOCK_THREAD_CPUTIME_ID) - t->cpu > SEARCH_TIME;
}

/* To be called before each of many searches that are short by themselves. */
int
div_overdue(struct div_timelimit *t)
{
	return ++t->searches % SEARCHES == 0 && timelimit_passed(t);
}
