/* SPDX-License-Identifier: ISC */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "capfile.h"
#include "codec/codec.h"

#define SNAPLEN 262144

/* All packets there and back, with their times and original lengths. */
static void
identity(void **state)
{
	const struct named *list;
	struct div_reader *r;
	struct div_frame f, want;
	size_t n, i;
	int fd;

	(void)state;
	list = frames(&n);
	fd = file_of_frames(DIV_FMT_PCAP, list, n);
	r = div_reader_new(fd, "test", DIV_FMT_AUTO);
	assert_non_null(r);
	for (i = 0; i < n; i++) {
		if (list[i].f.type != DIV_PACKET &&
		    list[i].f.type != DIV_INJECT)
			continue;
		memset(&want, 0, sizeof(want));
		want.type = DIV_INJECT;
		want.hdrlen = DIV_HDRLEN;
		want.time = list[i].f.time;
		want.packet = list[i].f.packet;
		want.caplen = want.origlen = list[i].f.caplen;
		if (list[i].f.flags & DIV_F_TRUNC)
			want.origlen = list[i].f.origlen;
		if (want.caplen > SNAPLEN)
			want.caplen = SNAPLEN;
		if (want.caplen < want.origlen)
			want.flags = DIV_F_TRUNC;
		want.digest = div_frame_digest(&want);
		if (want.time > UINT64_C(4294967295999999999))
			want.time = UINT64_C(4294967295999999999);
		if (div_reader_next(r, &f) != 1)
			fail_msg("%s: %s", list[i].name, div_reader_error(r));
		frame_same(list[i].name, &f, &want);
	}
	assert_int_equal(div_reader_next(r, &f), 0);
	assert_int_equal(r->skipped, 0);
	div_reader_free(r);
	close(fd);
}

static void
empty(void **state)
{
	struct div_reader *r;
	struct div_frame f;
	uint8_t *p;
	int fd;

	(void)state;
	fd = file_of_frames(DIV_FMT_PCAP, NULL, 0);
	r = div_reader_new(fd, "test", DIV_FMT_AUTO);
	assert_non_null(r);
	assert_int_equal(div_reader_next(r, &f), 0);
	div_reader_free(r);
	assert_int_equal(file_read(fd, &p), 24);
	free(p);
}

/* Both byte orders, micro- and nanoseconds, a year after 2038. */
static void
times(void **state)
{
	static struct capfile c;
	struct div_reader *r;
	struct div_frame f;
	int i, fd;

	(void)state;
	for (i = 0; i < 4; i++) {
		cap_header(&c, i & 1, i & 2 ? 0xa1b23c4d : 0xa1b2c3d4, 101);
		cap32(&c, 0xfffffffe);
		cap32(&c, 999);
		cap32(&c, 1);
		cap32(&c, 1);
		cap_bytes(&c, "E", 1);
		r = cap_reader(&c, &fd);
		assert_int_equal(div_reader_next(r, &f), 1);
		assert_int_equal(f.time,
		    UINT64_C(4294967294000000000) + (i & 2 ? 999 : 999000));
		assert_int_equal(div_reader_next(r, &f), 0);
		div_reader_free(r);
		close(fd);
	}
}

/* A section in one of the byte orders. */
static void
ng_section(struct capfile *c, int little)
{
	c->little = little;
	cap32(c, 0x0a0d0d0a);
	cap32(c, 28);
	cap32(c, 0x1a2b3c4d);
	cap16(c, 1);
	cap16(c, 0);
	cap32(c, UINT32_MAX);
	cap32(c, UINT32_MAX);
	cap32(c, 28);
}

static void
ng_option(struct capfile *c, uint16_t code, const void *p, uint16_t n)
{
	cap16(c, code);
	cap16(c, n);
	cap_bytes(c, p, n);
	cap_bytes(c, "\0\0\0", (4U - n % 4) % 4);
}

/*
 * An interface with a name, which may be empty, and a resolution of 10 to the
 * power of -res seconds.
 */
static void
ng_named(struct capfile *c, uint16_t type, const char *name, uint8_t res)
{
	uint16_t n = (uint16_t)strlen(name);
	uint32_t len = 36 + (n + 3U) / 4 * 4;

	cap32(c, 1);
	cap32(c, len);
	cap16(c, type);
	cap16(c, 0);
	cap32(c, 65535);
	ng_option(c, 2, name, n);
	ng_option(c, 9, &res, 1);
	cap32(c, 0);
	cap32(c, len);
}

static void
ng_interface(struct capfile *c, uint16_t type, uint8_t res)
{
	ng_named(c, type, "", res);
}

static void
ng_packet(struct capfile *c, uint32_t interface, uint64_t time, const void *p,
    uint32_t n)
{
	uint32_t len = 32 + n + -n % 4;

	cap32(c, 6);
	cap32(c, len);
	cap32(c, interface);
	cap32(c, (uint32_t)(time >> 32));
	cap32(c, (uint32_t)time);
	cap32(c, n);
	cap32(c, n);
	cap_bytes(c, p, n);
	cap_bytes(c, "\0\0\0", -n % 4);
	cap32(c, len);
}

static void
pcapng(void **state)
{
	static struct capfile c;
	static uint8_t ether[14 + 39] = MACS "\x08\x00";
	struct div_reader *r;
	struct div_frame f;
	uint8_t *p;
	size_t n;
	int fd;

	(void)state;
	p = unhex(UDP4, &n); /* 39 bytes */
	memcpy(ether + 14, p, n);
	ng_section(&c, 1);
	ng_interface(&c, 1, 9);
	ng_packet(&c, 0, UINT64_C(1700000000123456789), ether, sizeof(ether));
	r = cap_reader(&c, &fd);
	assert_int_equal(div_reader_next(r, &f), 1);
	assert_int_equal(f.caplen, n);
	assert_memory_equal(f.packet, p, n);
	assert_true(f.time == 1700000000123456789);
	assert_int_equal(div_reader_next(r, &f), 0);
	div_reader_free(r);
	close(fd);
	free(p);
}

/* The resolution behind a name of any length. */
static void
pcapng_options(void **state)
{
	static const char *const names[] = { "", "a", "lo", "em0", "eth0",
		"wlan0" };
	static struct capfile c;
	struct div_reader *r;
	struct div_frame f;
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		c.n = 0;
		ng_section(&c, 1);
		ng_named(&c, 101, names[i], 9);
		ng_packet(&c, 0, 5, "E1", 2);
		r = cap_reader(&c, &fd);
		assert_int_equal(div_reader_next(r, &f), 1);
		assert_int_equal(f.time, 5);
		div_reader_free(r);
		close(fd);
	}
}

/*
 * Sections in both byte orders, interfaces of several types and resolutions, one
 * of which has no IP; unknown blocks, packets without bytes and of the simple kind.
 */
static void
pcapng_mixed(void **state)
{
	static const uint64_t times[] = { 5000000000, 7000000000, 0,
		9000000000 };
	static struct capfile c;
	struct div_reader *r;
	struct div_frame f;
	size_t i;
	int fd;

	(void)state;
	c.n = 0;
	ng_section(&c, 0);
	ng_interface(&c, 101, 6);
	ng_interface(&c, 10, 6); /* FDDI */
	ng_interface(&c, 101, 3);
	ng_packet(&c, 0, 5000000, "E1", 2);
	ng_packet(&c, 1, 6000000, "E2", 2);
	ng_packet(&c, 2, 7000, "E3", 2);
	ng_packet(&c, 0, 8000000, "", 0);
	cap32(&c, 0xbad); /* an unknown block */
	cap32(&c, 12);
	cap32(&c, 12);
	cap32(&c, 3); /* a simple packet */
	cap32(&c, 20);
	cap32(&c, 2);
	cap_bytes(&c, "E4\0\0", 4);
	cap32(&c, 20);
	ng_section(&c, 1);
	ng_interface(&c, 101, 9);
	ng_packet(&c, 0, 9000000000, "E5", 2);
	r = cap_reader(&c, &fd);
	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		assert_int_equal(div_reader_next(r, &f), 1);
		assert_int_equal(f.caplen, 2);
		assert_int_equal(f.time, times[i]);
	}
	assert_int_equal(div_reader_next(r, &f), 0);
	assert_int_equal(div_reader_skipped(r), 2);
	div_reader_free(r);
	close(fd);
}

static void
pcapng_bad(void **state)
{
	static struct capfile c;
	struct div_reader *r;
	int fd;

	(void)state;
	c.n = 0;
	ng_section(&c, 1);
	ng_interface(&c, 10, 6);
	ng_packet(&c, 0, 1, "E1", 2);
	r = cap_reader(&c, &fd);
	cap_failed(r, fd,
	    "test: byte 100: link type FDDI (FDDI) is not supported");
	c.n = 0;
	ng_section(&c, 1);
	ng_interface(&c, 101, 6);
	ng_packet(&c, 1, 1, "E1", 2);
	r = cap_reader(&c, &fd);
	cap_failed(r, fd, "test: byte 100: a packet of an unknown interface");
	c.n -= 8; /* the last of the packet's bytes, and its length */
	r = cap_reader(&c, &fd);
	cap_failed(r, fd, "test: byte 92: truncated pcapng file");
}

/* A file that ends at any byte: the packet before that comes through. */
static void
truncated(void **state)
{
	static struct capfile c;
	struct div_reader *r;
	struct div_frame f;
	char want[100];
	size_t n;
	int fd;

	(void)state;
	cap_header(&c, 1, 0xa1b2c3d4, 101);
	cap_packet(&c, "E123456789", 10, 10);
	cap_packet(&c, "E123456789", 10, 10);
	for (n = 50 + 25; n > 4; n--) {
		c.n = n;
		r = cap_reader(&c, &fd);
		if (n >= 50)
			assert_int_equal(div_reader_next(r, &f), 1);
		if (n == 50 || n == 24) {
			assert_int_equal(div_reader_next(r, &f), 0);
			div_reader_free(r);
			close(fd);
			continue;
		}
		snprintf(want, sizeof(want), "test: byte %zu: %struncated", n,
		    n > 50 ? "after packet 1: " : "");
		cap_failed(r, fd, want);
	}
}

static void
corrupt(void **state)
{
	static struct capfile c;
	struct div_reader *r;
	struct div_frame f;
	int fd;

	(void)state;
	cap_header(&c, 1, 0xa1b2c3d4, 101);
	cap_packet(&c, "E123456789", 10, 10);
	cap_packet(&c, "E123456789", 10, 10);
	cap_packet(&c, "E123456789", 10, 10);
	memset(c.b + 58, 0xff, 4);
	r = cap_reader(&c, &fd);
	assert_int_equal(div_reader_next(r, &f), 1);
	cap_failed(r, fd, "test: byte 66: after packet 1: invalid packet");
}

static int
tied(void *arg)
{
	++*(int *)arg;
	return 0;
}

/* A packet that was read is returned at once; on_reuse() runs before a wait. */
static void
streaming(void **state)
{
	static struct capfile c;
	struct div_reader *r;
	struct div_frame f;
	int fd[2], i, ties = 0;

	(void)state;
	assert_int_equal(pipe(fd), 0);
	r = div_reader_new(fd[0], "test", DIV_FMT_AUTO);
	assert_non_null(r);
	div_reader_on_reuse(r, tied, &ties);
	cap_header(&c, 1, 0xa1b2c3d4, 101);
	alarm(30);
	for (i = 0; i < 3; i++) {
		cap_packet(&c, "E123456789", 10, 10);
		assert_int_equal(write(fd[1], c.b, c.n), c.n);
		ties = 0;
		assert_int_equal(div_reader_next(r, &f), 1);
		assert_int_equal(f.caplen, 10);
		assert_int_equal(ties, 1);
		c.n = 0;
	}
	alarm(0);
	close(fd[1]);
	assert_int_equal(div_reader_next(r, &f), 0);
	div_reader_free(r);
	close(fd[0]);
}

/* Only a packet that no longer has its digest is repaired. */
static void
repairs(void **state)
{
	static const struct {
		int edit, known, flags, repaired;
	} rows[] = {
		{ 0, 1, 0, 0 },
		{ 1, 1, 0, 1 },
		{ 1, 0, 0, 0 },
		{ 1, 1, DIV_F_TRUNC, 0 },
		{ 0, 1, DIV_F_NOCSUM, 1 },
		{ 0, 0, DIV_F_NOCSUM, 1 },
	};
	struct named one = { .name = "one" };
	struct div_frame *f = &one.f;
	uint8_t *p, *out;
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		p = unhex(UDP4, &n);
		p[26] ^= 0x55; /* checksum */
		memset(f, 0, sizeof(*f));
		f->type = rows[i].known ? DIV_PACKET : DIV_INJECT;
		f->hdrlen = DIV_HDRLEN;
		f->packet = p;
		f->caplen = f->origlen = (uint32_t)n;
		f->flags = (uint8_t)rows[i].flags;
		f->digest = rows[i].known ? div_frame_digest(f) : 0;
		f->caplen -= (uint32_t)rows[i].edit;
		n = file_read(file_of_frames(DIV_FMT_PCAP, &one, 1), &out);
		assert_int_equal(n, 24 + 16 + f->caplen);
		out += 40;
		if (rows[i].repaired) {
			assert_int_not_equal(get16(out + 26), get16(p + 26));
			assert_int_equal(get16(out + 2), f->caplen);
			assert_int_equal(get16(out + 24), f->caplen - 20);
		} else
			assert_memory_equal(out, p, f->caplen);
		free(out - 40);
		free(p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(identity),
		cmocka_unit_test(empty),
		cmocka_unit_test(times),
		cmocka_unit_test(pcapng),
		cmocka_unit_test(pcapng_options),
		cmocka_unit_test(pcapng_mixed),
		cmocka_unit_test(pcapng_bad),
		cmocka_unit_test(truncated),
		cmocka_unit_test(corrupt),
		cmocka_unit_test(streaming),
		cmocka_unit_test(repairs),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
