/* SPDX-License-Identifier: ISC */

/* Addresses of new packets, and the messages of ctnetlink. */

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>
#include <string.h>

#include "nfqueue/nfq.h"

#define LEN 100 /* bytes of a packet, at most */

/* A packet of either version, with valid checksums; returns its length. */
static size_t
packet(uint8_t *buf, int version, uint8_t proto)
{
	static const uint8_t src[16] = { 10, 1, 2, 3 };
	static const uint8_t dst[16] = { 10, 9, 8, 7 };
	size_t n, l4 = proto == IPPROTO_TCP ? 20 : 8;

	memset(buf, 0, LEN);
	n = packet_put_ip(buf, version, proto, src, dst);
	put16(buf + n, 1234);
	put16(buf + n + 2, 80);
	if (proto == IPPROTO_TCP)
		buf[n + 12] = 5 << 4;
	else
		put16(buf + n + 6, 1);
	memcpy(buf + n + l4, "hello", 5);
	assert_int_equal(div_repair_new(buf, n + l4 + 5), DIV_OK);
	return n + l4 + 5;
}

static void
get_tuple(struct tuple *t, const uint8_t *buf, size_t n)
{
	struct div_packet p;

	assert_int_equal(div_packet_parse(&p, buf, n), 0);
	assert_true(tuple_of(t, &p));
}

/* Other addresses leave valid checksums, and wrong ones wrong. */
static void
test_write(void **state)
{
	static const int versions[] = { 4, 6 };
	static const uint8_t protos[] = { IPPROTO_TCP, IPPROTO_UDP };
	uint8_t buf[LEN], want[LEN];
	struct tuple t, other;
	struct div_packet p;
	unsigned int i;
	size_t n;

	(void)state;
	for (i = 0; i < 4; i++) {
		n = packet(buf, versions[i / 2], protos[i % 2]);
		get_tuple(&t, buf, n);
		tuple_invert(&other, &t);
		assert_int_equal(other.port[0], 80);
		other.addr[1][1] = 77;
		other.port[1] = 65535;
		assert_int_equal(div_packet_parse(&p, buf, n), 0);
		tuple_write(&other, buf, &p);
		get_tuple(&t, buf, n);
		assert_memory_equal(&t, &other, sizeof(t));
		memcpy(want, buf, n);
		assert_int_equal(div_repair_new(want, n), DIV_OK);
		assert_memory_equal(buf, want, n);
		buf[p.l4 + (i % 2 ? 6 : 16)] ^= 1;
		tuple_invert(&other, &t);
		tuple_write(&other, buf, &p);
		memcpy(want, buf, n);
		assert_int_equal(div_repair_new(want, n), DIV_OK);
		assert_memory_not_equal(buf, want, n);
	}
}

/* A UDP checksum of 0 means none. */
static void
test_none(void **state)
{
	uint8_t buf[LEN];
	struct tuple t, other;
	struct div_packet p;
	size_t n;

	(void)state;
	n = packet(buf, 4, IPPROTO_UDP);
	put16(buf + 26, 0);
	get_tuple(&t, buf, n);
	tuple_invert(&other, &t);
	assert_int_equal(div_packet_parse(&p, buf, n), 0);
	tuple_write(&other, buf, &p);
	assert_int_equal(get16(buf + 26), 0);
}

/* Fragments have no ports: connection tracking knows them by others. */
static void
test_fragment(void **state)
{
	uint8_t buf[LEN];
	struct div_packet p;
	struct tuple t;
	size_t n;

	(void)state;
	n = packet(buf, 4, IPPROTO_UDP);
	buf[6] = 0x20;
	assert_int_equal(div_packet_parse(&p, buf, n), 0);
	assert_false(tuple_of(&t, &p));
	assert_int_equal(t.proto, 0);
	assert_int_equal(t.addr[0][0], 10);
}

/* An entry has the request's tuple, under another name in the second place. */
static void
test_entry(void **state)
{
	uint8_t buf[NETLINK_MAX], packet4[LEN], reply[NETLINK_MAX];
	struct nlmsghdr *nlh = (struct nlmsghdr *)(void *)buf;
	struct nlmsghdr *second = (struct nlmsghdr *)(void *)reply;
	struct tuple t, inverse;
	struct conntrack ct;
	struct nlattr *attr;
	unsigned int i;

	(void)state;
	for (i = 4; i <= 6; i += 2) {
		get_tuple(&t, packet4, packet(packet4, (int)i, IPPROTO_TCP));
		tuple_invert(&inverse, &t);
		conntrack_request(reply, &inverse);
		conntrack_request(buf, &t);
		assert_int_equal(conntrack_parse(buf, &ct), -1);
		attr = mnl_nlmsg_get_payload_offset(second, 4);
		assert_int_equal(mnl_attr_get_type(attr), CTA_TUPLE_ORIG);
		attr->nla_type = NLA_F_NESTED | CTA_TUPLE_REPLY;
		memcpy(mnl_nlmsg_get_payload_tail(nlh), attr, attr->nla_len);
		nlh->nlmsg_len += attr->nla_len;
		assert_int_equal(conntrack_parse(buf, &ct), 0);
		assert_int_equal(ct.mark, 0);
		mnl_attr_put_u32(nlh, CTA_MARK, htonl(0x80000001));
		assert_int_equal(conntrack_parse(buf, &ct), 0);
		assert_int_equal(ct.mark, 0x80000001);
		assert_memory_equal(&ct.orig, &t, sizeof(t));
		assert_memory_equal(&ct.reply, &inverse, sizeof(t));
	}
	second->nlmsg_len = NLMSG_HDRLEN;
	assert_int_equal(conntrack_parse(reply, &ct), -1);
}

/* Flags of both directions: 0x08, and nothing else of the entry. */
static void
test_liberal(void **state)
{
	static const uint8_t want[] = { 24, 0, CTA_PROTOINFO, 0x80, 20, 0,
		CTA_PROTOINFO_TCP, 0x80, 6, 0, CTA_PROTOINFO_TCP_FLAGS_ORIGINAL,
		0, 8, 8, 0, 0, 6, 0, CTA_PROTOINFO_TCP_FLAGS_REPLY, 0, 8, 8, 0,
		0 };
	uint8_t buf[NETLINK_MAX] = { 0 }, find[NETLINK_MAX] = { 0 }, p[LEN];
	const struct nlmsghdr *nlh = (struct nlmsghdr *)(void *)buf;
	struct tuple t;
	size_t n, m;

	(void)state;
	get_tuple(&t, p, packet(p, 4, IPPROTO_TCP));
	n = conntrack_request(find, &t);
	m = conntrack_request_liberal(buf, &t);
	assert_int_equal(m - n, sizeof(want));
	assert_memory_equal(buf + n, want, sizeof(want));
	assert_memory_equal(buf + NLMSG_HDRLEN, find + NLMSG_HDRLEN,
	    n - NLMSG_HDRLEN);
	assert_int_equal(nlh->nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK);
}

/* Each mark has its own class, in the best effort band; no mark has none. */
static void
test_priority(void **state)
{
	(void)state;
	assert_int_equal(nfq_priority(0), 0);
	assert_int_not_equal(nfq_priority(1), nfq_priority(2));
	assert_int_equal(nfq_priority(DIV_MARK) & 0xf, 0);
	assert_int_equal(nfq_priority(DIV_MARK) >> 16, 0x4449);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_fragment),
		cmocka_unit_test(test_entry),
		cmocka_unit_test(test_liberal),
		cmocka_unit_test(test_priority),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
