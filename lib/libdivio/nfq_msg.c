/* SPDX-License-Identifier: ISC */

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>

#include "nfq.h"

static struct nlmsghdr *
header(uint8_t *buf, uint16_t queue, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *nfg;

	nlh->nlmsg_type = (uint16_t)(NFNL_SUBSYS_QUEUE << 8 | type);
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));
	nfg->nfgen_family = AF_UNSPEC;
	nfg->version = NFNETLINK_V0;
	nfg->res_id = htons(queue);
	return nlh;
}

static void
put_flags(struct nlmsghdr *nlh, uint32_t flags)
{
	mnl_attr_put_u32(nlh, NFQA_CFG_FLAGS, htonl(flags));
	mnl_attr_put_u32(nlh, NFQA_CFG_MASK, htonl(flags));
}

/*
 * All of the set-up in one message: between a bare bind and the rest, packets
 * would be dropped.
 */
size_t
nfq_config(uint8_t *buf, uint16_t queue, const struct div_options *opt)
{
	struct nfqnl_msg_config_cmd cmd = { .command = NFQNL_CFG_CMD_BIND };
	struct nfqnl_msg_config_params params;
	struct nlmsghdr *nlh;
	uint32_t range = NFQ_PAYLOAD_MAX, flags = 0;

	if (opt->snaplen != 0 && opt->snaplen < range)
		range = opt->snaplen;
	if (opt->flags & DIV_O_FAILOPEN)
		flags |= NFQA_CFG_F_FAIL_OPEN;
	if (opt->flags & DIV_O_GSO)
		flags |= NFQA_CFG_F_GSO;
	params.copy_range = htonl(range);
	params.copy_mode = NFQNL_COPY_PACKET;

	nlh = header(buf, queue, NFQNL_MSG_CONFIG, NLM_F_ACK);
	mnl_attr_put(nlh, NFQA_CFG_CMD, sizeof(cmd), &cmd);
	mnl_attr_put(nlh, NFQA_CFG_PARAMS, sizeof(params), &params);
	mnl_attr_put_u32(nlh, NFQA_CFG_QUEUE_MAXLEN, htonl(opt->queuelen));
	if (flags != 0)
		put_flags(nlh, flags);
	return nlh->nlmsg_len;
}

/* New packets go by, what is pending stays. */
size_t
nfq_config_drain(uint8_t *buf, uint16_t queue)
{
	struct nlmsghdr *nlh = header(buf, queue, NFQNL_MSG_CONFIG, 0);

	mnl_attr_put_u32(nlh, NFQA_CFG_QUEUE_MAXLEN, htonl(0));
	put_flags(nlh, NFQA_CFG_F_FAIL_OPEN);
	return nlh->nlmsg_len;
}

/* The queue ends: what is pending is dropped, and the rule has the rest. */
size_t
nfq_config_unbind(uint8_t *buf, uint16_t queue)
{
	struct nfqnl_msg_config_cmd cmd = { .command = NFQNL_CFG_CMD_UNBIND };
	struct nlmsghdr *nlh = header(buf, queue, NFQNL_MSG_CONFIG, 0);

	mnl_attr_put(nlh, NFQA_CFG_CMD, sizeof(cmd), &cmd);
	return nlh->nlmsg_len;
}

/* A frame that is no more than a verdict says nothing about the mark. */
size_t
nfq_verdict(uint8_t *buf, uint16_t queue, const struct div_frame *f,
    enum verdict v)
{
	struct nfqnl_msg_verdict_hdr vh;
	struct nlmsghdr *nlh;
	int batch = v == ACCEPT_TO || v == DROP_TO;
	int drop = v == DROP || v == DROP_TO;

	nlh = header(buf, queue,
	    batch ? NFQNL_MSG_VERDICT_BATCH : NFQNL_MSG_VERDICT, 0);
	vh.verdict = htonl(drop ? NF_DROP : NF_ACCEPT);
	vh.id = htonl((uint32_t)f->id);
	mnl_attr_put(nlh, NFQA_VERDICT_HDR, sizeof(vh), &vh);
	if (f->type == DIV_PACKET && !drop)
		mnl_attr_put_u32(nlh, NFQA_MARK, htonl(f->mark));
	return nlh->nlmsg_len;
}

/* Adds a payload to the verdict in buf; size is all that buf has. */
size_t
nfq_payload(uint8_t *buf, size_t size, const uint8_t *packet, uint32_t len)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)(void *)buf;

	if (len > NFQ_PAYLOAD_MAX ||
	    !mnl_attr_put_check(nlh, size, NFQA_PAYLOAD, len, packet))
		return 0;
	return nlh->nlmsg_len;
}

/* Reads a 32-bit attribute; one of another size is ignored. */
static void
get_u32(const struct nlattr *attr, uint32_t *v)
{
	if (mnl_attr_get_payload_len(attr) == sizeof(*v))
		*v = ntohl(mnl_attr_get_u32(attr));
}

static void
get_attr(const struct nlattr *attr, struct nfq_packet *p, int *seen)
{
	const struct nfqnl_msg_packet_hdr *ph;

	switch (mnl_attr_get_type(attr)) {
	case NFQA_PACKET_HDR:
		if (mnl_attr_get_payload_len(attr) < sizeof(*ph))
			return;
		ph = mnl_attr_get_payload(attr);
		p->id = ntohl(ph->packet_id);
		p->hook = ph->hook;
		*seen = 1;
		break;
	case NFQA_MARK:
		get_u32(attr, &p->mark);
		break;
	case NFQA_IFINDEX_INDEV:
		get_u32(attr, &p->indev);
		break;
	case NFQA_IFINDEX_OUTDEV:
		get_u32(attr, &p->outdev);
		break;
	case NFQA_CAP_LEN:
		get_u32(attr, &p->origlen);
		break;
	case NFQA_SKB_INFO:
		get_u32(attr, &p->skbinfo);
		break;
	case NFQA_PAYLOAD:
		p->payload = mnl_attr_get_payload(attr);
		p->len = mnl_attr_get_payload_len(attr);
		break;
	}
}

/*
 * Takes a message of len bytes apart.  1: a packet; 0: something else; -1: the
 * kernel's answer to one of our messages is an error, in errno (0 is an
 * acknowledgement and returns 0).
 */
int
nfq_parse(uint8_t *buf, size_t len, struct nfq_packet *p)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)(void *)buf;
	const struct nlmsgerr *e;
	const struct nlattr *attr;
	int seen = 0;

	/* a length of more than INT_MAX passes for a negative one */
	if (len > INT_MAX || !mnl_nlmsg_ok(nlh, (int)len) ||
	    nlh->nlmsg_len > len)
		return 0;
	if (nlh->nlmsg_type == NLMSG_ERROR) {
		e = mnl_nlmsg_get_payload(nlh);
		if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*e) ||
		    e->error == 0)
			return 0;
		/* what is no error number is one all the same */
		errno = e->error < 0 && e->error > -4096 ? -e->error : EIO;
		return -1;
	}
	if (nlh->nlmsg_type != (NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET) ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(struct nfgenmsg))
		return 0;
	memset(p, 0, sizeof(*p));
	mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg))
		get_attr(attr, p, &seen);
	if (!seen)
		return 0;
	if (p->payload == NULL)
		p->payload = buf + len;
	if (p->origlen == 0)
		p->origlen = p->len;
	return 1;
}
