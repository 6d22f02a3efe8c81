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
	cap_header(&c, 1, 0xa1b2c3d4, 105);
	cap_packet(&c, "E123456789", 10, 10);
	r = cap_reader(&c, &fd);
	cap_failed(r, fd,
	    "test: byte 24: link type IEEE802_11 (802.11) "
	    "is not supported");
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
		cmocka_unit_test(padding),
		cmocka_unit_test(bad_links),
		cmocka_unit_test(mutated),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
