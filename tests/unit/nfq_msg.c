/* SPDX-License-Identifier: ISC */

/* Messages of the kernel, hostile ones too, and messages to it. */

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>

#include "corpus.h"
#include "nfqueue/nfq.h"

#define PACKET "\x45not really a packet"

static uint8_t buf[4096];

static struct nlmsghdr *
message(uint16_t type)
{
	struct nlmsghdr *nlh;

	memset(buf, 0, sizeof(buf));
	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = (uint16_t)(NFNL_SUBSYS_QUEUE << 8 | type);
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct nfgenmsg));
	return nlh;
}

static void
put_id(struct nlmsghdr *nlh, uint32_t id)
{
	struct nfqnl_msg_packet_hdr ph = {
		.packet_id = htonl(id),
		.hook = NF_INET_FORWARD,
	};

	mnl_attr_put(nlh, NFQA_PACKET_HDR, 7, &ph);
}

static size_t
whole(void)
{
	struct nlmsghdr *nlh = message(NFQNL_MSG_PACKET);

	put_id(nlh, 42);
	mnl_attr_put_u32(nlh, NFQA_MARK, htonl(7));
	mnl_attr_put_u32(nlh, NFQA_IFINDEX_INDEV, htonl(2));
	mnl_attr_put_u32(nlh, NFQA_IFINDEX_OUTDEV, htonl(3));
	mnl_attr_put_u32(nlh, NFQA_SKB_INFO, htonl(NFQA_SKB_GSO));
	mnl_attr_put_u32(nlh, NFQA_CAP_LEN, htonl(70000));
	mnl_attr_put(nlh, 99, 3, "new");
	mnl_attr_put(nlh, NFQA_PAYLOAD, sizeof(PACKET), PACKET);
	return nlh->nlmsg_len;
}

static void
test_packet(void **state)
{
	struct nfq_packet p;

	(void)state;
	assert_int_equal(nfq_parse(buf, whole(), &p), 1);
	assert_int_equal(p.id, 42);
	assert_int_equal(p.mark, 7);
	assert_int_equal(p.indev, 2);
	assert_int_equal(p.outdev, 3);
	assert_int_equal(p.hook, NF_INET_FORWARD);
	assert_int_equal(p.skbinfo, NFQA_SKB_GSO);
	assert_int_equal(p.origlen, 70000);
	assert_int_equal(p.len, sizeof(PACKET));
	assert_memory_equal(p.payload, PACKET, sizeof(PACKET));
}

static void
test_bare(void **state)
{
	struct nlmsghdr *nlh = message(NFQNL_MSG_PACKET);
	struct nfq_packet p;

	(void)state;
	assert_int_equal(nfq_parse(buf, nlh->nlmsg_len, &p), 0);
	mnl_attr_put_u32(nlh, NFQA_PACKET_HDR, 1); /* too short */
	assert_int_equal(nfq_parse(buf, nlh->nlmsg_len, &p), 0);
	put_id(nlh, 1);
	mnl_attr_put(nlh, NFQA_MARK, 2, "xx"); /* of another size */
	assert_int_equal(nfq_parse(buf, nlh->nlmsg_len, &p), 1);
	assert_int_equal(p.mark, 0);
	assert_int_equal(p.len, 0);
	assert_int_equal(p.origlen, 0);
	assert_non_null(p.payload);
	nlh = message(NFQNL_MSG_CONFIG);
	put_id(nlh, 1);
	assert_int_equal(nfq_parse(buf, nlh->nlmsg_len, &p), 0);
}

static void
test_error(void **state)
{
	struct nlmsghdr *nlh;
	struct nlmsgerr *e;
	struct nfq_packet p;

	(void)state;
	memset(buf, 0, sizeof(buf));
	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = NLMSG_ERROR;
	assert_int_equal(nfq_parse(buf, nlh->nlmsg_len, &p), 0);
	e = mnl_nlmsg_put_extra_header(nlh, sizeof(*e));
	assert_int_equal(nfq_parse(buf, nlh->nlmsg_len, &p), 0);
	e->error = -ENOENT;
	assert_int_equal(nfq_parse(buf, nlh->nlmsg_len, &p), -1);
	assert_int_equal(errno, ENOENT);
}

/* Cut anywhere, and damaged: nothing may point outside. */
static void
test_hostile(void **state)
{
	struct nfq_packet p;
	uint8_t *q;
	size_t n, len = whole();
	int i, k;

	(void)state;
	for (n = 0; n < len; n++) {
		q = copy(buf, n);
		assert_int_equal(nfq_parse(q, n, &p), 0);
		free(q);
	}
	for (i = 0; i < 200000; i++) {
		n = random64() % 4 ? len : random64() % (len + 1);
		q = copy(buf, n);
		for (k = (int)(random64() % 4); k > 0 && n > 0; k--)
			q[random64() % n] = (uint8_t)random64();
		if (nfq_parse(q, n, &p) == 1) {
			assert_true(p.payload >= q && p.payload <= q + n);
			assert_true(p.len <= (size_t)(q + n - p.payload));
		}
		free(q);
	}
}

static void
has(const struct nlmsghdr *nlh, uint16_t type, const void *v, size_t len)
{
	const struct nlattr *attr;
	int found = 0;

	mnl_attr_for_each(attr, nlh, sizeof(struct nfgenmsg)) {
		if (mnl_attr_get_type(attr) != type)
			continue;
		found = 1;
		assert_non_null(v);
		assert_int_equal(mnl_attr_get_payload_len(attr), len);
		assert_memory_equal(mnl_attr_get_payload(attr), v, len);
	}
	assert_int_equal(found, v != NULL);
}

static void
test_config(void **state)
{
	static const uint8_t bind[4] = { NFQNL_CFG_CMD_BIND };
	static const uint8_t copy_all[5] = { 0, 0, 0xff, 0xfb, 2 };
	static const uint8_t copy_some[5] = { 0, 0, 0, 128, 2 };
	static const uint8_t length[4] = { 0, 0, 4, 0 }, none[4];
	static const uint8_t open[4] = { 0, 0, 0, 1 }, both[4] = { 0, 0, 0, 5 };
	struct div_options opt = { .queuelen = 1024 };
	const struct nlmsghdr *nlh = (const void *)buf;

	(void)state;
	nfq_config(buf, 8000, &opt);
	has(nlh, NFQA_CFG_CMD, bind, sizeof(bind));
	has(nlh, NFQA_CFG_PARAMS, copy_all, sizeof(copy_all));
	has(nlh, NFQA_CFG_QUEUE_MAXLEN, length, sizeof(length));
	has(nlh, NFQA_CFG_FLAGS, NULL, 0);
	opt.snaplen = 128;
	opt.flags = DIV_O_FAILOPEN | DIV_O_GSO;
	nfq_config(buf, 8000, &opt);
	has(nlh, NFQA_CFG_PARAMS, copy_some, sizeof(copy_some));
	has(nlh, NFQA_CFG_FLAGS, both, sizeof(both));
	has(nlh, NFQA_CFG_MASK, both, sizeof(both));
	nfq_config_closed(buf, 8000);
	has(nlh, NFQA_CFG_QUEUE_MAXLEN, NULL, 0);
	has(nlh, NFQA_CFG_FLAGS, none, sizeof(none));
	has(nlh, NFQA_CFG_MASK, open, sizeof(open));
	nfq_config_drain(buf, 8000, 0);
	has(nlh, NFQA_CFG_QUEUE_MAXLEN, none, sizeof(none));
	has(nlh, NFQA_CFG_FLAGS, none, sizeof(none));
	has(nlh, NFQA_CFG_MASK, open, sizeof(open));
	nfq_config_drain(buf, 8000, 1);
	has(nlh, NFQA_CFG_CMD, NULL, 0);
	has(nlh, NFQA_CFG_QUEUE_MAXLEN, none, sizeof(none));
	has(nlh, NFQA_CFG_FLAGS, open, sizeof(open));
}

static void
test_verdict(void **state)
{
	static const uint8_t accept[8] = { 0, 0, 0, 1, 0, 0, 0, 9 };
	static const uint8_t drop[8] = { 0, 0, 0, 0, 0, 0, 0, 9 };
	static const uint8_t next[8] = { 8001 >> 8, 8001 & 255, 0, 3, 0, 0, 0,
		9 };
	static const uint8_t mark[4] = { 1, 2, 3, 4 };
	struct div_frame f = {
		.type = DIV_PACKET,
		.id = 0x700000009,
		.mark = 0x01020304,
	};
	const struct nlmsghdr *nlh = (const void *)buf;

	(void)state;
	assert_in_range(nfq_verdict(buf, 1, &f, ACCEPT, NF_ACCEPT), 1,
	    NFQ_VERDICT_MAX);
	has(nlh, NFQA_VERDICT_HDR, accept, 8);
	has(nlh, NFQA_MARK, mark, 4);
	has(nlh, NFQA_PAYLOAD, NULL, 0);
	nfq_verdict(buf, 1, &f, REPLACE, NF_ACCEPT);
	assert_int_equal(nfq_payload(buf, NFQ_VERDICT_MAX,
			     (const uint8_t *)PACKET, 60),
	    0);
	assert_int_not_equal(nfq_payload(buf, sizeof(buf),
				 (const uint8_t *)PACKET, sizeof(PACKET)),
	    0);
	has(nlh, NFQA_PAYLOAD, PACKET, sizeof(PACKET));
	nfq_verdict(buf, 1, &f, DROP, NF_ACCEPT);
	has(nlh, NFQA_VERDICT_HDR, drop, 8);
	has(nlh, NFQA_MARK, NULL, 0);
	/* DIV_PASS, a person's verdict, has no mark */
	f.type = DIV_PASS;
	f.mark = 0;
	nfq_verdict(buf, 1, &f, ACCEPT, NF_ACCEPT);
	has(nlh, NFQA_MARK, NULL, 0);
	assert_int_equal(nlh->nlmsg_type & 0xff, NFQNL_MSG_VERDICT);
	nfq_verdict(buf, 1, &f, DROP_TO, NF_QUEUE_NR(8001));
	assert_int_equal(nlh->nlmsg_type & 0xff, NFQNL_MSG_VERDICT_BATCH);
	/* what is dropped goes nowhere else */
	has(nlh, NFQA_VERDICT_HDR, drop, 8);
	nfq_verdict(buf, 1, &f, ACCEPT, NF_QUEUE_NR(8001));
	has(nlh, NFQA_VERDICT_HDR, next, 8);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_packet),
		cmocka_unit_test(test_bare),
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_config),
		cmocka_unit_test(test_verdict),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
