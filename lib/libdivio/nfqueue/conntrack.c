/* SPDX-License-Identifier: ISC */

/*
 * Connection tracking, by ctnetlink (linux/netfilter/nfnetlink_conntrack.h).  An
 * entry has two tuples, the addresses of a packet before NAT in each direction.
 * A diverted packet may have been translated already, and then it has neither.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_conntrack_tcp.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>

#include "nfqueue/nfq.h"

/* parts of a tuple that a search compares, as in the kernel's nf_internals.h */
#define FILTER_ADDRESS (1 << 0)
#define FILTER_PORT (1 << 3 | 1 << 4) /* with the protocol */

static void
put_tuple(struct nlmsghdr *nlh, const struct tuple *t)
{
	int v4 = t->version == 4;
	struct nlattr *tuple, *part;

	tuple = mnl_attr_nest_start(nlh, CTA_TUPLE_ORIG);
	part = mnl_attr_nest_start(nlh, CTA_TUPLE_IP);
	mnl_attr_put(nlh, v4 ? CTA_IP_V4_SRC : CTA_IP_V6_SRC, v4 ? 4 : 16,
	    t->addr[0]);
	mnl_attr_put(nlh, v4 ? CTA_IP_V4_DST : CTA_IP_V6_DST, v4 ? 4 : 16,
	    t->addr[1]);
	mnl_attr_nest_end(nlh, part);
	part = mnl_attr_nest_start(nlh, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(nlh, CTA_PROTO_NUM, t->proto);
	mnl_attr_put_u16(nlh, CTA_PROTO_SRC_PORT, htons(t->port[0]));
	mnl_attr_put_u16(nlh, CTA_PROTO_DST_PORT, htons(t->port[1]));
	mnl_attr_nest_end(nlh, part);
	mnl_attr_nest_end(nlh, tuple);
}

static struct nlmsghdr *
put_request(uint8_t *buf, uint16_t type, const struct tuple *t, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *nfg;

	nlh->nlmsg_type = (uint16_t)(NFNL_SUBSYS_CTNETLINK << 8 | type);
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));
	nfg->nfgen_family = t->version == 4 ? AF_INET : AF_INET6;
	nfg->version = NFNETLINK_V0;
	nfg->res_id = 0;
	put_tuple(nlh, t);
	return nlh;
}

/* Asks for the entry that has this tuple in either direction. */
size_t
conntrack_request(uint8_t *buf, const struct tuple *t)
{
	return put_request(buf, IPCTNL_MSG_CT_GET, t, 0)->nlmsg_len;
}

/* As nf_conntrack_tcp_be_liberal, for both directions of one connection. */
static void
put_liberal(struct nlmsghdr *nlh)
{
	static const struct nf_ct_tcp_flags flags = {
		.flags = IP_CT_TCP_FLAG_BE_LIBERAL,
		.mask = IP_CT_TCP_FLAG_BE_LIBERAL,
	};
	struct nlattr *info, *tcp;

	info = mnl_attr_nest_start(nlh, CTA_PROTOINFO);
	tcp = mnl_attr_nest_start(nlh, CTA_PROTOINFO_TCP);
	mnl_attr_put(nlh, CTA_PROTOINFO_TCP_FLAGS_ORIGINAL, sizeof(flags),
	    &flags);
	mnl_attr_put(nlh, CTA_PROTOINFO_TCP_FLAGS_REPLY, sizeof(flags), &flags);
	mnl_attr_nest_end(nlh, tcp);
	mnl_attr_nest_end(nlh, info);
}

/* Asks to change the entry of this tuple: its packets may leave the window. */
size_t
conntrack_request_liberal(uint8_t *buf, const struct tuple *t)
{
	struct nlmsghdr *nlh;

	nlh = put_request(buf, IPCTNL_MSG_CT_NEW, t, NLM_F_ACK);
	put_liberal(nlh);
	return nlh->nlmsg_len;
}

static void
get_address(const struct nlattr *attr, struct tuple *t)
{
	uint16_t n = mnl_attr_get_payload_len(attr);
	int type = mnl_attr_get_type(attr);
	int dst = type == CTA_IP_V4_DST || type == CTA_IP_V6_DST;

	if (n != 4 && n != 16)
		return;
	memcpy(t->addr[dst], mnl_attr_get_payload(attr), n);
}

static void
get_proto(const struct nlattr *attr, struct tuple *t)
{
	uint16_t n = mnl_attr_get_payload_len(attr);
	int type = mnl_attr_get_type(attr);

	if (type == CTA_PROTO_NUM && n == 1)
		t->proto = mnl_attr_get_u8(attr);
	else if (type == CTA_PROTO_SRC_PORT && n == 2)
		t->port[0] = ntohs(mnl_attr_get_u16(attr));
	else if (type == CTA_PROTO_DST_PORT && n == 2)
		t->port[1] = ntohs(mnl_attr_get_u16(attr));
}

static void
get_tuple(const struct nlattr *tuple, uint8_t version, struct tuple *t)
{
	const struct nlattr *part, *attr;

	memset(t, 0, sizeof(*t));
	t->version = version;
	mnl_attr_for_each_nested(part, tuple)
	{
		if (mnl_attr_get_type(part) == CTA_TUPLE_IP)
			mnl_attr_for_each_nested(attr, part)
			    get_address(attr, t);
		if (mnl_attr_get_type(part) == CTA_TUPLE_PROTO)
			mnl_attr_for_each_nested(attr, part) get_proto(attr, t);
	}
}

/* Parses an entry: 0, or -1 where a direction is missing. */
int
conntrack_parse(const void *buf, struct conntrack *ct)
{
	const struct nlmsghdr *nlh = buf;
	const struct nfgenmsg *nfg = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;
	uint8_t version;
	int seen = 0;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*nfg))
		return -1;
	version = nfg->nfgen_family == AF_INET ? 4 : 6;
	ct->mark = 0;
	mnl_attr_for_each(attr, nlh, sizeof(*nfg)) {
		if (mnl_attr_get_type(attr) == CTA_TUPLE_ORIG) {
			get_tuple(attr, version, &ct->orig);
			seen |= 1;
		} else if (mnl_attr_get_type(attr) == CTA_TUPLE_REPLY) {
			get_tuple(attr, version, &ct->reply);
			seen |= 2;
		} else if (mnl_attr_get_type(attr) == CTA_MARK &&
		    mnl_attr_get_payload_len(attr) == sizeof(ct->mark))
			ct->mark = ntohl(mnl_attr_get_u32(attr));
	}
	return seen == 3 ? 0 : -1;
}

/* 1 if the kernel tracks a connection that has this tuple, 0, or -1. */
int
conntrack_find(int fd, const struct tuple *t, struct conntrack *ct)
{
	uint8_t buf[NETLINK_MAX];

	conntrack_request(buf, t);
	if (netlink_ask(fd, buf) == -1)
		return errno == ENOENT ? 0 : -1;
	return conntrack_parse(buf, ct) == 0;
}

/* Lets segments of a connection be outside the window: 0, or -1. */
int
conntrack_set_liberal(int fd, const struct tuple *t)
{
	uint8_t buf[NETLINK_MAX];

	conntrack_request_liberal(buf, t);
	return netlink_ask(fd, buf);
}

int
conntrack_delete(int fd, const struct tuple *t)
{
	uint8_t buf[NETLINK_MAX];

	put_request(buf, IPCTNL_MSG_CT_DELETE, t, NLM_F_ACK);
	return netlink_ask(fd, buf);
}

/* Was the connection begun by the tuple's source, and its destination answers? */
int
conntrack_joins(const struct conntrack *ct, const struct tuple *t)
{
	const struct tuple *a = &ct->orig, *b = &ct->reply;

	return a->proto == t->proto && a->port[0] == t->port[0] &&
	    b->port[0] == t->port[1] &&
	    memcmp(a->addr[0], t->addr[0], sizeof(a->addr[0])) == 0 &&
	    memcmp(b->addr[0], t->addr[1], sizeof(b->addr[0])) == 0;
}

struct search {
	const struct tuple *t;
	struct conntrack *ct;
	int found;
};

static void
compare(const void *msg, void *arg)
{
	struct search *s = arg;
	struct conntrack ct;

	if (s->found || conntrack_parse(msg, &ct) == -1)
		return;
	s->found = conntrack_joins(&ct, s->t);
	if (s->found)
		*s->ct = ct;
}

/*
 * Searches for the entry whose connection was begun by the tuple's source, and
 * is answered by its destination: between NAT of the destination and NAT of the
 * source a packet has these addresses, and no tuple.  Kernels before 5.8 do not
 * filter, and show all entries; Linux 6.18 inverts the comparison of IPv6
 * addresses (measured).
 */
int
conntrack_search(int fd, const struct tuple *t, struct conntrack *ct)
{
	struct search s = { .t = t, .ct = ct };
	uint8_t buf[NETLINK_MAX];
	struct nlmsghdr *nlh = put_request(buf, IPCTNL_MSG_CT_GET, t,
	    NLM_F_DUMP);
	struct nlattr *filter;

	filter = mnl_attr_nest_start(nlh, CTA_FILTER);
	mnl_attr_put_u32(nlh, CTA_FILTER_ORIG_FLAGS,
	    t->version == 4 ? FILTER_ADDRESS | FILTER_PORT : FILTER_PORT);
	mnl_attr_nest_end(nlh, filter);
	return netlink_dump(fd, buf, compare, &s) == 0 && s.found;
}
