/* SPDX-License-Identifier: ISC */

#include <stdio.h>

#include "divcat.h"

/* The firewall rules that would feed a port, both directions of HTTP. */
void
rules_print(const char *port)
{
	fprintf(stderr,
	    "# pf.conf; on a client swap in and out\n"
	    "pass in quick proto tcp to port 80 "
	    "divert-packet port %s no state\n"
	    "pass out quick proto tcp from any port 80 "
	    "divert-packet port %s no state\n",
	    port, port);
}
