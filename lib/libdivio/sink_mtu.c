/* SPDX-License-Identifier: ISC */

/* Datagrams that have grown may be longer than a link can carry. */

#include <sys/ioctl.h>
#include <sys/types.h>

#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "port.h"

#define DEFAULT_MTU 1500

static uint32_t
mtu_of(const struct div *d, const char ifname[DIV_IFNAMELEN])
{
	struct ifreq ifr;

	memset(&ifr, 0, sizeof(ifr));
	memcpy(ifr.ifr_name, ifname, sizeof(ifr.ifr_name) - 1);
	if (ioctl(d->ctl, SIOCGIFMTU, &ifr) == -1)
		return DEFAULT_MTU;
	return (uint32_t)ifr.ifr_mtu;
}

/*
 * IPv4 that may be fragmented is.  A router fragments no IPv6: what is longer
 * than the link it came by would be lost, with an error to a sender who can do
 * nothing about it.
 */
enum div_reason
sink_mtu(const struct div *d, struct div_frame *f, const struct div_packet *p)
{
	uint16_t id;

	if (f->caplen <= f->origlen || p->proto == IPPROTO_TCP)
		return DIV_OK;
	if (p->version == 6)
		return f->dir == DIV_FORWARD &&
			f->caplen > mtu_of(d, f->ifname) ?
		    DIV_REFUSE_MTU :
		    DIV_OK;
	if (f->packet[6] & 0x40) {
		id = (uint16_t)arc4random();
		put16(f->packet + 4, id);
		f->packet[6] &= 0xbf;
	}
	return DIV_OK;
}
