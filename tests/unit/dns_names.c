/* SPDX-License-Identifier: ISC */

/* Domain names: as text, and in the question of a message. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "proto/proto.h"

#define LABEL63                                       \
	"0123456789012345678901234567890123456789012" \
	"34567890123456789012"
#define LONG_NAME LABEL63 "." LABEL63 "." LABEL63 "."
#define BYTES(literal) literal, sizeof(literal) - 1

/* A name as people write it, and as it is sent and printed; or none. */
static void
test_text(void **state)
{
	static const struct {
		const char *text;
		const char *wire;
		size_t len;
		const char *printed;
	} names[] = {
		{ ".", BYTES("\0"), "." },
		{ "a", BYTES("\1a\0"), "a" },
		{ "Www.example.com.", BYTES("\3Www\7example\3com\0"),
		    "Www.example.com" },
		{ "a\\.b.c", BYTES("\3a.b\1c\0"), "a\\.b.c" },
		{ "\\097\\255\\000", BYTES("\3a\xff\0\0"), "a\\255\\000" },
		{ "a b\\ c\xe4", BYTES("\6a b c\xe4\0"), "a\\032b\\032c\\228" },
		{ "a@\\$\\\\", BYTES("\4a@$\\\0"), "a\\@\\$\\\\" },
		{ LABEL63, BYTES("\x3f" LABEL63 "\0"), LABEL63 },
		{ "", NULL, 0, NULL },
		{ "..", NULL, 0, NULL },
		{ ".a", NULL, 0, NULL },
		{ "a..b", NULL, 0, NULL },
		{ "a..", NULL, 0, NULL },
		{ "a\\", NULL, 0, NULL },
		{ "a\\1", NULL, 0, NULL },
		{ "a\\12x", NULL, 0, NULL },
		{ "\\256", NULL, 0, NULL },
		{ LABEL63 "x", NULL, 0, NULL },
		{ LONG_NAME LABEL63, NULL, 0, NULL },
	};
	uint8_t wire[DNS_NAMEMAX];
	char text[DNS_TEXTLEN];
	struct dns_message m;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (dns_name_parse(names[i].text, wire) != names[i].len)
			fail_msg("%s", names[i].text);
		if (names[i].len == 0)
			continue;
		assert_memory_equal(wire, names[i].wire, names[i].len);
		m.data = wire;
		m.len = names[i].len;
		assert_int_equal(dns_name_print(&m, 0, text), 0);
		assert_string_equal(text, names[i].printed);
		m.len--;
		assert_int_equal(dns_name_print(&m, 0, text), -1);
	}
}

/* The longest name has 255 bytes as it is sent, with the root's. */
static void
test_longest(void **state)
{
	char name[] = LONG_NAME LABEL63;
	uint8_t wire[DNS_NAMEMAX];

	(void)state;
	name[sizeof(name) - 3] = '\0';
	assert_int_equal(dns_name_parse(name, wire), 255);
	name[sizeof(name) - 3] = '.';
	name[sizeof(name) - 2] = '\0';
	assert_int_equal(dns_name_parse(name, wire), 255);
	name[sizeof(name) - 3] = 'x';
	assert_int_equal(dns_name_parse(name, wire), 0);
}

static size_t
question(const char *name, size_t len, int questions)
{
	uint8_t msg[300] = { 0 };

	msg[5] = (uint8_t)questions;
	memcpy(msg + DIV_DNS_HDRLEN, name, len);
	return div_dns_question(msg, DIV_DNS_HDRLEN + len);
}

static void
test_question(void **state)
{
	char name[260];
	size_t i;

	(void)state;
	assert_int_equal(question(BYTES("\1a\0\0\1\0\1"), 1), 3);
	assert_int_equal(question(BYTES("\1a\0\0\1\0\1"), 2), 3);
	assert_int_equal(question(BYTES("\0"), 1), 1);
	assert_int_equal(question(BYTES("\1a\0\0\1\0\1"), 0), 0);
	assert_int_equal(question(BYTES("\1a"), 1), 0);
	assert_int_equal(question(BYTES("\2a"), 1), 0);
	assert_int_equal(question(BYTES(""), 1), 0);
	assert_int_equal(question(BYTES("\xc0\0\0"), 1), 0);
	assert_int_equal(question(BYTES("\1a\xc0\x0c\0"), 1), 0);
	assert_int_equal(question(BYTES("\x40\0"), 1), 0);
	assert_int_equal(div_dns_question((const uint8_t *)"", 0), 0);
	for (i = 0; i < sizeof(name); i += 2)
		memcpy(name + i, "\1a", 2);
	name[254] = '\0';
	assert_int_equal(question(name, 255, 1), 255);
	memcpy(name + 254, "\1a\0", 3);
	assert_int_equal(question(name, 257, 1), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_longest),
		cmocka_unit_test(test_question),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
