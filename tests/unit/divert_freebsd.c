/* SPDX-License-Identifier: ISC */

/* The backend of the BSDs, with FreeBSD's divert(4). */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "corpus.h"
#include "divert_script.h"

static void
test_sockets(void **state)
{
	struct div *d = script_reader(0, NULL);

	(void)state;
	assert_int_equal(script.nsockets, 1);
	assert_int_equal(script.family[0], 44);
	assert_int_equal(script.proto[0], 0);
	assert_int_equal(script.bound[0].port, 8000);
	assert_int_equal(script.bound[0].addrlen, sizeof(struct sockaddr_in));
	assert_int_equal(div_peerfd(d), -1);
	div_close(d);
}

/* Before FreeBSD 14 the family does not exist. */
static void
test_fallback(void **state)
{
	(void)state;
	script.refuse[0] = EAFNOSUPPORT;
	div_close(script_reader(0, NULL));
	assert_int_equal(script.nsockets, 2);
	assert_int_equal(script.family[1], AF_INET);
	assert_int_equal(script.proto[1], 258);
}

static void
refused(uint16_t port, int first, int second, const char *text)
{
	struct div_options opt = { .flags = 0 };
	char err[DIV_ERRLEN];

	script_reset(NULL);
	script.refuse[0] = first;
	script.refuse[1] = second;
	assert_null(div_open(port, &opt, err));
	assert_string_equal(err, text);
}

static void
test_refused(void **state)
{
	(void)state;
	refused(8000, EPERM, 0, "divert socket: no permission (be root)");
	refused(8000, EAFNOSUPPORT, EPROTONOSUPPORT,
	    "no divert sockets: load the kernel module ipdivert");
	refused(0, 0, 0, "divert ports are 1 to 65535");
}

static void
test_addresses(void **state)
{
	static const struct {
		const char *hex, *addr, *name;
		enum div_dir dir;
	} rows[] = {
		{ UDP4, "192.0.2.1", "em0", DIV_IN },
		{ UDP4, "0.0.0.0", "", DIV_OUT },
		{ UDP6, "0.0.0.0", "vtnet10", DIV_IN },
		{ UDP6, "0.0.0.0", "", DIV_OUT },
		{ FRAG4_FIRST, "192.0.2.1", "em0", DIV_IN },
	};
	struct div *d = script_reader(0, NULL);
	struct div_frame f;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		script_divert(rows[i].hex, rows[i].addr, rows[i].name);
		f = script_frame(d);
		assert_int_equal(f.dir, rows[i].dir);
		assert_int_equal(f.tag, SCRIPT_RULE);
		assert_string_equal(f.ifname, rows[i].name);
		assert_int_equal(f.hdrlen, DIV_HDRLEN + 16);
		assert_int_equal(div_send(d, &f), DIV_OK);
		script_returned(i, i);
	}
	div_close(d);
}

/* Checksums that were left to hardware are complete in unedited packets. */
static void
offloaded(const char *hex, size_t header, size_t sum, uint16_t pseudo)
{
	struct div *d = script_reader(0, NULL);
	struct script_packet *p = &script.in[script.nin];
	struct div_frame f;

	script_divert(hex, "0.0.0.0", "lo0");
	if (header != 0)
		put16(p->packet + header, 0);
	if (sum != 0)
		put16(p->packet + sum, pseudo);
	f = script_frame(d);
	assert_int_equal(div_send(d, &f), DIV_OK);
	script_valid(&script.sent[script.nsent - 1]);
	div_close(d);
	script_reset(NULL);
}

static uint16_t
pseudo_of(const char *hex)
{
	size_t len;
	uint8_t *p = unhex(hex, &len), tail[4] = { 0 };
	int v6 = p[0] >> 4 == 6;
	uint64_t sum;

	put16(tail, (uint16_t)(len - (v6 ? 40 : 20)));
	tail[3] = v6 ? p[6] : p[9];
	sum = checksum_add(0, p + (v6 ? 8 : 12), v6 ? 32 : 8);
	sum = checksum_add(sum, tail, 4);
	free(p);
	return (uint16_t)~checksum_fold(sum);
}

static void
test_offload(void **state)
{
	(void)state;
	offloaded(UDP4, 10, 0, 0);
	offloaded(ICMP4_ECHO, 10, 0, 0);
	offloaded(TCP4_DATA, 10, 20 + 16, pseudo_of(TCP4_DATA));
	offloaded(TCP6_DATA, 0, 40 + 16, pseudo_of(TCP6_DATA));
	offloaded(UDP6, 0, 40 + 6, pseudo_of(UDP6));
}

static void
test_edited(void **state)
{
	struct div *d = script_reader(0, NULL);
	struct div_frame f;
	uint8_t longer[64];

	(void)state;
	script_divert(UDP4, "192.0.2.1", "em0");
	f = script_frame(d);
	memcpy(longer, f.packet, f.caplen);
	memset(longer + f.caplen, '!', 5);
	f.packet = longer;
	f.caplen += 5;
	assert_int_equal(div_send(d, &f), DIV_OK);
	assert_int_equal(script.sent[0].len, 39 + 5);
	script_valid(&script.sent[0]);
	assert_memory_equal(&script.sent[0].addr, &script.in[0].addr, 16);
	div_close(d);
}

/* Packets that the kernel does not take are counted, and others follow. */
static void
test_errors(void **state)
{
	static const int errors[] = { EINVAL, EADDRNOTAVAIL, EHOSTUNREACH,
		ENOBUFS, EMSGSIZE, EACCES };
	const size_t n = sizeof(errors) / sizeof(errors[0]);
	struct div *d = script_reader(0, NULL);
	struct div_frame f;
	size_t i;

	(void)state;
	for (i = 0; i < n; i++) {
		script_divert(UDP4, "192.0.2.1", "em0");
		f = script_frame(d);
		f.packet[f.caplen - 1] ^= i % 2 != 0;
		script.send_error = errors[i];
		assert_int_equal(div_send(d, &f), DIV_NOTSENT);
		assert_non_null(strstr(div_error(d), strerror(errors[i])));
	}
	assert_int_equal(div_counters(d)->reason[DIV_NOTSENT], n);
	script.send_error = 0;
	script_divert(UDP4, "192.0.2.1", "em0");
	f = script_frame(d);
	assert_int_equal(div_send(d, &f), DIV_OK);
	assert_int_equal(script.nsent, 1);
	div_close(d);
}

/* To pass needs the packet; to drop writes nothing. */
static void
test_verdicts(void **state)
{
	struct div *d = script_reader(0, NULL);
	struct div_frame f, pass = { .type = DIV_PASS, .id = 2 };

	(void)state;
	script_divert(UDP4, "192.0.2.1", "em0");
	script_divert(UDP4, "192.0.2.1", "em0");
	f = script_frame(d);
	f.type = DIV_DROP;
	assert_int_equal(div_send(d, &f), DIV_OK);
	f = script_frame(d);
	assert_int_equal(div_send(d, &pass), DIV_GONE);
	assert_int_equal(div_counters(d)->reason[DIV_GONE], 1);
	assert_int_equal(script.nsent, 0);
	div_close(d);
}

/* A refused edit does not pass as if it were the original. */
static void
test_refused_edit(void **state)
{
	struct div *d = script_reader(DIV_O_PASS, NULL);
	struct div_frame f;

	(void)state;
	script_divert(FRAG4_FIRST, "192.0.2.1", "em0");
	f = script_frame(d);
	f.packet[f.caplen - 1] ^= 1;
	assert_int_equal(div_send(d, &f), DIV_REFUSE_FRAGMENT);
	assert_int_equal(div_counters(d)->reason[DIV_GONE], 1);
	assert_int_equal(script.nsent, 0);
	div_close(d);
}

/* Reader and sink in one process keep pending packets, as Linux does. */
static void
test_pending(void **state)
{
	struct div_options opt = { .queuelen = 4 };
	struct div *d = script_reader(0, &opt), *w;
	struct div_frame f, v = { .type = DIV_PASS, .id = 2 };
	struct div_kernel k;
	char err[DIV_ERRLEN];
	int i;

	(void)state;
	w = div_open_writer(d, &opt, err);
	assert_non_null(w);
	for (i = 0; i < 5; i++)
		script_divert(UDP4, "192.0.2.1", "em0");
	for (i = 0; i < 4; i++)
		f = script_frame(d);
	/* no room: lost */
	assert_int_equal(div_recv(d, &f), -1);
	assert_int_equal(div_kernel(w, &k), 1);
	assert_true(k.pending == 4 && k.overflowed == 1);
	assert_int_equal(div_send(w, &v), DIV_OK);
	script_returned(0, 1);
	v.id = 1;
	v.type = DIV_DROP;
	assert_int_equal(div_send(w, &v), DIV_OK);
	v.id = DIV_ALL;
	v.type = DIV_PASS;
	assert_int_equal(div_send(w, &v), DIV_OK);
	assert_int_equal(script.nsent, 3);
	script_returned(1, 2);
	script_returned(2, 3);
	assert_int_equal(div_counters(w)->passed, 3);
	div_kernel(w, &k);
	assert_int_equal(k.pending, 0);
	script_divert(TCP4_DATA, "192.0.2.1", "em0");
	f = script_frame(d);
	assert_int_equal(f.id, 5);
	div_close(w);
	div_close(d);
}

/* A packet that is held takes the room of one packet, however long. */
static void
test_held(void **state)
{
	struct div_options opt = { .queuelen = 4 };
	struct div *d = script_reader(0, &opt), *w;
	struct div_frame f, pass = { .type = DIV_PASS };
	char err[DIV_ERRLEN];
	uint64_t id;

	(void)state;
	w = div_open_writer(d, &opt, err);
	assert_non_null(w);
	for (id = 1; id <= 11; id++) {
		script_divert(UDP4, "192.0.2.1", "em0");
		f = script_frame(d);
		assert_int_equal(f.id, id);
		pass.id = id;
		if (id > 1)
			assert_int_equal(div_send(w, &pass), DIV_OK);
	}
	script_divert(TCP4_DATA, "192.0.2.1", "em0");
	f = script_frame(d);
	pass.id = DIV_ALL;
	assert_int_equal(div_send(w, &pass), DIV_OK);
	assert_int_equal(script.nsent, 12);
	script_returned(10, 0);
	script_returned(11, 11);
	div_close(w);
	div_close(d);
}

/* At the end, -P passes pending packets. */
static void
test_pending_end(void **state)
{
	struct div_options opt = { .flags = DIV_O_PASS };
	struct div *d = script_reader(0, &opt), *w;
	char err[DIV_ERRLEN];

	(void)state;
	w = div_open_writer(d, &opt, err);
	script_divert(UDP4, "192.0.2.1", "em0");
	script_frame(d);
	assert_int_equal(div_finish(d, -1), 0);
	assert_int_equal(script.nsent, 0);
	assert_int_equal(div_finish(w, -1), 0);
	script_returned(0, 0);
	div_close(w);
	div_close(d);
}

static void
test_tee(void **state)
{
	struct div_options opt = { .snaplen = 30 };
	struct div *d = script_reader(DIV_O_TEE, &opt);
	struct div_frame f;

	(void)state;
	script_divert(UDP4, "192.0.2.1", "em0");
	f = script_frame(d);
	script_returned(0, 0);
	assert_int_equal(f.caplen, 30);
	assert_int_equal(f.origlen, 39);
	assert_int_equal(f.flags, DIV_F_TRUNC);
	div_close(d);
}

/* New packets go out, behind the diverting rule; a copy like its original. */
static void
test_inject(void **state)
{
	struct div *d = script_reader(0, NULL);
	struct div_frame f, new;

	(void)state;
	script_divert(UDP4, "0.0.0.0", "");
	f = script_frame(d);
	new = f;
	new.type = DIV_INJECT;
	new.hdrlen = DIV_HDRLEN;
	assert_int_equal(div_send(d, &f), DIV_OK);
	assert_int_equal(div_send(d, &f), DIV_OK);
	script_returned(1, 0);
	assert_int_equal(div_send(d, &new), DIV_OK);
	assert_int_equal(script.sent[2].addr.sin.sin_port, SCRIPT_RULE);
	assert_int_equal(script.sent[2].addr.sin.sin_addr.s_addr, 0);
	assert_int_equal(script.sent[2].addr.sin.sin_family, AF_INET);
	script.send_error = EHOSTUNREACH;
	assert_int_equal(div_send(d, &new), DIV_NOTSENT);
	assert_int_equal(div_counters(d)->injected, 2);
	div_close(d);
}

static int
on_reuse(void *arg)
{
	++*(int *)arg;
	return 0;
}

/* Memory is not used again before on_reuse() was called. */
static void
test_reuse(void **state)
{
	struct div *d = script_reader(0, NULL);
	struct div_frame first, f;
	int calls = 0, i;

	(void)state;
	div_on_reuse(d, on_reuse, &calls);
	for (i = 0; i < 500; i++) {
		script_divert(i == 0 ? TCP4_DATA : UDP4, "0.0.0.0", "");
		script.in[i].len = i == 0 ? script.in[i].len : 2000;
	}
	first = script_frame(d);
	for (i = 1; i < 500 && calls == 0; i++) {
		assert_int_equal(div_frame_edited(&first), 0);
		f = script_frame(d);
	}
	assert_in_range(i, 20, 499);
	for (; i < 500; i++)
		f = script_frame(d);
	assert_int_equal(f.id, 500);
	calls = 0;
	assert_int_equal(div_recv(d, &f), -1);
	assert_int_equal(calls, 1);
	div_close(d);
}

/* A drained port returns what its buffer may have had, and no more. */
static void
test_drain(void **state)
{
	struct div_options opt = { .queuelen = 70 };
	struct div *d = script_reader(0, &opt);
	struct div_frame f;
	int i;

	(void)state;
	for (i = 0; i < 100; i++)
		script_divert(UDP4, "0.0.0.0", "");
	script_frame(d);
	assert_int_equal(div_drain(d), 0);
	for (i = 0; i < 70; i++)
		assert_int_equal(div_recv(d, &f), 1);
	assert_int_equal(div_recv(d, &f), 0);
	assert_int_equal(div_recv(d, &f), 0);
	div_close(d);
}

/* Behind the last packet that is wanted, others pass unseen. */
static void
test_count(void **state)
{
	struct div_options opt = { .queuelen = 4, .count = 2 };
	struct div *d = script_reader(0, &opt), *w;
	struct div_frame f;
	struct div_kernel k;
	char err[DIV_ERRLEN];
	int i;

	(void)state;
	w = div_open_writer(d, &opt, err);
	for (i = 0; i < 3; i++)
		script_divert(UDP4, "192.0.2.1", "em0");
	script_frame(d);
	f = script_frame(d);
	assert_int_equal(f.id, 2);
	assert_int_equal(div_recv(d, &f), 0);
	assert_int_equal(script.nsent, 1);
	script_returned(0, 2);
	assert_int_equal(div_counters(d)->passed, 1);
	assert_int_equal(div_kernel(w, &k), 1);
	assert_int_equal(k.pending, 2);
	div_close(w);
	div_close(d);
}

#define TEST(f) cmocka_unit_test_setup(f, script_reset)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_sockets),
		TEST(test_fallback),
		TEST(test_refused),
		TEST(test_addresses),
		TEST(test_offload),
		TEST(test_edited),
		TEST(test_errors),
		TEST(test_verdicts),
		TEST(test_refused_edit),
		TEST(test_pending),
		TEST(test_held),
		TEST(test_pending_end),
		TEST(test_tee),
		TEST(test_inject),
		TEST(test_reuse),
		TEST(test_drain),
		TEST(test_count),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
