/* SPDX-License-Identifier: ISC */

#include <stdio.h>

#include "divcat.h"

/* The firewall rules that would feed a port, both directions of HTTP. */
void
rules_print(const char *port)
{
	fprintf(stderr,
	    "# ipfw; on a client swap in and out\n"
	    "ipfw add 100 divert %s tcp from any to any 80 in not diverted\n"
	    "ipfw add 110 divert %s tcp from any 80 to any out not diverted\n",
	    port, port);
}
