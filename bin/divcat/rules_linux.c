/* SPDX-License-Identifier: ISC */

#include <inttypes.h>
#include <stdio.h>

#include "divcat.h"

/* Prints two rules behind the hook of the diverted packets. */
static void
guard(const char *chain, uint32_t bit)
{
	fprintf(stderr,
	    "iptables -t %s -p tcp -m mark --mark 0x%" PRIx32 "/0x%" PRIx32
	    " -j CONNMARK --save-mark --mask 0x%" PRIx32 "\n"
	    "iptables -t %s -p tcp -m connmark --mark 0x%" PRIx32 "/0x%" PRIx32
	    " -m mark ! --mark 0x%" PRIx32 "/0x%" PRIx32 " -j DROP\n",
	    chain, bit, bit, bit, chain, bit, bit, bit, bit);
}

/*
 * Prints rules that drop packets of translated connections which have not passed
 * the writer.
 */
void
rules_guard(void)
{
	uint32_t bit = div_translated_bit(&opts.port_opt);

	if (bit == 0) {
		fputs("# -m leaves no bit of the mask for rules\n", stderr);
		return;
	}
	fputs("# behind FORWARD and OUTPUT (ip6tables alike)\n", stderr);
	guard("mangle -A POSTROUTING", bit);
	fputs("# behind INPUT\n", stderr);
	guard("security -A INPUT", bit);
}

/* Prints firewall rules that would feed a port, for both directions of HTTP. */
void
rules_print(int port)
{
	fprintf(stderr,
	    "# iptables (ip6tables alike); FORWARD, or INPUT and OUTPUT\n"
	    "iptables -A FORWARD -p tcp --dport 80 -j NFQUEUE "
	    "--queue-num %d --queue-bypass\n"
	    "iptables -A FORWARD -p tcp --sport 80 -j NFQUEUE "
	    "--queue-num %d --queue-bypass\n"
	    "# nftables\n"
	    "nft add table inet filter\n"
	    "nft add chain inet filter forward "
	    "'{ type filter hook forward priority 0; }'\n"
	    "nft add rule inet filter forward tcp dport 80 "
	    "queue num %d bypass\n"
	    "nft add rule inet filter forward tcp sport 80 "
	    "queue num %d bypass\n"
	    "# for edits that change the length of TCP segments\n",
	    port, port, port, port);
	rules_guard();
}
