/* SPDX-License-Identifier: ISC */

/* Rules whose list says what becomes of each name. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dns_wire.h"

#define Q(type) " |0 www.example.com " type

static enum div_dns_outcome
listed(const char *type, const char *value, const char *text)
{
	const char *const field[] = { "<", type, value, "" };
	enum div_dns_outcome outcome;
	enum div_dns_field bad;
	char err[DIV_ERRLEN] = "";
	struct div_names *names;
	struct div_dns *r;
	size_t where;

	names = div_names_new(strdup(text), strlen(text), &where, err);
	assert_non_null(names);
	if ((r = div_dns_new(field, names, &bad, err)) == NULL)
		fail_msg("%s: %s", type, err);
	outcome = div_dns_edit(r, msg, msglen, 1, out, &outlen);
	div_dns_free(r);
	div_names_free(names);
	return outcome;
}

static void
check(const char *text, const char *want)
{
	assert_int_equal(listed("LIST", "", text), DIV_DNS_EDITED);
	assert_string_equal(read_back(out, outlen), want);
}

static void
ask(const char *question, size_t len)
{
	start(QR, 1, 1, 0, 1);
	add(question, len);
	LITERAL(A_RR OPT);
}

#define QUESTION(literal) ask(literal, sizeof(literal) - 1)

static void
test_in_place_of_glob(void **state)
{
	(void)state;
	QUESTION(ASK("\1"));
	assert_int_equal(listed("A", "192.0.2.1", "example.com\n"),
	    DIV_DNS_EDITED);
	assert_string_equal(read_back(out, outlen),
	    "8000" Q("1") " |1 www.example.com 1 300 192.0.2.1 |3 . 41 0");
	assert_int_equal(listed("NX", "", "||example.com^\n"), DIV_DNS_EDITED);
	assert_int_equal(listed("NX", "", "example.com\n!www.example.com\n"),
	    DIV_DNS_NONE);
	assert_int_equal(listed("NX", "", "example.com CNAME .\n"),
	    DIV_DNS_NONE);
}

static void
test_actions(void **state)
{
	(void)state;
	QUESTION(ASK("\1"));
	check("*.example.com CNAME .\n", "8003" Q("1") " |3 . 41 0");
	check("www.example.com CNAME *.\n", "8000" Q("1") " |3 . 41 0");
	check("example.com", "8003" Q("1") " |3 . 41 0");
	assert_int_equal(listed("LIST", "",
			     "www.example.com CNAME rpz-drop.\n"),
	    DIV_DNS_DROPPED);
	assert_int_equal(listed("LIST", "",
			     "www.example.com CNAME rpz-passthru.\n"),
	    DIV_DNS_NONE);
	assert_int_equal(listed("LIST", "", "example.net\n"), DIV_DNS_NONE);
}

/* A name has these records and no others. */
static void
test_addresses(void **state)
{
	static const char hosts[] = "192.0.2.1 a.example www.example.com\n"
				    "2001:db8::1 www.example.com\n"
				    "192.0.2.2 www.example.com # two\n";

	(void)state;
	QUESTION(ASK("\1"));
	check(hosts,
	    "8000" Q("1") " |1 www.example.com 1 60 192.0.2.1"
			  " |1 www.example.com 1 60 192.0.2.2"
			  " |3 . 41 0");
	check("www.example.com A 192.0.2.9\n  A 192.0.2.8\n",
	    "8000" Q("1") " |1 www.example.com 1 60 192.0.2.9"
			  " |1 www.example.com 1 60 192.0.2.8 |3 . 41 0");
	QUESTION(ASK("\x1c"));
	assert_int_equal(listed("LIST", "", hosts), DIV_DNS_EDITED);
	assert_memory_equal(out + outlen - 11 - 16,
	    "\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
	QUESTION(ASK("\x41"));
	check(hosts, "8000" Q("65") " |3 . 41 0");
	check("www.example.com TXT none\n  A 192.0.2.8\nexample.com",
	    "8000" Q("65") " |3 . 41 0");
}

/* More addresses than fit, and queries that are none for addresses. */
static void
test_limits(void **state)
{
	char text[100 * 32] = "";
	size_t i;

	(void)state;
	for (i = 0; i < 100; i++)
		strlcat(text, "192.0.2.1 www.example.com\n", sizeof(text));
	QUESTION(ASK("\1"));
	assert_int_equal(listed("LIST", "", text), DIV_DNS_EDITED);
	assert_int_equal(out[7], 0);
	assert_int_equal(out[2] & 2, 2); /* TC */
	start(0, 1, 0, 0, 0);
	LITERAL(ASK("\1"));
	assert_int_equal(listed("LIST", "", text), DIV_DNS_NONE);
	start(QR, 0, 0, 0, 0);
	assert_int_equal(listed("LIST", "", text), DIV_DNS_NONE);
	start(QR, 1, 0, 0, 0);
	LITERAL(WWW "\0\1\0\3"); /* Chaos */
	assert_int_equal(listed("LIST", "", text), DIV_DNS_NONE);
	start(QR, 1, 0, 0, 0);
	LITERAL("\xc0\x0c\0\1\0\1"); /* a loop */
	assert_int_equal(listed("LIST", "", text), DIV_DNS_MALFORMED);
}

static void
test_no_list(void **state)
{
	const char *const field[] = { "*", "LIST", "", "" };
	enum div_dns_field bad;
	char err[DIV_ERRLEN];

	(void)state;
	assert_null(div_dns_new(field, NULL, &bad, err));
	assert_int_equal(bad, DIV_DNS_TYPE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_place_of_glob),
		cmocka_unit_test(test_actions),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_no_list),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
