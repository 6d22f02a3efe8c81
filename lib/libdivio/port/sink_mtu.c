/* SPDX-License-Identifier: ISC */

/* Datagrams that grew beyond the MTU of a link: fragmented, or refused. */

#include <sys/types.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "port/port.h"

#define DEFAULT_MTU 1500

static uint32_t
get_mtu(const struct div *d, const char ifname[DIV_IFNAMELEN])
{
	struct ifreq ifr;

	memset(&ifr, 0, sizeof(ifr));
	memcpy(ifr.ifr_name, ifname, sizeof(ifr.ifr_name) - 1);
	if (ioctl(d->ctl, SIOCGIFMTU, &ifr) == -1)
		return DEFAULT_MTU;
	return (uint32_t)ifr.ifr_mtu;
}

/*
 * IPv4 may be fragmented: DF is cleared, and the id set (RFC 6864).  A router
 * does not fragment IPv6 (RFC 8200, 5): a packet that is longer than its link
 * would be lost, with an ICMP error to a sender who cannot act on it.  One that
 * was longer before came in fragments, and the kernel fragments it again.
 */
enum div_reason
sink_mtu(const struct div *d, struct div_frame *f, const struct div_packet *p)
{
	uint32_t mtu;
	uint16_t id;

	if (f->caplen <= f->origlen || p->proto == IPPROTO_TCP)
		return DIV_OK;
	if (p->version == 6) {
		if (f->dir != DIV_FORWARD)
			return DIV_OK;
		mtu = get_mtu(d, f->ifname);
		return f->caplen > mtu && f->origlen <= mtu ? DIV_REFUSE_MTU :
							      DIV_OK;
	}
	if (f->packet[6] & 0x40) {
		id = (uint16_t)arc4random();
		put16(f->packet + 4, id);
		f->packet[6] &= 0xbf;
	}
	return DIV_OK;
}
