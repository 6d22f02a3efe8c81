/* SPDX-License-Identifier: ISC */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "dns_wire.h"

#define POINTABLE 0x4000 /* what a pointer reaches */
#define Q(type) " |0 www.example.com " type

static void
check(const char *glob, const char *type, const char *value, const char *want)
{
	assert_int_equal(edit(glob, type, value, 1), DIV_DNS_EDITED);
	assert_string_equal(read_back(out, outlen), want);
}

static void
test_types(void **state)
{
	(void)state;
	start(QR, 1, 1, 0, 0);
	LITERAL(ASK("\1") A_RR);
	check("www.example.com", "A", "192.0.2.1",
	    "8000" Q("1") " |1 www.example.com 1 300 192.0.2.1");
	assert_int_equal(outlen, msglen);
	assert_int_equal(edit("*", "AAAA", "::1", 1), DIV_DNS_NONE);
	start(QR, 1, 1, 0, 0);
	LITERAL(ASK("\x1c") TO_WWW RR("\x1c", "\x10") "\xfd\0\0\0\0\0\0\0"
						      "\0\0\0\0\0\0\0\1");
	check("www.example.com", "AAAA", "2001:db8::1",
	    "8000" Q("28") " |1 www.example.com 28 300 2001:db8::1");
	start(QR, 1, 1, 0, 0);
	LITERAL(ASK("\5") TO_WWW RR("\5", "\4") "\1a" TO_EXAMPLE);
	check("www.example.com", "CNAME", "b.example.net",
	    "8000" Q("5") " |1 www.example.com 5 300 b.example.net");
	start(QR, 1, 1, 0, 0);
	LITERAL(ASK("\x0c") TO_WWW RR("\x0c", "\4") "\1a" TO_EXAMPLE);
	check("www.example.com", "PTR", "b.example.net.",
	    "8000" Q("12") " |1 www.example.com 12 300 b.example.net");
	start(QR, 1, 1, 0, 0);
	LITERAL(ASK("\x0f") TO_WWW RR("\x0f", "\6") "\0\5\1a" TO_EXAMPLE);
	check("www.example.com", "MX", "10 b.example.net",
	    "8000" Q("15") " |1 www.example.com 15 300 10 b.example.net");
	start(QR, 1, 1, 0, 0);
	LITERAL(ASK("\x10") TO_WWW RR("\x10", "\3") "\2hi");
	check("www.example.com", "TXT", "ho!",
	    "8000" Q("16") " |1 www.example.com 16 300 03 68 6f 21");
	check("www.example.com", "TXT", "",
	    "8000" Q("16") " |1 www.example.com 16 300 00");
}

static void
test_txt(void **state)
{
	char value[601];

	(void)state;
	start(QR, 1, 1, 0, 0);
	LITERAL(ASK("\x10") TO_WWW RR("\x10", "\3") "\2hi");
	memset(value, 'x', 600);
	value[600] = '\0';
	assert_int_equal(edit("*", "TXT", value, 0), DIV_DNS_EDITED);
	assert_int_equal(outlen, msglen - 3 + 603);
	assert_int_equal(get16(out + msglen - 5), 603);
	assert_int_equal(out[msglen - 3], 255);
	assert_int_equal(out[msglen - 3 + 256], 255);
	assert_int_equal(out[msglen - 3 + 512], 90);
	value[510] = '\0';
	assert_int_equal(edit("*", "TXT", value, 0), DIV_DNS_EDITED);
	assert_int_equal(get16(out + msglen - 5), 512);
}

static void
test_ttl(void **state)
{
	struct div_dns *r = rule("*", "A", "10.0.0.1", "2147483647");

	(void)state;
	start(QR | AD, 1, 1, 0, 0);
	LITERAL(ASK("\1") A_RR);
	assert_int_equal(edit("*", "A", "10.0.0.1", 1), DIV_DNS_SAME);
	assert_int_equal(div_dns_edit(r, msg, msglen, 1, out, &outlen),
	    DIV_DNS_EDITED);
	div_dns_free(r);
	assert_string_equal(read_back(out, outlen),
	    "8000" Q("1") " |1 www.example.com 1 2147483647 10.0.0.1");
}

static void
test_globs(void **state)
{
	static const struct {
		const char *glob;
		enum div_dns_outcome want;
	} globs[] = {
		{ "www.example.com", DIV_DNS_EDITED },
		{ "WWW.Example.COM.", DIV_DNS_EDITED },
		{ "*.com", DIV_DNS_EDITED },
		{ "*", DIV_DNS_EDITED },
		{ "???.example.???", DIV_DNS_EDITED },
		{ "w*m", DIV_DNS_EDITED },
		{ "*example*", DIV_DNS_EDITED },
		{ "*.www.example.com", DIV_DNS_NONE },
		{ "example.com", DIV_DNS_NONE },
		{ "www.example", DIV_DNS_NONE },
		{ "www?example.co", DIV_DNS_NONE },
		{ ".", DIV_DNS_NONE },
	};
	size_t i;

	(void)state;
	start(QR, 1, 1, 0, 0);
	LITERAL(ASK("\1") A_RR);
	for (i = 0; i < sizeof(globs) / sizeof(globs[0]); i++)
		assert_int_equal(edit(globs[i].glob, "A", "192.0.2.1", 1),
		    globs[i].want);
	start(QR, 0, 2, 0, 0);
	LITERAL("\0" RR("\1", "\4") "\x0a\0\0\1\3a.b\2\\\xff\0" RR("\1",
	    "\4") "\x0a\0\0\2");
	assert_int_equal(edit(".", "A", "192.0.2.1", 1), DIV_DNS_EDITED);
	assert_int_equal(edit("a\\\\.b.*\\255", "A", "192.0.2.1", 1),
	    DIV_DNS_EDITED);
	assert_int_equal(edit("a.b.*", "A", "192.0.2.1", 1), DIV_DNS_NONE);
}

/* www is an alias of a.example.com, which is one of b.example.com. */
static void
chain(void)
{
	start(QR, 1, 4, 1, 1);
	LITERAL(ASK("\1") TO_WWW RR("\5", "\4") "\1a" TO_EXAMPLE);
	LITERAL("\xc0\x2d" RR("\5", "\4") "\1b" TO_EXAMPLE);
	LITERAL("\xc0\x3d" RR("\1", "\4") "\x0a\0\0\1");
	LITERAL("\xc0\x3d" RR("\1", "\4") "\x0a\0\0\2");
	LITERAL(TO_EXAMPLE RR("\2", "\2") "\xc0\x2d" OPT);
}

#define SOME_OPT " |2 example.com 2 300 a.example.com |3 . 41 0"

static void
test_chain(void **state)
{
	(void)state;
	chain();
	check("www.*", "A", "192.0.2.1",
	    "8000" Q("1") " |1 www.example.com 5 300 a.example.com"
			  " |1 a.example.com 5 300 b.example.com"
			  " |1 b.example.com 1 300 192.0.2.1" SOME_OPT);
	check("b.*", "A", "192.0.2.1",
	    "8000" Q("1") " |1 www.example.com 5 300 a.example.com"
			  " |1 a.example.com 5 300 b.example.com"
			  " |1 b.example.com 1 300 192.0.2.1" SOME_OPT);
	assert_int_equal(edit("a.*", "A", "192.0.2.1", 1), DIV_DNS_NONE);
	check("www.*", "CNAME", "longer.example.org",
	    "8000" Q("1") " |1 www.example.com 5 300 longer.example.org"
			  " |1 a.example.com 5 300 b.example.com"
			  " |1 b.example.com 1 300 10.0.0.1"
			  " |1 b.example.com 1 300 10.0.0.2" SOME_OPT);
	check("[ab].*", "CNAME", ".",
	    "8000" Q("1") " |1 www.example.com 5 300 a.example.com"
			  " |1 a.example.com 5 300 ."
			  " |1 b.example.com 1 300 10.0.0.1"
			  " |1 b.example.com 1 300 10.0.0.2" SOME_OPT);
}

/*
 * Compressed names in data are written anew; a name whose pointer led into
 * replaced data is written in full.
 */
static void
test_compression(void **state)
{
	size_t gone, ns;

	(void)state;
	start(QR, 1, 2, 2, 3);
	LITERAL(ASK("\1") A_RR TO_WWW RR("\5", "\7"));
	gone = msglen;
	LITERAL("\4gone" TO_EXAMPLE TO_EXAMPLE RR("\2", "\5"));
	ns = msglen;
	LITERAL("\2ns");
	add_pointer(gone);
	LITERAL(TO_EXAMPLE RR("\6", "\x1a"));
	add_pointer(ns);
	LITERAL("\1r");
	add_pointer(gone);
	LITERAL("\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1");
	add_pointer(gone);
	LITERAL(RR("\x21", "\x08") "\0\7\0\0\0\0");
	add_pointer(ns);
	add_pointer(ns);
	LITERAL(RR("\x0f", "\4") "\0\5");
	add_pointer(gone);
	add_pointer(ns);
	LITERAL(RR("\x63", "\2") TO_WWW);
	check("www.*", "CNAME", "b.c.d.e.f",
	    "8000" Q("1") " |1 www.example.com 1 300 10.0.0.1"
			  " |1 www.example.com 5 300 b.c.d.e.f"
			  " |2 example.com 2 300 ns.gone.example.com"
			  " |2 example.com 6 300 ns.gone.example.com"
			  " r.gone.example.com"
			  " |3 gone.example.com 33 300 7 ns.gone.example.com"
			  " |3 ns.gone.example.com 15 300 5 gone.example.com"
			  " |3 ns.gone.example.com 99 300 c0 0c");
	assert_int_equal(outlen, msglen + 4 + 5);
	assert_int_equal(edit("www.*", "A", "10.0.0.1", 1), DIV_DNS_SAME);
}

static void
test_nx(void **state)
{
	static const char want[] = "8003" Q("1") " |3 . 41 0";

	(void)state;
	chain();
	check("www.*", "NX", "", want);
	assert_int_equal(outlen, 33 + 11);
	put16(msg + 2, QR | TC | AD);
	check("www.*", "NX", "", want);
	assert_int_equal(edit("a.*", "NX", "", 1), DIV_DNS_NONE);
	put16(msg + 2, QR | 3);
	assert_int_equal(edit("www.*", "NX", "", 1), DIV_DNS_SAME);
	put16(msg + 2, QR | 2);
	assert_int_equal(edit("www.*", "NX", "", 1), DIV_DNS_NONE);
	start(QR, 1, 0, 0, 1);
	LITERAL(ASK("\1") "\0\0\x29\x04\xd0\1\0\0\0\0\0"); /* BADVERS */
	assert_int_equal(edit("www.*", "NX", "", 1), DIV_DNS_NONE);
	start(QR, 0, 1, 0, 0);
	LITERAL(WWW RR("\1", "\4") "\x0a\0\0\1");
	assert_int_equal(edit("www.*", "NX", "", 1), DIV_DNS_NONE);
}

/* Queries, other opcodes, records of another class. */
static void
test_others(void **state)
{
	static const uint16_t flags[] = { 0, QR | 0x0800, QR | 0x2000 };
	size_t i;

	(void)state;
	start(QR, 1, 1, 0, 0);
	LITERAL(ASK("\1") A_RR);
	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		put16(msg + 2, flags[i]);
		assert_int_equal(edit("*", "A", "192.0.2.1", 1), DIV_DNS_NONE);
	}
	put16(msg + 2, QR);
	msg[12 + 17 + 4 + 5] = 3;
	assert_int_equal(edit("*", "A", "192.0.2.1", 1), DIV_DNS_NONE);
	start(QR, 1, 0, 0, 0);
	LITERAL(ASK("\1"));
	assert_int_equal(edit("*", "A", "192.0.2.1", 1), DIV_DNS_NONE);
}

/* A datagram that grows beyond 512 bytes and its old length is truncated (TC). */
static void
test_udp(void **state)
{
	char value[500];

	(void)state;
	start(QR, 1, 1, 0, 1);
	LITERAL(ASK("\x10") TO_WWW RR("\x10", "\3") "\2hi" OPT);
	memset(value, 'x', sizeof(value));
	value[514 - msglen] = '\0'; /* in two strings */
	assert_int_equal(edit("*", "TXT", value, 1), DIV_DNS_EDITED);
	assert_string_equal(read_back(out, outlen),
	    "8200" Q("16") " |3 . 41 0");
	assert_int_equal(edit("*", "TXT", value, 0), DIV_DNS_EDITED);
	assert_int_equal(outlen, 513);
	value[513 - msglen] = '\0';
	assert_int_equal(edit("*", "TXT", value, 1), DIV_DNS_EDITED);
	assert_int_equal(get16(out + 2), QR);
	assert_int_equal(outlen, 512);
	memcpy(msg, out, outlen);
	msglen = outlen;
	put16(msg + 10, 2);
	LITERAL(OPT);
	*value = 'y';
	assert_int_equal(edit("*", "TXT", value, 1), DIV_DNS_EDITED);
	assert_int_equal(get16(out + 2), QR);
	assert_int_equal(outlen, msglen);
}

/* A name that moves out of the reach of pointers is written again. */
static void
test_reach(void **state)
{
	static const uint8_t zeros[POINTABLE];
	size_t to, n;

	(void)state;
	start(QR, 1, 2, 2, 0);
	LITERAL(ASK("\x10") TO_WWW RR("\x10", "\3") "\2hi");
	LITERAL("\0\0\x63\0\1\0\0\0\0");
	n = POINTABLE - msglen - 2 - 1;
	msg[msglen++] = (uint8_t)(n >> 8);
	msg[msglen++] = (uint8_t)n;
	add(zeros, n);
	to = msglen;
	assert_int_equal(to, POINTABLE - 1);
	LITERAL("\4last" TO_EXAMPLE RR("\2", "\2") TO_WWW);
	add_pointer(to);
	LITERAL(RR("\2", "\2") TO_WWW);
	assert_int_equal(edit("*", "TXT", "hi", 0), DIV_DNS_SAME);
	assert_int_equal(edit("*", "TXT", "hello", 0), DIV_DNS_EDITED);
	assert_non_null(strstr(read_back(out, outlen),
	    " |2 last.example.com 2 300 www.example.com"
	    " |2 last.example.com 2 300 www.example.com"));
	assert_int_equal(outlen, msglen + 3 + 5);
}

/* A TCP message has at most 65535 bytes. */
static void
test_toolong(void **state)
{
	static char value[65026];

	(void)state;
	start(QR, 1, 2, 0, 0);
	LITERAL(ASK("\x10") TO_WWW RR("\x10", "\3") "\2hi");
	LITERAL(TO_EXAMPLE "\0\x63\0\1\0\0\0\0\x01\xf4");
	memset(msg + msglen, 0, 500);
	msglen += 500;
	memset(value, 'x', 65025);
	assert_int_equal(edit("*", "TXT", value, 0), DIV_DNS_TOOLONG);
	assert_int_equal(edit("*", "TXT", value, 1), DIV_DNS_EDITED);
	assert_int_equal(get16(out + 2), QR | TC);
	value[64000] = '\0';
	assert_int_equal(edit("*", "TXT", value, 0), DIV_DNS_EDITED);
}

static void
test_signed(void **state)
{
	(void)state;
	start(QR, 1, 1, 0, 1);
	LITERAL(ASK("\1") A_RR "\0\0\xfa\0\xff\0\0\0\0\0\0");
	assert_int_equal(edit("*", "A", "192.0.2.1", 1), DIV_DNS_SIGNED);
	assert_int_equal(edit("*", "NX", "", 1), DIV_DNS_SIGNED);
	assert_int_equal(edit("*", "AAAA", "::1", 1), DIV_DNS_NONE);
	start(QR, 1, 1, 0, 1);
	LITERAL(ASK("\1") A_RR "\0\0\x18\0\xff\0\0\0\0\0\x13"
			       "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
	assert_int_equal(edit("*", "A", "192.0.2.1", 1), DIV_DNS_SIGNED);
	msg[msglen - 18] = 1; /* a signature of A records, as they once were */
	assert_int_equal(edit("*", "A", "192.0.2.1", 1), DIV_DNS_EDITED);
}

static void
test_length(void **state)
{
	(void)state;
	assert_int_equal(div_dns_length((const uint8_t *)"", 0), 2);
	assert_int_equal(div_dns_length((const uint8_t *)"\xff", 1), 2);
	assert_int_equal(div_dns_length((const uint8_t *)"\0\0", 2), 2);
	assert_int_equal(div_dns_length((const uint8_t *)"\0\1x\0", 4), 3);
	assert_int_equal(div_dns_length((const uint8_t *)"\xff\xff", 2),
	    2 + DIV_DNS_MAX);
}

static void
test_errors(void **state)
{
	static const struct {
		const char *field[4];
		enum div_dns_field bad;
		const char *err;
	} errors[] = {
		{ { "", "A", "::", "" }, DIV_DNS_GLOB, "name" },
		{ { "a", "B", "::", "" }, DIV_DNS_TYPE, "TXT" },
		{ { "a", "A", "::", "" }, DIV_DNS_VALUE, "IPv4" },
		{ { "a", "A", "", "" }, DIV_DNS_VALUE, "192.0.2.1" },
		{ { "a", "AAAA", "10.0.0.1", "" }, DIV_DNS_VALUE, "IPv6" },
		{ { "a", "CNAME", "", "" }, DIV_DNS_VALUE, "domain name" },
		{ { "a", "PTR", "a..b", "" }, DIV_DNS_VALUE, "domain name" },
		{ { "a", "MX", "b", "" }, DIV_DNS_VALUE, "preference" },
		{ { "a", "MX", "65536 b", "" }, DIV_DNS_VALUE, "preference" },
		{ { "a", "MX", "12345678 b", "" }, DIV_DNS_VALUE, "65535" },
		{ { "a", "MX", "10", "" }, DIV_DNS_VALUE, "preference" },
		{ { "a", "MX", "10 ", "" }, DIV_DNS_VALUE, "preference" },
		{ { "a", "NX", "b", "" }, DIV_DNS_VALUE, "no value" },
		{ { "a", "TXT", "b", "-1" }, DIV_DNS_TTL, "TTL" },
		{ { "a", "TXT", "b", "2147483648" }, DIV_DNS_TTL, "TTL" },
	};
	enum div_dns_field bad;
	char err[DIV_ERRLEN];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		assert_null(div_dns_new(errors[i].field, NULL, &bad, err));
		assert_int_equal(bad, errors[i].bad);
		if (strstr(err, errors[i].err) == NULL)
			fail_msg("%zu: %s", i, err);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_txt),
		cmocka_unit_test(test_ttl),
		cmocka_unit_test(test_globs),
		cmocka_unit_test(test_chain),
		cmocka_unit_test(test_compression),
		cmocka_unit_test(test_nx),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_udp),
		cmocka_unit_test(test_reach),
		cmocka_unit_test(test_toolong),
		cmocka_unit_test(test_signed),
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_errors),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
