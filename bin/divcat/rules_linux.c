/* SPDX-License-Identifier: ISC */

#include <stdio.h>

#include "divcat.h"

/* The firewall rules that would feed a port, both directions of HTTP. */
void
rules_print(const char *port)
{
	fprintf(stderr,
	    "# iptables (ip6tables alike); FORWARD, or INPUT and OUTPUT\n"
	    "iptables -A FORWARD -p tcp --dport 80 -j NFQUEUE "
	    "--queue-num %s --queue-bypass\n"
	    "iptables -A FORWARD -p tcp --sport 80 -j NFQUEUE "
	    "--queue-num %s --queue-bypass\n"
	    "# nftables\n"
	    "nft add rule inet filter forward tcp dport 80 "
	    "queue num %s bypass\n"
	    "nft add rule inet filter forward tcp sport 80 "
	    "queue num %s bypass\n",
	    port, port, port, port);
}
