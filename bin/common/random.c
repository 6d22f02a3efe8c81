/* SPDX-License-Identifier: ISC */

/*
 * SplitMix64 (Steele, Lea and Flood, 2014): a seed gives the same numbers on
 * every machine.
 */

#include "random.h"

uint64_t
random_next(uint64_t *state)
{
	uint64_t z;

	z = *state += 0x9e3779b97f4a7c15;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/* True with probability p: always for 1, never for 0. */
int
random_hit(uint64_t *state, double p)
{
	return (double)(random_next(state) >> 11) * 0x1p-53 < p;
}
