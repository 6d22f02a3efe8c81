/* SPDX-License-Identifier: ISC */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "corpus.h"
#include "internal.h"

#define SNAPLEN 262144

/* A capture under construction, in either byte order. */
struct capture {
	uint8_t b[4096];
	size_t n;
	int little;
};

static void
cap16(struct capture *c, uint16_t v)
{
	c->b[c->n + !c->little] = (uint8_t)v;
	c->b[c->n + c->little] = (uint8_t)(v >> 8);
	c->n += 2;
}

static void
cap32(struct capture *c, uint32_t v)
{
	cap16(c, (uint16_t)(c->little ? v : v >> 16));
	cap16(c, (uint16_t)(c->little ? v >> 16 : v));
}

static void
cap_bytes(struct capture *c, const void *p, size_t n)
{
	assert_true(n <= sizeof(c->b) - c->n);
	memcpy(c->b + c->n, p, n);
	c->n += n;
}

static void
cap_header(struct capture *c, int little, uint32_t magic, uint32_t link)
{
	memset(c, 0, sizeof(*c));
	c->little = little;
	cap32(c, magic);
	cap16(c, 2);
	cap16(c, 4);
	cap32(c, 0);
	cap32(c, 0);
	cap32(c, 65535);
	cap32(c, link);
}

static void
cap_packet(struct capture *c, const void *p, size_t n, size_t wire)
{
	cap32(c, 1700000000);
	cap32(c, 123456);
	cap32(c, (uint32_t)n);
	cap32(c, (uint32_t)wire);
	cap_bytes(c, p, n);
}

static struct div_reader *
cap_reader(const struct capture *c, int *fd)
{
	struct div_reader *r;

	*fd = file_of(c->b, c->n);
	r = div_reader_new(*fd, "test", DIV_FMT_AUTO);
	assert_non_null(r);
	return r;
}

/* The rest of a message may be libpcap's and change with it. */
static void
failed(struct div_reader *r, int fd, const char *want)
{
	struct div_frame f;

	errno = 0;
	assert_int_equal(div_reader_next(r, &f), -1);
	assert_int_equal(errno,
	    strstr(want, "link type") != NULL ? EPROTONOSUPPORT : EBADMSG);
	if (strncmp(div_reader_error(r), want, strlen(want)) != 0)
		fail_msg("%s, not %s", div_reader_error(r), want);
	div_reader_free(r);
	close(fd);
}

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
		/* seconds have 32 bits in the file */
		want.time = (uint32_t)(want.time / 1000000000) *
			UINT64_C(1000000000) +
		    want.time % 1000000000;
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

#define MACS "\2\0\0\0\0\1\2\0\0\0\0\2"
#define SLL "\0\0\0\1\0\6\2\0\0\0\0\2\0\0"
#define SLL2(type) type "\0\0\0\0\0\3\0\1\0\6\2\0\0\0\0\2\0\0"

/* link headers; none: the packet is skipped */
static const struct {
	uint32_t link;
	const char *hdr;
	size_t len;
	int version;
} heads[] = {
#define HEAD(link, hdr, version)                    \
	{                                           \
		link, hdr, sizeof(hdr) - 1, version \
	}
	HEAD(101, "", 4),
	HEAD(101, "", 6),
	HEAD(228, "", 4),
	HEAD(229, "", 6),
	HEAD(1, MACS "\x08\x00", 4),
	HEAD(1, MACS "\x86\xdd", 6),
	HEAD(1, MACS "\x81\x00\x00\x07\x08\x00", 4),
	HEAD(1, MACS "\x88\xa8\x00\x07\x81\x00\x00\x08\x86\xdd", 6),
	HEAD(1, MACS "\x91\x00\x00\x07\x91\x00\x00\x08\x81\x00\x00\x09\x08\x00",
	    4),
	HEAD(1, MACS "\x08\x06", 0),
	HEAD(1, MACS "\x81\x00\x00\x07\x08\x06", 0),
	HEAD(1, MACS "\x00\x27", 0),
	HEAD(113, SLL "\x08\x00", 4),
	HEAD(113, SLL "\x86\xdd", 6),
	HEAD(113, SLL "\x81\x00\x00\x07\x08\x00", 4),
	HEAD(113, SLL "\x08\x06", 0),
	HEAD(276, SLL2("\x08\x00"), 4),
	HEAD(276, SLL2("\x86\xdd"), 6),
	HEAD(276, SLL2("\x81\x00") "\x00\x07\x08\x00", 4),
	HEAD(276, SLL2("\x08\x06"), 0),
	HEAD(0, "\2\0\0\0", 4),
	HEAD(0, "\0\0\0\2", 4),
	HEAD(0, "\12\0\0\0", 6),
	HEAD(0, "\0\0\0\30", 6),
	HEAD(0, "\34\0\0\0", 6),
	HEAD(0, "\36\0\0\0", 6),
	HEAD(0, "\7\0\0\0", 0),
	HEAD(0, "\0\2\0\0", 0),
	HEAD(0, "\2\0\0\2", 0),
	HEAD(108, "\0\0\0\2", 4),
	HEAD(108, "\0\0\0\30", 6),
	HEAD(108, "\0\0\0\7", 0),
};

static void
links(void **state)
{
	static struct capture c;
	struct div_reader *r;
	struct div_frame f;
	uint8_t *p, buf[200];
	size_t i, n, m;
	int fd;

	(void)state;
	for (i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		p = unhex(heads[i].version == 6 ? TCP6_DATA : TCP4_DATA, &n);
		m = heads[i].len;
		memcpy(buf, heads[i].hdr, m);
		memcpy(buf + m, p, n);
		cap_header(&c, 1, 0xa1b2c3d4, heads[i].link);
		cap_packet(&c, buf, m + n, m + n);
		r = cap_reader(&c, &fd);
		if (heads[i].version == 0) {
			assert_int_equal(div_reader_next(r, &f), 0);
			assert_int_equal(r->skipped, 1);
		} else {
			assert_int_equal(div_reader_next(r, &f), 1);
			assert_int_equal(f.type, DIV_INJECT);
			assert_true(f.time == 1700000000123456000);
			assert_int_equal(f.caplen, n);
			assert_int_equal(f.origlen, n);
			assert_int_equal(f.flags, 0);
			assert_memory_equal(f.packet, p, n);
		}
		div_reader_free(r);
		close(fd);
		free(p);
	}
}

/* Every link header, cut at every byte: skipped or short, never read past. */
static void
links_cut(void **state)
{
	static struct capture c;
	struct div_reader *r;
	struct div_frame f;
	size_t i, n;
	int fd;

	(void)state;
	for (i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		cap_header(&c, 0, 0xa1b2c3d4, heads[i].link);
		for (n = 0; n < heads[i].len; n++)
			cap_packet(&c, heads[i].hdr, n, 1000);
		r = cap_reader(&c, &fd);
		assert_int_equal(div_reader_next(r, &f), 0);
		assert_int_equal(r->skipped, heads[i].len);
		div_reader_free(r);
		close(fd);
	}
}

/* Ethernet frames of at least 60 bytes, and what cards are handed to cut. */
static void
padding(void **state)
{
	static const struct {
		uint32_t link;
		const char *hex;
		int zero; /* the length in the IP header */
		size_t pad, cut;
		uint32_t caplen, origlen;
		uint8_t flags;
	} rows[] = {
		{ 1, UDP4, 0, 7, 0, 39, 39, 0 },
		{ 1, UDP6, 0, 7, 0, 58, 58, 0 },
		{ 1, UDP4, 1, 7, 0, 46, 46, 0 },
		{ 1, UDP6, 1, 7, 0, 65, 65, 0 },
		{ 1, UDP4, 0, 7, 3, 39, 39, 0 },
		{ 1, UDP4, 0, 7, 10, 36, 39, DIV_F_TRUNC },
		{ 1, UDP4, 0, 0, 25, 14, 39, DIV_F_TRUNC },
		{ 1, UDP4, 0, 7, 43, 3, 46, DIV_F_TRUNC },
		{ 101, UDP4, 0, 7, 0, 46, 46, 0 },
		{ 101, UDP4, 0, 0, 9, 30, 39, DIV_F_TRUNC },
	};
	static struct capture c;
	struct div_reader *r;
	struct div_frame f;
	uint8_t *p, buf[200];
	size_t i, m, n;
	int fd;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		p = unhex(rows[i].hex, &n);
		memset(buf, 0xee, sizeof(buf));
		m = rows[i].link == 1 ? 14 : 0;
		memcpy(buf, p[0] >> 4 == 4 ? MACS "\x08\x00" : MACS "\x86\xdd",
		    m);
		if (rows[i].zero)
			put16(p + (p[0] >> 4 == 4 ? 2 : 4), 0);
		memcpy(buf + m, p, n);
		n += m + rows[i].pad;
		cap_header(&c, 1, 0xa1b2c3d4, rows[i].link);
		cap_packet(&c, buf, n - rows[i].cut, n);
		r = cap_reader(&c, &fd);
		assert_int_equal(div_reader_next(r, &f), 1);
		assert_int_equal(f.caplen, rows[i].caplen);
		assert_int_equal(f.origlen, rows[i].origlen);
		assert_int_equal(f.flags, rows[i].flags);
		assert_memory_equal(f.packet, buf + m, f.caplen);
		div_reader_free(r);
		close(fd);
		free(p);
	}
}

/* Both byte orders, micro- and nanoseconds, a year after 2038. */
static void
times(void **state)
{
	static struct capture c;
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

static void
pcapng(void **state)
{
	static struct capture c;
	struct div_reader *r;
	struct div_frame f;
	uint8_t *p;
	size_t n;
	int fd;

	(void)state;
	p = unhex(UDP4, &n); /* 39 bytes */
	c.little = 1;
	cap32(&c, 0x0a0d0d0a); /* section header */
	cap32(&c, 28);
	cap32(&c, 0x1a2b3c4d);
	cap16(&c, 1);
	cap16(&c, 0);
	cap32(&c, UINT32_MAX);
	cap32(&c, UINT32_MAX);
	cap32(&c, 28);
	cap32(&c, 1); /* interface */
	cap32(&c, 32);
	cap16(&c, 1);
	cap16(&c, 0);
	cap32(&c, 65535);
	cap16(&c, 9); /* its resolution: 1 ns */
	cap16(&c, 1);
	cap32(&c, 9);
	cap32(&c, 0);
	cap32(&c, 32);
	cap32(&c, 6); /* packet */
	cap32(&c, 88);
	cap32(&c, 0);
	cap32(&c, (uint32_t)(UINT64_C(1700000000123456789) >> 32));
	cap32(&c, (uint32_t)UINT64_C(1700000000123456789));
	cap32(&c, (uint32_t)n + 14);
	cap32(&c, (uint32_t)n + 14);
	cap_bytes(&c, MACS "\x08\x00", 14);
	cap_bytes(&c, p, n);
	cap_bytes(&c, "\0\0", 3);
	cap32(&c, 88);
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

static void
bad_links(void **state)
{
	static struct capture c;
	struct div_reader *r;
	int fd;

	(void)state;
	cap_header(&c, 1, 0xa1b2c3d4, 105);
	cap_packet(&c, "E123456789", 10, 10);
	r = cap_reader(&c, &fd);
	failed(r, fd,
	    "test: byte 24: link type IEEE802_11 (802.11) "
	    "is not supported");
	cap_header(&c, 1, 0xa1b2c3d4, 9999);
	r = cap_reader(&c, &fd);
	failed(r, fd, "test: byte 24: link type 9999 is not supported");
}

/* A file that ends at any byte: the packet before that comes through. */
static void
truncated(void **state)
{
	static struct capture c;
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
		failed(r, fd, want);
	}
}

static void
corrupt(void **state)
{
	static struct capture c;
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
	failed(r, fd, "test: byte 66: after packet 1: invalid packet");
}

/* Captures with some bytes changed: anything but a crash or an endless one. */
static void
mutated(void **state)
{
	static struct capture c, m;
	struct div_reader *r;
	struct div_frame f;
	uint8_t *p;
	size_t n, i, j;
	int fd;

	(void)state;
	for (i = 0; i < 2000; i++) {
		j = random64() % (sizeof(heads) / sizeof(heads[0]));
		cap_header(&c, 1, 0xa1b2c3d4, heads[j].link);
		for (n = 0; n < 3; n++) {
			size_t len;

			p = mutant(&len);
			cap32(&c, 0);
			cap32(&c, 0);
			cap32(&c, (uint32_t)(heads[j].len + len));
			cap32(&c, (uint32_t)random64() % 200);
			cap_bytes(&c, heads[j].hdr, heads[j].len);
			cap_bytes(&c, p, len);
			free(p);
		}
		m = c;
		for (n = random64() % 4; n > 0; n--)
			m.b[random64() % m.n] = (uint8_t)random64();
		r = cap_reader(&m, &fd);
		for (n = 0; div_reader_next(r, &f) == 1; n++) {
			assert_true(f.caplen <= f.origlen);
			assert_true(
			    f.caplen == f.origlen || f.flags == DIV_F_TRUNC);
		}
		assert_true(n <= m.n / 16);
		div_reader_free(r);
		close(fd);
	}
}

static int
tied(void *arg)
{
	++*(int *)arg;
	return 0;
}

/* A packet that has come is there at once, and the tie runs before a wait. */
static void
streaming(void **state)
{
	static struct capture c;
	struct div_reader *r;
	struct div_frame f;
	int fd[2], i, ties = 0;

	(void)state;
	assert_int_equal(pipe(fd), 0);
	r = div_reader_new(fd[0], "test", DIV_FMT_AUTO);
	assert_non_null(r);
	div_reader_tie(r, tied, &ties);
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

/* Edited is what no longer fits its digest; only that is repaired. */
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
		cmocka_unit_test(links),
		cmocka_unit_test(links_cut),
		cmocka_unit_test(padding),
		cmocka_unit_test(times),
		cmocka_unit_test(pcapng),
		cmocka_unit_test(bad_links),
		cmocka_unit_test(truncated),
		cmocka_unit_test(corrupt),
		cmocka_unit_test(mutated),
		cmocka_unit_test(streaming),
		cmocka_unit_test(repairs),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
