/* SPDX-License-Identifier: ISC */

/*
 * Expressions: each has a name and attributes.  A value is loaded into a
 * register and compared; a rule ends at the first expression that does not
 * match, and its verdict is an expression, too.
 */

#include <arpa/inet.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/xt_NFQUEUE.h>

#include "nftables/nft.h"

/* The nests of an expression of the last rule. */
struct nft_expr {
	struct nlmsghdr *msg;
	struct nlattr *list, *elem, *data;
};

/* The list of a rule is opened again for each expression: it is the last. */
static struct nlattr *
expression_list(struct nlmsghdr *msg)
{
	struct nlattr *attr, *last = NULL;

	mnl_attr_for_each(attr, msg, sizeof(struct nfgenmsg))
		last = attr;
	if (last != NULL && mnl_attr_get_type(last) == NFTA_RULE_EXPRESSIONS)
		return last;
	return mnl_attr_nest_start(msg, NFTA_RULE_EXPRESSIONS);
}

static void
expr_begin(struct nft_expr *e, struct nft_batch *b, const char *name)
{
	e->msg = b->msg;
	e->list = expression_list(e->msg);
	e->elem = mnl_attr_nest_start(e->msg, NFTA_LIST_ELEM);
	mnl_attr_put_strz(e->msg, NFTA_EXPR_NAME, name);
	e->data = mnl_attr_nest_start(e->msg, NFTA_EXPR_DATA);
}

static void
expr_end(struct nft_expr *e)
{
	mnl_attr_nest_end(e->msg, e->data);
	mnl_attr_nest_end(e->msg, e->elem);
	mnl_attr_nest_end(e->msg, e->list);
}

static void
put_u32(struct nft_expr *e, uint16_t type, uint32_t v)
{
	mnl_attr_put_u32(e->msg, type, htonl(v));
}

/* Registers have the byte order of the host, where a packet has none. */
static void
put_value(struct nft_expr *e, uint16_t type, uint32_t v)
{
	struct nlattr *nest = mnl_attr_nest_start(e->msg, type);

	mnl_attr_put_u32(e->msg, NFTA_DATA_VALUE, v);
	mnl_attr_nest_end(e->msg, nest);
}

static void
load_meta(struct nft_batch *b, uint32_t key)
{
	struct nft_expr e;

	expr_begin(&e, b, "meta");
	put_u32(&e, NFTA_META_DREG, NFT_REG_1);
	put_u32(&e, NFTA_META_KEY, key);
	expr_end(&e);
}

/* reg = (reg & mask) ^ xor */
static void
change_register(struct nft_batch *b, uint32_t mask, uint32_t flip)
{
	struct nft_expr e;

	expr_begin(&e, b, "bitwise");
	put_u32(&e, NFTA_BITWISE_SREG, NFT_REG_1);
	put_u32(&e, NFTA_BITWISE_DREG, NFT_REG_1);
	put_u32(&e, NFTA_BITWISE_LEN, sizeof(mask));
	put_value(&e, NFTA_BITWISE_MASK, mask);
	put_value(&e, NFTA_BITWISE_XOR, flip);
	expr_end(&e);
}

static void
compare_register(struct nft_batch *b, uint32_t value)
{
	struct nft_expr e;

	expr_begin(&e, b, "cmp");
	put_u32(&e, NFTA_CMP_SREG, NFT_REG_1);
	put_u32(&e, NFTA_CMP_OP, NFT_CMP_EQ);
	put_value(&e, NFTA_CMP_DATA, value);
	expr_end(&e);
}

/* Matches a field beside the packet (NFT_META_*), in the bits of a mask. */
void
nft_match_meta(struct nft_batch *b, uint32_t key, uint32_t value, uint32_t mask)
{
	load_meta(b, key);
	if (mask != UINT32_MAX)
		change_register(b, mask, 0);
	compare_register(b, value);
}

static void
load_connmark(struct nft_batch *b)
{
	struct nft_expr e;

	expr_begin(&e, b, "ct");
	put_u32(&e, NFTA_CT_DREG, NFT_REG_1);
	put_u32(&e, NFTA_CT_KEY, NFT_CT_MARK);
	expr_end(&e);
}

/* Matches if a bit of the connection's mark is set; turns tracking on. */
void
nft_match_connmark(struct nft_batch *b, uint32_t bit)
{
	load_connmark(b);
	change_register(b, bit, 0);
	compare_register(b, bit);
}

void
nft_set_connmark(struct nft_batch *b, uint32_t bit)
{
	struct nft_expr e;

	load_connmark(b);
	change_register(b, ~bit, bit);
	expr_begin(&e, b, "ct");
	put_u32(&e, NFTA_CT_SREG, NFT_REG_1);
	put_u32(&e, NFTA_CT_KEY, NFT_CT_MARK);
	expr_end(&e);
}

/* Clears a bit of the packet's mark. */
void
nft_clear_mark(struct nft_batch *b, uint32_t bit)
{
	struct nft_expr e;

	load_meta(b, NFT_META_MARK);
	change_register(b, ~bit, 0);
	expr_begin(&e, b, "meta");
	put_u32(&e, NFTA_META_SREG, NFT_REG_1);
	put_u32(&e, NFTA_META_KEY, NFT_META_MARK);
	expr_end(&e);
}

/* An extension of iptables: its name, revision and struct. */
static void
put_extension(struct nft_expr *e, uint16_t type, const char *name,
    uint32_t revision, const void *info, size_t len)
{
	/* matches and targets have the same numbers (linux/nf_tables_compat.h) */
	mnl_attr_put_strz(e->msg, type, name);
	put_u32(e, (uint16_t)(type + 1), revision);
	mnl_attr_put(e->msg, (uint16_t)(type + 2), len, info);
}

void
nft_match_program(struct nft_batch *b, const struct nft_program *program)
{
	struct xt_bpf_info_v1 info;
	struct nft_expr e;

	memset(&info, 0, sizeof(info));
	info.mode = XT_BPF_MODE_BYTECODE;
	info.bpf_program_num_elem = program->len;
	memcpy(info.bpf_program, program->code,
	    program->len * sizeof(program->code[0]));
	expr_begin(&e, b, "match");
	put_extension(&e, NFTA_MATCH_NAME, "bpf", 1, &info, sizeof(info));
	expr_end(&e);
}

void
nft_count(struct nft_batch *b)
{
	struct nft_expr e;

	expr_begin(&e, b, "counter");
	expr_end(&e);
}

/* NF_ACCEPT and the like; or NFT_JUMP and NFT_GOTO to a chain. */
void
nft_verdict(struct nft_batch *b, int32_t code, const char *chain)
{
	struct nlattr *data, *verdict;
	struct nft_expr e;

	expr_begin(&e, b, "immediate");
	put_u32(&e, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
	data = mnl_attr_nest_start(e.msg, NFTA_IMMEDIATE_DATA);
	verdict = mnl_attr_nest_start(e.msg, NFTA_DATA_VERDICT);
	put_u32(&e, NFTA_VERDICT_CODE, (uint32_t)code);
	if (chain != NULL)
		mnl_attr_put_strz(e.msg, NFTA_VERDICT_CHAIN, chain);
	mnl_attr_nest_end(e.msg, verdict);
	mnl_attr_nest_end(e.msg, data);
	expr_end(&e);
}

/* The queue of a number; packets pass while nobody reads it. */
void
nft_queue(struct nft_batch *b, uint16_t number)
{
	struct nft_expr e;

	expr_begin(&e, b, "queue");
	mnl_attr_put_u16(e.msg, NFTA_QUEUE_NUM, htons(number));
	mnl_attr_put_u16(e.msg, NFTA_QUEUE_TOTAL, htons(1));
	mnl_attr_put_u16(e.msg, NFTA_QUEUE_FLAGS, htons(NFT_QUEUE_FLAG_BYPASS));
	expr_end(&e);
}

/* The same, for a kernel without NFT_QUEUE. */
void
nft_queue_compat(struct nft_batch *b, uint16_t number)
{
	struct xt_NFQ_info_v3 info;
	struct nft_expr e;

	memset(&info, 0, sizeof(info));
	info.queuenum = number;
	info.queues_total = 1;
	info.flags = NFQ_FLAG_BYPASS;
	expr_begin(&e, b, "target");
	put_extension(&e, NFTA_TARGET_NAME, "NFQUEUE", 3, &info, sizeof(info));
	expr_end(&e);
}
