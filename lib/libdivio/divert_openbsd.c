/* SPDX-License-Identifier: ISC */

/*
 * A socket for each family.  An address is the one of the interface that the
 * packet came by, or none of what goes out.
 */

#include <string.h>
#include <unistd.h>

#include "divert.h"

#define IPPROTO_DIVERT_OPENBSD 258

const char divert_missing[] = "this kernel has none";

int
divert_sockets(int fd[2])
{
	fd[0] = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC,
	    IPPROTO_DIVERT_OPENBSD);
	if (fd[0] == -1)
		return -1;
	fd[1] = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC,
	    IPPROTO_DIVERT_OPENBSD);
	return fd[1] == -1 ? -1 : 0;
}

socklen_t
divert_addrlen(int v6)
{
	return v6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

void
divert_origin(const union divert_addr *a, int v6, struct div_frame *f)
{
	int out = v6 ? IN6_IS_ADDR_UNSPECIFIED(&a->sin6.sin6_addr) :
		       a->sin.sin_addr.s_addr == 0;

	f->dir = out ? DIV_OUT : DIV_IN;
}

void
divert_outward(union divert_addr *a, int v6, uint16_t cookie)
{
	(void)cookie;
	memset(a, 0, sizeof(*a));
	a->sa.sa_family = v6 ? AF_INET6 : AF_INET;
}

/* The kernel computes all checksums of what is written. */
void
divert_complete(uint8_t *packet, size_t len)
{
	(void)packet;
	(void)len;
}

/* Those of fragments, too, as if each were a whole packet. */
enum div_reason
divert_refuses(const uint8_t *packet, size_t len)
{
	struct div_packet p;

	if (div_packet_parse(&p, packet, len) == -1)
		return DIV_REFUSE_MALFORMED;
	return p.fragment == DIV_WHOLE ? DIV_OK : DIV_REFUSE_FRAGMENT;
}
