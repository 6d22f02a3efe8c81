/* SPDX-License-Identifier: ISC */

/*
 * A transaction is a sequence of messages between NFNL_MSG_BATCH_BEGIN and
 * NFNL_MSG_BATCH_END.  The kernel answers the last rule, or the first message
 * that it refuses.
 */

#include <arpa/inet.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "nftables/nft.h"

static struct nlmsghdr *
put_header(uint8_t *buf, uint16_t type, uint16_t flags, uint8_t family,
    uint16_t res)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *nfg;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nfg = mnl_nlmsg_put_extra_header(nlh, sizeof(*nfg));
	nfg->nfgen_family = family;
	nfg->version = NFNETLINK_V0;
	nfg->res_id = htons(res);
	return nlh;
}

static void
add(struct nft_batch *b, uint16_t type, uint16_t flags, uint8_t family,
    uint16_t res, const char *needs)
{
	if (b->msg != NULL)
		b->used += NLMSG_ALIGN(b->msg->nlmsg_len);
	b->msg = put_header(b->buf + b->used, type, flags, family, res);
	b->msg->nlmsg_seq = b->seq + b->n;
	b->needs[b->n++] = needs;
}

static void
add_object(struct nft_batch *b, uint16_t type, uint16_t flags,
    const char *needs)
{
	add(b, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type),
	    (uint16_t)(NLM_F_CREATE | flags), NFPROTO_INET, 0, needs);
}

/*
 * Begins a transaction on a table in buf, of NFT_BATCHLEN bytes.  The kernel
 * refuses it (ERESTART) if the generation of its tables is another one; 0: any.
 */
void
nft_begin(struct nft_batch *b, uint8_t *buf, const char *table,
    uint32_t generation)
{
	memset(b, 0, sizeof(*b));
	b->buf = buf;
	b->table = table;
	b->seq = 1;
	add(b, NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES,
	    "nftables");
	if (generation != 0)
		mnl_attr_put_u32(b->msg, NFNL_BATCH_GENID, htonl(generation));
}

/* Ends it; the bytes used are to be sent at once. */
void
nft_end(struct nft_batch *b)
{
	b->msg->nlmsg_flags |= NLM_F_ACK;
	add(b, NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES, NULL);
	b->used += b->msg->nlmsg_len;
}

/* The parts of the kernel that a refused message takes, or NULL. */
const char *
nft_missing(const struct nft_batch *b, uint32_t seq)
{
	return seq - b->seq < b->n ? b->needs[seq - b->seq] : NULL;
}

/* NLM_F_EXCL: a table of that name has another owner. */
void
nft_table(struct nft_batch *b)
{
	add_object(b, NFT_MSG_NEWTABLE, NLM_F_EXCL,
	    "tables with an owner (Linux 5.12)");
	mnl_attr_put_strz(b->msg, NFTA_TABLE_NAME, b->table);
	mnl_attr_put_u32(b->msg, NFTA_TABLE_FLAGS, htonl(NFT_TABLE_F_OWNER));
}

void
nft_chain(struct nft_batch *b, const char *name)
{
	add_object(b, NFT_MSG_NEWCHAIN, 0, NULL);
	mnl_attr_put_strz(b->msg, NFTA_CHAIN_TABLE, b->table);
	mnl_attr_put_strz(b->msg, NFTA_CHAIN_NAME, name);
}

/* A chain that packets enter at a hook (NF_INET_*). */
void
nft_hook(struct nft_batch *b, const char *name, uint32_t hook, int32_t priority)
{
	struct nlattr *nest;

	nft_chain(b, name);
	b->needs[b->n - 1] = "chains of the family inet (NF_TABLES_INET)";
	nest = mnl_attr_nest_start(b->msg, NFTA_CHAIN_HOOK);
	mnl_attr_put_u32(b->msg, NFTA_HOOK_HOOKNUM, htonl(hook));
	mnl_attr_put_u32(b->msg, NFTA_HOOK_PRIORITY, htonl((uint32_t)priority));
	mnl_attr_nest_end(b->msg, nest);
	mnl_attr_put_strz(b->msg, NFTA_CHAIN_TYPE, "filter");
}

/* Appends a rule to a chain; expressions follow. */
void
nft_rule(struct nft_batch *b, const char *chain, const char *needs)
{
	add_object(b, NFT_MSG_NEWRULE, NLM_F_APPEND, needs);
	mnl_attr_put_strz(b->msg, NFTA_RULE_TABLE, b->table);
	mnl_attr_put_strz(b->msg, NFTA_RULE_CHAIN, chain);
}

/* A message outside of transactions, which asks: its length. */
size_t
nft_request(uint8_t *buf, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *nlh;

	nlh = put_header(buf, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type),
	    flags, NFPROTO_INET, 0);
	return nlh->nlmsg_len;
}

/* Asks for the rules of a chain. */
void
nft_request_rules(uint8_t *buf, const char *table, const char *chain)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)(void *)buf;

	nft_request(buf, NFT_MSG_GETRULE, NLM_F_DUMP);
	mnl_attr_put_strz(nlh, NFTA_RULE_TABLE, table);
	mnl_attr_put_strz(nlh, NFTA_RULE_CHAIN, chain);
}
