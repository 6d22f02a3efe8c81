/* SPDX-License-Identifier: ISC */

/*
 * -d: delay and jitter.  Correlated delays follow a first-order autoregression
 * of normal values, whose ranks choose from the distribution, which so stays what
 * it is (a Gaussian copula).
 */

#include <math.h>

#include "divdelay.h"
#include "random.h"

#define FRACTION 12                 /* bits of a normal value below a table's */
#define UNIT_ONE (INT64_C(1) << 32) /* 1.0 of rho and innovation */
#define RANK_BITS (32 - 14)         /* of a part of 2^32, below a rank */

static uint64_t mean, jitter; /* ns */
static double correlation;
static int64_t rho, innovation; /* of UNIT_ONE */
static int64_t last; /* normal value, in 1/(DIST_SCALE << FRACTION) */
static uint64_t random_state;

_Static_assert(DIST_SIZE == 1 << 14, "RANK_BITS");

void
delay_parse(const char *arg)
{
	static const struct field fields[] = {
		FIELD_TIME("delay"),
		FIELD_TIME("jitter"),
		FIELD_PART("correlation"),
	};
	struct value v[3];

	fields_parse('d', arg, fields, 3, v);
	mean = (uint64_t)(v[0].v + 0.5);
	jitter = (uint64_t)(v[1].v + 0.5);
	correlation = v[2].v;
}

static int64_t
draw_normal(void)
{
	uint32_t u = (uint32_t)(random_next(&random_state) >> 32);

	return (int64_t)dist_normal()[u >> RANK_BITS] * (1 << FRACTION);
}

void
delay_init(void)
{
	random_state = seed_of('d');
	if (correlation == 0)
		return;
	rho = (int64_t)(correlation * (double)UNIT_ONE);
	innovation = (int64_t)(sqrt(1 - correlation * correlation) *
	    (double)UNIT_ONE);
	last = draw_normal();
}

/* How many quantiles of the normal distribution are below a value. */
static uint32_t
rank(int64_t z)
{
	const int16_t *q = dist_normal();
	uint32_t low = 0, high = DIST_SIZE - 1, mid;

	while (low < high) {
		mid = (low + high) / 2;
		if ((int64_t)q[mid] * (1 << FRACTION) < z)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static uint32_t
draw_part(void)
{
	uint32_t u;

	if (correlation == 0)
		return (uint32_t)(random_next(&random_state) >> 32);
	last = (rho * last + innovation * draw_normal()) / UNIT_ONE;
	u = (uint32_t)random_next(&random_state);
	return rank(last) << RANK_BITS | u >> (32 - RANK_BITS);
}

/* ns */
uint64_t
delay_draw(void)
{
	int64_t t;

	if (jitter == 0)
		return mean;
	t = (int64_t)mean + dist_value(draw_part(), jitter);
	return t < 0 ? 0 : (uint64_t)t;
}

uint64_t
delay_longest(void)
{
	return mean + dist_most(jitter);
}
