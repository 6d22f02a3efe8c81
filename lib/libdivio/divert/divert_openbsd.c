/* SPDX-License-Identifier: ISC */

/*
 * OpenBSD, divert(4): a socket for each family.  The address is the incoming
 * interface's first one, 0 for outgoing packets.
 */

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "divert/divert.h"

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

int
divert_balance(int fd)
{
	(void)fd;
	errno = EOPNOTSUPP;
	return -1;
}

socklen_t
divert_addrlen(int v6)
{
	return v6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

void
divert_origin(struct divert_unnumbered *u, uint8_t *raw, struct div_frame *f)
{
	static const struct in6_addr none;
	size_t v4 = offsetof(struct sockaddr_in, sin_addr);
	size_t v6 = offsetof(struct sockaddr_in6, sin6_addr);

	(void)u;
	if (f->packet[0] >> 4 == 6)
		f->dir = memcmp(raw + v6, &none, sizeof(none)) == 0 ? DIV_OUT :
								      DIV_IN;
	else
		f->dir = get32(raw + v4) == 0 ? DIV_OUT : DIV_IN;
}

void
divert_outward(union divert_addr *a, int v6, uint16_t cookie)
{
	(void)cookie;
	memset(a, 0, sizeof(*a));
	a->sa.sa_family = v6 ? AF_INET6 : AF_INET;
}

/* The kernel computes all checksums of a packet that is written. */
void
divert_complete(uint8_t *packet, size_t len)
{
	(void)packet;
	(void)len;
}

/* The kernel would checksum a fragment as if it were a whole packet. */
enum div_reason
divert_refuses(const uint8_t *packet, size_t len)
{
	struct div_packet p;

	if (div_packet_parse(&p, packet, len) == -1)
		return DIV_REFUSE_MALFORMED;
	return p.fragment == DIV_WHOLE ? DIV_OK : DIV_REFUSE_FRAGMENT;
}
