/* SPDX-License-Identifier: ISC */

/*
 * What every tool of this kind does: one process takes a packet from the
 * queue, gives its verdict, and takes the next.  The benchmark's yardstick.
 */

#include <sys/socket.h>
#include <netinet/in.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>

#include <arpa/inet.h>
#include <err.h>
#include <libmnl/libmnl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char buf[128 * 1024];
static uint16_t queue;

static struct nlmsghdr *
message(void *p, uint16_t type)
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
configure(struct mnl_socket *nl, uint32_t flags)
{
	struct nlmsghdr *nlh;
	struct nfqnl_msg_config_cmd cmd = { .command = NFQNL_CFG_CMD_BIND };
	struct nfqnl_msg_config_params params = { .copy_range = htonl(0xffff),
		.copy_mode = NFQNL_COPY_PACKET };

	nlh = message(buf, NFQNL_MSG_CONFIG);
	mnl_attr_put(nlh, NFQA_CFG_CMD, sizeof(cmd), &cmd);
	mnl_attr_put(nlh, NFQA_CFG_PARAMS, sizeof(params), &params);
	mnl_attr_put_u32(nlh, NFQA_CFG_QUEUE_MAXLEN, htonl(8192));
	mnl_attr_put_u32(nlh, NFQA_CFG_FLAGS, htonl(flags));
	mnl_attr_put_u32(nlh, NFQA_CFG_MASK, htonl(flags));
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) == -1)
		err(1, "configure");
}

static int
verdict(const struct nlmsghdr *nlh, void *arg)
{
	struct mnl_socket *nl = arg;
	struct nlattr *attr;
	struct nfqnl_msg_verdict_hdr v = { .verdict = htonl(NF_ACCEPT) };
	char out[MNL_ALIGN(sizeof(struct nlmsghdr)) + 64];

	mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg)) {
		if (mnl_attr_get_type(attr) == NFQA_PACKET_HDR)
			v.id = ((struct nfqnl_msg_packet_hdr *)
				    mnl_attr_get_payload(attr))
				   ->packet_id;
	}
	nlh = message(out, NFQNL_MSG_VERDICT);
	mnl_attr_put((struct nlmsghdr *)out, NFQA_VERDICT_HDR, sizeof(v), &v);
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) == -1)
		warn("verdict");
	return MNL_CB_OK;
}

int
main(int argc, char *argv[])
{
	struct mnl_socket *nl;
	uint32_t flags = 0;
	int ch, on = 1, size = 8 * 1024 * 1024;
	ssize_t n;

	while ((ch = getopt(argc, argv, "G")) != -1) {
		if (ch != 'G')
			return 2;
		flags |= NFQA_CFG_F_GSO;
	}
	if (optind + 1 != argc) {
		fprintf(stderr, "usage: naive [-G] queue\n");
		return 2;
	}
	queue = (uint16_t)atoi(argv[optind]);
	nl = mnl_socket_open(NETLINK_NETFILTER);
	if (nl == NULL || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) == -1)
		err(1, "netlink");
	mnl_socket_setsockopt(nl, NETLINK_NO_ENOBUFS, &on, sizeof(on));
	if (setsockopt(mnl_socket_get_fd(nl), SOL_SOCKET, SO_RCVBUFFORCE, &size,
		sizeof(size)) == -1)
		(void)setsockopt(mnl_socket_get_fd(nl), SOL_SOCKET, SO_RCVBUF,
		    &size, sizeof(size));
	configure(nl, flags);
	while ((n = mnl_socket_recvfrom(nl, buf, sizeof(buf))) > 0) {
		if (mnl_cb_run(buf, (size_t)n, 0, 0, verdict, nl) == -1)
			err(1, "receive");
	}
	err(1, "receive");
}
