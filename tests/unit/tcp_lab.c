/* SPDX-License-Identifier: ISC */

#include <netinet/in.h>

#include <stdlib.h>

#include "tcp_lab.h"

struct sent sent[64];
uint32_t outs, drops;
int may_leave;
uint64_t resets;
uint64_t now;
uint32_t mark;
struct tcp_table *fs;
uint16_t client = 1000;
uint16_t window;

static void
read_options(struct sent *o, const uint8_t *p, const uint8_t *end)
{
	for (; p < end; p += *p == 1 ? 1 : p[1]) {
		if (*p == 8) {
			o->tsval = get32(p + 2);
			o->tsecr = get32(p + 6);
		}
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
	struct sent *o = &sent[outs++ % 64];
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
	o->mark = f->mark;
	o->len = f->caplen - (uint32_t)p.payload;
	assert_true(o->len <= sizeof(o->data));
	memcpy(o->data, f->packet + p.payload, o->len);
	read_options(o, tcp + 20, f->packet + p.payload);
	resets += (o->flags & TH_RST) != 0;
	return 0;
}

static int
verdict(void *arg, struct div_frame *f, enum tcp_verdict v)
{
	(void)arg;
	if (v == TCP_ABSORB) {
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

struct tcp_ops ops = { .verdict = verdict, .inject = inject };

int
setup(void **state)
{
	(void)state;
	ops.gather = 0;
	fs = tcp_new(BOUND, &ops, NULL);
	outs = drops = 0;
	resets = 0;
	now = SECOND;
	client = 1000;
	window = 1000;
	return fs == NULL;
}

int
teardown(void **state)
{
	(void)state;
	tcp_free(fs);
	return 0;
}

enum tcp_action
give_bytes(const struct seg *g, const void *text, size_t olen, const void *edit,
    size_t elen)
{
	struct div_frame f = { .type = g->type ? g->type : DIV_PACKET,
		.hdrlen = DIV_HDRLEN,
		.flags = (g->gso ? DIV_F_GSO : 0) |
		    (g->next ? DIV_F_NEXT : 0) };
	struct div_packet p;
	size_t hlen = V4_HDRLEN + 20 + g->noptions;
	enum tcp_action answer;
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
	if (!g->shut)
		put16(b + 34, g->win ? g->win : window);
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
	answer = tcp_input(fs, &f, &p, edit != text, now);
	mark = f.mark;
	may_leave = tcp_may_leave(fs, &p);
	free(b);
	return answer;
}

enum tcp_action
give_seg(const struct seg *g)
{
	const char *text = g->text == NULL ? "" : g->text;

	return give_bytes(g, text, strlen(text), g->edit,
	    g->edit == NULL ? 0 : strlen(g->edit));
}

void
expect(uint32_t i, int side, uint32_t seq, const char *text)
{
	assert_true(i < outs);
	assert_int_equal(sent[i].side, side);
	assert_int_equal(sent[i].seq, seq);
	assert_int_equal(sent[i].len, strlen(text));
	assert_memory_equal(sent[i].data, text, sent[i].len);
}

/* The connection was reset: what comes of it is dropped, and reset again. */
void
expect_dead(void)
{
	int side;

	for (side = 0; side < 2; side++) {
		assert_int_equal(give(side, 0, 7000, 8000, "late", "later"),
		    TCP_STOLEN);
		assert_int_equal(drops, 1);
		assert_int_equal(outs, 1);
		assert_int_equal(sent[0].flags & TH_RST, TH_RST);
		assert_int_equal(sent[0].side, !side);
		assert_int_equal(sent[0].seq, 8000);
	}
	tcp_reset_all(fs);
	assert_int_equal(tcp_counters(fs)->conns, 0);
}

/* Client's data from 101 on, server's from 501. */
void
handshake_with(const char *options, size_t n)
{
	assert_int_equal(give(0, TH_SYN, 100, 0, .options = options,
			     .noptions = n),
	    TCP_PASS);
	assert_int_equal(give(1, TH_SYN | TH_ACK, 500, 101, .options = options,
			     .noptions = n),
	    TCP_PASS);
	assert_int_equal(give(0, 0, 101, 501), TCP_PASS);
}

void
handshake(void)
{
	handshake_with(SYN_OPTIONS, 12);
}
