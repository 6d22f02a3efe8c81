/* SPDX-License-Identifier: ISC */

#include <sys/prctl.h>

#include "tool.h"

/* Otherwise the kernel lets timers run up to 50 us late, to save wake-ups. */
void
tool_exact_timers(void)
{
	prctl(PR_SET_TIMERSLACK, 1UL);
}
