/* SPDX-License-Identifier: ISC */

/*
 * Routes and neighbours (rtnetlink(7)).  A lookup with an incoming interface is
 * what forwarding does, so rules for iif, fwmark and from all count.
 */

#include <sys/socket.h>

#include <errno.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include "nfqueue/nfq.h"

static void
get_route(const struct nlattr *attr, size_t addrlen, struct route *r)
{
	const struct rtvia *via;
	size_t n = mnl_attr_get_payload_len(attr);

	switch (mnl_attr_get_type(attr)) {
	case RTA_OIF:
		if (n == sizeof(r->oif))
			r->oif = mnl_attr_get_u32(attr);
		break;
	case RTA_GATEWAY:
		if (n == addrlen)
			memcpy(r->hop, mnl_attr_get_payload(attr), n);
		break;
	case RTA_VIA: /* IPv4 by a gateway of IPv6 (RFC 8950) */
		via = mnl_attr_get_payload(attr);
		if (n != sizeof(*via) + sizeof(r->hop))
			break;
		memcpy(r->hop, via->rtvia_addr, sizeof(r->hop));
		r->version = 6;
		break;
	}
}

static void
put_question(struct nlmsghdr *nlh, const struct tuple *t, uint32_t iif,
    uint32_t oif, uint32_t mark)
{
	size_t n = t->version == 4 ? 4 : 16;
	struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));

	memset(rtm, 0, sizeof(*rtm));
	rtm->rtm_family = t->version == 4 ? AF_INET : AF_INET6;
	rtm->rtm_dst_len = (uint8_t)(8 * n);
	mnl_attr_put(nlh, RTA_DST, n, t->addr[1]);
	mnl_attr_put_u32(nlh, RTA_MARK, mark);
	/* a source is refused unless it is local, or the packet came in */
	if (iif != 0) {
		rtm->rtm_src_len = (uint8_t)(8 * n);
		mnl_attr_put(nlh, RTA_SRC, n, t->addr[0]);
		mnl_attr_put_u32(nlh, RTA_IIF, iif);
	}
	if (oif != 0)
		mnl_attr_put_u32(nlh, RTA_OIF, oif);
}

/* The route of a packet with this mark: 0, or -1 with errno. */
int
route_find(int fd, const struct tuple *t, uint32_t iif, uint32_t oif,
    uint32_t mark, struct route *r)
{
	uint8_t buf[NETLINK_MAX];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	const struct nlattr *attr;
	const struct rtmsg *rtm;
	size_t n = t->version == 4 ? 4 : 16;

	memset(r, 0, sizeof(*r));
	nlh->nlmsg_type = RTM_GETROUTE;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	put_question(nlh, t, iif, oif, mark);
	if (netlink_ask(fd, buf) == -1)
		return -1;
	rtm = mnl_nlmsg_get_payload(nlh);
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*rtm)) {
		errno = EIO;
		return -1;
	}
	memcpy(r->hop, t->addr[1], n);
	r->version = t->version;
	r->type = rtm->rtm_type;
	mnl_attr_for_each(attr, nlh, sizeof(*rtm))
		get_route(attr, n, r);
	return 0;
}

static void
get_neighbour(const struct nlattr *attr, struct lladdr *ll)
{
	size_t n = mnl_attr_get_payload_len(attr);

	if (mnl_attr_get_type(attr) != NDA_LLADDR || n > sizeof(ll->addr))
		return;
	memcpy(ll->addr, mnl_attr_get_payload(attr), n);
	ll->len = (uint8_t)n;
}

/* The link-layer address of the next hop: 0, or -1 if it is not known. */
int
route_neighbour(int fd, const struct route *r, struct lladdr *ll)
{
	uint8_t buf[NETLINK_MAX];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	const struct nlattr *attr;
	struct ndmsg *ndm;

	memset(ll, 0, sizeof(*ll));
	nlh->nlmsg_type = RTM_GETNEIGH;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	ndm = mnl_nlmsg_put_extra_header(nlh, sizeof(*ndm));
	memset(ndm, 0, sizeof(*ndm));
	ndm->ndm_family = r->version == 4 ? AF_INET : AF_INET6;
	ndm->ndm_ifindex = (int)r->oif;
	mnl_attr_put(nlh, NDA_DST, r->version == 4 ? 4 : 16, r->hop);
	if (netlink_ask(fd, buf) == -1 ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(*ndm))
		return -1;
	mnl_attr_for_each(attr, nlh, sizeof(*ndm))
		get_neighbour(attr, ll);
	return 0;
}
