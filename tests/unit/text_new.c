/* SPDX-License-Identifier: ISC */

/* Headers that columns and attributes set, of new packets and others. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "corpus.h"

#define NEW "-\t-\t-\t"

static const struct {
	const char *line, *hex;
	uint8_t flags;
} good[] = {
	{ NEW "udp\t10.0.0.1:7\t10.0.0.2:9\ta foo\t-\t-",
	    "4500002100000000401166ca0a0000010a00000200070009000db5316120666f"
	    "6f",
	    0 },
	{ NEW "udp\t[2001:db8::1]:7\t[2001:DB8:0::2]:9\t-\t-\tttl=3 dscp=46",
	    "6b8000000008110320010db800000000000000000000000120010db800000000"
	    "0000000000000002000700090008a459",
	    0 },
	{ NEW "tcp\t10.0.0.1:7\t10.0.0.2:9\t-\t-\tflags=S seq=0x1020304 "
	      "window=1000",
	    "4500002800000000400666ce0a0000010a000002000700090102030400000000"
	    "500203e893e20000",
	    0 },
	{ NEW "tcp\t10.0.0.1:7\t10.0.0.2:9\tls\t-\tseq=1 ack=2",
	    "4500002a00000000400666cc0a0000010a000002000700090000000100000002"
	    "5018ffff2f4200006c73",
	    0 },
	{ NEW "tcp\t10.0.0.1:7\t10.0.0.2:9\tls\t-\tack=2",
	    "4500002a00000000400666cc0a0000010a000002000700090000000000000002"
	    "5018ffff2f4300006c73",
	    DIV_F_NEXT },
	{ NEW "icmp\t10.0.0.1\t10.0.0.2\thi\t-\t-",
	    "4500001e00000000400166dd0a0000010a00000208008f96000000006869", 0 },
	{ NEW "icmp6\t::1\t::2\t-\t-\t-",
	    "6000000000083a40000000000000000000000000000000010000000000000000"
	    "000000000000000280007fba00000000",
	    0 },
	{ NEW "132\t10.0.0.1\t10.0.0.2\tx\t-\t-",
	    "4500001500000000408466630a0000010a00000278", 0 },
};

static const struct {
	const char *line, *message;
} bad[] = {
	{ NEW "udp\t10.0.0.1\t10.0.0.2:9\ta\t-\t-",
	    "src: \"10.0.0.1\" has no port" },
	{ NEW "udp\t:1\t10.0.0.2:9\ta\t-\t-", "src: \"\" is no address" },
	{ NEW "udp\t10.0.0.1:7\t::2:9\ta\t-\t-", "dst: \"::2:9\" has no port" },
	{ NEW "udp\t10.0.0.1:7\t[::2]\ta\t-\t-", "dst: \"[::2]\" has no port" },
	{ NEW "udp\t10.0.0.1:7\t[::2]:65536\ta\t-\t-",
	    "dst: \"65536\" is out of range" },
	{ NEW "udp\t10.0.0.1:\t[::2]:6\ta\t-\t-", "src: \"\" is no number" },
	{ NEW "udp\t10.0.0.1:7\t[::2]:9\ta\t-\t-",
	    "src and dst are not both IPv4 or IPv6" },
	{ NEW "sctp\t10.0.0.1\t10.0.0.2\ta\t-\t-",
	    "proto: \"sctp\" is no number" },
	{ NEW "132\tlocalhost\t10.0.0.2\ta\t-\t-",
	    "src: \"localhost\" is no address" },
	{ NEW "132\t10.0.0.1:7\t10.0.0.2\ta\t-\t-",
	    "src: \"10.0.0.1:7\" is no address" },
	{ NEW "udp\t-\t10.0.0.2:9\ta\t-\t-", "src: \"-\" has no port" },
	{ NEW "udp\t10.0.0.1:7\t10.0.0.2:9\ta\t-\tseq=1",
	    "attrs: seq is of TCP" },
	{ NEW "udp\t10.0.0.1:7\t10.0.0.2:9\ta\t-\tttl=256",
	    "ttl: expected a number from 0 to 255" },
	{ NEW "udp\t10.0.0.1:7\t10.0.0.2:9\ta\t-\tttl=1 ttl=2",
	    "attrs: second value for ttl" },
	{ NEW "tcp\t10.0.0.1:7\t10.0.0.2:9\ta\t-\tflags=Q",
	    "flags: expected a number from 0 to 255 or letters of FSRPAUEC" },
	{ NEW "tcp\t10.0.0.1:7\t10.0.0.2:9\ta\t-\tack=4294967296",
	    "ack: \"4294967296\" is out of range" },
	{ "7\t-\t-\tudp\t10.0.0.1:7\t10.0.0.2:9\ta\t-\t-",
	    "proto udp disagrees with hdr (-)" },
};

#define SHORT4 "4500001c000000004011000a0a0000010a0000020007000900080000"
#define SHORT6                                                               \
	"600000000014064020010db800000000000000000000000120010db80000000000" \
	"00000000000002000700090000000100000002501000ff00000000"
#define TO6 "tcp\t[2001:db8::1]:7\t[2001:db8::2]:9\t-\t"
#define SCTP "45000014000000004084000a0a0000010a000002"

/* Packets whose lines were edited. */
static const struct {
	const char *line, *hex;
	uint8_t flags;
} set[] = {
	{ "7\tin\t-\tudp\t10.0.0.1:7\t10.9.9.9:53\t-\t" SHORT4 "\t-",
	    "4500001c000000004011000a0a0000010a0909090007003500080000", 0 },
	{ "-\tin\t-\tudp\t10.0.0.3:65535\t10.0.0.2:9\t-\t" SHORT4 "\t-",
	    "4500001c000000004011000a0a0000030a000002ffff000900080000", 0 },
	{ "7\tin\t-\tudp\t10.0.0.1:7\t10.0.0.2:9\t-\t" SHORT4
	  "\tttl=5 flags=1 dscp=46",
	    "45b8001c000000000511000a0a0000010a0000020007000900080000", 1 },
	{ "7\tin\t-\ttcp\t[2001:db8::1]:7\t[2001:DB8:0::3]:9\t-\t" SHORT6 "\t-",
	    "600000000014064020010db800000000000000000000000120010db8000000"
	    "0000000000000000030007000900000001000000025010"
	    "00ff00000000",
	    0 },
	{ "7\tin\t-\t" TO6 SHORT6 "\tflags=R seq=5 ack=6 window=1 ttl=2",
	    "600000000014060220010db800000000000000000000000120010db8000000"
	    "0000000000000000020007000900000005000000065004"
	    "000100000000",
	    0 },
	{ "7\tin\t-\t132\t10.0.0.1\t10.0.0.9\t-\t" SCTP "\t-",
	    "45000014000000004084000a0a0000010a000009", 0 },
};

static int
read_line(const char *line, struct div_reader **r, struct div_frame *f)
{
	int n, fd = file_of(line, strlen(line));

	*r = div_reader_new(fd, "test", DIV_FMT_TEXT);
	assert_non_null(*r);
	n = div_reader_next(*r, f);
	close(fd);
	return n;
}

static void
headers(void **state)
{
	struct div_reader *r;
	struct div_frame f;
	uint8_t *want;
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (read_line(good[i].line, &r, &f) != 1)
			fail_msg("%s: %s", good[i].line, div_reader_error(r));
		want = unhex(good[i].hex, &n);
		assert_int_equal(f.type, DIV_INJECT);
		assert_int_equal(f.flags, good[i].flags);
		assert_int_equal(f.caplen, n);
		assert_int_equal(f.origlen, n);
		assert_memory_equal(f.packet, want, n);
		assert_int_equal(div_repair(f.packet, n),
		    f.packet[9] == 132 ? DIV_REFUSE_PROTOCOL : DIV_OK);
		assert_memory_equal(f.packet, want, n);
		free(want);
		div_reader_free(r);
	}
}

static void
edited(void **state)
{
	struct div_reader *r;
	struct div_frame f;
	uint8_t *want;
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(set) / sizeof(set[0]); i++) {
		if (read_line(set[i].line, &r, &f) != 1)
			fail_msg("%s: %s", set[i].line, div_reader_error(r));
		want = unhex(set[i].hex, &n);
		assert_int_equal(f.flags, set[i].flags);
		assert_int_equal(f.caplen, n);
		assert_memory_equal(f.packet, want, n);
		free(want);
		div_reader_free(r);
	}
}

static void
bad_lines(void **state)
{
	struct div_reader *r;
	struct div_frame f;
	char want[DIV_ERRLEN];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (read_line(bad[i].line, &r, &f) != -1)
			fail_msg("taken for good: %s", bad[i].line);
		assert_int_equal(errno, EILSEQ);
		snprintf(want, sizeof(want), "test: line 1: %s",
		    bad[i].message);
		assert_string_equal(div_reader_error(r), want);
		div_reader_free(r);
	}
}

static void
too_long(void **state)
{
	static char line[70000] = NEW "udp\t10.0.0.1:7\t10.0.0.2:9\t";
	struct div_reader *r;
	struct div_frame f;
	size_t n = strlen(line);

	(void)state;
	memset(line + n, 'a', 65508);
	strcpy(line + n + 65508, "\t-\t-");
	assert_int_equal(read_line(line, &r, &f), -1);
	assert_string_equal(div_reader_error(r),
	    "test: line 1: longer than an IP packet can be");
	div_reader_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers),
		cmocka_unit_test(edited),
		cmocka_unit_test(bad_lines),
		cmocka_unit_test(too_long),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
