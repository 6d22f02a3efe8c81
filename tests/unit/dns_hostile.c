/* SPDX-License-Identifier: ISC */

/* Malformed messages, and names that would take long. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dns_wire.h"

/* Names in the question, as owners and in data, and an unknown type. */
static void
sample(void)
{
	start(QR, 1, 3, 1, 2);
	LITERAL(ASK("\1") TO_WWW RR("\5", "\4") "\1a" TO_EXAMPLE);
	LITERAL("\xc0\x2d" RR("\1", "\4") "\x0a\0\0\1");
	LITERAL("\xc0\x2d" RR("\1", "\4") "\x0a\0\0\2");
	LITERAL(TO_EXAMPLE RR("\6",
	    "\x18") "\xc0\x2d" TO_EXAMPLE
		    "\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1");
	LITERAL("\1n" TO_EXAMPLE RR("\x23",
	    "\x0d") "\0\1\0\2\1s\1t\0\1r" TO_EXAMPLE);
	LITERAL(OPT);
}

/* In memory of its own: sanitizers see reads beyond it. */
static enum div_dns_outcome
edit_a(const uint8_t *data, size_t len)
{
	struct div_dns *r = rule("*", "A", "192.0.2.1", "");
	enum div_dns_outcome outcome;
	uint8_t *p;

	assert_non_null(p = malloc(len + 1));
	memcpy(p + 1, data, len);
	outcome = div_dns_edit(r, p + 1, len, 1, out, &outlen);
	free(p);
	div_dns_free(r);
	return outcome;
}

static void
test_cut(void **state)
{
	size_t n;

	(void)state;
	sample();
	assert_int_equal(edit_a(msg, msglen), DIV_DNS_EDITED);
	for (n = 0; n < msglen; n++)
		assert_int_equal(edit_a(msg, n), DIV_DNS_MALFORMED);
	assert_int_equal(edit_a(msg, msglen + 1), DIV_DNS_MALFORMED);
}

/* A well-formed message that is too long. */
static void
test_long(void **state)
{
	(void)state;
	start(QR, 1, 2, 0, 0);
	LITERAL(ASK("\1") A_RR "\0\0\x63\0\1\0\0\0\0\xff\xc3");
	memset(msg + msglen, 0, sizeof(msg) - msglen);
	assert_int_equal(msglen + 0xffc3, DIV_DNS_MAX);
	assert_int_equal(edit_a(msg, DIV_DNS_MAX), DIV_DNS_EDITED);
	msg[msglen - 1]++;
	assert_int_equal(edit_a(msg, DIV_DNS_MAX + 1), DIV_DNS_MALFORMED);
}

static void
test_counts(void **state)
{
	size_t at;

	(void)state;
	sample();
	for (at = 5; at < 12; at += 2) {
		msg[at]++;
		assert_int_equal(edit_a(msg, msglen), DIV_DNS_MALFORMED);
		msg[at]--;
	}
	start(QR, 2, 1, 0, 0);
	LITERAL(ASK("\1") ASK("\1") A_RR);
	assert_int_equal(edit_a(msg, msglen), DIV_DNS_MALFORMED);
}

/* An answer to *, whose owner is the name in front of it. */
static void
owned_by(const void *name, size_t len)
{
	start(QR, 1, 2, 0, 0);
	LITERAL(ASK("\1") "\0" RR("\x63", "\x06") "\xc0\x2d\xc0\x2c\1a");
	add(name, len);
	LITERAL(RR("\1", "\4") "\x0a\0\0\1");
}

static void
test_names(void **state)
{
	uint8_t name[300];
	size_t i;

	(void)state;
	owned_by("\xc0\x0c", 2);
	assert_int_equal(edit_a(msg, msglen), DIV_DNS_EDITED);
	owned_by("\xc0\x32", 2); /* to itself */
	assert_int_equal(edit_a(msg, msglen), DIV_DNS_MALFORMED);
	owned_by("\1a\xc0\x32", 4); /* to itself, and so on */
	assert_int_equal(edit_a(msg, msglen), DIV_DNS_MALFORMED);
	owned_by("\xc0\x38", 2); /* onwards */
	assert_int_equal(edit_a(msg, msglen), DIV_DNS_MALFORMED);
	owned_by("\xff\xff", 2); /* past the end */
	assert_int_equal(edit_a(msg, msglen), DIV_DNS_MALFORMED);
	owned_by("\xc0\x2c", 2); /* to one that leads onwards */
	assert_int_equal(edit_a(msg, msglen), DIV_DNS_MALFORMED);
	owned_by("\x40"
		 "a\0",
	    3);
	assert_int_equal(edit_a(msg, msglen), DIV_DNS_MALFORMED);
	for (i = 0; i < 254; i += 2)
		memcpy(name + i, "\1a", 2);
	name[254] = 0;
	owned_by(name, 255);
	assert_int_equal(edit_a(msg, msglen), DIV_DNS_EDITED);
	memcpy(name + 254, "\xc0\x1c", 2); /* the end of the question */
	owned_by(name, 256);
	assert_int_equal(edit_a(msg, msglen), DIV_DNS_EDITED);
	memcpy(name + 254, "\xc0\x18", 2); /* com */
	owned_by(name, 256);
	assert_int_equal(edit_a(msg, msglen), DIV_DNS_MALFORMED);
}

/* Data that is too short for the names that it should hold. */
static void
test_rdata(void **state)
{
	static const struct {
		const char *rr;
		size_t len;
	} bad[] = {
#define BAD(rr) { rr, sizeof(rr) - 1 }
		BAD(TO_WWW RR("\5", "\0")),
		BAD(TO_WWW RR("\5", "\1") "\xc0"),
		BAD(TO_WWW RR("\5", "\2") "\1a"),
		BAD(TO_WWW RR("\x0f", "\1") "\0"),
		BAD(TO_WWW RR("\x0f", "\2") "\0\0"),
		BAD(TO_WWW RR("\6", "\2") TO_WWW),
		BAD(TO_WWW RR("\x23", "\4") "\0\0\0\0"),
		BAD(TO_WWW RR("\x23", "\5") "\0\0\0\0\1"),
		BAD(TO_WWW RR("\x23", "\7") "\0\0\0\0\0\0\0"),
#undef BAD
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		start(QR, 1, 2, 0, 0);
		LITERAL(ASK("\1") A_RR);
		add(bad[i].rr, bad[i].len);
		assert_int_equal(edit_a(msg, msglen), DIV_DNS_MALFORMED);
	}
	start(QR, 1, 3, 0, 0); /* a name that goes on in the next record */
	LITERAL(ASK("\1") A_RR TO_WWW RR("\5", "\1") "\xc0");
	LITERAL("\x0ctwelve bytes\0" RR("\x63", "\0"));
	assert_int_equal(edit_a(msg, msglen), DIV_DNS_MALFORMED);
}

/* As many pointers as a name has labels, and no more. */
static void
test_pointers(void **state)
{
	size_t first, i, last = 0;
	int n;

	(void)state;
	for (n = 126; n <= 127; n++) {
		start(QR, 1, 2, 0, 0);
		LITERAL(ASK("\1") TO_WWW "\0\x63\0\1\0\0\0\0");
		put16(msg + msglen, (uint16_t)(2 * n));
		msglen += 2;
		first = msglen;
		for (i = 0; i < (size_t)n; i++) {
			last = msglen;
			add_pointer(i == 0 ? 12 : first + 2 * (i - 1));
		}
		add_pointer(last);
		LITERAL(RR("\1", "\4") "\x0a\0\0\1");
		assert_int_equal(edit_a(msg, msglen),
		    n == 126 ? DIV_DNS_EDITED : DIV_DNS_MALFORMED);
	}
}

/* An edited message can be read, and needs no second edit. */
static void
test_noise(void **state)
{
	static uint8_t copy[DIV_DNS_MAX];
	uint32_t seed = 1;
	size_t i, len, edited = 0;
	int n;

	(void)state;
	for (i = 0; i < 200000; i++) {
		sample();
		for (n = 0; n < 3; n++) {
			seed = seed * 1664525 + 1013904223;
			msg[(seed >> 8) % msglen] = (seed & 1) != 0 ?
			    (uint8_t)(seed >> 24) :
			    0xc0;
		}
		if (edit_a(msg, msglen) != DIV_DNS_EDITED)
			continue;
		edited++;
		len = outlen;
		memcpy(copy, out, len);
		read_back(copy, len);
		if ((copy[2] & 2) == 0)
			assert_int_equal(edit_a(copy, len), DIV_DNS_SAME);
	}
	assert_true(edited > 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_rdata),
		cmocka_unit_test(test_pointers),
		cmocka_unit_test(test_noise),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
