/* SPDX-License-Identifier: ISC */

/* What the kernel shows of the rules of other processes. */

#include <arpa/inet.h>
#include <endian.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>

#include "nftables/nft.h"

static int
is_message(const struct nlmsghdr *nlh, uint16_t type)
{
	return nlh->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | type) &&
	    mnl_nlmsg_get_payload_len(nlh) >= sizeof(struct nfgenmsg);
}

/* The attribute of that type in a nest, or NULL. */
static const struct nlattr *
find(const struct nlattr *nest, int type)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest)
	{
		if (mnl_attr_get_type(attr) == type)
			return attr;
	}
	return NULL;
}

/* Names that are longer than ours are of no interest. */
static void
get_name(const struct nlattr *attr, char name[NFT_NAMELEN])
{
	size_t n = mnl_attr_get_payload_len(attr);

	if (n == 0 || n > NFT_NAMELEN)
		return;
	memcpy(name, mnl_attr_get_payload(attr), n);
	name[n - 1] = '\0';
}

static int
is_named(const struct nlattr *attr, const char *name)
{
	size_t n = strlen(name) + 1;

	return attr != NULL && mnl_attr_get_payload_len(attr) == n &&
	    memcmp(mnl_attr_get_payload(attr), name, n) == 0;
}

static void
get_program(const struct nlattr *data, struct nft_program *program)
{
	const struct nlattr *attr = find(data, NFTA_MATCH_INFO);
	struct xt_bpf_info_v1 info;

	if (!is_named(find(data, NFTA_MATCH_NAME), "bpf") || attr == NULL ||
	    mnl_attr_get_payload_len(attr) < sizeof(info))
		return;
	memcpy(&info, mnl_attr_get_payload(attr), sizeof(info));
	if (info.mode != XT_BPF_MODE_BYTECODE ||
	    info.bpf_program_num_elem > XT_BPF_MAX_NUM_INSTR)
		return;
	program->len = info.bpf_program_num_elem;
	memcpy(program->code, info.bpf_program, sizeof(program->code));
}

static void
get_target(const struct nlattr *data, char target[NFT_NAMELEN])
{
	const struct nlattr *attr = find(data, NFTA_IMMEDIATE_DATA);

	if (attr == NULL || (attr = find(attr, NFTA_DATA_VERDICT)) == NULL ||
	    (attr = find(attr, NFTA_VERDICT_CHAIN)) == NULL)
		return;
	get_name(attr, target);
}

static uint64_t
get_u64(const struct nlattr *attr)
{
	return attr != NULL && mnl_attr_get_payload_len(attr) == 8 ?
	    be64toh(mnl_attr_get_u64(attr)) :
	    0;
}

static void
get_expression(const struct nlattr *elem, struct nft_shown *rule)
{
	const struct nlattr *name = find(elem, NFTA_EXPR_NAME);
	const struct nlattr *data = find(elem, NFTA_EXPR_DATA);

	if (data == NULL)
		return;
	if (is_named(name, "match"))
		get_program(data, &rule->program);
	else if (is_named(name, "immediate"))
		get_target(data, rule->target);
	else if (is_named(name, "counter")) {
		rule->packets = get_u64(find(data, NFTA_COUNTER_PACKETS));
		rule->bytes = get_u64(find(data, NFTA_COUNTER_BYTES));
	}
}

static void
get_rule(const struct nlattr *attr, struct nft_shown *rule)
{
	const struct nlattr *elem;

	switch (mnl_attr_get_type(attr)) {
	case NFTA_RULE_TABLE:
		get_name(attr, rule->table);
		break;
	case NFTA_RULE_CHAIN:
		get_name(attr, rule->chain);
		break;
	case NFTA_RULE_EXPRESSIONS:
		mnl_attr_for_each_nested(elem, attr) get_expression(elem, rule);
		break;
	}
}

/* Parses an answer to NFT_MSG_GETRULE: 1, or 0 if it is none. */
int
nft_show_rule(const void *msg, struct nft_shown *rule)
{
	const struct nlmsghdr *nlh = msg;
	const struct nlattr *attr;

	if (!is_message(nlh, NFT_MSG_NEWRULE))
		return 0;
	memset(rule, 0, sizeof(*rule));
	mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg))
		get_rule(attr, rule);
	return 1;
}

/* Parses an answer to NFT_MSG_GETGEN, likewise. */
int
nft_show_generation(const void *msg, uint32_t *generation)
{
	const struct nlmsghdr *nlh = msg;
	const struct nlattr *attr;

	if (!is_message(nlh, NFT_MSG_NEWGEN))
		return 0;
	mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg)) {
		if (mnl_attr_get_type(attr) == NFTA_GEN_ID &&
		    mnl_attr_get_payload_len(attr) == sizeof(*generation)) {
			*generation = ntohl(mnl_attr_get_u32(attr));
			return 1;
		}
	}
	return 0;
}
