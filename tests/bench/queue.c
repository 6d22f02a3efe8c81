/* SPDX-License-Identifier: ISC */

/* Messages of nfnetlink_queue. */

#include <sys/socket.h>

#include <err.h>
#include <libmnl/libmnl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "queue.h"

static struct nlmsghdr *
message(void *p, uint16_t queue, uint16_t type)
{
	struct nlmsghdr *nlh;
	struct nfgenmsg *nfg;

	nlh = mnl_nlmsg_put_header(p);
	nlh->nlmsg_type = (uint16_t)(NFNL_SUBSYS_QUEUE << 8 | type);
	nlh->nlmsg_flags = NLM_F_REQUEST;
	nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));
	nfg->nfgen_family = AF_UNSPEC;
	nfg->version = NFNETLINK_V0;
	nfg->res_id = htons(queue);
	return nlh;
}

static void
configure(int fd, uint16_t queue, uint32_t flags)
{
	uint8_t buf[256];
	struct nlmsghdr *nlh;
	struct nfqnl_msg_config_cmd cmd = { .command = NFQNL_CFG_CMD_BIND };
	struct nfqnl_msg_config_params params = { .copy_range = htonl(0xffff),
		.copy_mode = NFQNL_COPY_PACKET };

	nlh = message(buf, queue, NFQNL_MSG_CONFIG);
	mnl_attr_put(nlh, NFQA_CFG_CMD, sizeof(cmd), &cmd);
	mnl_attr_put(nlh, NFQA_CFG_PARAMS, sizeof(params), &params);
	mnl_attr_put_u32(nlh, NFQA_CFG_QUEUE_MAXLEN, htonl(8192));
	mnl_attr_put_u32(nlh, NFQA_CFG_FLAGS, htonl(flags));
	mnl_attr_put_u32(nlh, NFQA_CFG_MASK, htonl(flags));
	if (send(fd, buf, nlh->nlmsg_len, 0) == -1)
		err(1, "configure");
}

/* Binds the queue of the command line: [-G] queue. */
int
queue_open(const char *name, int argc, char *argv[], uint16_t *queue)
{
	uint32_t flags = 0;
	int ch, fd, on = 1, size = 8 * 1024 * 1024;

	while ((ch = getopt(argc, argv, "G")) != -1) {
		if (ch != 'G')
			exit(2);
		flags |= NFQA_CFG_F_GSO;
	}
	if (optind + 1 != argc) {
		fprintf(stderr, "usage: %s [-G] queue\n", name);
		exit(2);
	}
	*queue = (uint16_t)atoi(argv[optind]);
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	if (fd == -1)
		err(1, "netlink");
	(void)setsockopt(fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, &on, sizeof(on));
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) ==
	    -1)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size,
		    sizeof(size));
	configure(fd, *queue, flags);
	return fd;
}

/* The id of the packet in a message, or 0. */
int
queue_id(const void *buf, size_t len, uint32_t *id)
{
	const struct nlmsghdr *nlh = buf;
	const struct nfqnl_msg_packet_hdr *ph;
	const struct nlattr *attr;

	if (len > INT_MAX || !mnl_nlmsg_ok(nlh, (int)len) ||
	    nlh->nlmsg_type != (NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET))
		return 0;
	mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg)) {
		if (mnl_attr_get_type(attr) != NFQA_PACKET_HDR)
			continue;
		ph = mnl_attr_get_payload(attr);
		*id = ntohl(ph->packet_id);
		return 1;
	}
	return 0;
}

/* Accepts one packet, or all up to it: no other process reads the queue. */
void
queue_accept(int fd, uint16_t queue, uint16_t type, uint32_t id)
{
	uint8_t buf[64];
	struct nfqnl_msg_verdict_hdr v = { .verdict = htonl(NF_ACCEPT),
		.id = htonl(id) };
	struct nlmsghdr *nlh = message(buf, queue, type);

	mnl_attr_put(nlh, NFQA_VERDICT_HDR, sizeof(v), &v);
	if (send(fd, buf, nlh->nlmsg_len, 0) == -1)
		warn("verdict");
}
