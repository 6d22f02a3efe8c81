/* SPDX-License-Identifier: ISC */

#include "divcat.h"

/* ipfw and pf reassemble fragments by rules of their own. */
int
defrag_start(int keep[DIV_KEEP])
{
	(void)keep;
	return 0;
}
