/* SPDX-License-Identifier: ISC */

/* Rules as messages, and back; what a refused message lacks. */

#include <arpa/inet.h>
#include <endian.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "nftables/nft.h"

static uint8_t buf[NFT_BATCHLEN];

static const struct nft_program program = {
	.len = 2,
	.code = { { 0x30, 1, 2, 9 }, { 0x06, 0, 0, 1 } },
};

/* The n-th message of the batch. */
static const struct nlmsghdr *
message(const struct nft_batch *b, unsigned int n)
{
	const struct nlmsghdr *nlh = (const void *)b->buf;
	int left = (int)b->used;

	while (n-- > 0) {
		assert_true(mnl_nlmsg_ok(nlh, left));
		nlh = mnl_nlmsg_next(nlh, &left);
	}
	assert_true(mnl_nlmsg_ok(nlh, left));
	return nlh;
}

static void
test_rule(void **state)
{
	struct nft_batch b;
	struct nft_shown rule;

	(void)state;
	nft_begin(&b, buf, "divert-1", 0);
	nft_rule(&b, "match", "programs");
	nft_match_meta(&b, NFT_META_MARK, 0x10, 0xf0);
	nft_match_program(&b, &program);
	nft_count(&b);
	nft_verdict(&b, NFT_GOTO, "divert");
	nft_rule(&b, "a chain with a name that is longer", NULL);
	nft_verdict(&b, NF_ACCEPT, NULL);
	nft_end(&b);
	assert_int_equal(nft_show_rule(message(&b, 1), &rule), 1);
	assert_string_equal(rule.table, "divert-1");
	assert_string_equal(rule.chain, "match");
	assert_string_equal(rule.target, "divert");
	assert_int_equal(rule.program.len, program.len);
	assert_memory_equal(rule.program.code, program.code,
	    program.len * sizeof(program.code[0]));
	assert_int_equal(nft_show_rule(message(&b, 2), &rule), 1);
	assert_string_equal(rule.chain, "");
	assert_string_equal(rule.target, "");
	assert_int_equal(rule.program.len, 0);
	assert_int_equal(nft_show_rule(message(&b, 3), &rule), 0);
}

/* The kernel answers the last rule, or the message that it refuses. */
static void
test_answers(void **state)
{
	struct nft_batch b;
	unsigned int i;

	(void)state;
	nft_begin(&b, buf, "divert-1", 7);
	nft_table(&b);
	nft_rule(&b, "match", "programs");
	nft_end(&b);
	for (i = 0; i < b.n; i++) {
		assert_int_equal(message(&b, i)->nlmsg_seq, b.seq + i);
		assert_int_equal(message(&b, i)->nlmsg_flags & NLM_F_ACK,
		    i == 2 ? NLM_F_ACK : 0);
	}
	assert_string_equal(nft_missing(&b, b.seq + 2), "programs");
	assert_null(nft_missing(&b, b.seq + 3));
	assert_null(nft_missing(&b, b.seq + 4));
	assert_null(nft_missing(&b, b.seq - 1));
}

/* A counter comes back with its values. */
static void
test_counter(void **state)
{
	struct nft_batch b;
	struct nft_shown rule;
	struct nlattr *list, *elem, *data;

	(void)state;
	nft_begin(&b, buf, "divert-1", 0);
	nft_rule(&b, "letgo", NULL);
	list = mnl_attr_nest_start(b.msg, NFTA_RULE_EXPRESSIONS);
	elem = mnl_attr_nest_start(b.msg, NFTA_LIST_ELEM);
	mnl_attr_put_strz(b.msg, NFTA_EXPR_NAME, "counter");
	data = mnl_attr_nest_start(b.msg, NFTA_EXPR_DATA);
	mnl_attr_put_u64(b.msg, NFTA_COUNTER_BYTES, htobe64(1500));
	mnl_attr_put_u64(b.msg, NFTA_COUNTER_PACKETS, htobe64(2));
	mnl_attr_nest_end(b.msg, data);
	mnl_attr_nest_end(b.msg, elem);
	mnl_attr_nest_end(b.msg, list);
	assert_int_equal(nft_show_rule(b.msg, &rule), 1);
	assert_int_equal(rule.packets, 2);
	assert_int_equal(rule.bytes, 1500);
}

static void
test_generation(void **state)
{
	struct nlmsghdr *nlh = (void *)buf;
	uint32_t generation = 0;

	(void)state;
	nft_request(buf, NFT_MSG_GETGEN, 0);
	assert_int_equal(nft_show_generation(buf, &generation), 0);
	nlh->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWGEN;
	assert_int_equal(nft_show_generation(buf, &generation), 0);
	mnl_attr_put_u32(nlh, NFTA_GEN_ID, htonl(42));
	assert_int_equal(nft_show_generation(buf, &generation), 1);
	assert_int_equal(generation, 42);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rule),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_counter),
		cmocka_unit_test(test_generation),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
