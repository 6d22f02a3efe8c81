/* SPDX-License-Identifier: ISC */

#include <sys/types.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "packet/packet.h"
#include "corpus.h"

static struct div_frame answers[DIV_REJECTMAX];
static uint8_t buf[DIV_REJECTLEN];

/* a packet under test, and how many answers there were to it */
struct asked {
	struct div_frame f;
	struct div_packet p;
	int n;
};

/* RFC 1071, word by word: the sum of a valid packet is 0xffff. */
static uint16_t
sum(const uint8_t *p, size_t n, uint32_t s)
{
	size_t i;

	for (i = 0; i < n; i++)
		s += (uint32_t)p[i] << (i % 2 ? 0 : 8);
	while (s > 0xffff)
		s = (s & 0xffff) + (s >> 16);
	return (uint16_t)s;
}

/* An answer is a whole new packet, between the same hosts. */
static void
check_answer(const struct asked *q, const struct div_frame *a, int back)
{
	struct div_packet p;
	uint32_t s = 0;
	size_t n;

	assert_int_equal(a->type, DIV_INJECT);
	assert_int_equal(a->id, q->f.id);
	assert_int_equal(a->mark, back ? 0 : q->f.mark);
	assert_int_equal(a->epoch, 77);
	assert_int_equal(a->port, 8000);
	assert_int_equal(a->time, 5);
	assert_int_equal(a->ifindex, 3);
	assert_string_equal(a->ifname, "eth0");
	assert_int_equal(a->caplen, a->origlen);
	assert_true(
	    a->packet >= buf && a->packet + a->caplen <= buf + sizeof(buf));

	assert_int_equal(div_packet_parse(&p, a->packet, a->caplen), 0);
	assert_int_equal(p.version, q->p.version);
	assert_memory_equal(back ? p.dst : p.src, q->p.src, p.addrlen);
	assert_memory_equal(back ? p.src : p.dst, q->p.dst, p.addrlen);
	n = p.len - p.l4;
	if (p.version == 4) {
		assert_int_equal(get16(a->packet + 2), a->caplen);
		assert_int_equal(sum(a->packet, p.l4, 0), 0xffff);
	} else
		assert_int_equal(get16(a->packet + 4), n);
	if (p.proto != IPPROTO_ICMP)
		s = sum(p.src, 2 * p.addrlen, p.proto + (uint32_t)n);
	assert_int_equal(sum(a->packet + p.l4, n, s), 0xffff);
	if (p.proto == IPPROTO_TCP || p.proto == IPPROTO_UDP) {
		assert_int_equal(back ? p.dport : p.sport, q->p.sport);
		assert_int_equal(back ? p.sport : p.dport, q->p.dport);
	}
}

static void
ask(struct asked *q, const uint8_t *packet, size_t n)
{
	memset(q, 0, sizeof(*q));
	q->f.type = DIV_PACKET;
	q->f.hdrlen = DIV_HDRLEN;
	q->f.id = q->f.mark = 9;
	q->f.time = 5;
	q->f.epoch = 77;
	q->f.port = 8000;
	q->f.ifindex = 3;
	strlcpy(q->f.ifname, "eth0", sizeof(q->f.ifname));
	q->f.packet = copy(packet, n);
	q->f.caplen = q->f.origlen = (uint32_t)n;
	div_packet_parse(&q->p, q->f.packet, n);
	q->n = div_reject(&q->f, answers, buf);
	if (q->n > 0)
		check_answer(q, &answers[0], 1);
	if (q->n > 1)
		check_answer(q, &answers[1], 0);
}

static uint8_t *
tcp_of(const struct div_frame *f)
{
	return f->packet + (f->packet[0] >> 4 == 4 ? V4_HDRLEN : V6_HDRLEN);
}

static void
check_reset(const struct div_frame *a, uint32_t seq, uint32_t ack, int flags)
{
	const uint8_t *tcp = tcp_of(a);

	assert_int_equal(get32(tcp + 4), seq);
	assert_int_equal(get32(tcp + 8), ack);
	assert_int_equal(tcp[12], 0x50);
	assert_int_equal(tcp[13], flags);
	assert_ptr_equal(tcp + 20, a->packet + a->caplen);
}

#define RSTACK (TH_RST | TH_ACK)

/* RFC 9293 3.10.7.1 for the sender, and the segment's number for the other. */
static void
test_tcp(void **state)
{
	static const struct {
		const char *hex;
		uint8_t flags;
		uint32_t trunc; /* bytes cut off */
		uint32_t bseq, back;
		uint8_t bflags;
		uint32_t fseq, fack;
		uint8_t fflags; /* 0: one answer */
	} t[] = {
		{ TCP4_SYN, TH_SYN, 0, 0, 0x96c0c746, RSTACK, 0, 0, 0 },
		{ TCP6_SYN, TH_SYN, 0, 0, 0x92a2e5db, RSTACK, 0, 0, 0 },
		{ TCP4_DATA, TH_ACK | TH_PUSH, 0, 0x794510c0, 0, TH_RST,
		    0x96c0c746, 0x794510c0, RSTACK },
		{ TCP6_DATA, TH_ACK | TH_FIN, 0, 0xe547fde4, 0, TH_RST,
		    0x92a2e5db, 0xe547fde4, RSTACK },
		{ TCP4_DATA, TH_SYN | TH_ACK, 0, 0x794510c0, 0, TH_RST,
		    0x96c0c746, 0x794510c0, RSTACK },
		{ TCP4_DATA, TH_SYN, 0, 0, 0x96c0c746 + 22, RSTACK, 0, 0, 0 },
		{ TCP4_DATA, TH_SYN, 20, 0, 0x96c0c746 + 22, RSTACK, 0, 0, 0 },
		{ TCP4_DATA, TH_FIN, 0, 0, 0x96c0c746 + 22, RSTACK, 0x96c0c746,
		    0, TH_RST },
		{ TCP4_DATA, 0, 0, 0, 0x96c0c746 + 21, RSTACK, 0x96c0c746, 0,
		    TH_RST },
	};
	struct asked q;
	uint8_t *b;
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		b = unhex(t[i].hex, &n);
		b[(b[0] >> 4 == 4 ? V4_HDRLEN : V6_HDRLEN) + 13] = t[i].flags;
		ask(&q, b, n - t[i].trunc);
		q.f.origlen += t[i].trunc;
		if (t[i].trunc != 0)
			q.f.flags = DIV_F_TRUNC;
		assert_int_equal(div_reject(&q.f, answers, buf), q.n);
		assert_int_equal(q.n, t[i].fflags == 0 ? 1 : 2);
		check_reset(&answers[0], t[i].bseq, t[i].back, t[i].bflags);
		if (q.n == 2)
			check_reset(&answers[1], t[i].fseq, t[i].fack,
			    t[i].fflags);
		free(q.f.packet);
		free(b);
	}
}

/* The error holds as much of the packet as it may. */
static void
check_icmp(const struct asked *q)
{
	int v4 = q->p.version == 4;
	size_t hl = v4 ? V4_HDRLEN : V6_HDRLEN, most = v4 ? 576 : 1280;
	size_t n = q->p.len + hl + 8;
	const uint8_t *icmp = answers[0].packet + hl;

	assert_int_equal(q->n, 1);
	assert_int_equal(answers[0].packet[v4 ? 9 : 6],
	    v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
	assert_int_equal(icmp[0], v4 ? 3 : 1);
	assert_int_equal(icmp[1], v4 ? 3 : 1);
	assert_int_equal(get32(icmp + 4), 0);
	assert_int_equal(answers[0].caplen, n < most ? n : most);
	assert_memory_equal(icmp + 8, q->p.data, answers[0].caplen - hl - 8);
}

static void
test_icmp(void **state)
{
	static const char *const t[] = { UDP4, UDP4_NOSUM, UDP4_RR, UDP6,
		UDP6_EXT, ICMP4_ECHO, ICMP6_ECHO, FRAG4_FIRST, FRAG6_FIRST };
	static uint8_t big[2][3000];
	struct asked q;
	uint8_t *b;
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		b = unhex(t[i], &n);
		ask(&q, b, n);
		check_icmp(&q);
		free(q.f.packet);
		memcpy(big[b[0] >> 4 == 6], b, n < 48 ? n : 48);
		free(b);
	}
	big[0][9] = IPPROTO_GRE;
	big[1][6] = IPPROTO_ESP;
	for (i = 500; i < sizeof(big[0]); i++) {
		ask(&q, big[i % 2], i);
		check_icmp(&q);
		free(q.f.packet);
	}
}

/* A query of port 53 as the payload of a packet. */
static void
ask_dns(struct asked *q, const char *hex, const char *query, size_t len)
{
	uint8_t b[512];
	uint8_t *p;
	size_t n, hl;

	p = unhex(hex, &n);
	hl = (p[0] >> 4 == 4 ? V4_HDRLEN : V6_HDRLEN) + 8;
	memcpy(b, p, hl);
	memcpy(b + hl, query, len);
	free(p);
	ask(q, b, hl + len);
	free(q->f.packet);
}

#define QUERY "\x12\x34\x01\x20\0\1\0\0\0\0\0\1\3foo\7example\0\0\1\0\1"
#define OPT "\0\0\x29\4\xd0\0\0\x80\0\0\0"
#define ANSWER "\x12\x34\x81\x05\0\1\0\0\0\0\0\0\3foo\7example\0\0\1\0\1"

static void
test_dns(void **state)
{
	static const char query[] = QUERY OPT, answer[] = ANSWER;
	struct asked q;
	char b[sizeof(query)];
	size_t i, len = sizeof(query) - 1, alen = sizeof(answer) - 1;

	(void)state;
	for (i = 0; i < 2; i++) {
		ask_dns(&q, i == 0 ? UDP4_NOSUM : UDP6, query, len);
		assert_int_equal(q.n, 1);
		assert_int_equal(answers[0].caplen,
		    (i == 0 ? V4_HDRLEN : V6_HDRLEN) + 8 + alen);
		assert_memory_equal(tcp_of(&answers[0]) + 8, answer, alen);
		assert_int_not_equal(get16(tcp_of(&answers[0]) + 6), 0);
	}
	memcpy(b, query, len);
	b[3] = 0x10;
	ask_dns(&q, UDP4, b, len);
	assert_int_equal(tcp_of(&answers[0])[11], 0x15);
	/* other datagrams than queries get ICMP errors */
	for (i = 0; i < alen; i++) {
		ask_dns(&q, UDP4, query, i);
		assert_int_equal(tcp_of(&answers[0])[0], 3);
	}
	for (i = 0; i < 4; i++) {
		memcpy(b, query, len);
		b[i == 0 ? 2 : i == 1 ? 5 : i == 2 ? 4 : 12] = (char)0x80;
		ask_dns(&q, UDP4, b, len);
		assert_int_equal(tcp_of(&answers[0])[0], 3);
	}
}

/* The longest name has 255 bytes; a longer one is not a query. */
static void
test_dns_longest(void **state)
{
	char b[300] = { 0 };
	struct asked q;
	size_t i;

	(void)state;
	b[5] = 1;
	for (i = 12; i < 12 + 253; i += 2)
		memcpy(b + i, "\1x", 2);
	ask_dns(&q, UDP6, b, 12 + 255 + 4);
	assert_int_equal(answers[0].packet[6], IPPROTO_UDP);
	b[12 + 254] = 1;
	ask_dns(&q, UDP6, b, 12 + 257 + 4);
	assert_int_equal(answers[0].packet[6], IPPROTO_ICMPV6);
}

/* Packets that must not be answered: a valid one with another byte. */
static void
test_silent(void **state)
{
	static const struct {
		const char *hex;
		size_t at;
		uint8_t byte;
	} t[] = {
		{ UDP4, 16, 224 },         /* to a multicast group */
		{ UDP4, 16, 255 },         /* broadcast */
		{ UDP4, 16, 0 },           /* broadcast, the old way */
		{ UDP4, 12, 0 },           /* from nobody */
		{ UDP4, 12, 239 },         /* from a group */
		{ UDP6, 24, 0xff },        /* to a group */
		{ UDP6, 8, 0xff },         /* from a group */
		{ TCP4_DATA, 16, 224 },    /* nor with TCP */
		{ TCP4_DATA, 33, TH_RST }, /* resets */
		{ TCP6_DATA, 53, RSTACK },
		{ TCP4_DATA, 32, 0x40 }, /* absurd header length */
		{ ICMP4_ECHO, 20, 3 },   /* errors */
		{ ICMP4_ECHO, 20, 4 },
		{ ICMP4_ECHO, 20, 5 },
		{ ICMP4_ECHO, 20, 11 },
		{ ICMP4_ECHO, 20, 12 },
		{ ICMP6_ECHO, 40, 1 },
		{ ICMP6_ECHO, 40, 127 },
		{ ICMP6_ECHO, 40, 137 },
		{ ICMP6_SOLICIT, 0, 0x60 },
		{ FRAG4_LATER, 0, 0x45 },
		{ FRAG6_LATER, 0, 0x60 },
		{ UDP4, 0, 0x50 },
	};
	struct asked q;
	uint8_t *b;
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		b = unhex(t[i].hex, &n);
		b[t[i].at] = t[i].byte;
		ask(&q, b, n);
		if (q.n != 0)
			fail_msg("%zu: %d answers", i, q.n);
		free(q.f.packet);
		free(b);
	}
	b = unhex(UDP6, &n);
	memset(b + 8, 0, 16); /* from nobody */
	ask(&q, b, n);
	assert_int_equal(q.n, 0);
	free(q.f.packet);
	free(b);
}

/* Answers are not answered. */
static void
test_answers(void **state)
{
	static const char *const t[] = { TCP4_SYN, TCP4_DATA, TCP6_DATA, UDP4,
		UDP6, ICMP4_ECHO, ICMP6_ECHO };
	struct asked q, again;
	uint8_t *b, copied[DIV_REJECTLEN];
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		b = unhex(t[i], &n);
		ask(&q, b, n);
		memcpy(copied, answers[0].packet, answers[0].caplen);
		ask(&again, copied, answers[0].caplen);
		assert_int_equal(again.n, 0);
		free(again.f.packet);
		free(q.f.packet);
		free(b);
	}
}

static void
test_mutants(void **state)
{
	struct asked q;
	uint8_t *b;
	size_t n;
	int i;

	(void)state;
	for (i = 0; i < 300000; i++) {
		b = mutant(&n);
		ask(&q, b, n);
		free(q.f.packet);
		free(b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tcp),
		cmocka_unit_test(test_icmp),
		cmocka_unit_test(test_dns),
		cmocka_unit_test(test_dns_longest),
		cmocka_unit_test(test_silent),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_mutants),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
