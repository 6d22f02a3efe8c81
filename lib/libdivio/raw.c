/* SPDX-License-Identifier: ISC */

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "nfq.h"

#define SEND_WAIT 100 /* ms */

static int
raw_socket(int family, int level, int hdrincl, uint32_t mark)
{
	int fd, on = 1;

	fd = socket(family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	if (fd == -1)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)) == -1 ||
	    setsockopt(fd, level, hdrincl, &on, sizeof(on)) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

/* A kernel without IPv6 is no error until an IPv6 packet comes. */
int
raw_open(struct raw *r, uint32_t mark)
{
	r->fd6 = -1;
	r->fd4 = raw_socket(AF_INET, IPPROTO_IP, IP_HDRINCL, mark);
	if (r->fd4 == -1)
		return -1;
	r->fd6 = raw_socket(AF_INET6, IPPROTO_IPV6, IPV6_HDRINCL, mark);
	return 0;
}

void
raw_close(struct raw *r)
{
	if (r->fd4 != -1)
		close(r->fd4);
	if (r->fd6 != -1)
		close(r->fd6);
}

/*
 * A socket whose packets wait in a queue is given time, but not for ever: they
 * may be waiting for us.
 */
static int
send_soon(int fd, const struct div_frame *f, const void *to, socklen_t len)
{
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };
	int tries = 2;

	while (sendto(fd, f->packet, f->caplen, MSG_DONTWAIT, to, len) == -1) {
		if (errno != EAGAIN || --tries == 0)
			return -1;
		poll(&pfd, 1, SEND_WAIT);
	}
	return 0;
}

static int
send4(int fd, const struct div_frame *f)
{
	struct sockaddr_in sin;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	memcpy(&sin.sin_addr, f->packet + 16, sizeof(sin.sin_addr));
	return send_soon(fd, f, &sin, sizeof(sin));
}

static uint32_t
scope(int fd, const struct div_frame *f)
{
	struct ifreq ifr;

	if (f->ifindex != 0)
		return f->ifindex;
	memset(&ifr, 0, sizeof(ifr));
	memcpy(ifr.ifr_name, f->ifname, sizeof(ifr.ifr_name) - 1);
	return ioctl(fd, SIOCGIFINDEX, &ifr) == -1 ? 0 :
						     (uint32_t)ifr.ifr_ifindex;
}

/* Link-local destinations need to know their link. */
static int
send6(int fd, const struct div_frame *f)
{
	struct sockaddr_in6 sin6;

	memset(&sin6, 0, sizeof(sin6));
	sin6.sin6_family = AF_INET6;
	memcpy(&sin6.sin6_addr, f->packet + 24, sizeof(sin6.sin6_addr));
	if (IN6_IS_ADDR_LINKLOCAL(&sin6.sin6_addr) ||
	    IN6_IS_ADDR_MC_LINKLOCAL(&sin6.sin6_addr)) {
		sin6.sin6_scope_id = scope(fd, f);
		if (sin6.sin6_scope_id == 0) {
			errno = ENXIO;
			return -1;
		}
	}
	return send_soon(fd, f, &sin6, sizeof(sin6));
}

/* Sends a packet whose IP header is known to be whole. */
int
raw_send(const struct raw *r, const struct div_frame *f)
{
	int v4 = f->packet[0] >> 4 == 4, fd = v4 ? r->fd4 : r->fd6;

	if (fd == -1) {
		errno = EAFNOSUPPORT;
		return -1;
	}
	return v4 ? send4(fd, f) : send6(fd, f);
}
