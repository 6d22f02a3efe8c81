/* SPDX-License-Identifier: ISC */

/* Link headers of captures. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "capfile.h"
#include "codec/codec.h"

#define SLL "\0\0\0\1\0\6\2\0\0\0\0\2\0\0"
#define SLL2(type) type "\0\0\0\0\0\3\0\1\0\6\2\0\0\0\0\2\0\0"

#define SNAP(type) "\xaa\xaa\3\0\0\0" type
#define WIFI(fc) fc "\0\0" MACS "\2\0\0\0\0\3\x10\0"
#define PPPOE "\x11\0\0\7\0\x4b"
#define ZERO4 "\0\0\0\0"
#define ZERO16 ZERO4 ZERO4 ZERO4 ZERO4

/* of PFLOG: length, family, name, direction; 61 bytes before padding */
#define PFLOG(head, name, dir)                                               \
	head "\1\0" name ZERO16 ZERO4 ZERO4 ZERO4 ZERO4 ZERO4 ZERO4 dir "\0" \
	     "\0\0"
#define EM0 "em0\0" ZERO4 ZERO4 ZERO4

/* of NFLOG, little-endian: hook, mark, interfaces, prefix */
#define NFLOG_HEAD "\2\0\0\5"
#define NFLOG_HOOK(hook) "\x08\0\1\0\x08\0" hook "\0"
#define NFLOG_MARK "\x08\0\2\0\0\0\0\7"
#define NFLOG_IN "\x08\0\4\0\0\0\0\3"
#define NFLOG_OUT "\x08\0\5\0\0\0\0\4"
#define NFLOG_PREFIX "\x09\0\x0a\0web: \0\0\0"
#define NFLOG_PAYLOAD "\x4d\0\x09\0" /* of 73 bytes */

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
	HEAD(1, MACS "\x00\x51" SNAP("\x08\x00"), 4),
	HEAD(1, MACS "\x00\x66" SNAP("\x86\xdd"), 6),
	HEAD(1, MACS "\x00\x55" SNAP("\x81\x00") "\x00\x07\x08\x00", 4),
	HEAD(1, MACS "\x00\x51" SNAP("\x08\x06"), 0),
	HEAD(1,
	    MACS "\x00\x51"
		 "\xaa\xaa\3\0\0\1\x08\x00",
	    0),
	HEAD(1,
	    MACS "\x00\x51"
		 "\x42\x42\3",
	    0),
	HEAD(1,
	    MACS "\x88\x47"
		 "\0\1\1\x40",
	    4),
	HEAD(1,
	    MACS "\x88\x48"
		 "\0\1\0\x40\0\2\1\x40",
	    6),
	HEAD(1,
	    MACS "\x88\x47"
		 "\0\1\1\x40\0\0\0\0",
	    0),
	HEAD(1, MACS "\x88\x64" PPPOE "\x00\x21", 4),
	HEAD(1, MACS "\x88\x64" PPPOE "\x00\x57", 6),
	HEAD(1, MACS "\x88\x64" PPPOE "\x02\x81\0\1\1\x40", 4),
	HEAD(1, MACS "\x88\x64" PPPOE "\xc0\x21", 0),
	HEAD(1,
	    MACS "\x88\x64"
		 "\x11\x09\0\7\0\x4b\0\x21",
	    0),
	HEAD(51, PPPOE "\x00\x21", 4),
	HEAD(9, "\x00\x21", 4),
	HEAD(9, "\xff\x03\x00\x57", 6),
	HEAD(9, "\x21", 4),
	HEAD(50, "\xff\x03\x57", 6),
	HEAD(50, "\x0f\x00\x08\x00", 4),
	HEAD(50, "\x8f\x00\x80\x35", 0),
	HEAD(105, WIFI("\x08\x01") SNAP("\x08\x00"), 4),
	HEAD(105, WIFI("\x08\x02") SNAP("\x86\xdd"), 6),
	HEAD(105, WIFI("\x08\x03") "\2\0\0\0\0\4" SNAP("\x08\x00"), 4),
	HEAD(105, WIFI("\x88\x01") "\0\0" SNAP("\x08\x00"), 4),
	HEAD(105, WIFI("\x88\x81") "\0\0\0\0\0\0" SNAP("\x08\x00"), 4),
	HEAD(105, WIFI("\x88\x03") "\2\0\0\0\0\4\0\0" SNAP("\x08\x00"), 4),
	HEAD(105, WIFI("\x88\x01") "\x80\0" SNAP("\x08\x00"), 0), /* A-MSDU */
	HEAD(105, WIFI("\x08\x41") SNAP("\x08\x00"), 0), /* encrypted */
	HEAD(105, WIFI("\x08\x05") SNAP("\x08\x00"), 0), /* fragments follow */
	HEAD(105, WIFI("\x48\x01") SNAP("\x08\x00"), 0), /* without data */
	HEAD(105, WIFI("\x80\x00") SNAP("\x08\x00"), 0), /* a beacon */
	HEAD(127, "\0\0\x08\0" ZERO4 WIFI("\x08\x01") SNAP("\x08\x00"), 4),
	HEAD(127,
	    "\0\0\x11\0\3\0\0\0" ZERO4 ZERO4 "\x20" WIFI("\x88\x01")
		ZERO4 SNAP("\x08\x00"),
	    4),
	HEAD(127,
	    "\0\0\x0d\0\2\0\0\x80" ZERO4 "\x20" WIFI("\x88\x01")
		ZERO4 SNAP("\x08\x00"),
	    4),
	HEAD(127, "\0\0\x08\0\2\0\0\x80" WIFI("\x08\x01") SNAP("\x08\x00"), 4),
	HEAD(127, "\0\0\x07\0" ZERO4 WIFI("\x08\x01") SNAP("\x08\x00"), 0),
	HEAD(127, "\1\0\x08\0" ZERO4 WIFI("\x08\x01") SNAP("\x08\x00"), 0),
	HEAD(127, "\0\0\xff\xff" ZERO4 WIFI("\x08\x01") SNAP("\x08\x00"), 0),
	HEAD(109, "\2\0\0\0\0\0\0\1\3\0\0\0", 4),
	HEAD(109, "\0\0\0\x18\0\0\0\1\0\0\0\3", 6),
	HEAD(109, "\7\0\0\0\0\0\0\1\3\0\0\0", 0),
	HEAD(117, PFLOG("\x3d\2", EM0, "\1"), 4),
	HEAD(117, PFLOG("\x40\x1c", EM0, "\2"), 6),
	HEAD(117, PFLOG("\x2c\2", EM0, "\1"), 0),
	HEAD(117, PFLOG("\x3d\7", EM0, "\1"), 0),
	HEAD(239, NFLOG_HEAD NFLOG_PAYLOAD, 4),
	HEAD(239, NFLOG_HEAD NFLOG_PREFIX NFLOG_PAYLOAD, 4),
	HEAD(239,
	    "\x0a\0\0\5"
	    "\0\x08\0\2\0\0\0\7"
	    "\0\x62\0\x09",
	    6),
	HEAD(239, NFLOG_HEAD "\x0c\0\x16\x80\x08\0\1\0ABCD" NFLOG_PAYLOAD, 4),
	HEAD(239, "\7\0\0\5" NFLOG_PAYLOAD, 0),
	HEAD(239, "\2\1\0\5" NFLOG_PAYLOAD, 0),
	HEAD(239, NFLOG_HEAD "\0\0\2\0" NFLOG_PAYLOAD, 0),
	HEAD(239, NFLOG_HEAD "\3\0\2\0" NFLOG_PAYLOAD, 0),
	HEAD(239, NFLOG_HEAD "\xff\xff\2\0" NFLOG_PAYLOAD, 0),
};

static void
links(void **state)
{
	static struct capfile c;
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
	static struct capfile c;
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

/* What headers tell of the packet; a packet that is skipped leaves nothing. */
static void
fields(void **state)
{
	static const struct {
		uint32_t link;
		const char *hdr;
		size_t len;
		uint8_t dir;
		uint32_t mark, ifindex;
		const char *ifname;
	} rows[] = {
#define FIELDS(link, hdr, ...) { link, hdr, sizeof(hdr) - 1, __VA_ARGS__ }
		FIELDS(117, PFLOG("\x3d\2", EM0, "\1"), DIV_IN, 0, 0, "em0"),
		FIELDS(117, PFLOG("\x3d\2", EM0, "\2"), DIV_OUT, 0, 0, "em0"),
		FIELDS(117, PFLOG("\x3d\2", EM0, "\3"), DIV_UNKNOWN, 0, 0,
		    "em0"),
		FIELDS(117, PFLOG("\x3d\2", "0123456789abcdef", "\1"), DIV_IN,
		    0, 0, "0123456789abcdef"),
		FIELDS(239, NFLOG_HEAD NFLOG_PAYLOAD, DIV_UNKNOWN, 0, 0, ""),
		FIELDS(239,
		    NFLOG_HEAD NFLOG_HOOK("\1")
			NFLOG_MARK NFLOG_IN NFLOG_PAYLOAD,
		    DIV_IN, 7, 3, ""),
		FIELDS(239,
		    NFLOG_HEAD NFLOG_HOOK("\2")
			NFLOG_IN NFLOG_OUT NFLOG_PAYLOAD,
		    DIV_FORWARD, 0, 3, ""),
		FIELDS(239,
		    NFLOG_HEAD NFLOG_HOOK("\4")
			NFLOG_IN NFLOG_OUT NFLOG_PAYLOAD,
		    DIV_OUT, 0, 4, ""),
		FIELDS(239, NFLOG_HEAD NFLOG_HOOK("\xff") NFLOG_PAYLOAD,
		    DIV_UNKNOWN, 0, 0, ""),
	};
	static const char skipped[] = NFLOG_HEAD NFLOG_HOOK("\1")
	    NFLOG_MARK NFLOG_IN;
	static struct capfile c;
	struct div_reader *r;
	struct div_frame f;
	uint8_t *p, buf[200];
	size_t i, n;
	int fd;

	(void)state;
	p = unhex(TCP4_DATA, &n);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memcpy(buf, rows[i].hdr, rows[i].len);
		memcpy(buf + rows[i].len, p, n);
		cap_header(&c, 1, 0xa1b2c3d4, rows[i].link);
		if (rows[i].link == 239)
			cap_packet(&c, skipped, sizeof(skipped) - 1, 100);
		cap_packet(&c, buf, rows[i].len + n, rows[i].len + n);
		r = cap_reader(&c, &fd);
		assert_int_equal(div_reader_next(r, &f), 1);
		assert_int_equal(f.dir, rows[i].dir);
		assert_int_equal(f.mark, rows[i].mark);
		assert_int_equal(f.ifindex, rows[i].ifindex);
		assert_int_equal(strnlen(f.ifname, DIV_IFNAMELEN),
		    strlen(rows[i].ifname));
		assert_memory_equal(f.ifname, rows[i].ifname,
		    strlen(rows[i].ifname));
		assert_int_equal(f.caplen, n);
		div_reader_free(r);
		close(fd);
	}
	free(p);
}

/* An attribute behind the packet, and a packet that the kernel has cut. */
static void
nflog_limits(void **state)
{
	static struct capfile c;
	struct div_reader *r;
	struct div_frame f;
	uint8_t *p, buf[200] = NFLOG_HEAD NFLOG_PAYLOAD;
	size_t n;
	int fd;

	(void)state;
	p = unhex(TCP4_DATA, &n); /* 73 bytes */
	memcpy(buf + 8, p, n);
	memcpy(buf + 8 + 76, NFLOG_MARK, 8);
	cap_header(&c, 1, 0xa1b2c3d4, 239);
	cap_packet(&c, buf, 8 + 76 + 8, 8 + 76 + 8);
	buf[4] = 4 + 60;
	cap_packet(&c, buf, 8 + 60, 8 + 60);
	r = cap_reader(&c, &fd);
	assert_int_equal(div_reader_next(r, &f), 1);
	assert_int_equal(f.caplen, 73);
	assert_int_equal(f.origlen, 73);
	assert_int_equal(f.flags, 0);
	assert_int_equal(div_reader_next(r, &f), 1);
	assert_int_equal(f.caplen, 60);
	assert_int_equal(f.origlen, 73);
	assert_int_equal(f.flags, DIV_F_TRUNC);
	div_reader_free(r);
	close(fd);
	free(p);
}

/* Ethernet frames of at least 60 bytes, and segments before offload (TSO). */
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
	static struct capfile c;
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

static void
bad_links(void **state)
{
	static struct capfile c;
	struct div_reader *r;
	int fd;

	(void)state;
	cap_header(&c, 1, 0xa1b2c3d4, 10);
	cap_packet(&c, "E123456789", 10, 10);
	r = cap_reader(&c, &fd);
	cap_failed(r, fd,
	    "test: byte 24: link type FDDI (FDDI) is not supported");
	cap_header(&c, 1, 0xa1b2c3d4, 9999);
	r = cap_reader(&c, &fd);
	cap_failed(r, fd, "test: byte 24: link type 9999 is not supported");
}

/* Captures with some bytes changed: anything but a crash or an endless one. */
static void
mutated(void **state)
{
	static struct capfile c, m;
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links),
		cmocka_unit_test(links_cut),
		cmocka_unit_test(fields),
		cmocka_unit_test(nflog_limits),
		cmocka_unit_test(padding),
		cmocka_unit_test(bad_links),
		cmocka_unit_test(mutated),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
