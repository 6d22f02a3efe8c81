/* SPDX-License-Identifier: ISC */

#include "tool.h"

/* The BSDs' timers have no slack that a process could choose. */
void
tool_exact_timers(void)
{
}
