/* SPDX-License-Identifier: ISC */

#include <stdio.h>

#include "divcat.h"

/* Prints firewall rules that would feed a port, for both directions of HTTP. */
void
rules_print(int port)
{
	fprintf(stderr,
	    "# pf.conf; on a client swap in and out\n"
	    "pass in quick proto tcp to port 80 "
	    "divert-packet port %d no state\n"
	    "pass out quick proto tcp from any port 80 "
	    "divert-packet port %d no state\n",
	    port, port);
}

/* Without marks there are no rules for translated connections. */
void
rules_guard(void)
{
}
