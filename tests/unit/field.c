/* SPDX-License-Identifier: ISC */

#include <sys/types.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "divio.h"
#include "corpus.h"

static struct div_field
parse(const char *text)
{
	struct div_field field;
	char err[DIV_ERRLEN];

	if (div_field_parse(text, &field, err) == -1)
		fail_msg("%s: %s", text, err);
	return field;
}

static void
frame_init(struct div_frame *f, const char *hex)
{
	size_t n;

	memset(f, 0, sizeof(*f));
	f->packet = unhex(hex, &n);
	f->caplen = f->origlen = (uint32_t)n;
}

/* Sets a field; want is what then stands at the offset, in hex. */
static void
check(const char *hex, const char *text, size_t at, const char *want)
{
	struct div_field field = parse(text);
	struct div_frame f, old;
	uint8_t *bytes;
	size_t n, i;

	frame_init(&f, hex);
	frame_init(&old, hex);
	bytes = unhex(want, &n);
	if (memcmp(f.packet + at, bytes, n) == 0)
		fail_msg("%s: is so already", text);
	if (!div_field_differs(&field, &f))
		fail_msg("%s: does not differ", text);
	div_field_set(&field, &f);
	for (i = 0; i < f.caplen; i++)
		if (f.packet[i] !=
		    (i >= at && i < at + n ? bytes[i - at] : old.packet[i]))
			fail_msg("%s: byte %zu is %02x", text, i, f.packet[i]);
	assert_false(div_field_differs(&field, &f));
	free(bytes);
	free(f.packet);
	free(old.packet);
}

static void
test_v4(void **state)
{
	(void)state;
	check(TCP4_DATA, "ttl=9", 8, "09");
	check(TCP4_DATA, "ttl=0x0a", 8, "0a");
	check(UDP4_RR, "ttl=255", 8, "ff");
	check(ICMP4_ECHO, "ttl=0", 8, "00");
	check(TCP4_DATA, "dscp=46", 1, "b8");
	check(ICMP4_UNREACH, "dscp=0", 1, "00");
	check(ICMP4_UNREACH, "ecn=3", 1, "c3");
	check(TCP4_DATA, "df=0", 6, "00");
	check(UDP4_RR, "df=0", 6, "00");
	check(TCP4_DATA, "id=258", 4, "0102");
	check(TCP4_DATA, "src=10.1.2.3", 12, "0a010203");
	check(UDP4, "dst=10.1.2.3", 16, "0a010203");
	check(TCP4_DATA, "sport=258", 20, "0102");
	check(UDP4, "dport=0x102", 22, "0102");
	check(UDP4_RR, "dport=258", 34, "0102");
	check(TCP4_DATA, "flags=SA", 33, "12");
	check(TCP4_DATA, "flags=fsrpauec", 33, "ff");
	check(TCP4_DATA, "flags=0", 33, "00");
	check(TCP4_DATA, "window=65535", 34, "ffff");
	check(TCP4_SYN, "mss=1300", 42, "0514");
	check(TCP4_LSRR, "mss=1300", 50, "0514");
	check(TCP4_LSRR, "flags=R", 41, "04");
}

static void
test_v6(void **state)
{
	(void)state;
	check(TCP6_DATA, "ttl=9", 7, "09");
	check(UDP6_EXT, "ttl=9", 7, "09");
	check(TCP6_DATA, "dscp=46", 0, "6b80");
	check(TCP6_DATA, "dscp=63", 0, "6fc0");
	check(TCP6_DATA, "ecn=3", 0, "6030");
	check(TCP6_DATA, "src=2001:db8::9", 23, "09");
	check(UDP6, "dst=::1", 24, "00000000000000000000000000000001");
	check(UDP6, "sport=258", 40, "0102");
	check(UDP6_EXT, "dport=258", 58, "0102");
	check(TCP6_DATA, "flags=0x11", 53, "11");
	check(TCP6_DATA, "window=1", 54, "0001");
	check(TCP6_SYN, "mss=1220", 62, "04c4");
}

static void
test_lacks(void **state)
{
	static const struct {
		const char *hex, *text;
	} t[] = {
		{ UDP6, "df=1" },
		{ UDP6, "id=1" },
		{ UDP6, "src=10.0.0.1" },
		{ UDP4, "dst=::1" },
		{ UDP4, "flags=S" },
		{ UDP6, "window=1" },
		{ ICMP4_ECHO, "sport=1" },
		{ ICMP6_ECHO, "dport=1" },
		{ UDP4, "mss=1" },
		{ TCP4_DATA, "mss=1" },
		{ FRAG4_FIRST, "ttl=1" },
		{ FRAG6_LATER, "ttl=1" },
		{ "", "ttl=1" },
		{ "45", "ttl=1" },
		{ "4500001400000000400600000a0000010a000002", "ttl=1" },
	};
	struct div_field field;
	struct div_frame f, old;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		field = parse(t[i].text);
		frame_init(&f, t[i].hex);
		frame_init(&old, t[i].hex);
		if (div_field_differs(&field, &f))
			fail_msg("%zu: %s: differs", i, t[i].text);
		div_field_set(&field, &f);
		assert_memory_equal(f.packet, old.packet, f.caplen);
		free(f.packet);
		free(old.packet);
	}
}

/* Options that are cut, or of impossible length. */
static void
test_options(void **state)
{
	static const struct {
		const char *options;
		size_t mss; /* offset in the options, or 0 */
	} t[] = {
		{ "020405b4", 2 },
		{ "0101020405b40000", 4 },
		{ "0402020405b40000", 4 },
		{ "01010102", 0 },
		{ "01010204", 0 },
		{ "01020405", 0 },
		{ "020305b4", 0 },
		{ "020005b4", 0 },
		{ "020105b4", 0 },
		{ "02ff05b4", 0 },
		{ "03000000020405b4", 0 },
		{ "00000000020405b4", 0 },
	};
	struct div_field field = parse("mss=258");
	struct div_frame f;
	char hex[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		snprintf(hex, sizeof(hex),
		    "4500003cc8e140004006edd6c0000201c0000202c720005096c0c745"
		    "00000000%zu002faf01b500000%s",
		    5 + strlen(t[i].options) / 8, t[i].options);
		frame_init(&f, hex);
		if (div_field_differs(&field, &f) != (t[i].mss != 0))
			fail_msg("%s", t[i].options);
		div_field_set(&field, &f);
		if (t[i].mss != 0)
			assert_memory_equal(f.packet + 40 + t[i].mss, "\1\2",
			    2);
		free(f.packet);
	}
}

/* The mark is the frame's: any packet has one. */
static void
test_mark(void **state)
{
	struct div_field field = parse("mark=4294967295");
	struct div_frame f;

	(void)state;
	assert_true(field.frame);
	assert_false(parse("ttl=1").frame);
	frame_init(&f, FRAG4_LATER);
	assert_true(div_field_differs(&field, &f));
	div_field_set(&field, &f);
	assert_int_equal(f.mark, UINT32_MAX);
	assert_false(div_field_differs(&field, &f));
	free(f.packet);
}

/* Bits beside the mask are another's: they do not count, and do not change. */
static void
test_masked_mark(void **state)
{
	struct div_field field = parse("mark=0x20/0xf0");
	struct div_frame f;

	(void)state;
	frame_init(&f, FRAG4_LATER);
	f.mark = 0xabcdef12;
	assert_true(div_field_differs(&field, &f));
	div_field_set(&field, &f);
	assert_int_equal(f.mark, 0xabcdef22);
	assert_false(div_field_differs(&field, &f));
	free(f.packet);
}

static void
test_errors(void **state)
{
	static const struct {
		const char *text, *want;
	} t[] = {
		{ "", "unknown field , expected one of df, dport, dscp, " },
		{ "=1", "unknown field ," },
		{ "tt=1", "unknown field tt, expected one of " },
		{ "ttll=1", "unknown field ttll, " },
		{ "ttl", "ttl: expected = and a value" },
		{ "ttl=", "ttl: expected a number from 0 to 255" },
		{ "ttl=256", "ttl: expected a number from 0 to 255" },
		{ "ttl=+1", "ttl: expected a number from 0 to 255" },
		{ "ttl= 1", "ttl: expected a number from 0 to 255" },
		{ "ttl=SA", "ttl: expected a number from 0 to 255" },
		{ "ttl=18446744073709551617", "ttl: expected a number" },
		{ "dscp=64", "dscp: expected a number from 0 to 63" },
		{ "ecn=4", "ecn: expected a number from 0 to 3" },
		{ "df=2", "df: expected a number from 0 to 1" },
		{ "window=65536", "window: expected a number from 0 to 65535" },
		{ "flags=x",
		    "flags: expected a number from 0 to 255 or "
		    "letters of FSRPAUEC" },
		{ "flags=", "flags: expected a number from 0 to 255 or " },
		{ "flags=256", "flags: expected a number from 0 to 255 or " },
		{ "src=10.0.0.256", "src: expected an IPv4 or IPv6 address" },
		{ "src=", "src: expected an IPv4 or IPv6 address" },
		{ "mark=4294967296",
		    "mark: expected a number from 0 to 4294967295" },
		{ "mark=1/", "mark: expected a number from 0 to 4294967295" },
		{ "mark=1/1/1", "mark: expected a number from 0 to " },
		{ "mark=3/2", "mark: the mask has no bits, or the mark has" },
		{ "mark=0/0", "mark: the mask has no bits, or the mark has" },
		{ "ttl=1/1", "ttl: expected a number from 0 to 255" },
	};
	struct div_field field;
	char err[DIV_ERRLEN];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		assert_int_equal(div_field_parse(t[i].text, &field, err), -1);
		if (strncmp(err, t[i].want, strlen(t[i].want)) != 0)
			fail_msg("%s: %s", t[i].text, err);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_v4),
		cmocka_unit_test(test_v6),
		cmocka_unit_test(test_lacks),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_mark),
		cmocka_unit_test(test_masked_mark),
		cmocka_unit_test(test_errors),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
