/* SPDX-License-Identifier: ISC */

/* Which interfaces have no IPv4 address, looked up once a second. */

#include <sys/types.h>
#include <sys/socket.h>

#include <ifaddrs.h>
#include <string.h>

#include "divert/divert.h"

#define REFRESH 1000000000 /* ns */

void
divert_forget_unnumbered(struct divert_unnumbered *u)
{
	if (u->list != NULL)
		freeifaddrs(u->list);
	u->list = NULL;
}

static void
refresh(struct divert_unnumbered *u)
{
	uint64_t now = clock_now();

	if (u->looked_at != 0 && now - u->looked_at < REFRESH)
		return;
	u->looked_at = now;
	divert_forget_unnumbered(u);
	if (getifaddrs(&u->list) == -1)
		u->list = NULL;
}

/*
 * True if the interface has no IPv4 address.  Names are compared up to size
 * bytes; one that cannot be found has no address.
 */
int
divert_is_unnumbered(struct divert_unnumbered *u, const char *name, size_t size)
{
	const struct ifaddrs *ifa;

	refresh(u);
	for (ifa = u->list; ifa != NULL; ifa = ifa->ifa_next)
		if (ifa->ifa_addr != NULL &&
		    ifa->ifa_addr->sa_family == AF_INET &&
		    strncmp(ifa->ifa_name, name, size) == 0)
			return 0;
	return 1;
}
