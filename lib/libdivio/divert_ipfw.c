/* SPDX-License-Identifier: ISC */

/*
 * Addresses of FreeBSD and DragonFly: a sockaddr_in for both families.  Its port
 * is the number of the firewall's rule, in host order, and where sin_zero is, the
 * name of the interface that the packet came by.
 */

#include <string.h>

#include "divert.h"

/* Of sin_zero, which programs on Linux call by another name. */
#define NAME offsetof(struct sockaddr_in, sin_addr) + sizeof(struct in_addr)
#define NAMELEN 8

socklen_t
divert_addrlen(int v6)
{
	(void)v6;
	return sizeof(struct sockaddr_in);
}

/* IPv6 has no address of the interface: its name tells what came in. */
void
divert_origin(const union divert_addr *a, int v6, struct div_frame *f)
{
	memcpy(f->ifname, a->raw + NAME, NAMELEN - 1);
	f->tag = a->sin.sin_port;
	if (a->sin.sin_addr.s_addr != 0 || (v6 && f->ifname[0] != '\0'))
		f->dir = DIV_IN;
	else
		f->dir = DIV_OUT;
}

/* Rules up to the cookie's do not see the packet again. */
void
divert_outward(union divert_addr *a, int v6, uint16_t cookie)
{
	(void)v6;
	memset(a, 0, sizeof(*a));
	a->sin.sin_family = AF_INET;
	a->sin.sin_port = cookie;
}

/* On the loopback interface checksums are left to hardware that is not there. */
void
divert_complete(uint8_t *packet, size_t len)
{
	repair_offload(packet, len);
}

enum div_reason
divert_refuses(const uint8_t *packet, size_t len)
{
	(void)packet;
	(void)len;
	return DIV_OK;
}
