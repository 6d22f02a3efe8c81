/* SPDX-License-Identifier: ISC */

/* What FreeBSD's kernel and its firewalls did in a guest. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <arpa/inet.h>

#include <cmocka.h>

#include "corpus.h"
#include "divert_script.h"

/*
 * A forwarded packet that goes out has the name of the interface by which it came
 * in.  One that comes in by an interface without an IPv4 address differs in
 * nothing from it.
 */
static void
test_direction(void **state)
{
	static const struct {
		const char *hex, *addr, *name;
		enum div_dir dir;
	} rows[] = {
		{ UDP6, "192.0.2.1", "em0", DIV_IN },
		{ UDP6, "0.0.0.0", "em0", DIV_OUT },
		{ UDP4, "0.0.0.0", "em0", DIV_OUT },
		{ UDP6, "0.0.0.0", "tun0", DIV_IN },
		{ UDP4, "0.0.0.0", "tun0", DIV_IN },
		{ UDP6, "0.0.0.0", "vlan100", DIV_OUT },
		{ UDP6, "0.0.0.0", "em", DIV_IN },
		{ UDP6, "0.0.0.0", "", DIV_OUT },
	};
	struct div *d = script_reader(0, NULL);
	struct div_frame f;
	unsigned int i;

	(void)state;
	script.addressed[0] = "em0";
	script.addressed[1] = "vlan1001"; /* the kernel cuts the name */
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		script_divert(rows[i].hex, rows[i].addr, rows[i].name);
		f = script_frame(d);
		assert_int_equal(f.dir, rows[i].dir);
		assert_int_equal(div_send(d, &f), DIV_OK);
		script_returned(i, i);
	}
	div_close(d);
}

/* Addresses are not looked up for every packet. */
static void
test_cached(void **state)
{
	struct div *d = script_reader(0, NULL);
	int i;

	(void)state;
	script.addressed[0] = "em0";
	for (i = 0; i < 500; i++)
		script_divert(UDP6, "0.0.0.0", "em0");
	for (i = 0; i < 500; i++)
		assert_int_equal(script_frame(d).dir, DIV_OUT);
	assert_in_range(script.looked_up, 1, 100);
	div_close(d);
}

/* Changes the destination of the packet that was given last. */
static void
send_to(const char *dst)
{
	uint8_t *packet = script.in[script.nin - 1].packet;

	if (packet[0] >> 4 == 6)
		inet_pton(AF_INET6, dst, packet + 24);
	else
		inet_pton(AF_INET, dst, packet + 16);
}

/*
 * With sin_addr 0 a packet to an address of the link would go out, and get lost
 * for want of a scope: it goes in with another, by the interface's name.
 */
static void
test_link_local(void **state)
{
	static const struct {
		const char *hex, *name, *dst;
		int in;
	} rows[] = {
		{ UDP6, "em0", "fe80::1", 1 },
		{ UDP6, "em0", "febf::1", 1 },
		{ UDP6, "tun0", "ff02::1:ff00:1", 1 },
		{ UDP6, "tun0", "ff31::1", 1 },
		{ UDP4, "tun0", "255.255.255.255", 1 },
		{ UDP4, "tun0", "224.0.0.251", 1 },
		{ UDP6, "", "fe80::1", 0 },
		{ UDP6, "tun0", "fec0::1", 0 },
		{ UDP6, "tun0", "ff0e::1", 0 },
		{ UDP6, "tun0", "2001:db8::1", 0 },
		{ UDP4, "tun0", "224.0.1.1", 0 },
	};
	struct div *d = script_reader(0, NULL);
	const union divert_addr *to;
	struct div_frame f;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		script_divert(rows[i].hex, "0.0.0.0", rows[i].name);
		send_to(rows[i].dst);
		f = script_frame(d);
		if (rows[i].in)
			assert_int_equal(f.dir, DIV_IN);
		assert_int_equal(div_send(d, &f), DIV_OK);
		to = &script.sent[i].addr;
		assert_int_equal(to->sin.sin_addr.s_addr != 0, rows[i].in);
		assert_int_equal(to->sin.sin_port, SCRIPT_RULE);
		assert_string_equal((const char *)to->sin.sin_zero,
		    rows[i].name);
	}
	div_close(d);
}

/* A verdict of a sink in the same process uses that address, too. */
static void
test_link_local_pending(void **state)
{
	struct div_options opt = { .queuelen = 4 };
	struct div_frame pass = { .type = DIV_PASS, .id = 1 };
	struct div *d = script_reader(0, &opt), *w;
	char err[DIV_ERRLEN];

	(void)state;
	w = div_open_writer(d, &opt, err);
	assert_non_null(w);
	script_divert(UDP6, "0.0.0.0", "em0");
	send_to("fe80::1");
	script_frame(d);
	assert_int_equal(div_send(w, &pass), DIV_OK);
	assert_int_not_equal(script.sent[0].addr.sin.sin_addr.s_addr, 0);
	div_close(w);
	div_close(d);
}

/* pf diverts a packet again and again, with the same fields. */
static void
test_loop(void **state)
{
	struct div *d = script_reader(0, NULL);
	int i;

	(void)state;
	for (i = 0; i < 200; i++)
		script_divert(UDP4, "192.0.2.1", "em0");
	for (i = 0; i < 100; i++)
		script_frame(d);
	assert_int_equal(div_counters(d)->looped, 0);
	script_frame(d);
	assert_int_equal(div_counters(d)->looped, 1);
	div_close(d);
}

static void
test_no_loop(void **state)
{
	struct div *d = script_reader(0, NULL);
	int i;

	(void)state;
	for (i = 0; i < 200; i++) {
		script_divert(UDP4, "192.0.2.1", "em0");
		put16(script.in[script.nin - 1].packet + 4, (uint16_t)i);
	}
	for (i = 0; i < 200; i++)
		script_frame(d);
	assert_int_equal(div_counters(d)->looped, 0);
	div_close(d);
}

/* A full queue of an interface has room again after a moment. */
static void
test_retry(void **state)
{
	struct div *d = script_reader(0, NULL);
	struct div_frame f;

	(void)state;
	script.send_error = ENOBUFS;
	script.send_fails = 3;
	script_divert(UDP4, "192.0.2.1", "em0");
	f = script_frame(d);
	assert_int_equal(div_send(d, &f), DIV_OK);
	assert_int_equal(script.sends, 4);
	script_returned(0, 0);
	div_close(d);
}

/* After a packet is lost in spite of that, others do not wait. */
static void
test_no_room(void **state)
{
	struct div *d = script_reader(0, NULL);
	struct div_frame f;
	unsigned int sends;
	int i;

	(void)state;
	for (i = 0; i < 4; i++)
		script_divert(UDP4, "192.0.2.1", "em0");
	script.send_error = ENOBUFS;
	f = script_frame(d);
	assert_int_equal(div_send(d, &f), DIV_NOTSENT);
	assert_in_range(script.sends, 2, 100);
	sends = script.sends;
	f = script_frame(d);
	assert_int_equal(div_send(d, &f), DIV_NOTSENT);
	assert_int_equal(script.sends, sends + 1);
	assert_int_equal(div_counters(d)->reason[DIV_NOTSENT], 2);
	script.send_error = 0;
	f = script_frame(d);
	assert_int_equal(div_send(d, &f), DIV_OK);
	script.send_error = ENOBUFS;
	script.send_fails = 1;
	f = script_frame(d);
	assert_int_equal(div_send(d, &f), DIV_OK);
	div_close(d);
}

static void
balance(int refuse, int unbalanced, int error)
{
	struct div_options opt = { .flags = DIV_O_BALANCE };
	char err[DIV_ERRLEN];
	struct div *d;

	script_reset(NULL);
	script.refuse[0] = refuse;
	script.unbalanced = unbalanced;
	d = div_open(8000, &opt, err);
	assert_int_equal(d == NULL, error != 0);
	if (error == 0) {
		div_close(d);
		return;
	}
	assert_int_equal(errno, error);
	assert_string_equal(err,
	    "port 8000: this kernel has no ports with several readers");
}

/* Several readers: before 14 a socket would silently get nothing. */
static void
test_balance(void **state)
{
	(void)state;
	balance(0, 0, 0);
	assert_int_equal(script.balanced, 1);
	balance(0, EOPNOTSUPP, EOPNOTSUPP);
	balance(EAFNOSUPPORT, 0, EOPNOTSUPP);
	assert_int_equal(script.balanced, 0);
}

/* What is missing is gone here. */
static void
test_late(void **state)
{
	struct div_options opt = { .flags = DIV_O_LATE };
	char err[DIV_ERRLEN];

	(void)state;
	assert_null(div_open(8000, &opt, err));
	assert_int_equal(errno, EOPNOTSUPP);
	assert_string_equal(err,
	    "packets that are missing cannot pass on this system");
	assert_null(div_attach(8000, &opt, err));
	assert_int_equal(errno, EOPNOTSUPP);
}

#define TEST(f) cmocka_unit_test_setup(f, script_reset)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_direction),
		TEST(test_cached),
		TEST(test_link_local),
		TEST(test_link_local_pending),
		TEST(test_loop),
		TEST(test_no_loop),
		TEST(test_retry),
		TEST(test_no_room),
		TEST(test_balance),
		TEST(test_late),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
