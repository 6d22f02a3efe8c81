/* SPDX-License-Identifier: ISC */

/*
 * Sockets for new packets.  By raw sockets (raw(7), IPPROTO_RAW) they are routed,
 * with a mark by which the firewall's rules and the reader know them; a packet
 * socket (packet(7)) puts them on a link.
 */

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "nfqueue/nfq.h"

#define SEND_WAIT 100   /* ms */
#define HEADERS_MAX 512 /* bytes: IP with extensions, transport */

static int
raw_socket(int family, int level, int hdrincl, uint32_t mark)
{
	int fd, error, on = 1, prio = nfq_priority(mark);

	fd = socket(family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	if (fd == -1)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_PRIORITY, &prio, sizeof(prio));
	if (setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)) != -1 &&
	    setsockopt(fd, level, hdrincl, &on, sizeof(on)) != -1)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

/*
 * A socket that cannot be opened is an error when a packet needs it: kernels
 * may lack IPv6.  -1: even the one for IPv4.
 */
int
raw_open(struct raw *r, uint32_t mark)
{
	r->link = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	r->frame = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	r->fd[1] = raw_socket(AF_INET6, IPPROTO_IPV6, IPV6_HDRINCL, mark);
	r->error[1] = r->fd[1] == -1 ? errno : 0;
	r->fd[0] = raw_socket(AF_INET, IPPROTO_IP, IP_HDRINCL, mark);
	r->error[0] = r->fd[0] == -1 ? errno : 0;
	return r->fd[0] == -1 ? -1 : 0;
}

void
raw_close(struct raw *r)
{
	int i;

	for (i = 0; i < 2; i++)
		if (r->fd[i] != -1)
			close(r->fd[i]);
	if (r->link != -1)
		close(r->link);
	if (r->frame != -1)
		close(r->frame);
}

/*
 * Waits for room in the socket's buffer, but not for ever: its packets may be
 * in a queue that waits for our verdicts.
 */
static int
send_wait(int fd, const struct msghdr *msg)
{
	struct pollfd pfd = { .fd = fd, .events = POLLOUT };
	int tries = 2;

	while (sendmsg(fd, msg, MSG_DONTWAIT) == -1) {
		if (errno != EAGAIN || --tries == 0)
			return -1;
		poll(&pfd, 1, SEND_WAIT);
	}
	return 0;
}

static struct cmsghdr *
put_option(struct msghdr *msg, struct cmsghdr *c, int level, int type,
    const void *data, size_t n)
{
	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(n);
	memcpy(CMSG_DATA(c), data, n);
	msg->msg_controllen += CMSG_SPACE(n);
	return (struct cmsghdr *)(void *)((uint8_t *)c + CMSG_SPACE(n));
}

/* Sends with the path's mark and, if it has one, by its interface. */
static int
send_routed(int fd, const struct div_frame *f, const struct path *path,
    void *to, socklen_t len)
{
	_Alignas(struct cmsghdr) uint8_t control[128] = { 0 };
	struct iovec iov = { f->packet, f->caplen };
	struct msghdr msg = { .msg_name = to,
		.msg_namelen = len,
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control };
	struct cmsghdr *c = (struct cmsghdr *)(void *)control;
	struct in_pktinfo pi4 = { .ipi_ifindex = (int)path->oif };
	struct in6_pktinfo pi6 = { .ipi6_ifindex = path->oif };

	c = put_option(&msg, c, SOL_SOCKET, SO_MARK, &path->mark,
	    sizeof(path->mark));
	if (path->oif != 0 && len == sizeof(struct sockaddr_in))
		put_option(&msg, c, IPPROTO_IP, IP_PKTINFO, &pi4, sizeof(pi4));
	else if (path->oif != 0)
		put_option(&msg, c, IPPROTO_IPV6, IPV6_PKTINFO, &pi6,
		    sizeof(pi6));
	return send_wait(fd, &msg);
}

/*
 * The address to route by: that behind NAT, as there may be no route to the one
 * in the header, which NAT at OUTPUT changes.
 */
static const uint8_t *
destination(const struct div_frame *f, const struct path *path, size_t off)
{
	return path->on_link.version != 0 ? path->on_link.addr[1] :
					    f->packet + off;
}

static int
send4(int fd, const struct div_frame *f, const struct path *path)
{
	struct sockaddr_in sin;

	memset(&sin, 0, sizeof(sin));
	sin.sin_family = AF_INET;
	memcpy(&sin.sin_addr, destination(f, path, 16), sizeof(sin.sin_addr));
	return send_routed(fd, f, path, &sin, sizeof(sin));
}

static uint32_t
scope_id(int fd, const struct div_frame *f)
{
	struct ifreq ifr;

	if (f->ifindex != 0)
		return f->ifindex;
	memset(&ifr, 0, sizeof(ifr));
	memcpy(ifr.ifr_name, f->ifname, sizeof(ifr.ifr_name) - 1);
	return ioctl(fd, SIOCGIFINDEX, &ifr) == -1 ? 0 :
						     (uint32_t)ifr.ifr_ifindex;
}

/* Link-local destinations need the scope id of their link (RFC 4007). */
static int
send6(int fd, const struct div_frame *f, const struct path *path)
{
	struct sockaddr_in6 sin6;

	memset(&sin6, 0, sizeof(sin6));
	sin6.sin6_family = AF_INET6;
	memcpy(&sin6.sin6_addr, destination(f, path, 24),
	    sizeof(sin6.sin6_addr));
	if (IN6_IS_ADDR_LINKLOCAL(&sin6.sin6_addr) ||
	    IN6_IS_ADDR_MC_LINKLOCAL(&sin6.sin6_addr)) {
		sin6.sin6_scope_id = scope_id(fd, f);
		if (sin6.sin6_scope_id == 0) {
			errno = ENXIO;
			return -1;
		}
	}
	return send_routed(fd, f, path, &sin6, sizeof(sin6));
}

static int
is_v6(const struct div_frame *f)
{
	return f->packet[0] >> 4 == 6;
}

/* The socket that a packet needs and that is not open, as text; or "". */
static const char *
raw_lacks(const struct raw *r, const struct div_frame *f)
{
	if (r->fd[is_v6(f)] != -1)
		return "";
	return is_v6(f) ? "no raw socket for IPv6: " :
			  "no raw socket for IPv4: ";
}

static int
send_link(int fd, const struct div_frame *f, const struct path *path)
{
	struct iovec iov = { f->packet, f->caplen };
	struct sockaddr_ll sll = { .sll_family = AF_PACKET };
	struct msghdr msg = { .msg_name = &sll,
		.msg_namelen = sizeof(sll),
		.msg_iov = &iov,
		.msg_iovlen = 1 };

	sll.sll_protocol = htons(is_v6(f) ? ETHERTYPE_IPV6 : ETHERTYPE_IP);
	sll.sll_ifindex = (int)path->oif;
	sll.sll_halen = path->ll.len;
	memcpy(sll.sll_addr, path->ll.addr, sizeof(sll.sll_addr));
	if (send_wait(fd, &msg) == 0)
		return 0;
	if (errno == EINVAL && path->ll.len == 0)
		errno = EHOSTUNREACH; /* the next hop's address is not known */
	return -1;
}

/* Sends from a port of a bridge, as the station behind another port. */
static int
send_frame(int fd, const struct div_frame *f, const struct path *path)
{
	struct ether_header eh = {
		.ether_type = htons(is_v6(f) ? ETHERTYPE_IPV6 : ETHERTYPE_IP)
	};
	struct iovec iov[] = { { &eh, sizeof(eh) }, { f->packet, f->caplen } };
	struct sockaddr_ll sll = { .sll_family = AF_PACKET,
		.sll_protocol = eh.ether_type,
		.sll_ifindex = (int)path->oif };
	struct msghdr msg = { .msg_name = &sll,
		.msg_namelen = sizeof(sll),
		.msg_iov = iov,
		.msg_iovlen = 2 };

	memcpy(eh.ether_dhost, path->ll.addr, sizeof(eh.ether_dhost));
	memcpy(eh.ether_shost, path->source.addr, sizeof(eh.ether_shost));
	return send_wait(fd, &msg);
}

/* Sends a packet whose IP header is complete. */
static int
raw_send(const struct raw *r, const struct div_frame *f,
    const struct path *path)
{
	int v6 = is_v6(f);

	if (path->bridged)
		return send_frame(r->frame, f, path);
	if (path->by_link)
		return send_link(r->link, f, path);
	if (r->fd[v6] == -1) {
		errno = r->error[v6];
		return -1;
	}
	return v6 ? send6(r->fd[1], f, path) : send4(r->fd[0], f, path);
}

/*
 * Sends a packet with the addresses that it has on its path, and leaves it as it
 * was.
 */
int
nfq_send_new(struct nfq *q, const struct div_frame *f, uint64_t now)
{
	const struct path none = { .mark = q->paths.mark };
	const struct path *path;
	const struct tuple *t;
	struct div_packet p;
	uint8_t saved[HEADERS_MAX];
	int result;

	if (div_packet_parse(&p, f->packet, f->caplen) == -1 ||
	    p.payload > sizeof(saved))
		return raw_send(&q->raw, f, &none);
	if ((path = path_find(&q->paths, f, &p, now)) == NULL)
		return -1;
	if (path->unknown) {
		/* NAT would make it a connection of its own */
		errno = EBUSY;
		return -1;
	}
	t = path->by_link ? &path->on_link : &path->t;
	if (memcmp(t, &path->key.t, sizeof(*t)) == 0)
		return raw_send(&q->raw, f, path);
	memcpy(saved, f->packet, p.payload);
	tuple_write(t, f->packet, &p);
	result = raw_send(&q->raw, f, path);
	memcpy(f->packet, saved, p.payload);
	return result;
}

/* What to do about a packet that was not sent, as text for people. */
static const char *
hint(int error)
{
	switch (error) {
	case ENETUNREACH:
		return ": no route leads there from this host; on a bridge, "
		       "divert both directions in FORWARD";
	case EMSGSIZE:
		return ": it is longer than the MTU";
	case EPERM:
		return ": a firewall rule drops it: accept our mark (-m) in "
		       "OUTPUT and POSTROUTING";
	case EBUSY:
		return ": connection tracking has too many entries to find its "
		       "NAT at once; it is tried again later";
	case ENOBUFS:
	case EAGAIN:
		return ": the link is slower than its packets come";
	default:
		return "";
	}
}

static int
fail(struct div *d, const struct div_frame *f, int error)
{
	struct nfq *q = d->priv;
	const char *lacks = raw_lacks(&q->raw, f);

	port_fail(d, error, "new packet: %s%s%s", lacks, strerror(error),
	    *lacks == '\0' ? hint(error) : "");
	d->n.reason[DIV_NOTSENT]++;
	return DIV_NOTSENT;
}

int
nfq_inject(struct div *d, const struct div_frame *f)
{
	struct nfq *q = d->priv;
	int sent;

	/* verdicts on earlier packets go first */
	if (nfq_flush(d) == -1)
		return -1;
	sent = q->settled ? nfq_send_rst(q, d->port, f, d->now) :
			    nfq_send_new(q, f, d->now);
	nfq_note_sent(d);
	d->n.unasked = q->paths.unasked;
	return sent == -1 ? fail(d, f, errno) : DIV_OK;
}
