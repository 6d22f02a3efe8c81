/* SPDX-License-Identifier: ISC */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <xxhash.h>

#include "corpus.h"
#include "divio.h"

static void
random_frame(struct div_frame *f, uint8_t *opaque)
{
	uint64_t r = random64();

	memset(f, 0, sizeof(*f));
	f->type = (uint8_t)r;
	f->dir = (uint8_t)(r >> 8);
	f->flags = (uint8_t)(r >> 16);
	f->hdrlen = (uint16_t)(DIV_HDRLEN + 8 * (r % 23));
	f->origlen = (uint32_t)random64();
	f->time = random64();
	f->id = random64();
	f->digest = random64();
	f->epoch = random64();
	f->mark = (uint32_t)random64();
	f->ifindex = (uint32_t)random64();
	f->port = (uint16_t)random64();
	f->tag = (uint32_t)random64();
	memcpy(f->ifname, &r, sizeof(r));
	f->opaque = opaque;
}

static void
test_round_trip(void **state)
{
	uint8_t opaque[DIV_HDRMAX], buf[DIV_HDRMAX + 100], again[DIV_HDRMAX];
	struct div_frame f, g;
	size_t n;
	int i;

	(void)state;
	memset(opaque, 0x5a, sizeof(opaque));
	memset(buf, 0, sizeof(buf));
	memset(&g, 0, sizeof(g));
	for (i = 0; i < 10000; i++) {
		random_frame(&f, opaque);
		f.caplen = 100;
		n = div_frame_encode(&f, buf);
		assert_int_equal(n, f.hdrlen);
		assert_int_equal(div_frame_decode(&g, buf, n + 100), 1);
		assert_ptr_equal(g.wire, buf);
		assert_ptr_equal(g.packet, buf + n);
		assert_memory_equal(g.opaque, opaque, n - DIV_HDRLEN);
		f.opaque = g.opaque;
		f.packet = g.packet;
		f.wire = g.wire;
		assert_memory_equal(&f, &g, sizeof(f));
		assert_int_equal(div_frame_encode(&g, again), n);
		assert_memory_equal(again, buf, n);
	}
}

/* The table in divio(5), byte by byte. */
static void
test_layout(void **state)
{
	static const uint8_t want[DIV_HDRLEN] = {
		'D',
		'I',
		'V',
		'F',
		1,
		3,
		0,
		80,
		0,
		0,
		1,
		2,
		0,
		0,
		3,
		4,
		1,
		2,
		3,
		4,
		5,
		6,
		7,
		8,
		11,
		12,
		13,
		14,
		15,
		16,
		17,
		18,
		21,
		22,
		23,
		24,
		25,
		26,
		27,
		28,
		31,
		32,
		33,
		34,
		35,
		36,
		37,
		38,
		41,
		42,
		43,
		44,
		51,
		52,
		53,
		54,
		61,
		62,
		2,
		5,
		71,
		72,
		73,
		74,
		'e',
		't',
		'h',
		'0',
	};
	struct div_frame f = {
		.type = DIV_INJECT,
		.dir = DIV_OUT,
		.flags = 5,
		.hdrlen = DIV_HDRLEN,
		.caplen = 0x102,
		.origlen = 0x304,
		.time = 0x0102030405060708,
		.id = 0x0b0c0d0e0f101112,
		.digest = 0x15161718191a1b1c,
		.epoch = 0x1f20212223242526,
		.mark = 0x292a2b2c,
		.ifindex = 0x33343536,
		.port = 0x3d3e,
		.tag = 0x4748494a,
		.ifname = "eth0",
	};
	uint8_t buf[DIV_HDRMAX];

	(void)state;
	assert_int_equal(div_frame_encode(&f, buf), sizeof(want));
	assert_memory_equal(buf, want, sizeof(want));
}

static void
test_incomplete(void **state)
{
	struct div_frame f = {
		.type = DIV_PACKET,
		.hdrlen = DIV_HDRLEN,
		.caplen = 10,
	};
	uint8_t buf[DIV_HDRMAX] = "", *p;
	size_t n;

	(void)state;
	div_frame_encode(&f, buf);
	for (n = 0; n < DIV_HDRLEN + 10; n++) {
		p = copy(buf, n);
		assert_int_equal(div_frame_decode(&f, p, n), 0);
		free(p);
	}
	assert_int_equal(div_frame_decode(&f, buf, n), 1);
}

static void
bad(size_t offset, uint8_t value, size_t len, int error)
{
	struct div_frame f = { .type = 1, .hdrlen = DIV_HDRLEN };
	uint8_t buf[DIV_HDRMAX];

	div_frame_encode(&f, buf);
	buf[offset] = value;
	errno = 0;
	assert_int_equal(div_frame_decode(&f, buf, len), -1);
	assert_int_equal(errno, error);
}

static void
test_bad(void **state)
{
	(void)state;
	bad(0, 'E', 1, EBADMSG);
	bad(3, 'f', 80, EBADMSG);
	bad(4, 2, 5, EPROTONOSUPPORT);
	bad(7, 72, 80, EMSGSIZE); /* header too short */
	bad(7, 81, 80, EMSGSIZE); /* no multiple of 8 */
	bad(6, 1, 80, EMSGSIZE);  /* header of 336 */
	bad(8, 1, 80, EMSGSIZE);  /* 16 MiB */
}

static void
digest_sees(uint8_t *p, uint32_t len, uint64_t epoch)
{
	struct div_frame f = { .packet = p, .caplen = len, .epoch = epoch };
	uint32_t i;

	f.digest = div_frame_digest(&f);
	assert_false(div_frame_edited(&f));
	for (i = 0; i < len; i++) {
		p[i] ^= 0x20;
		assert_true(div_frame_edited(&f));
		p[i] ^= 0x20;
	}
}

/* Edited for good, even if another filter restores the bytes. */
static void
test_replace(void **state)
{
	uint8_t old[3] = "old", new[3] = "new";
	struct div_frame f = { .packet = old, .caplen = 2, .wire = old };

	(void)state;
	f.digest = div_frame_digest(&f);
	assert_false(div_frame_edited(&f));
	div_frame_replace(&f, new, 3);
	assert_ptr_equal(f.packet, new);
	assert_int_equal(f.caplen, 3);
	assert_null(f.wire);
	assert_true(div_frame_edited(&f));
	f.packet = old;
	f.caplen = 2;
	assert_true(div_frame_edited(&f));
}

static void
test_digest(void **state)
{
	uint8_t p[241];
	uint32_t len, i;

	(void)state;
	for (len = 1; len <= 240; len++) {
		for (i = 0; i < len; i++)
			p[i] = (uint8_t)random64();
		digest_sees(p, len, random64());
	}
}

/*
 * Without a seed, eight bytes of XXH3's public secret in a packet blind the digest
 * to the next eight.
 */
static void
test_blinded(void **state)
{
	static const uint8_t secret[8] = {
		0xb8,
		0xfe,
		0x6c,
		0x39,
		0x23,
		0xa4,
		0x4b,
		0xbe,
	};
	uint8_t p[240], q[240];
	uint32_t len;

	(void)state;
	for (len = 129; len <= 240; len++) {
		memset(p, 'a', sizeof(p));
		memcpy(p, secret, sizeof(secret));
		memcpy(q, p, sizeof(q));
		q[8] ^= 0xff;
		q[15] ^= 0x11;
		assert_true(XXH3_64bits(p, len) == XXH3_64bits(q, len));
		digest_sees(p, len, random64());
	}
}

static void
test_unknown_digest(void **state)
{
	uint8_t p[20] = { 0x45 };
	struct div_frame f = { .packet = p, .caplen = 20, .epoch = 7 };

	(void)state;
	assert_true(div_frame_edited(&f));
	f.digest = div_frame_digest(&f);
	assert_false(div_frame_edited(&f));
	f.caplen--;
	assert_true(div_frame_edited(&f));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_layout),
		cmocka_unit_test(test_incomplete),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_digest),
		cmocka_unit_test(test_replace),
		cmocka_unit_test(test_blinded),
		cmocka_unit_test(test_unknown_digest),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
