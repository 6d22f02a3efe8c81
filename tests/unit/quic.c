/* SPDX-License-Identifier: ISC */

#include <sys/types.h>
#include <netinet/in.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/proto.h"
#include "quic_wire.h"

#define HLEN (V4_HDRLEN + 8)
#define LEN 1162 /* of the RFC's frames */

/* RFC 9001, A.2 */
static const uint8_t hello[] =
    "\1\0\0\xed\3\3\xeb\xf8\xfa\x56\xf1\x29\x39\xb9\x58\x4a\x38\x96\x47\x2e\xc4"
    "\x0b\xb8\x63\xcf\xd3\xe8\x68\x04\xfe\x3a\x47\xf0\x6a\x2b\x69\x48\x4c\0\0"
    "\4\x13\1\x13\2\1\0\0\xc0\0\0\0\x10\0\x0e\0\0\x0b"
    "example.com"
    "\xff\1\0\1\0\0\x0a\0\x08\0\6\0\x1d\0\x17\0\x18\0\x10\0\7\0\5\4alpn\0\5\0\5"
    "\1\0\0\0\0\0\x33\0\x26\0\x24\0\x1d\0\x20\x93\x70\xb2\xc9\xca\xa4\x7f\xba"
    "\xba\xf4\x55\x9f\xed\xba\x75\x3d\xe1\x71\xfa\x71\xf5\x0f\x1c\xe1\x5d\x43"
    "\xe9\x94\xec\x74\xd7\x48\0\x2b\0\3\2\3\4\0\x0d\0\x10\0\x0e\4\3\5\3\6\3\2\3"
    "\x08\4\x08\5\x08\6\0\x2d\0\2\1\1\0\x1c\0\2\x40\1\0\x39\0\x32\4\x08\xff\xff"
    "\xff\xff\xff\xff\xff\xff\5\4\x80\0\xff\xff\7\4\x80\0\xff\xff\x08\1\x10\1\4"
    "\x80\0\x75\x30\x09\1\x10\x0f\x08\x83\x94\xc8\xf0\x3e\x51\x57\x08\6\4\x80"
    "\0\xff\xff";

#define HELLO_LEN (sizeof(hello) - 1)

static struct div_quic *q;
static struct div_hostname h;
static uint8_t packet[HLEN + 4096], frames[2048];
static size_t len; /* of the datagram so far */
static uint16_t port;

static int
setup(void **state)
{
	(void)state;
	port = 4000;
	len = 0;
	return (q = div_quic_new(1 << 20)) == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	(void)state;
	div_quic_free(q);
	return 0;
}

/* Hands the datagram over, and begins another. */
static enum div_host
give(int to_server)
{
	struct div_packet p;
	enum div_host named;

	memset(packet, 0, HLEN);
	packet[0] = 0x45;
	put16(packet + 2, (uint16_t)(HLEN + len));
	packet[9] = IPPROTO_UDP;
	packet[15] = (uint8_t)(1 + to_server);
	packet[19] = (uint8_t)(2 - to_server);
	put16(packet + 20, to_server ? port : 443);
	put16(packet + 22, to_server ? 443 : port);
	put16(packet + 24, (uint16_t)(8 + len));
	assert_int_equal(div_packet_parse(&p, packet, HLEN + len), 0);
	named = div_quic_hosts(q, &h, &p, NULL, NULL);
	len = 0;
	return named;
}

static void
add(enum quic_wire v, const char *dcid, const char *token, uint32_t pn,
    size_t n)
{
	len += quic_seal(packet + HLEN + len, v, dcid, strlen(dcid), token, pn,
	    frames, n);
}

/* A packet with the bytes of the ClientHello from off to end. */
static void
add_part(const char *dcid, uint32_t pn, uint32_t off, uint32_t end)
{
	memset(frames, 0, 1100);
	quic_crypto(frames, off, hello + off, end - off);
	add(QUIC_V1, dcid, "", pn, 1100);
}

static void
named(enum div_host got)
{
	assert_int_equal(got, DIV_HOST_NAMED);
	assert_string_equal(h.host, "example.com");
	assert_int_equal(h.by, DIV_BY_QUIC);
}

static void
undecided(enum div_host got, int more)
{
	assert_int_equal(got, DIV_HOST_UNDECIDED);
	assert_int_equal(h.want > 0, more);
}

/* The packets of both appendices, bytes of which are known. */
static void
test_rfc(void **state)
{
	(void)state;
	memset(frames, 0, LEN);
	memcpy(frames, "\6\0\x40\xf1", 4);
	memcpy(frames + 4, hello, HELLO_LEN);
	add(QUIC_V1, QUIC_DCID, "", 2, LEN);
	assert_int_equal(len, 1200);
	assert_memory_equal(packet + HLEN,
	    "\xc0\0\0\0\1\x08" QUIC_DCID "\0\0\x44\x9e\x7b\x9a\xec\x34\xd1\xb1"
	    "\xc9\x8d\xd7\x68\x9f\xb8\xec\x11\xd2\x42\xb1\x23\xdc\x9b\xd8\xba",
	    40);
	assert_memory_equal(packet + HLEN + 1200 - 16,
	    "\xe2\x21\xaf\x44\x86\x00\x18\xab\x08\x56\x97\x2e\x19\x4c\xd9\x34",
	    16);
	named(give(1));
	add(QUIC_V2, QUIC_DCID, "", 2, LEN);
	assert_memory_equal(packet + HLEN,
	    "\xd7\x6b\x33\x43\xcf\x08" QUIC_DCID "\0\0\x44\x9e\xa0\xc9\x5e\x82"
	    "\xff\xe6\x7b\x6a\xbc\xdb\x42\x98\xb4\x85\xdd\x04\xde\x80\x60\x71",
	    38);
	named(give(1));
}

static void
test_pieces(void **state)
{
	(void)state;
	add_part(QUIC_DCID, 0, 0, 60);
	undecided(give(1), 1);
	add_part(QUIC_DCID, 1, 150, 200);
	undecided(give(1), 1);
	add_part(QUIC_DCID, 2, 60, 150);
	named(give(1));
	port++;
	add_part(QUIC_DCID, 1, 60, 150); /* the second datagram first */
	undecided(give(1), 1);
	add_part(QUIC_DCID, 0, 0, 60);
	named(give(1));
}

/* Frames and packets of one datagram, with others between them. */
static void
test_coalesced(void **state)
{
	static const uint8_t ack[] = "\2\5\0\1\0\2\3\1\3\1\0\0\0\1\2\3\1";
	size_t n;

	(void)state;
	add_part(QUIC_DCID, 0, 0, 30);
	memcpy(packet + HLEN + len, "\xe0\0\0\0\1\x08" QUIC_DCID "\0\4abcd",
	    20); /* Handshake */
	len += 20;
	memset(frames, 0, 1100);
	memcpy(frames, ack, sizeof(ack) - 1);
	n = sizeof(ack) - 1 +
	    quic_crypto(frames + sizeof(ack) - 1, 30, hello + 30, 50);
	quic_crypto(frames + n, 80, hello + 80, HELLO_LEN - 80);
	add(QUIC_V1, QUIC_DCID, "token", 1, 1100);
	named(give(1));
}

/* The server chose another connection id; the keys stay. */
static void
test_other_id(void **state)
{
	(void)state;
	add_part(QUIC_DCID, 0, 0, 60);
	undecided(give(1), 1);
	add_part("other", 1, 60, 240);
	named(give(1));
}

/* Packets of a server, of others, and short ones name nothing. */
static void
test_none(void **state)
{
	(void)state;
	add_part("other", 0, 0, 240); /* not the keys of this id */
	assert_int_equal(give(1), DIV_HOST_NONE);
	memset(packet + HLEN, 0x40, 1200);
	len = 1200;
	assert_int_equal(give(1), DIV_HOST_NONE);
	add_part(QUIC_DCID, 0, 0, 240);
	packet[HLEN + 1] = 7; /* version */
	assert_int_equal(give(1), DIV_HOST_NONE);
	add_part(QUIC_DCID, 0, 0, 240);
	packet[HLEN + 500] ^= 1;
	assert_int_equal(give(1), DIV_HOST_NONE);
	for (len = 0; len < 60;) {
		add_part(QUIC_DCID, 0, 0, 240);
		len = port++ - 4000U;
		assert_int_equal(give(1), DIV_HOST_NONE);
		len = port - 4000U;
	}
}

/* Another connection of the same port between the datagrams of one. */
static void
test_interleaved(void **state)
{
	(void)state;
	add_part(QUIC_DCID, 0, 0, 60);
	undecided(give(1), 1);
	memset(frames, 0, 1100);
	quic_crypto(frames, 0, hello, 60);
	add(QUIC_V2, QUIC_DCID, "", 0, 1100);
	undecided(give(1), 1);
	add_part(QUIC_DCID, 1, 60, 240);
	named(give(1));
}

/* A ClientHello that does not come, differs, or is too long, is undecided. */
static void
test_undecided(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i < 16; i++) {
		add_part(QUIC_DCID, i, 1 + i, 2 + i);
		undecided(give(1), 1);
	}
	add_part(QUIC_DCID, i, 1, 60);
	undecided(give(1), 0);
	port++;
	add_part(QUIC_DCID, 0, 0, 50);
	undecided(give(1), 1);
	memset(frames, 0, 1100);
	quic_crypto(frames, 0, hello + 1, 50);
	add(QUIC_V1, QUIC_DCID, "", 1, 1100);
	undecided(give(1), 0);
	port++;
	memset(frames, 0, 1100);
	quic_crypto(frames, 40000, hello, 50);
	add(QUIC_V1, QUIC_DCID, "", 0, 1100);
	undecided(give(1), 0);
}

/* Memory is bounded: the oldest connections go. */
static void
test_bounds(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 2000; i++) {
		add_part(QUIC_DCID, 0, 0, 60);
		undecided(give(1), 1);
		port++;
	}
	port = 4000;
	add_part(QUIC_DCID, 1, 60, 240); /* forgotten: no beginning */
	undecided(give(1), 1);
	port = 5999;
	add_part(QUIC_DCID, 1, 60, 240);
	named(give(1));
}

#define UNIT(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(test_rfc),
		UNIT(test_pieces),
		UNIT(test_coalesced),
		UNIT(test_other_id),
		UNIT(test_none),
		UNIT(test_interleaved),
		UNIT(test_undecided),
		UNIT(test_bounds),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
