/* SPDX-License-Identifier: ISC */

/* Packets' addresses as on FreeBSD and OpenBSD. */

#include <ifaddrs.h>
#include <string.h>
#include <time.h>

#include "libdivert.h"

#define NAMELEN 7 /* of an interface, in sin_zero */

static struct ifaddrs *known;

/* Addresses of interfaces change seldom: they are looked up once a second. */
static void
refresh(void)
{
	static time_t last;
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	if (known != NULL && ts.tv_sec == last)
		return;
	last = ts.tv_sec;
	if (known != NULL)
		freeifaddrs(known);
	if (getifaddrs(&known) == -1)
		known = NULL;
}

/* The first address of the interface that a packet came by, or 0. */
static void
first_address(int family, const struct div_frame *f, union address *a)
{
	const struct ifaddrs *ifa;
	const union address *found;

	if (f->dir == DIV_OUT)
		return;
	refresh();
	for (ifa = known; ifa != NULL; ifa = ifa->ifa_next)
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
address_of(struct message *m, enum flavor flavor, const struct div_frame *f,
    uint16_t cookie)
{
	int v6 = f->packet[0] >> 4 == 6;
	int family = v6 && flavor == OPENBSD ? AF_INET6 : AF_INET;

	memset(&m->addr, 0, sizeof(m->addr));
	m->addr.sa.sa_family = (sa_family_t)family;
	m->addrlen = family == AF_INET6 ? sizeof(m->addr.sin6) :
					  sizeof(m->addr.sin);
	/* at the same place in both families */
	m->addr.sin.sin_port = cookie;
	if (flavor == OPENBSD || !v6)
		first_address(family, f, &m->addr);
	if (flavor == FREEBSD && f->dir != DIV_OUT)
		memcpy(m->addr.sin.sin_zero, f->ifname, NAMELEN);
}

uint16_t
address_cookie(const struct message *m)
{
	return m->addrlen >= sizeof(m->addr.sin) ? m->addr.sin.sin_port : 0;
}
