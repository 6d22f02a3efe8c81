/* SPDX-License-Identifier: ISC */

/*
 * Addresses of FreeBSD and DragonFly, divert(4): a sockaddr_in for both
 * families.  sin_port is the number of the firewall's rule, in host order;
 * sin_addr is an IPv4 address of the interface of an incoming packet, 0 for
 * outgoing packets; sin_zero has the name of the interface that the packet came
 * in by, also when it goes out.
 */

#include <string.h>

#include "divert/divert.h"

/* The offset of sin_zero, which has another name on Linux. */
#define NAME offsetof(struct sockaddr_in, sin_addr) + sizeof(struct in_addr)
#define NAMELEN 8

/* An address of no interface: the kernel takes that which sin_zero names. */
#define NOBODY 0x00000001

socklen_t
divert_addrlen(int v6)
{
	(void)v6;
	return sizeof(struct sockaddr_in);
}

/* Packets to such a destination are not forwarded (RFC 4291, RFC 5771). */
static int
is_link_local(const uint8_t *packet, size_t len)
{
	if (packet[0] >> 4 == 4)
		return get32(packet + 16) == UINT32_MAX ||
		    get32(packet + 16) >> 8 == 0xe00000;
	if (len < V6_HDRLEN)
		return 0;
	return (get16(packet + 24) & 0xffc0) == 0xfe80 ||
	    (packet[24] == 0xff && (packet[25] & 0xf) <= 2);
}

/*
 * A packet that came in by an interface without an IPv4 address has sin_addr 0,
 * too, and would go out.  That is as good, unless it is for this link only.
 */
void
divert_origin(struct divert_unnumbered *u, uint8_t *raw, struct div_frame *f)
{
	struct sockaddr_in sin;

	memcpy(&sin, raw, sizeof(sin));
	memcpy(f->ifname, raw + NAME, NAMELEN - 1);
	f->tag = sin.sin_port;
	if (sin.sin_addr.s_addr != 0)
		f->dir = DIV_IN;
	else if (f->ifname[0] == '\0')
		f->dir = DIV_OUT;
	else if (is_link_local(f->packet, f->caplen)) {
		f->dir = DIV_IN;
		put32(raw + offsetof(struct sockaddr_in, sin_addr), NOBODY);
	} else
		f->dir = divert_is_unnumbered(u, f->ifname, NAMELEN - 1) ?
		    DIV_IN :
		    DIV_OUT;
}

/* Rules up to the cookie's number do not see the packet again. */
void
divert_outward(union divert_addr *a, int v6, uint16_t cookie)
{
	(void)v6;
	memset(a, 0, sizeof(*a));
	a->sin.sin_family = AF_INET;
	a->sin.sin_port = cookie;
}

/* lo0 leaves checksums to hardware that it does not have. */
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
