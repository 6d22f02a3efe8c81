/* SPDX-License-Identifier: ISC */

/* Messages of nfnetlink_queue (linux/netfilter/nfnetlink_queue.h). */

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>

#include "nfqueue/nfq.h"

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
put_flags(struct nlmsghdr *nlh, uint32_t mask, uint32_t flags)
{
	mnl_attr_put_u32(nlh, NFQA_CFG_FLAGS, htonl(flags));
	mnl_attr_put_u32(nlh, NFQA_CFG_MASK, htonl(mask));
}

/*
 * All of the set-up is one message: a queue that is only bound copies nothing
 * and drops all packets.
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
		put_flags(nlh, flags, flags);
	return nlh->nlmsg_len;
}

/*
 * A queue of length 0: pending packets stay, new ones bypass it if it is open,
 * else they are dropped.
 */
size_t
nfq_config_drain(uint8_t *buf, uint16_t queue, int open)
{
	struct nlmsghdr *nlh = header(buf, queue, NFQNL_MSG_CONFIG, 0);

	mnl_attr_put_u32(nlh, NFQA_CFG_QUEUE_MAXLEN, htonl(0));
	put_flags(nlh, NFQA_CFG_F_FAIL_OPEN, open ? NFQA_CFG_F_FAIL_OPEN : 0);
	return nlh->nlmsg_len;
}

/* A queue that takes packets again after a drain; it is not open. */
size_t
nfq_config_length(uint8_t *buf, uint16_t queue, uint32_t length)
{
	struct nlmsghdr *nlh = header(buf, queue, NFQNL_MSG_CONFIG, 0);

	mnl_attr_put_u32(nlh, NFQA_CFG_QUEUE_MAXLEN, htonl(length));
	put_flags(nlh, NFQA_CFG_F_FAIL_OPEN, 0);
	return nlh->nlmsg_len;
}

/* A full queue drops packets from now on, whatever it did before. */
size_t
nfq_config_closed(uint8_t *buf, uint16_t queue)
{
	struct nlmsghdr *nlh = header(buf, queue, NFQNL_MSG_CONFIG, 0);

	put_flags(nlh, NFQA_CFG_F_FAIL_OPEN, 0);
	return nlh->nlmsg_len;
}

/* Switches whether super-packets are queued whole. */
static size_t
config_gso(uint8_t *buf, uint16_t queue, int whole)
{
	struct nlmsghdr *nlh = header(buf, queue, NFQNL_MSG_CONFIG, 0);

	mnl_attr_put_u32(nlh, NFQA_CFG_FLAGS,
	    htonl(whole ? NFQA_CFG_F_GSO : 0));
	mnl_attr_put_u32(nlh, NFQA_CFG_MASK, htonl(NFQA_CFG_F_GSO));
	return NLMSG_ALIGN(nlh->nlmsg_len);
}

/*
 * Has the kernel cut a super-packet: it goes through the hook's rules again
 * (NF_REPEAT), while the queue takes none whole, and comes as single packets.
 */
size_t
nfq_split(uint8_t *buf, uint16_t queue, uint64_t id)
{
	struct nfqnl_msg_verdict_hdr vh = {
		.verdict = htonl(NF_REPEAT),
		.id = htonl((uint32_t)id),
	};
	struct nlmsghdr *nlh;
	size_t n = config_gso(buf, queue, 0);

	nlh = header(buf + n, queue, NFQNL_MSG_VERDICT, 0);
	mnl_attr_put(nlh, NFQA_VERDICT_HDR, sizeof(vh), &vh);
	n += NLMSG_ALIGN(nlh->nlmsg_len);
	return n + config_gso(buf + n, queue, 1);
}

/* Ends the queue: pending packets are dropped, new ones go by the rule. */
size_t
nfq_config_unbind(uint8_t *buf, uint16_t queue)
{
	struct nfqnl_msg_config_cmd cmd = { .command = NFQNL_CFG_CMD_UNBIND };
	struct nlmsghdr *nlh = header(buf, queue, NFQNL_MSG_CONFIG, 0);

	mnl_attr_put(nlh, NFQA_CFG_CMD, sizeof(cmd), &cmd);
	return nlh->nlmsg_len;
}

/* Only packet frames set the mark; DIV_PASS has none.  pass is NF_ACCEPT or so. */
size_t
nfq_verdict(uint8_t *buf, uint16_t queue, const struct div_frame *f,
    enum verdict v, uint32_t pass)
{
	struct nfqnl_msg_verdict_hdr vh;
	struct nlmsghdr *nlh;
	int batch = v == ACCEPT_TO || v == DROP_TO;
	int drop = v == DROP || v == DROP_TO;

	nlh = header(buf, queue,
	    batch ? NFQNL_MSG_VERDICT_BATCH : NFQNL_MSG_VERDICT, 0);
	vh.verdict = htonl(drop ? NF_DROP : pass);
	vh.id = htonl((uint32_t)f->id);
	mnl_attr_put(nlh, NFQA_VERDICT_HDR, sizeof(vh), &vh);
	if (f->type == DIV_PACKET && !drop)
		mnl_attr_put_u32(nlh, NFQA_MARK, htonl(f->mark));
	return nlh->nlmsg_len;
}

/* Adds a payload to the verdict in buf, of size bytes; 0 if it does not fit. */
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
get_hw(const struct nlattr *attr, struct lladdr *hw)
{
	const struct nfqnl_msg_packet_hw *h = mnl_attr_get_payload(attr);
	size_t n;

	if (mnl_attr_get_payload_len(attr) < sizeof(*h) ||
	    (n = ntohs(h->hw_addrlen)) > sizeof(hw->addr))
		return;
	memcpy(hw->addr, h->hw_addr, n);
	hw->len = (uint8_t)n;
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
	case NFQA_PRIORITY:
		get_u32(attr, &p->priority);
		break;
	case NFQA_IFINDEX_PHYSINDEV:
		get_u32(attr, &p->physin);
		break;
	case NFQA_IFINDEX_PHYSOUTDEV:
		get_u32(attr, &p->physout);
		break;
	case NFQA_HWADDR:
		get_hw(attr, &p->hw);
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
 * Parses a message of len bytes.  1: a packet; 0: another message, or an
 * acknowledgement; -1: an error that answers one of our messages, in errno.
 */
int
nfq_parse(uint8_t *buf, size_t len, struct nfq_packet *p)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)(void *)buf;
	const struct nlmsgerr *e;
	const struct nlattr *attr;
	int seen = 0;

	/* mnl_nlmsg_ok() compares a length above INT_MAX as a negative one */
	if (len > INT_MAX || !mnl_nlmsg_ok(nlh, (int)len) ||
	    nlh->nlmsg_len > len)
		return 0;
	if (nlh->nlmsg_type == NLMSG_ERROR) {
		e = mnl_nlmsg_get_payload(nlh);
		if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*e) ||
		    e->error == 0)
			return 0;
		/* an invalid error number is an error, too */
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
