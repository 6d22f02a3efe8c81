/* SPDX-License-Identifier: ISC */

/*
 * Addresses of packets as FreeBSD's and OpenBSD's divert(4) have them: that of
 * the interface by which the packet came in.  On FreeBSD it is an IPv4 one for
 * IPv6, too, with the interface's name and the number of ipfw's rule.
 */

#include <ifaddrs.h>
#include <string.h>

#include "libdivert.h"
#include "base/base.h"

#define NAMELEN 7 /* of an interface, in sin_zero */
#define RULE_IN 100
#define RULE_OUT 110

#define REFRESH 1000000000ULL /* ns */

static struct ifaddrs *interfaces;

/* Addresses of interfaces change seldom: they are looked up once a second. */
static void
refresh(void)
{
	static uint64_t last;
	uint64_t now = clock_now();

	if (interfaces != NULL && now - last < REFRESH)
		return;
	last = now;
	if (interfaces != NULL)
		freeifaddrs(interfaces);
	if (getifaddrs(&interfaces) == -1)
		interfaces = NULL;
}

/* The first address of the packet's incoming interface, or 0. */
static void
first_address(int family, const struct div_frame *f, union helper_addr *a)
{
	const struct ifaddrs *ifa;
	const union helper_addr *found;

	if (f->dir == DIV_OUT)
		return;
	refresh();
	for (ifa = interfaces; ifa != NULL; ifa = ifa->ifa_next)
		if (ifa->ifa_addr != NULL &&
		    ifa->ifa_addr->sa_family == family &&
		    strncmp(ifa->ifa_name, f->ifname, DIV_IFNAMELEN) == 0)
			break;
	if (ifa == NULL)
		return;
	found = (const void *)ifa->ifa_addr;
	if (family == AF_INET)
		a->sin.sin_addr = found->sin.sin_addr;
	else
		a->sin6.sin6_addr = found->sin6.sin6_addr;
}

void
address_of(struct helper_message *m, enum flavor flavor,
    const struct div_frame *f)
{
	int v6 = f->packet[0] >> 4 == 6;
	int family = v6 && flavor == OPENBSD ? AF_INET6 : AF_INET;

	memset(&m->addr, 0, sizeof(m->addr));
	m->addr.sa.sa_family = (sa_family_t)family;
	m->addrlen = family == AF_INET6 ? sizeof(m->addr.sin6) :
					  sizeof(m->addr.sin);
	first_address(family, f, &m->addr);
	if (flavor == OPENBSD)
		return;
	/* in host order */
	m->addr.sin.sin_port = f->dir == DIV_OUT ? RULE_OUT : RULE_IN;
	if (f->dir != DIV_OUT)
		memcpy(m->addr.sin.sin_zero, f->ifname, NAMELEN);
}
