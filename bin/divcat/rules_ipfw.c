/* SPDX-License-Identifier: ISC */

#include <stdio.h>

#include "divcat.h"

/* Prints firewall rules that would feed a port, for both directions of HTTP. */
void
rules_print(int port)
{
	fprintf(stderr,
	    "# ipfw; on a client swap in and out\n"
	    "ipfw add 100 divert %d tcp from any to any 80 in not diverted\n"
	    "ipfw add 110 divert %d tcp from any 80 to any out not diverted\n",
	    port, port);
}

/* Without marks there are no rules for translated connections. */
void
rules_guard(void)
{
}
