/* SPDX-License-Identifier: ISC */

#include <err.h>

#include "divcat.h"

unsigned int
match_hooks(const char *arg)
{
	(void)arg;
	return 0;
}

/* Rules of its own are for Linux. */
void
match_check(void)
{
	errx(TOOL_USAGE,
	    "-f %s: this system's rules are made by hand: -v -p prints some",
	    opts.port_opt.match);
}
