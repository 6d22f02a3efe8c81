/* SPDX-License-Identifier: ISC */

/* A sink that gets frames by reference. */

#include <netinet/in.h>

#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "corpus.h"
#include "no_kernel.h"
#include "packet/packet.h"
#include "stream/stream.h"

#define AT 200
#define BIG 20000

static struct div *sink;
static struct div_slots *owner;
static uint64_t id;

static struct {
	int n;
	enum verdict v;
	uint64_t id;
	uint32_t len, injected;
	uint8_t packet[BIG];
} got;

static int
attach(struct div *d, struct div *reader)
{
	(void)d;
	(void)reader;
	return 0;
}

static int
verdict(struct div *d, const struct div_frame *f, enum verdict v)
{
	(void)d;
	got.n++;
	got.v = v;
	got.id = f->id;
	got.len = f->caplen;
	memcpy(got.packet, f->packet, f->caplen);
	return DIV_OK;
}

static int
inject(struct div *d, const struct div_frame *f)
{
	(void)d;
	got.injected = f->caplen;
	memcpy(got.packet, f->packet, f->caplen);
	return DIV_OK;
}

static const struct backend backend = {
	NO_KERNEL,
	.longest = 65531,
	.attach = attach,
	.verdict = verdict,
	.inject = inject,
	.drain = no_kernel,
};

static int
set_up(void **state)
{
	struct div_options opt = { .mark = DIV_MARK };
	char err[DIV_ERRLEN];

	(void)state;
	sink = port_open(&backend, 8000, &opt, err);
	assert_non_null(sink);
	assert_non_null(owner = slots_new(4, DIV_SLOT_SIZE, sink->epoch));
	sink->slots = slots_map(dup(owner->fd), dup(owner->returnedfd),
	    sink->epoch);
	assert_non_null(sink->slots);
	memset(&got, 0, sizeof(got));
	id = 0;
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	div_close(sink);
	div_slots_free(owner);
	return 0;
}

/* The bytes of a segment, which are those of its number. */
static void
make_segment(uint8_t *p, uint32_t len, uint32_t seq, uint8_t flags)
{
	uint32_t i;

	memset(p, 0, 40);
	p[0] = 0x45;
	put16(p + 2, (uint16_t)len);
	p[8] = 64;
	p[9] = IPPROTO_TCP;
	put32(p + 12, 0x0a000102);
	put32(p + 16, 0x0a000202);
	put16(p + 20, 4000);
	put16(p + 22, 80);
	put32(p + 24, seq);
	p[32] = 5 << 4;
	p[33] = flags;
	put16(p + 34, 65535);
	for (i = 40; i < len; i++)
		p[i] = (uint8_t)(seq + i);
	assert_int_equal(div_repair_new(p, len), DIV_OK);
}

/* A frame of a segment, as the codec reads it by reference. */
static struct div_frame
refer(uint32_t len, uint32_t seq, uint8_t flags)
{
	struct div_frame f = { .type = DIV_PACKET,
		.hdrlen = DIV_HDRLEN,
		.caplen = len,
		.origlen = len,
		.epoch = sink->epoch,
		.port = 8000 };

	f.id = ++id;
	f.slot = slots_take(owner);
	assert_int_not_equal(f.slot, 0);
	f.packet = slots_at(owner, f.slot) + AT;
	make_segment(f.packet, len, seq, flags);
	slots_publish(owner, &f);
	f.packet = slots_at(sink->slots, f.slot) + AT;
	sink->emitted = id;
	return f;
}

static void
passed(const struct div_frame *f, int n)
{
	assert_int_equal(got.n, n);
	assert_int_equal(got.v, ACCEPT);
	assert_int_equal(got.id, f->id);
	assert_int_equal(got.len, f->caplen);
	slots_sweep(owner, UINT_MAX);
	assert_int_equal(owner->busy[0], 0);
}

/* The packet passes as it was, without a digest, and its slot is free. */
static void
test_passes(void **state)
{
	struct div_frame f = refer(1500, 1000, TH_ACK), g = f;
	const uint8_t *shared = f.packet;

	(void)state;
	assert_int_equal(div_send(sink, &g), DIV_OK);
	assert_memory_equal(got.packet, shared, 1500);
	passed(&f, 1);
	assert_int_equal(div_counters(sink)->passed, 1);
	assert_int_equal(div_counters(sink)->edited, 0);
}

/* Of a long segment in order, the headers are looked at. */
static void
test_long(void **state)
{
	struct div_frame f = refer(BIG, 1000, TH_ACK), g = f;

	(void)state;
	assert_int_equal(div_send(sink, &g), DIV_OK);
	passed(&f, 1);
	f = g = refer(BIG, 1000 + BIG - 40, TH_ACK);
	memset(sink->copy, 0, BIG);
	assert_int_equal(div_send(sink, &g), DIV_OK);
	passed(&f, 2);
	assert_int_equal(get32(sink->copy + 24), 1000 + BIG - 40);
	assert_int_equal(sink->copy[BIG - 1], 0);
}

/* A damaged one makes no record of a connection. */
static void
test_damaged(void **state)
{
	struct div_frame f = refer(BIG, 1000, TH_ACK), g = f;

	(void)state;
	assert_int_equal(div_send(sink, &g), DIV_OK);
	passed(&f, 1);
	f = refer(BIG, 1000, TH_ACK);
	slots_at(owner, f.slot)[AT + 15] ^= 1;
	f.flags = DIV_F_BADSUM;
	g = f;
	assert_int_equal(div_send(sink, &g), DIV_OK);
	passed(&f, 2);
	assert_int_equal(tcp_counters(sink->tcp)->conns, 1);
}

/* A verdict in the packet's place, or another packet, frees the slot, too. */
static void
test_records(void **state)
{
	struct div_frame f = refer(100, 1000, TH_ACK);
	uint8_t own[DIV_SLOT_SIZE];

	(void)state;
	f.type = DIV_DROP;
	f.caplen = f.slot = 0;
	assert_int_equal(div_send(sink, &f), DIV_OK);
	slots_sweep(owner, UINT_MAX);
	assert_int_equal(owner->busy[0], 0);
	f = refer(100, 1000, TH_ACK);
	div_frame_own(&f, own);
	assert_int_equal(div_send(sink, &f), DIV_OK);
	passed(&f, 2);
}

/* What expired may still be looked at by a filter. */
static void
test_expired(void **state)
{
	struct div_frame f = refer(100, 1000, TH_ACK);

	(void)state;
	idwin_close(&sink->ids, f.id);
	slots_sweep(owner, UINT_MAX);
	assert_int_equal(owner->busy[0], 1);
	assert_int_equal(div_send(sink, &f), DIV_LATE);
	slots_sweep(owner, UINT_MAX);
	assert_int_equal(owner->busy[0], 0);
}

/* A second one is a new packet, as long as the slot has it; later it is none. */
static void
test_again(void **state)
{
	struct div_frame f = refer(1500, 1000, TH_ACK), g = f, other;

	(void)state;
	assert_int_equal(div_send(sink, &g), DIV_OK);
	g = f;
	memset(got.packet, 0, sizeof(got.packet));
	assert_int_equal(div_send(sink, &g), DIV_OK);
	assert_int_equal(got.n, 1);
	assert_int_equal(got.injected, 1500);
	got.injected = 0;
	slots_sweep(owner, UINT_MAX);
	other = refer(1500, 3000, TH_ACK);
	assert_int_equal(other.slot, f.slot);
	g = f;
	assert_int_equal(div_send(sink, &g), DIV_STALE);
	assert_int_equal(got.n, 1);
	assert_int_equal(got.injected, 0);
	assert_int_equal(div_send(sink, &other), DIV_OK);
}

/* Of a long one, all of the copy is sent. */
static void
test_again_long(void **state)
{
	struct div_frame f = refer(BIG, 1000, TH_ACK), g = f;
	const uint8_t *shared;

	(void)state;
	assert_int_equal(div_send(sink, &g), DIV_OK);
	f = refer(BIG, 1000 + BIG - 40, TH_ACK);
	shared = f.packet;
	g = f;
	assert_int_equal(div_send(sink, &g), DIV_OK);
	memset(got.packet, 0, sizeof(got.packet));
	g = f;
	assert_int_equal(div_send(sink, &g), DIV_OK);
	assert_int_equal(got.injected, BIG);
	assert_memory_equal(got.packet + 40, shared + 40, BIG - 40);
}

/* The packet is no longer there when it was looked at: dropped. */
static void
test_gone(void **state)
{
	struct div_frame f = refer(1500, 1000, TH_ACK);

	(void)state;
	owner->entries[f.slot - 1].id = 99;
	assert_int_equal(div_send(sink, &f), DIV_STALE);
	assert_int_equal(got.n, 1);
	assert_int_equal(got.v, DROP);
}

/* A segment of a translated connection is sent anew, all of it. */
static void
test_translated(void **state)
{
	struct div_frame f = refer(40, 1000, TH_SYN), g;
	uint8_t own[DIV_SLOT_SIZE], *p;
	struct div_frame back = f;

	(void)state;
	assert_int_equal(div_send(sink, &f), DIV_OK);
	/* the other end's SYN */
	slots_sweep(owner, UINT_MAX);
	back = refer(40, 5000, TH_SYN | TH_ACK);
	p = slots_at(owner, back.slot) + AT;
	memcpy(own, p + 12, 4);
	memcpy(p + 12, p + 16, 4);
	memcpy(p + 16, own, 4);
	put16(p + 20, 80);
	put16(p + 22, 4000);
	put32(p + 28, 1001);
	assert_int_equal(div_repair_new(p, 40), DIV_OK);
	assert_int_equal(div_send(sink, &back), DIV_OK);
	/* an edit that is longer by one */
	slots_sweep(owner, UINT_MAX);
	f = refer(100, 1001, TH_ACK);
	div_frame_own(&f, own);
	put32(own + 28, 5001);
	own[100] = 'x';
	f.caplen = 101;
	assert_int_equal(div_send(sink, &f), DIV_OK);
	assert_int_equal(div_counters(sink)->translated, 1);
	slots_sweep(owner, UINT_MAX);
	f = g = refer(BIG, 1001 + 60, TH_ACK);
	p = slots_at(owner, f.slot) + AT;
	put32(p + 28, 5001);
	assert_int_equal(div_repair_new(p, BIG), DIV_OK);
	assert_int_equal(div_send(sink, &g), DIV_OK);
	assert_int_equal(got.v, REPLACE);
	assert_int_equal(got.len, BIG);
	assert_int_equal(get32(got.packet + 24), 1001 + 61);
	assert_memory_equal(got.packet + 40, p + 40, BIG - 40);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_passes),
		TEST(test_long),
		TEST(test_damaged),
		TEST(test_records),
		TEST(test_expired),
		TEST(test_again),
		TEST(test_again_long),
		TEST(test_gone),
		TEST(test_translated),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
