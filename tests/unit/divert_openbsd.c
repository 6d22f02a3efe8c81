/* SPDX-License-Identifier: ISC */

/* The backend of the BSDs, with OpenBSD's divert(4). */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <arpa/inet.h>

#include <cmocka.h>

#include "corpus.h"
#include "divert_script.h"

/* The address of an interface, or 0 for what goes out. */
static void
give4(const char *hex, const char *addr)
{
	union divert_addr a;

	memset(&a, 0, sizeof(a));
	a.sin.sin_family = AF_INET;
	inet_pton(AF_INET, addr, &a.sin.sin_addr);
	script_give(FD4, hex, &a, sizeof(a.sin));
}

static void
give6(const char *hex, const char *addr)
{
	union divert_addr a;

	memset(&a, 0, sizeof(a));
	a.sin6.sin6_family = AF_INET6;
	inet_pton(AF_INET6, addr, &a.sin6.sin6_addr);
	script_give(FD6, hex, &a, sizeof(a.sin6));
}

/* One for each family, on the same port. */
static void
test_sockets(void **state)
{
	struct div *d = script_reader(0, NULL);

	(void)state;
	assert_int_equal(script.nsockets, 2);
	assert_int_equal(script.family[0], AF_INET);
	assert_int_equal(script.family[1], AF_INET6);
	assert_int_equal(script.proto[0], 258);
	assert_int_equal(script.proto[1], 258);
	assert_int_equal(script.bound[0].port, 8000);
	assert_int_equal(script.bound[1].port, 8000);
	assert_int_equal(script.bound[1].addrlen, sizeof(struct sockaddr_in6));
	assert_int_equal(div_fd(d), FD4);
	assert_int_equal(div_peerfd(d), FD6);
	div_close(d);
}

/* Both are read, and each packet goes back where it came from, whole. */
static void
test_families(void **state)
{
	struct div *d = script_reader(0, NULL);
	static const uint8_t dirs[] = { DIV_IN, DIV_IN, DIV_OUT, DIV_OUT };
	struct div_frame f;
	unsigned int i;

	(void)state;
	give4(UDP4, "192.0.2.1");
	give6(UDP6, "2001:db8::1");
	give4(TCP4_DATA, "0.0.0.0");
	give6(TCP6_DATA, "::");
	for (i = 0; i < 4; i++) {
		f = script_frame(d);
		assert_int_equal(f.dir, dirs[i]);
		assert_int_equal(f.hdrlen, DIV_HDRLEN + (i % 2 ? 32 : 16));
		assert_int_equal(div_send(d, &f), DIV_OK);
		script_returned(i, i);
	}
	assert_int_equal(div_recv(d, &f), -1);
	assert_int_equal(errno, EAGAIN);
	div_close(d);
}

/* The writer is another process, with sockets of its own. */
static void
test_writer(void **state)
{
	struct div *d = script_reader(DIV_O_SHARE, NULL), *w = script_writer();
	uint8_t wire[512];
	struct div_frame f, back;
	size_t n;

	(void)state;
	give6(UDP6, "2001:db8::1");
	f = script_frame(d);
	n = div_frame_encode(&f, wire);
	memcpy(wire + n, f.packet, f.caplen);
	assert_int_equal(div_frame_decode(&back, wire, n + f.caplen), 1);
	back.packet[f.caplen - 1] = '!';
	assert_int_equal(div_send(w, &back), DIV_OK);
	script_valid(&script.sent[0]);
	assert_int_equal(script.sent[0].packet[f.caplen - 1], '!');
	assert_memory_equal(&script.sent[0].addr, &script.in[0].addr,
	    sizeof(struct sockaddr_in6));
	assert_int_equal(div_finish(w, -1), 0);
	div_close(w);
	div_close(d);
}

/* The kernel would checksum a fragment as if it were a whole packet. */
static void
test_fragments(void **state)
{
	struct div *d = script_reader(0, NULL);
	struct div_frame f;

	(void)state;
	give4(FRAG4_FIRST, "192.0.2.1");
	give4(UDP4, "192.0.2.1");
	f = script_frame(d);
	assert_int_equal(div_send(d, &f), DIV_REFUSE_FRAGMENT);
	assert_int_equal(div_counters(d)->reason[DIV_REFUSE_FRAGMENT], 1);
	f = script_frame(d);
	assert_int_equal(div_send(d, &f), DIV_OK);
	script_returned(0, 1);
	div_close(d);
}

/* A new packet goes out, on its family's socket. */
static void
test_inject(void **state)
{
	struct div *d = script_writer();
	struct div_frame f = { .type = DIV_INJECT, .hdrlen = DIV_HDRLEN };
	static const union divert_addr none;
	uint8_t *packet;
	size_t len;

	(void)state;
	f.packet = packet = unhex(UDP6, &len);
	f.caplen = f.origlen = (uint32_t)len;
	assert_int_equal(div_send(d, &f), DIV_OK);
	assert_int_equal(script.sent[0].fd, FD6);
	assert_int_equal(script.sent[0].addrlen, sizeof(struct sockaddr_in6));
	assert_int_equal(script.sent[0].addr.sin6.sin6_family, AF_INET6);
	assert_memory_equal(&script.sent[0].addr.sin6.sin6_addr,
	    &none.sin6.sin6_addr, 16);
	assert_int_equal(div_counters(d)->injected, 1);
	free(packet);
	div_close(d);
}

static void
test_taken(void **state)
{
	struct div_options opt = { .flags = 0 };
	char err[DIV_ERRLEN];

	(void)state;
	script.bind_error = EADDRINUSE;
	assert_null(div_open(8000, &opt, err));
	assert_int_equal(errno, EADDRINUSE);
	assert_string_equal(err, "port 8000: Address already in use");
}

/* As large a buffer as there may be, or the system's. */
static void
test_buffer(void **state)
{
	struct div_options opt = { .queuelen = 256 };

	(void)state;
	script.buffer = 256 * 2048 / 4;
	div_close(script_reader(0, &opt));
	assert_int_equal(script.asked, 2 * 3);
	script_reset(NULL);
	script.buffer = 1;
	div_close(script_reader(0, &opt));
	assert_int_equal(script.asked, 2 * 4);
}

/* Packets before an error are not lost. */
static void
test_receive_error(void **state)
{
	struct div *d = script_reader(0, NULL);
	struct div_frame f;

	(void)state;
	give4(UDP4, "192.0.2.1");
	script_frame(d);
	script.recv_error = ENOBUFS;
	assert_int_equal(div_recv(d, &f), -1);
	assert_int_equal(errno, EAGAIN);
	script.recv_error = ENETDOWN;
	assert_int_equal(div_recv(d, &f), -1);
	assert_int_equal(errno, ENETDOWN);
	assert_string_equal(div_error(d),
	    "port 8000: receive: Network is down");
	div_close(d);
}

/* With DIV_O_TEE the whole packet passes, and its copy is truncated. */
static void
test_snaplen(void **state)
{
	struct div_options opt = { .snaplen = 28 };
	struct div *d = script_reader(DIV_O_TEE, &opt);
	struct div_frame f;

	(void)state;
	give4(UDP4, "192.0.2.1");
	f = script_frame(d);
	script_returned(0, 0);
	assert_int_equal(f.caplen, 28);
	assert_int_equal(f.origlen, 39);
	assert_int_equal(f.flags, DIV_F_TRUNC);
	div_close(d);
}

#define TEST(f) cmocka_unit_test_setup(f, script_reset)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_sockets),
		TEST(test_families),
		TEST(test_writer),
		TEST(test_fragments),
		TEST(test_inject),
		TEST(test_taken),
		TEST(test_buffer),
		TEST(test_receive_error),
		TEST(test_snaplen),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
