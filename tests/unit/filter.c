/* SPDX-License-Identifier: ISC */

#include <sys/types.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "divio.h"
#include "corpus.h"

static struct div_filter *
compile(const char *expression)
{
	struct div_filter *filter;
	char err[DIV_ERRLEN];

	if ((filter = div_filter_new(expression, err)) == NULL)
		fail_msg("%s: %s", expression, err);
	return filter;
}

static int
match(const char *expression, const char *hex)
{
	struct div_filter *filter = compile(expression);
	struct div_frame f;
	size_t n;
	int rc;

	memset(&f, 0, sizeof(f));
	f.packet = unhex(hex, &n);
	f.caplen = f.origlen = (uint32_t)n;
	rc = div_filter_match(filter, &f);
	free(f.packet);
	div_filter_free(filter);
	return rc;
}

static void
test_match(void **state)
{
	static const struct {
		const char *expression, *hex;
		int want;
	} t[] = {
		{ "", UDP4, 1 },
		{ "ip", UDP4, 1 },
		{ "ip", UDP6, 0 },
		{ "ip6", UDP6, 1 },
		{ "ip6", UDP4, 0 },
		{ "tcp", TCP4_DATA, 1 },
		{ "tcp", TCP6_DATA, 1 },
		{ "tcp", UDP4, 0 },
		{ "tcp port 80", TCP4_DATA, 1 },
		{ "tcp dst port 80", TCP6_DATA, 1 },
		{ "tcp src port 80", TCP6_DATA, 0 },
		{ "tcp port 81", TCP4_DATA, 0 },
		{ "udp port 53", UDP4, 1 },
		{ "udp port 53", UDP4_RR, 1 },
		{ "udp port 53", UDP6, 1 },
		{ "udp port 53", TCP4_DATA, 0 },
		{ "udp port 53", FRAG4_LATER, 0 },
		{ "host 192.0.2.1", UDP4, 1 },
		{ "src host 192.0.2.2", UDP4, 0 },
		{ "dst net 192.0.2.0/24", UDP4, 1 },
		{ "host 2001:db8::2", UDP6, 1 },
		{ "src host 2001:db8::2", UDP6, 0 },
		{ "icmp[icmptype] == icmp-echo", ICMP4_ECHO, 1 },
		{ "icmp6", ICMP6_ECHO, 1 },
		{ "tcp[tcpflags] & tcp-syn != 0", TCP4_SYN, 1 },
		{ "tcp[tcpflags] & tcp-syn != 0", TCP4_DATA, 0 },
		{ "ip[6:2] & 0x3fff != 0", FRAG4_FIRST, 1 },
		{ "ip[6:2] & 0x3fff != 0", UDP4, 0 },
		{ "not (tcp or udp port 53)", ICMP4_ECHO, 1 },
		{ "ip6 protochain 17", UDP6_EXT, 1 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		if (match(t[i].expression, t[i].hex) != t[i].want)
			fail_msg("%s", t[i].expression);
}

/* The captured length counts; the original one for truncated packets. */
static void
test_length(void **state)
{
	struct div_filter *filter = compile("greater 100");
	struct div_frame f;
	uint8_t b[120] = { 0x45 };

	(void)state;
	memset(&f, 0, sizeof(f));
	f.packet = b;
	f.caplen = 99;
	f.origlen = 120;
	assert_int_equal(div_filter_match(filter, &f), 0);
	f.flags = DIV_F_TRUNC;
	assert_int_equal(div_filter_match(filter, &f), 1);
	f.flags = DIV_F_GSO;
	f.caplen = 100;
	f.origlen = 20;
	assert_int_equal(div_filter_match(filter, &f), 1);
	div_filter_free(filter);
}

/* An expression beyond the end of the packet does not match. */
static void
test_short(void **state)
{
	struct div_filter *filter = compile("udp port 53 or ip6 host ::1");
	struct div_frame f;
	uint8_t *b;
	size_t i, n;

	(void)state;
	memset(&f, 0, sizeof(f));
	b = unhex(UDP4, &n);
	for (i = 0; i <= n; i++) {
		f.packet = b;
		f.caplen = f.origlen = (uint32_t)i;
		assert_int_equal(div_filter_match(filter, &f), i >= 24);
	}
	free(b);
	div_filter_free(filter);
}

static void
test_mutants(void **state)
{
	struct div_filter *filter = compile(
	    "tcp[13] & 1 != 0 or"
	    " ip6 protochain 6 or udp[20:4] = 5 or ip[ip[5]:2] = 3");
	struct div_frame f;
	size_t n;
	int i, rc;

	(void)state;
	memset(&f, 0, sizeof(f));
	for (i = 0; i < 100000; i++) {
		f.packet = mutant(&n);
		f.caplen = f.origlen = (uint32_t)n;
		rc = div_filter_match(filter, &f);
		assert_true(rc == 0 || rc == 1);
		free(f.packet);
	}
	div_filter_free(filter);
}

static void
check_error(const char *expression, const char *want)
{
	char err[DIV_ERRLEN] = "";

	assert_null(div_filter_new(expression, err));
	if (strstr(err, want) == NULL)
		fail_msg("%s: %s", expression, err);
}

static void
test_errors(void **state)
{
	(void)state;
	check_error("tcp port", "syntax error at the end");
	check_error("tcp port 80 and and udp",
	    "syntax error at character 17: and udp");
	check_error("(tcp) ]", "syntax error at character 7: ]");
	check_error("vlan 3", "VLAN");
	check_error("tcp port 65536", "65536");
	check_error("host 1.2.3.4.5", "1.2.3.4.5");
	check_error("ip and ip6", "rejects all packets");
	div_filter_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_match),
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_short),
		cmocka_unit_test(test_mutants),
		cmocka_unit_test(test_errors),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
