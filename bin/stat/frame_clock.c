/* SPDX-License-Identifier: ISC */

/*
 * The clock of intervals: the time of frames, so that a recording gives the same as
 * the live stream; while no frame comes, the clock of this machine.
 */

#include "stat.h"

static uint64_t frame_time, frame_mono; /* of the last frame, by both clocks */
static int has_new; /* frames came since frame_time was set */

/* Returns the time now. */
uint64_t
frame_clock_start(void)
{
	frame_mono = div_clock(CLOCK_MONOTONIC);
	return frame_time = div_clock(CLOCK_REALTIME);
}

/* A frame has come.  The clock of this machine is not asked for each. */
void
frame_clock_seen(void)
{
	has_new = 1;
}

/* The time of a frame that would come now. */
uint64_t
frame_clock_now(const struct stats *st)
{
	if (has_new) {
		has_new = 0;
		frame_time = st->time;
		frame_mono = div_clock(CLOCK_MONOTONIC);
	}
	return frame_time + (div_clock(CLOCK_MONOTONIC) - frame_mono);
}
