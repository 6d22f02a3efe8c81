/* SPDX-License-Identifier: ISC */

/* Rules for whole answers, several records, and parameters (RFC 9460). */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "dns_wire.h"

#define NXDOMAIN 3
#define Q(type) " |0 www.example.com " type

/* alpn=h3 ipv4hint=1.2.3.4 ech=xy, of www.example.com with priority 1 */
#define ALPN "\0\1\0\3\2h3"
#define HINT4 "\0\4\0\4\1\2\3\4"
#define ECH "\0\5\0\2xy"
#define HINT6 "\0\6\0\x10\0\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17"
#define SVC "\0\1\0"
#define SOA_RR                                            \
	TO_EXAMPLE RR("\6", "\x18") TO_EXAMPLE TO_EXAMPLE \
	    "\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5"

static void
check(const char *type, const char *value, const char *want)
{
	assert_int_equal(edit("www.example.com", type, value, 1),
	    DIV_DNS_EDITED);
	assert_string_equal(read_back(out, outlen), want);
}

static void
https(const char *rdata, size_t len)
{
	uint8_t rr[] = TO_WWW RR("\x41", "\0");

	start(QR, 1, 1, 0, 0);
	LITERAL(ASK("\x41"));
	rr[sizeof(rr) - 2] = (uint8_t)len;
	add(rr, sizeof(rr) - 1);
	add(rdata, len);
}

#define HTTPS(literal) https(literal, sizeof(literal) - 1)

static void
check_rdata(const char *type, const char *value, const char *rdata, size_t len)
{
	assert_int_equal(edit("*.example.com", type, value, 1), DIV_DNS_EDITED);
	assert_memory_equal(out + outlen - len, rdata, len);
	assert_int_equal(get16(out + outlen - len - 2), len);
}

#define RDATA(type, value, literal) \
	check_rdata(type, value, literal, sizeof(literal) - 1)

static void
test_parameters(void **state)
{
	(void)state;
	HTTPS(SVC ALPN HINT4 ECH HINT6);
	RDATA("HTTPS", "-ech", SVC ALPN HINT4 HINT6);
	RDATA("HTTPS", "-ech -ipv4hint", SVC ALPN HINT6);
	RDATA("https", "-IPV6HINT -alpn", SVC HINT4 ECH);
	assert_int_equal(edit("*", "SVCB", "-ech", 1), DIV_DNS_NONE);
	HTTPS(SVC ALPN);
	assert_int_equal(edit("*", "HTTPS", "-ech", 1), DIV_DNS_SAME);
	HTTPS(SVC);
	assert_int_equal(edit("*", "HTTPS", "-ech", 1), DIV_DNS_SAME);
	HTTPS("\0\1\1a\0" ECH);
	RDATA("HTTPS", "-ech", "\0\1\1a\0");
}

/* Keys that the client must understand are in the record, or it is ignored. */
static void
test_mandatory(void **state)
{
	(void)state;
	HTTPS(SVC "\0\0\0\4\0\4\0\5" HINT4 ECH);
	RDATA("HTTPS", "-ech", SVC "\0\0\0\2\0\4" HINT4);
	RDATA("HTTPS", "-ech -ipv4hint", SVC);
}

static void
test_malformed(void **state)
{
	(void)state;
	HTTPS(SVC HINT4 "\0\5\0\7xy");
	RDATA("HTTPS", "-ech", SVC);
	HTTPS(SVC HINT4 "\0\5\0");
	RDATA("HTTPS", "-ech", SVC);
	HTTPS("\0");
	assert_int_equal(edit("*", "HTTPS", "-ech", 1), DIV_DNS_SAME);
	HTTPS("\0\1\5a");
	assert_int_equal(edit("*", "HTTPS", "-ech", 1), DIV_DNS_SAME);
}

/* The hints would lead to the old address. */
static void
test_hints(void **state)
{
	(void)state;
	HTTPS(SVC ALPN HINT4 HINT6);
	RDATA("A", "192.0.2.1", SVC ALPN HINT6);
	RDATA("AAAA", "::1", SVC ALPN HINT4);
	RDATA("A", "-", SVC ALPN HINT6);
	assert_int_equal(edit("*.net", "A", "192.0.2.1", 1), DIV_DNS_NONE);
}

static void
test_removed(void **state)
{
	(void)state;
	HTTPS(SVC ALPN);
	check("HTTPS", "-", "8000" Q("65"));
	start(QR, 1, 3, 0, 0);
	LITERAL(ASK("\1") A_RR A_RR TO_EXAMPLE RR("\1", "\4") "\1\2\3\4");
	assert_int_equal(edit("example.com", "A", "-", 1), DIV_DNS_EDITED);
	assert_string_equal(read_back(out, outlen),
	    "8000" Q("1") " |1 www.example.com 1 300 10.0.0.1"
			  " |1 www.example.com 1 300 10.0.0.1");
}

static void
test_several(void **state)
{
	(void)state;
	start(QR, 1, 2, 0, 0);
	LITERAL(ASK("\1") A_RR A_RR);
	check("A", "192.0.2.1 192.0.2.2  192.0.2.3",
	    "8000" Q("1") " |1 www.example.com 1 300 192.0.2.1"
			  " |1 www.example.com 1 300 192.0.2.2"
			  " |1 www.example.com 1 300 192.0.2.3");
}

static void
test_codes(void **state)
{
	(void)state;
	start(QR, 1, 1, 0, 0);
	LITERAL(ASK("\1") A_RR);
	check("NX", "", "8003" Q("1"));
	check("REFUSED", "", "8005" Q("1"));
	check("NODATA", "", "8000" Q("1"));
	start(QR, 1, 0, 0, 0);
	LITERAL(ASK("\1"));
	assert_int_equal(edit("*", "NODATA", "", 1), DIV_DNS_SAME);
	start(QR | NXDOMAIN, 1, 0, 1, 0);
	LITERAL(ASK("\1") SOA_RR);
	check("NODATA", "", "8000" Q("1"));
	start(QR | 2, 1, 0, 0, 0); /* SERVFAIL */
	LITERAL(ASK("\1"));
	assert_int_equal(edit("*", "NODATA", "", 1), DIV_DNS_NONE);
	/* a record of the type that rules for whole answers have */
	start(QR, 1, 1, 0, 0);
	LITERAL(ASK("\1") TO_WWW RR("\0", "\0"));
	check("NX", "", "8003" Q("1"));
}

static void
test_added(void **state)
{
	(void)state;
	start(QR | NXDOMAIN, 1, 0, 1, 1);
	LITERAL(ASK("\1") SOA_RR OPT);
	check("A+", "192.0.2.1 192.0.2.2",
	    "8000" Q("1") " |1 www.example.com 1 60 192.0.2.1"
			  " |1 www.example.com 1 60 192.0.2.2"
			  " |3 . 41 0");
	assert_int_equal(edit("*", "A", "192.0.2.1", 1), DIV_DNS_NONE);
	assert_int_equal(edit("*", "AAAA+", "::1", 1), DIV_DNS_NONE);
	assert_int_equal(edit("*.net", "A+", "192.0.2.1", 1), DIV_DNS_NONE);
	start(QR, 1, 1, 0, 0);
	LITERAL(ASK("\1") A_RR);
	check("A+", "192.0.2.1",
	    "8000" Q("1") " |1 www.example.com 1 300 192.0.2.1");
}

#define RRSIG(type)                                                          \
	TO_WWW RR("\x2e", "\x14") "\0" type "\x0d\2\0\0\0\1\0\0\0\1\0\0\0\1" \
				  "\0\1\0x"
#define OF_AAAA                                                           \
	" |1 www.example.com 46 300 00 1c 0d 02 00 00 00 01 00 00 00 01 " \
	"00 00 00 01 00 01 00 78"

/* Signatures of edited records go. */
static void
test_signatures(void **state)
{
	(void)state;
	start(QR | AD, 1, 3, 0, 0);
	LITERAL(ASK("\1") A_RR RRSIG("\1") RRSIG("\x1c"));
	check("A", "192.0.2.1",
	    "8000" Q("1") " |1 www.example.com 1 300 192.0.2.1" OF_AAAA);
	check("A", "-", "8000" Q("1") OF_AAAA);
	assert_int_equal(edit("www.example.com", "A", "10.0.0.1", 1),
	    DIV_DNS_SAME);
	assert_int_equal(edit("www.example.com", "MX", "1 a", 1), DIV_DNS_NONE);
	HTTPS(SVC ALPN);
	LITERAL(RRSIG("\x41"));
	msg[7] = 2;
	assert_int_equal(edit("*", "A", "192.0.2.1", 1), DIV_DNS_SAME);
	start(QR, 1, 2, 0, 0);
	LITERAL(ASK("\1") A_RR TO_WWW RR("\x2e", "\1") "x");
	check("A", "192.0.2.1",
	    "8000" Q("1") " |1 www.example.com 1 300 192.0.2.1"
			  " |1 www.example.com 46 300 78");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parameters),
		cmocka_unit_test(test_mandatory),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_hints),
		cmocka_unit_test(test_removed),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_codes),
		cmocka_unit_test(test_added),
		cmocka_unit_test(test_signatures),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
