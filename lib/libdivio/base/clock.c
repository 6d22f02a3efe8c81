/* SPDX-License-Identifier: ISC */

/* Clocks, in ns. */

#include "base/base.h"

uint64_t
div_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

uint64_t
clock_now(void)
{
	return div_clock(CLOCK_MONOTONIC);
}
