/* SPDX-License-Identifier: ISC */

/*
 * -R: ICMP errors and TCP resets for dropped packets, as the REJECT target of
 * netfilter sends them.  None goes to broadcast addresses (RFC 1122, 3.2.2),
 * and the rate of ICMP errors is limited (RFC 4443, 2.4 (f)).
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <err.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "divdrop.h"
#include "tool.h"

/* net.ipv4.icmp_msgs_per_sec and icmp_msgs_burst of Linux */
#define ERROR_COST 1000000   /* ns: 1000 ICMP errors a second */
#define ERROR_DEPTH 50000000 /* ns: a burst of 50 */

static struct net {
	uint32_t addr, mask; /* network order */
} * nets;                    /* of this host */
static size_t nnets;

static uint32_t
address(const struct sockaddr *sa)
{
	struct sockaddr_in sin;

	memcpy(&sin, sa, sizeof(sin));
	return sin.sin_addr.s_addr;
}

/* Directed broadcast addresses follow from the networks of this host. */
void
reject_init(void)
{
	struct ifaddrs *all, *ifa;
	size_t n = 0;

	if (getifaddrs(&all) == -1)
		err(1, "getifaddrs");
	for (ifa = all; ifa != NULL; ifa = ifa->ifa_next)
		n++;
	if ((nets = calloc(n + 1, sizeof(*nets))) == NULL)
		err(1, NULL);
	for (ifa = all; ifa != NULL; ifa = ifa->ifa_next) {
		if ((ifa->ifa_flags & IFF_BROADCAST) == 0 ||
		    ifa->ifa_addr == NULL || ifa->ifa_netmask == NULL ||
		    ifa->ifa_addr->sa_family != AF_INET)
			continue;
		nets[nnets].addr = address(ifa->ifa_addr);
		nets[nnets++].mask = address(ifa->ifa_netmask);
	}
	freeifaddrs(all);
}

static int
is_broadcast(const struct div_frame *f)
{
	uint32_t dst, host, ones;
	size_t i;

	if (f->caplen < 20 || f->packet[0] >> 4 != 4)
		return 0;
	memcpy(&dst, f->packet + 16, sizeof(dst));
	for (i = 0; i < nnets; i++) {
		ones = ~nets[i].mask;
		host = dst & ones;
		/* RFC 3021: a /31 has none */
		if (((dst ^ nets[i].addr) & nets[i].mask) == 0 &&
		    ntohl(ones) > 1 && (host == 0 || host == ones))
			return 1;
	}
	return 0;
}

static int
exceeds_limit(const struct div_frame *answer)
{
	static struct bucket errors;
	struct div_packet p;

	return div_packet_parse(&p, answer->packet, answer->caplen) == 0 &&
	    (p.proto == IPPROTO_ICMP || p.proto == IPPROTO_ICMPV6) &&
	    !bucket_take(&errors, tool_clock(answer->time), ERROR_COST,
		ERROR_DEPTH);
}

/* Puts the answers to a dropped packet.  Returns their number, or -1. */
int
reject_put(struct div_writer *w, const struct div_frame *f)
{
	struct div_frame answers[DIV_REJECTMAX];
	uint8_t buf[DIV_REJECTLEN];
	int i, n;

	if (is_broadcast(f))
		return 0;
	n = div_reject(f, answers, buf);
	if (n > 0 && exceeds_limit(&answers[0]))
		return 0;
	for (i = 0; i < n; i++)
		if (div_writer_put(w, &answers[i]) == -1)
			return -1;
	return n;
}
