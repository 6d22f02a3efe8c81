/* SPDX-License-Identifier: ISC */

/* Connections whose segments change their length: by hand, and by the model. */

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flow_model.h"
#include "flow_table.h"

#if defined(__SANITIZE_ADDRESS__)
#define SEGMENTS 60000
#else
#define SEGMENTS 1000000
#endif

#define BOUND (1 << 20)
#define SECOND (1000 * MS)

/* What the sink sent; the last ones. */
struct out {
	uint32_t seq, ack;
	uint8_t flags, inject;
	int side, sacks;
	uint16_t win, urg;
	uint32_t sack[2], tsval;
	uint32_t len;
	uint8_t data[8192];
};

static struct out out[64];
static uint32_t outs, drops;
static uint64_t resets;
static uint64_t now;
static struct flows *fs;
static uint16_t client = 1000;

static void
read_options(struct out *o, const uint8_t *p, const uint8_t *end)
{
	for (; p < end; p += *p == 1 ? 1 : p[1]) {
		if (*p == 8)
			o->tsval = get32(p + 2);
		if (*p != 5)
			continue;
		o->sacks = (p[1] - 2) / 8;
		o->sack[0] = get32(p + 2);
		o->sack[1] = get32(p + 6);
	}
}

static int
put_out(struct div_frame *f, int injected)
{
	struct out *o = &out[outs++ % 64];
	struct div_packet p;
	const uint8_t *tcp;

	assert_int_equal(div_packet_parse(&p, f->packet, f->caplen), 0);
	memset(o, 0, sizeof(*o));
	tcp = f->packet + p.l4;
	o->inject = (uint8_t)injected;
	o->side = p.sport == 80;
	o->seq = get32(tcp + 4);
	o->ack = get32(tcp + 8);
	o->flags = tcp[13];
	o->win = get16(tcp + 14);
	o->urg = get16(tcp + 18);
	o->len = f->caplen - (uint32_t)p.payload;
	assert_true(o->len <= sizeof(o->data));
	memcpy(o->data, f->packet + p.payload, o->len);
	read_options(o, tcp + 20, f->packet + p.payload);
	resets += (o->flags & TH_RST) != 0;
	return 0;
}

static int
verdict(void *arg, struct div_frame *f, int drop)
{
	(void)arg;
	if (drop) {
		drops++;
		return 0;
	}
	return put_out(f, 0);
}

static int
inject(void *arg, struct div_frame *f)
{
	(void)arg;
	assert_int_equal(f->type, DIV_INJECT);
	return put_out(f, 1);
}

static struct flow_ops ops = { 0, verdict, inject };

static int
setup(void **state)
{
	(void)state;
	ops.gather = 0;
	fs = flows_new(BOUND, &ops, NULL);
	outs = drops = 0;
	resets = 0;
	now = SECOND;
	client = 1000;
	return fs == NULL;
}

static int
teardown(void **state)
{
	(void)state;
	flows_free(fs);
	return 0;
}

/* A segment as a test writes it; text becomes edit, if that is given. */
struct seg {
	int side;
	uint8_t flags;
	uint32_t seq, ack;
	const char *text, *edit;
	const char *options; /* of noptions bytes */
	size_t noptions;
	uint16_t win, urg;
	uint8_t type, gso;
};

static enum flow_answer
give_bytes(const struct seg *g, const void *text, size_t olen, const void *edit,
    size_t elen)
{
	struct div_frame f = { .type = g->type ? g->type : DIV_PACKET,
		.hdrlen = DIV_HDRLEN,
		.flags = g->gso ? DIV_F_GSO : 0 };
	struct div_packet p;
	size_t hlen = V4_HDRLEN + 20 + g->noptions;
	enum flow_answer answer;
	uint8_t *b;

	if (edit == NULL) {
		edit = text;
		elen = olen;
	}
	b = calloc(1, hlen + elen);
	assert_non_null(b);
	b[0] = 0x45;
	b[9] = IPPROTO_TCP;
	b[15] = (uint8_t)(g->side + 1);
	b[19] = (uint8_t)(2 - g->side);
	put16(b + 20, g->side ? 80 : client);
	put16(b + 22, g->side ? client : 80);
	put32(b + 24, g->seq);
	put32(b + 28, g->ack);
	b[32] = (uint8_t)((20 + g->noptions) / 4 << 4);
	b[33] = g->flags | (g->flags & TH_SYN ? 0 : TH_ACK);
	put16(b + 34, g->win ? g->win : 1000);
	put16(b + 38, g->urg);
	if (g->noptions)
		memcpy(b + 40, g->options, g->noptions);
	if (elen)
		memcpy(b + hlen, edit, elen);
	f.packet = b;
	f.id = f.type == DIV_PACKET;
	f.caplen = (uint32_t)(hlen + elen);
	f.origlen = (uint32_t)(hlen + olen);
	assert_int_equal(div_packet_parse(&p, b, f.caplen), 0);
	outs = drops = 0;
	answer = flows_segment(fs, &f, &p, now);
	free(b);
	return answer;
}

static enum flow_answer
give_seg(const struct seg *g)
{
	const char *text = g->text == NULL ? "" : g->text;

	return give_bytes(g, text, strlen(text), g->edit,
	    g->edit == NULL ? 0 : strlen(g->edit));
}

#define give(...) give_seg(&(struct seg){ .side = __VA_ARGS__ })

static void
expect(uint32_t i, int side, uint32_t seq, const char *text)
{
	assert_true(i < outs);
	assert_int_equal(out[i].side, side);
	assert_int_equal(out[i].seq, seq);
	assert_int_equal(out[i].len, strlen(text));
	assert_memory_equal(out[i].data, text, out[i].len);
}

/* Client's data from 101 on, server's from 501. */
static void
handshake_with(const char *options, size_t n)
{
	assert_int_equal(give(0, TH_SYN, 100, 0, .options = options,
			     .noptions = n),
	    FLOW_PASS);
	assert_int_equal(give(1, TH_SYN | TH_ACK, 500, 101, .options = options,
			     .noptions = n),
	    FLOW_PASS);
	assert_int_equal(give(0, 0, 101, 501), FLOW_PASS);
}

#define SYN_OPTIONS "\2\4\5\264\1\3\3\2\1\1\4\2"

static void
handshake(void)
{
	handshake_with(SYN_OPTIONS, 12);
}

static void
push(struct seqmap *m, uint32_t olen, uint32_t elen)
{
	assert_non_null(seqmap_push(m, olen, elen));
}

static void
test_seqmap(void **state)
{
	static const uint32_t starts[] = { 1000, (uint32_t)-15, (uint32_t)-25 };
	static const struct {
		uint32_t o, e;
	} there[] = { { -5, -5 }, { 0, 0 }, { 9, 9 }, { 10, 30 }, { 19, 39 },
		{ 20, 40 }, { 24, 40 }, { 30, 40 }, { 45, 45 }, { 60, 50 } },
	  back[] = { { -5, -5 }, { 0, 0 }, { 9, 9 }, { 9, 29 }, { 10, 30 },
		  { 30, 40 }, { 34, 44 }, { 50, 45 }, { 54, 49 }, { 60, 50 },
		  { 70, 60 } };
	struct seqmap m;
	uint32_t i, s, a, b, last;

	(void)state;
	for (i = 0; i < 3; i++) {
		s = starts[i];
		memset(&m, 0, sizeof(m));
		m.onext = m.enext = s;
		push(&m, 10, 30); /* grown */
		push(&m, 10, 10);
		push(&m, 10, 0); /* deleted */
		push(&m, 20, 5); /* shrunk */
		push(&m, 10, 5);
		for (a = 0; a < sizeof(there) / sizeof(there[0]); a++)
			if (there[a].o != 45)
				assert_int_equal(seqmap_edited(&m,
						     s + there[a].o) -
					s,
				    there[a].e);
		for (a = 0; a < sizeof(back) / sizeof(back[0]); a++)
			assert_int_equal(seqmap_original(&m, s + back[a].e) - s,
			    back[a].o);
		for (last = s, b = 0; b < 60; b++, last = a) {
			a = seqmap_original(&m, s + b);
			assert_false(seq_before(a, last));
		}
		a = s + 5; /* inside what grew: nothing of it */
		b = s + 30;
		seqmap_block(&m, &a, &b);
		assert_int_equal(a - s, 10);
		assert_int_equal(b - s, 10);
		a = s + 30;
		b = s + 42;
		seqmap_block(&m, &a, &b);
		assert_int_equal(a - s, 10);
		assert_int_equal(b - s, 30);
		a = s + 33; /* same length: exact */
		b = s + 37;
		seqmap_block(&m, &a, &b);
		assert_int_equal(a - s, 13);
		assert_int_equal(b - s, 17);
		seqmap_pop(&m);
		assert_int_equal(seqmap_original(&m, s + 30) - s, 10);
		for (a = 0; a < 100; a++)
			push(&m, 7, 9);
		assert_int_equal(seqmap_original(&m, s + 50 + 9 * 50) - s,
		    60 + 7 * 50);
		assert_int_equal(seqmap_edited(&m, s + 60 + 7 * 50) - s,
		    50 + 9 * 50);
		seqmap_free(&m);
	}
}

static void
test_handshake(void **state)
{
	(void)state;
	handshake();
	assert_int_equal(give(0, 0, 101, 501, "foo", "long word"), FLOW_TAKEN);
	assert_int_equal(outs, 1);
	expect(0, 0, 101, "long word");
	assert_int_equal(give(0, 0, 104, 501, "bar"), FLOW_TAKEN);
	expect(0, 0, 110, "bar");
	assert_int_equal(give(1, 0, 501, 110, "yes"), FLOW_TAKEN);
	expect(0, 1, 501, "yes");
	assert_int_equal(out[0].ack, 104);
	assert_int_equal(give(0, 0, 107, 504), FLOW_TAKEN);
	expect(0, 0, 113, "");
	assert_int_equal(flows_counters(fs)->resized, 1);
}

/* The other end is asked to show itself. */
static void
test_middle(void **state)
{
	(void)state;
	assert_int_equal(give(0, 0, 101, 501, "foo", "word"), FLOW_TAKEN);
	expect(0, 0, 100, "");
	assert_int_equal(give(0, 0, 101, 501, "foo", "word"), FLOW_REFUSED);
	assert_int_equal(give(1, 0, 501, 101), FLOW_PASS);
	assert_int_equal(give(0, 0, 101, 501, "foo", "word"), FLOW_TAKEN);
	expect(0, 0, 101, "word");
	assert_int_equal(give(1, 0, 501, 105), FLOW_TAKEN);
	assert_int_equal(out[0].ack, 104);
	assert_int_equal(out[0].win, 1000);
}

static void
test_resent(void **state)
{
	(void)state;
	handshake();
	give(0, 0, 101, 501, "abc", "ABCDE");
	give(0, 0, 104, 501, "def", "F");
	give(0, 0, 107, 501, "ghi");
	assert_int_equal(give(0, 0, 102, 501, "bcd", "other"), FLOW_TAKEN);
	assert_int_equal(outs, 2);
	expect(0, 0, 101, "ABCDE");
	expect(1, 0, 106, "F");
	assert_int_equal(give(0, 0, 104, 501, "defghi", ""), FLOW_TAKEN);
	expect(0, 0, 106, "F");
	expect(1, 0, 107, "ghi");
	/* old and new: known by how it begins */
	give(0, 0, 107, 501, "ghijkl", "ghiJ");
	expect(0, 0, 107, "ghi");
	expect(1, 0, 110, "J");
	give(0, 0, 110, 501, "jklmno", "XYZ");
	assert_int_equal(outs, 1);
	expect(0, 0, 110, "J");
	give(0, 0, 113, 501, "mno", "MN");
	expect(0, 0, 111, "MN");
}

static void
test_gap(void **state)
{
	(void)state;
	handshake();
	give(0, 0, 101, 501, "abc", "ABCDE", "\1\1\10\12\0\0\0\1\0\0\0\0", 12);
	give(1, 0, 501, 106, .options = "\1\1\10\12\0\0\0\7\0\0\0\1",
	    .noptions = 12);
	assert_int_equal(give(0, 0, 107, 501, "ghi", "G",
			     "\1\1\10\12\0\0\0\2\0\0\0\0", 12),
	    FLOW_TAKEN);
	assert_int_equal(outs, 1);
	expect(0, 1, 501, "");
	assert_int_equal(out[0].ack, 104);
	assert_int_equal(out[0].sacks, 1);
	assert_int_equal(out[0].sack[0], 107);
	assert_int_equal(out[0].sack[1], 110);
	assert_int_equal(out[0].tsval, 7);
	give(0, 0, 107, 501, "ghi", "G");
	assert_int_equal(drops, 1);
	give(0, 0, 104, 501, "def", "", "\1\1\10\12\0\0\0\11\0\0\0\0", 12);
	assert_int_equal(outs, 4); /* nothing is left of def: we say it */
	expect(0, 0, 106, "");
	expect(1, 1, 501, "");
	assert_int_equal(out[1].ack, 107);
	expect(2, 0, 106, "G");
	assert_int_equal(out[2].tsval, 9);
	expect(3, 1, 501, ""); /* the client had been told of ghi before */
	assert_int_equal(out[3].ack, 110);
	assert_int_equal(flows_counters(fs)->held, 1);
}

static void
test_gap_forever(void **state)
{
	(void)state;
	handshake();
	give(0, 0, 101, 501, "abc", "ABCDE");
	give(1, 0, 501, 106);
	give(0, 0, 107, 501, "ghi", "G");
	outs = drops = 0;
	now += SECOND;
	assert_true(flows_tick(fs, now) > now);
	assert_int_equal(drops, 0);
	now += 1000 * SECOND;
	assert_true(flows_tick(fs, now) == UINT64_MAX);
	assert_int_equal(drops, 1);
}

#define MSS 536

/* Ten segments that waited for the one before them; the client knows it. */
static void
release(uint8_t *bytes)
{
	struct seg g = { .seq = 104, .ack = 501 };
	uint32_t i;

	for (i = 0; i < 11 * MSS; i++)
		bytes[i] = (uint8_t)(i * i >> 7);
	handshake();
	give(0, 0, 101, 501, "abc", "ABCD"); /* to 105 */
	give(1, 0, 501, 105, .win = 2000);
	for (i = 1; i <= 10; i++) {
		g.seq = 104 + MSS * i;
		give_bytes(&g, bytes + MSS * i, MSS, NULL, 0);
		assert_int_equal(outs, 1);
		assert_int_equal(out[0].ack, 104);
		assert_int_equal(out[0].sack[1], g.seq + MSS);
	}
	g.seq = 104;
	give_bytes(&g, bytes, MSS, NULL, 0);
	assert_int_equal(outs, 12);
	assert_int_equal(out[10].seq, 105 + MSS * 10);
	expect(11, 1, 501, "");
	assert_int_equal(out[11].ack, 104 + MSS * 11);
	/* the window ends where the server let it end */
	assert_int_equal(out[11].win, 2000 - MSS * 11 / 4);
}

static void
expect_bytes(uint32_t i, const uint8_t *bytes, uint32_t from)
{
	assert_true(i < outs);
	assert_int_equal(out[i].side, 0);
	assert_int_equal(out[i].inject, 1);
	assert_int_equal(out[i].seq, 105 + from);
	assert_int_equal(out[i].len, MSS);
	assert_memory_equal(out[i].data, bytes + from, MSS);
}

static void
put_sack(char *options, uint32_t left, uint32_t right)
{
	memcpy(options, "\1\1\5\12", 4);
	put32((uint8_t *)options + 4, left);
	put32((uint8_t *)options + 8, right);
}

/* Who was told that its data waits does not send it again: we do. */
static void
test_promise_timer(void **state)
{
	uint8_t bytes[11 * MSS];
	uint64_t due;

	(void)state;
	release(bytes);
	due = flows_tick(fs, now);
	assert_true(due > now && due < now + SECOND);
	give(1, 0, 501, 105 + MSS, .win = 2000 - MSS / 4);
	assert_int_equal(outs, 0); /* the client knows */
	assert_int_equal(drops, 1);
	give(1, 0, 501, 105 + MSS, .win = 2000);
	assert_int_equal(outs, 1); /* but not of this window */
	assert_int_equal(out[0].ack, 104 + MSS * 11);
	assert_int_equal(out[0].win, 2000 - MSS * 10 / 4);
	outs = 0;
	now = flows_tick(fs, now);
	assert_int_equal(outs, 0);
	assert_true(flows_tick(fs, now) > now);
	assert_int_equal(outs, 1);
	expect_bytes(0, bytes, MSS);
	give(1, 0, 501, 105 + MSS * 3, .win = 2000 - MSS * 3 / 4);
	expect_bytes(0, bytes, MSS * 3); /* the next one is lost, too */
	give(1, 0, 501, 105 + MSS * 11, .win = 2000);
	assert_true(flows_tick(fs, now + SECOND) == UINT64_MAX);
	give(0, 0, 104 + MSS * 11, 501, "new");
	give(1, 0, 501, 108 + MSS * 11);
	assert_int_equal(out[0].ack, 107 + MSS * 11);
}

static void
test_promise_sack(void **state)
{
	uint8_t bytes[11 * MSS];
	char sack[12];

	(void)state;
	release(bytes);
	put_sack(sack, 105 + MSS * 2, 105 + MSS * 4);
	give(1, 0, 501, 105 + MSS, .options = sack, .noptions = 12);
	assert_int_equal(outs, 1); /* may be late: the window alone is news */
	assert_int_equal(out[0].sacks, 0);
	put_sack(sack, 105 + MSS * 2, 105 + MSS * 5);
	give(1, 0, 501, 105 + MSS, .options = sack, .noptions = 12);
	expect_bytes(0, bytes, MSS);
	give(1, 0, 501, 105 + MSS, .options = sack, .noptions = 12);
	assert_int_equal(outs, 0); /* once */
	put_sack(sack, 105 + MSS * 7, 105 + MSS * 11);
	give(1, 0, 501, 105 + MSS * 5, .options = sack, .noptions = 12);
	expect_bytes(0, bytes, MSS * 5);
	expect_bytes(1, bytes, MSS * 6);
	give(1, 0, 501, 105 + MSS * 11);
	assert_true(flows_tick(fs, now + SECOND) == UINT64_MAX);
}

/* A FIN is not ours to answer for. */
static void
test_promise_fin(void **state)
{
	(void)state;
	handshake();
	give(0, 0, 101, 501, "abc", "ABCD"); /* to 105 */
	give(1, 0, 501, 105);
	give(0, TH_FIN, 107, 501, "ghi");
	give(0, 0, 104, 501, "def");
	expect(1, 0, 108, "ghi");
	assert_int_equal(out[1].flags & TH_FIN, TH_FIN);
	expect(2, 1, 501, "");
	assert_int_equal(out[2].ack, 110);
	give(1, 0, 501, 112);
	assert_int_equal(out[0].ack, 111);
}

/* What was lost before the connection was shifted has no place if it grows. */
static void
test_stuck(void **state)
{
	int i;

	(void)state;
	handshake();
	give(1, 0, 504, 101, "def"); /* abc is lost */
	give(0, 0, 101, 501, "x", "long");
	give(1, 0, 501, 105, "abc", "ABCD");
	expect(0, 1, 501, "");
	for (i = 0; i < 3; i++) {
		assert_int_equal(flows_counters(fs)->reset, 0);
		now += 2 * SECOND;
		give(1, 0, 501, 105, "abc", "ABCD");
	}
	assert_int_equal(flows_counters(fs)->reset, 1);
	assert_int_equal(flows_counters(fs)->flows, 0);
}

/* A filter's reset reaches an end with the numbers that this end expects. */
static void
test_inject_rst(void **state)
{
	(void)state;
	handshake();
	give(0, 0, 101, 501, "abc", "ABCDE");
	give(1, 0, 501, 106, "hello", "hi");
	give(0, 0, 104, 503);
	/* a segment of the client's at 104 was rejected: its numbers, twice */
	assert_int_equal(give(1, TH_RST, 503, 0, .type = DIV_INJECT),
	    FLOW_TAKEN);
	assert_int_equal(outs, 1);
	expect(0, 1, 503, "");
	assert_int_equal(out[0].flags & TH_RST, TH_RST);
	give(0, TH_RST, 104, 503, .type = DIV_INJECT);
	assert_int_equal(outs, 1);
	expect(0, 0, 106, "");
	flows_reset(fs);
	assert_int_equal(flows_counters(fs)->reset, 0);
}

static void
test_deleted(void **state)
{
	(void)state;
	handshake();
	give(0, 0, 101, 501, "abc", "AB");
	give(0, 0, 104, 501, "def", "");
	assert_int_equal(outs, 1); /* not before abc is acknowledged */
	expect(0, 0, 103, "");
	give(1, 0, 501, 103);
	expect(0, 1, 501, "");
	assert_int_equal(out[0].ack, 107);
	give(0, 0, 107, 501, "ghi", "");
	expect(0, 0, 103, "");
	expect(1, 1, 501, "");
	assert_int_equal(out[1].ack, 110);
	give(0, 0, 107, 501, "ghi", ""); /* that was lost */
	assert_int_equal(outs, 1);
	expect(0, 0, 102, "");
	give(1, 0, 501, 103);
	assert_int_equal(out[0].ack, 110);
}

static void
test_own(void **state)
{
	uint64_t next;
	int i;

	(void)state;
	handshake();
	give(0, 0, 101, 501, "", "hello");
	expect(0, 0, 101, "hello");
	outs = 0;
	next = flows_tick(fs, now);
	assert_int_equal(outs, 0);
	assert_true(next > now && next < now + SECOND);
	now = next;
	assert_true(flows_tick(fs, now) > now);
	expect(0, 0, 101, "hello");
	give(0, 0, 101, 501, "abc");
	expect(0, 0, 106, "abc");
	give(1, 0, 501, 106); /* is not the client's to know */
	assert_int_equal(outs, 0);
	assert_int_equal(drops, 1);
	assert_true(flows_tick(fs, now + SECOND) == UINT64_MAX);
	give(1, 0, 501, 109);
	assert_int_equal(out[0].ack, 104);
	give(0, 0, 104, 501, "new", .type = DIV_INJECT);
	expect(0, 0, 109, "new");
	for (i = 0; i < 40 && next != UINT64_MAX; i++) {
		next = flows_tick(fs, now);
		now = next;
	}
	assert_true(next == UINT64_MAX);
	assert_int_equal(flows_counters(fs)->reset, 1);
	assert_int_equal(flows_counters(fs)->flows, 0);
}

/* Retransmissions of what was not kept know nothing of our own data. */
static void
test_own_unkept(void **state)
{
	(void)state;
	handshake();
	give(0, 0, 101, 501, "abc");
	give(0, 0, 104, 501, "", "own");
	expect(0, 0, 104, "own");
	give(0, 0, 101, 501, "abcdef", "abcDEFG");
	expect(0, 0, 101, "abc");
	give(0, 0, 104, 501, "def", "DEFG");
	expect(0, 0, 107, "DEFG");
}

static void
test_pieces(void **state)
{
	struct seg g = { .seq = 101, .ack = 501 };
	char big[5000], text[1000];
	uint32_t i, n;

	(void)state;
	memset(big, 'x', sizeof(big));
	memset(text, 'y', sizeof(text));
	handshake();
	assert_int_equal(give_bytes(&g, text, 1000, big, 5000), FLOW_TAKEN);
	assert_int_equal(outs, 5);
	for (i = n = 0; i < outs; n += out[i++].len) {
		assert_int_equal(out[i].seq, 101 + n);
		assert_int_equal(out[i].inject, i > 0);
		assert_true(out[i].len <= 1000);
	}
	assert_int_equal(n, 5000);
	g.seq = 1101;
	g.gso = 1;
	give_bytes(&g, text, 1000, big, 2000); /* more than one: whole */
	assert_int_equal(outs, 1);
	assert_int_equal(out[0].len, 2000);
	g.seq = 2101;
	give_bytes(&g, text, 1000, big, 10); /* one: new */
	assert_int_equal(outs, 1);
	assert_int_equal(drops, 1);
	assert_int_equal(out[0].inject, 1);
}

/* What does not fill a packet waits for the next segment, if that is here. */
static void
test_gather(void **state)
{
	struct seg g = { .seq = 101, .ack = 501 };
	char big[1100], text[1000];
	int i;

	(void)state;
	ops.gather = 1;
	memset(big, 'x', sizeof(big));
	memset(text, 'y', sizeof(text));
	handshake();
	for (i = 0; i < 3; i++) {
		give_bytes(&g, text, 1000, big, 1100);
		g.seq += 1000;
		assert_int_equal(outs, 1);
		assert_int_equal(out[0].inject, 0);
		assert_int_equal(out[0].seq, 101 + 1000 * i);
		assert_int_equal(out[0].len, 1000);
	}
	outs = 0;
	assert_int_equal(flows_flush(fs), 0);
	assert_int_equal(outs, 1);
	assert_int_equal(out[0].inject, 1);
	assert_int_equal(out[0].seq, 3101);
	assert_int_equal(out[0].len, 300);
	/* a FIN waits for nothing */
	g.flags = TH_FIN;
	give_bytes(&g, text, 1000, big, 1100);
	assert_int_equal(outs, 2);
	assert_int_equal(out[1].flags & TH_FIN, TH_FIN);
	assert_int_equal(out[1].len, 100);
}

static void
test_window(void **state)
{
	struct seg g = { .seq = 101, .ack = 501 };
	char big[1100];

	(void)state;
	memset(big, 'x', sizeof(big));
	handshake();
	give_bytes(&g, big, 100, big, 1100);
	give(1, 0, 501, 101, .win = 1000); /* scale 2 */
	assert_int_equal(out[0].win, 750);
	give(1, 0, 501, 101, .win = 200);
	assert_int_equal(out[0].win, 0);
	give(1, 0, 501, 1201, .win = 1000);
	assert_int_equal(out[0].win, 1000);
}

static void
test_fin(void **state)
{
	(void)state;
	handshake();
	give(0, TH_FIN, 101, 501, "bye", "goodbye");
	expect(0, 0, 101, "goodbye");
	assert_true(out[0].flags & TH_FIN);
	give(0, TH_FIN, 104, 501); /* again, without the data */
	expect(0, 0, 101, "goodbye");
	assert_true(out[0].flags & TH_FIN);
	give(1, 0, 501, 109, "more", "m"); /* half open */
	assert_int_equal(out[0].ack, 105);
	give(1, TH_FIN, 505, 109);
	expect(0, 1, 502, "");
	assert_true(out[0].flags & TH_FIN);
	give(0, 0, 105, 503);
	assert_int_equal(out[0].ack, 506);
	assert_int_equal(out[0].seq, 109);
	outs = 0;
	assert_int_equal(flows_reset(fs), 0);
	assert_int_equal(outs, 0);
	assert_int_equal(flows_counters(fs)->memory, 0);
}

static void
test_rst(void **state)
{
	(void)state;
	handshake();
	give(0, 0, 101, 501, "foo", "word");
	give(0, TH_RST, 104, 501);
	expect(0, 0, 105, "");
	assert_true(out[0].flags & TH_RST);
	flows_reset(fs);
	assert_int_equal(outs, 1);
	assert_int_equal(flows_counters(fs)->reset, 0);
}

static void
test_rst_stray(void **state)
{
	(void)state;
	handshake();
	give(0, 0, 101, 501, "foo", "word");
	give(1, 0, 501, 105);
	give(0, TH_RST, 5000, 501); /* will not be believed */
	give(0, 0, 104, 501, "bar");
	expect(0, 0, 105, "bar");
	flows_reset(fs);
	assert_int_equal(flows_counters(fs)->reset, 1);
}

static void
test_reuse(void **state)
{
	(void)state;
	handshake();
	give(0, 0, 101, 501, "foo", "word");
	assert_int_equal(give(0, TH_SYN, 100, 0), FLOW_TAKEN); /* late */
	give(0, 0, 104, 501, "bar");
	expect(0, 0, 105, "bar");
	give(0, TH_RST, 107, 501);
	assert_int_equal(give(0, TH_SYN, 9000, 0), FLOW_PASS);
	assert_int_equal(give(1, TH_SYN | TH_ACK, 7000, 9001), FLOW_PASS);
	assert_int_equal(give(0, 0, 9001, 7001, "foo"), FLOW_PASS);
	assert_int_equal(give(0, 0, 9004, 7001, "foo", "f"), FLOW_TAKEN);
	expect(0, 0, 9004, "f");
}

static void
test_refused(void **state)
{
	(void)state;
	handshake_with("\23\22xxxxxxxxxxxxxxxx\1\1", 20);
	assert_int_equal(give(0, 0, 101, 501, "foo", "word"), FLOW_REFUSED);
	client++;
	handshake_with("\35\4xx", 4);
	assert_int_equal(give(0, 0, 101, 501, "foo", "word"), FLOW_REFUSED);
	client++; /* one direction only */
	give(0, TH_SYN, 100, 0);
	give(0, 0, 101, 501, "foo");
	give(0, 0, 104, 501, "foo", "word");
	assert_int_equal(give(0, 0, 104, 501, "foo", "word"), FLOW_REFUSED);
	assert_int_equal(give(0, 0, 104, 501, "foo", "oof"), FLOW_PASS);
	client++; /* data on a SYN */
	assert_int_equal(give(0, TH_SYN, 100, 0, "foo", "word"), FLOW_REFUSED);
	assert_int_equal(flows_counters(fs)->refused, 4);
}

static void
test_original(void **state)
{
	(void)state;
	handshake();
	give(0, 0, 101, 501, "abc");
	give(0, 0, 107, 501, "ghi"); /* overtook */
	assert_int_equal(give(0, 0, 104, 501, "def", "D"), FLOW_ORIGINAL);
	assert_int_equal(give(0, 0, 107, 501, "ghijkl", "ghiJ"), FLOW_TAKEN);
	expect(0, 0, 107, "ghi");
	assert_int_equal(give(0, 0, 110, 501, "jkl", "J"), FLOW_TAKEN);
	/* what was on its way: alone, and before what is kept */
	assert_int_equal(give(0, 0, 104, 501, "def", "D"), FLOW_ORIGINAL);
	give(0, 0, 104, 501, "def");
	expect(0, 0, 104, "def");
	give(0, 0, 107, 501, "ghijkl", "ghiJ");
	expect(0, 0, 107, "ghi");
	expect(1, 0, 110, "J");
}

/* Late copies of a SYN, and acknowledgements, say nothing of data. */
static void
test_seen(void **state)
{
	(void)state;
	handshake();
	assert_int_equal(give(0, 0, 101, 501, "abc"), FLOW_PASS);
	assert_int_equal(give(0, TH_SYN, 100, 0, .options = SYN_OPTIONS,
			     .noptions = 12),
	    FLOW_PASS);
	assert_int_equal(give(0, 0, 101, 501, "abc", "A"), FLOW_ORIGINAL);
	assert_int_equal(give(0, 0, 107, 501), FLOW_PASS);
	assert_int_equal(give(0, 0, 104, 501, "abc", "A"), FLOW_TAKEN);
	expect(0, 0, 104, "A");
}

/* An acknowledgement stays in the window that growth has left. */
static void
test_edge(void **state)
{
	struct seg g = { .seq = 101, .ack = 501 };
	char big[1100];

	(void)state;
	memset(big, 'x', sizeof(big));
	handshake();
	give(1, 0, 501, 101, .win = 5000);
	give_bytes(&g, big, 100, big, 1100);
	give(0, 0, 201, 501);
	expect(0, 0, 1201, "");
	client++;
	handshake_with("\2\4\5\264", 4);
	give_bytes(&g, big, 100, big, 1100);
	give(0, 0, 201, 501);
	expect(0, 0, 1101, "");
	give(1, 0, 507, 101, "foo", "f"); /* after a gap: ours as well */
	expect(0, 0, 1101, "");
	assert_int_equal(out[0].ack, 501);
}

static void
test_keepalive(void **state)
{
	(void)state;
	handshake();
	give(0, 0, 101, 501, "foo", "word");
	give(1, 0, 501, 105);
	give(0, 0, 103, 501);
	expect(0, 0, 104, "");
	give(0, 0, 103, 501, "x");
	expect(0, 0, 104, "");
	give(1, 0, 501, 105);
	assert_int_equal(out[0].ack, 104);
}

static void
test_urgent(void **state)
{
	(void)state;
	handshake();
	give(0, 0, 101, 501, "foo", "longer");
	give(0, TH_URG, 104, 501, "abc", "ABCDEF", .urg = 3);
	expect(0, 0, 107, "ABCDEF");
	assert_int_equal(out[0].urg, 6);
	give(0, TH_URG, 101, 501, "fooabc", .urg = 6);
	expect(0, 0, 101, "longer");
	assert_int_equal(out[0].urg, 12);
	assert_int_equal(out[1].urg, 6);
}

static void
test_reset(void **state)
{
	uint32_t i, client_seen = 0, server_seen = 0;

	(void)state;
	handshake();
	give(0, 0, 101, 501, "foo", "word");
	give(0, 0, 104, 501, "bar", "word");
	give(1, 0, 501, 101, "foo", "f");
	outs = 0;
	flows_reset(fs);
	assert_int_equal(flows_counters(fs)->reset, 1);
	for (i = 0; i < outs; i++) {
		assert_true(out[i].flags & TH_RST);
		if (out[i].side == 0 && out[i].seq >= 101)
			server_seen |= 1U << (out[i].seq - 101);
		if (out[i].side == 1 && out[i].seq >= 501)
			client_seen |= 1U << (out[i].seq - 501);
	}
	assert_int_equal(server_seen, 1 | 1 << 4 | 1 << 8);
	assert_int_equal(client_seen, 1 | 1 << 1);
}

/* As many as one port has, and more. */
static void
test_many(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 100000; i++) {
		client = (uint16_t)(1000 + i % 60000);
		handshake();
		give(0, 0, 101, 501, "foo", "word");
		give(1, TH_FIN, 501, 105);
		give(0, TH_FIN, 104, 502);
		give(1, 0, 502, 106);
		assert_true(flows_counters(fs)->memory <= BOUND);
	}
	assert_int_equal(resets, 0);
}

static void
test_unacknowledged(void **state)
{
	uint32_t i, seq = 101;

	(void)state;
	handshake();
	for (i = 0; i < 1000000; i++, seq += 3) {
		if (give(0, 0, seq, 501, "foo", "word") != FLOW_TAKEN)
			give(1, 0, 501, seq); /* it was evicted */
		assert_true(flows_counters(fs)->memory <= BOUND);
	}
	assert_true(resets > 0);
}

/* FLOW_SEED runs one connection, FLOW_SEGMENTS so many of all together. */
static void
test_model(void **state)
{
	const char *s;
	char error[MODEL_ERRLEN];
	uint64_t seed = 1, n = SEGMENTS, done = 0;

	(void)state;
	if ((s = getenv("FLOW_SEED")) != NULL) {
		seed = strtoull(s, NULL, 10);
		n = 1;
	}
	if ((s = getenv("FLOW_SEGMENTS")) != NULL)
		n = strtoull(s, NULL, 10);
	for (; done < n; seed++)
		if (model_run(seed, &done, error) == -1)
			fail_msg("FLOW_SEED=%llu: %s", (unsigned long long)seed,
			    error);
}

#define UNIT(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seqmap),
		UNIT(test_handshake),
		UNIT(test_middle),
		UNIT(test_resent),
		UNIT(test_gap),
		UNIT(test_gap_forever),
		UNIT(test_promise_timer),
		UNIT(test_promise_sack),
		UNIT(test_promise_fin),
		UNIT(test_stuck),
		UNIT(test_inject_rst),
		UNIT(test_deleted),
		UNIT(test_own),
		UNIT(test_own_unkept),
		UNIT(test_pieces),
		UNIT(test_gather),
		UNIT(test_window),
		UNIT(test_fin),
		UNIT(test_rst),
		UNIT(test_rst_stray),
		UNIT(test_reuse),
		UNIT(test_refused),
		UNIT(test_original),
		UNIT(test_seen),
		UNIT(test_edge),
		UNIT(test_keepalive),
		UNIT(test_urgent),
		UNIT(test_reset),
		UNIT(test_many),
		UNIT(test_unacknowledged),
		cmocka_unit_test(test_model),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
