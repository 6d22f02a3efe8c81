/* SPDX-License-Identifier: ISC */

/* The ends, the links, the sink and the filter before it, step by step. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>

#include "flow_world.h"

#define TIME_MAX (1200000 * MS)
#define HEADERS 100

uint64_t
world_now(const struct world *w)
{
	return w->now;
}

struct rng *
world_rng(struct world *w)
{
	return &w->rng;
}

void
world_fail(struct world *w, const char *fmt, ...)
{
	va_list ap;

	if (w->failed)
		return;
	w->failed = 1;
	va_start(ap, fmt);
	vsnprintf(w->error, MODEL_ERRLEN, fmt, ap);
	va_end(ap);
}

void
world_send(struct world *w, int side, const uint8_t *p, size_t len)
{
	link_send(w, AT_SINK, side, p, len);
}

static void
judge_output(struct world *w, const struct div_frame *f)
{
	struct div_packet p;
	const uint8_t *tcp;
	uint32_t off, n;
	int side;

	if (div_packet_parse(&p, f->packet, f->caplen) == -1 || p.truncated ||
	    p.proto != IPPROTO_TCP) {
		world_fail(w, "sink: malformed packet");
		return;
	}
	side = p.sport == 1001;
	tcp = f->packet + p.l4;
	n = f->caplen - (uint32_t)p.payload;
	if (tcp[13] & TH_RST) {
		world_fail(w, "sink: reset");
		return;
	}
	off = get32(tcp + 4) - w->end[side].iss;
	stream_sent(w, side, off, f->packet + p.payload, n);
	if (n > w->end[side].mss + 40U && n > 1220)
		world_fail(w, "sink: segment of %u", n);
	if (tcp[13] & TH_FIN) {
		if (w->stream[side].fin != 0 && w->stream[side].fin != off + n)
			world_fail(w, "sink: FIN of side %d moved", side);
		w->stream[side].fin = off + n;
	}
	link_send(w, AT_END, side, f->packet, f->caplen);
}

static int
verdict(void *arg, struct div_frame *f, int drop)
{
	struct world *w = arg;

	/* without an id it waited, and its place in the kernel went before */
	if (f->id > w->ids || (f->id != 0 && w->judged[f->id]))
		world_fail(w, "sink: verdict on %llu",
		    (unsigned long long)f->id);
	else if (f->id != 0) {
		w->judged[f->id] = 1;
		w->verdicts++;
	}
	if (!drop)
		judge_output(w, f);
	return 0;
}

static int
inject(void *arg, struct div_frame *f)
{
	if (f->type != DIV_INJECT || f->id != 0)
		world_fail(arg, "sink: injects a diverted packet");
	judge_output(arg, f);
	return 0;
}

static struct flow *
find(struct world *w, const struct div_packet *p)
{
	int side;

	return flow_find(w->flows, p, &side);
}

/* The filter and the sink. */
static void
at_sink(struct world *w, int side, uint8_t *packet, size_t len)
{
	uint8_t buf[2 * PACKET_MAX + 32 * STREAM_MAX / 8], *own, *tcp;
	struct stream *st = &w->stream[side];
	struct div_frame f = { .type = DIV_PACKET, .hdrlen = DIV_HDRLEN };
	struct div_packet p;
	uint32_t off, n, elen, fin, before;
	enum flow_answer answer;
	int was, own_data = 0;

	w->segments++;
	div_packet_parse(&p, packet, len);
	tcp = packet + p.l4;
	off = get32(tcp + 4) - w->end[side].iss;
	n = (uint32_t)(len - p.payload);
	fin = (tcp[13] & TH_FIN) != 0;
	was = find(w, &p)->shifted;
	if (st->floor == 0) /* what came first, and not to us */
		st->floor = off;
	memcpy(buf, packet, p.payload);
	elen = stream_edit(w, side, off, packet + p.payload, n,
	    buf + p.payload);
	if (n == 0 && !(tcp[13] & (TH_SYN | TH_FIN | TH_RST)) &&
	    st->inserts < INSERTS && w->inserting && st->fin == 0 &&
	    off < w->end[side].len + 2 && rng_chance(&w->rng, 20)) {
		own_data = 1;
		elen = 1 + rng_below(&w->rng, 2000);
		memset(buf + p.payload, (int)rng_below(&w->rng, 256), elen);
	}
	if (w->ids + 2 > w->judgedsize) {
		w->judgedsize = 2 * (w->ids + 64);
		w->judged = realloc(w->judged, w->judgedsize);
		if (w->judged == NULL)
			abort();
		memset(w->judged + w->ids + 1, 0, w->judgedsize - w->ids - 1);
	}
	f.id = ++w->ids;
	f.origlen = (uint32_t)len;
	f.caplen = (uint32_t)p.payload + elen;
	if ((own = malloc(f.caplen)) == NULL)
		abort();
	memcpy(own, buf, f.caplen);
	f.packet = own;
	div_packet_parse(&p, f.packet, f.caplen);
	before = st->top;
	answer = flows_segment(w->flows, &f, &p, w->now);
	switch (answer) {
	case FLOW_PASS:
		if (f.caplen != f.origlen)
			world_fail(w, "sink: resized passes");
		stream_took(w, side, off, n, buf + p.payload, elen, fin);
		verdict(w, &f, 0);
		break;
	case FLOW_ORIGINAL:
		stream_took(w, side, off, n, packet + p.payload, n, fin);
		f.packet = packet;
		f.caplen = f.origlen;
		verdict(w, &f, 0);
		break;
	case FLOW_REFUSED:
		verdict(w, &f, 1);
		break;
	case FLOW_TAKEN:
		if (!own_data)
			stream_took(w, side, off, n, buf + p.payload, elen,
			    fin);
		else if (st->top > before)
			stream_inserted(w, side, buf + p.payload, elen);
		break;
	default:
		world_fail(w, "sink: failed");
	}
	free(own);
	if (!was && off + n + fin > st->floor && off <= w->end[side].max &&
	    !(answer == FLOW_TAKEN || answer == FLOW_REFUSED))
		st->floor = off + n + fin;
	if (flows_counters(w->flows)->resized > 0 || w->segments % 16 == 0)
		w->tick = 0;
}

static void
end_new(struct world *w, int side)
{
	struct end *e = &w->end[side];
	struct rng *r = &w->rng;
	uint32_t i;

	e->w = w;
	e->side = side;
	e->iss = rng_chance(r, 500) ? -rng_below(r, 40000) :
				      (uint32_t)rng_next(r);
	e->len = rng_chance(r, 100) ? 0 : rng_below(r, STREAM_MAX);
	if (rng_chance(r, 400))
		e->len /= 16;
	e->mss = (uint16_t)(rng_chance(r, 500) ? 1460 :
						 40 + rng_below(r, 1400));
	e->cwnd = e->mss * (1 + rng_below(r, 20));
	e->rcvbuf = rng_chance(r, 300) ? 1000 + rng_below(r, 4000) :
					 4000 + rng_below(r, 60000);
	e->slow = rng_chance(r, 300);
	e->wscale = (uint8_t)rng_below(r, 8);
	e->data = malloc(e->len + 1);
	e->sacked = calloc(1, e->len + 3);
	e->got = malloc(EDITED_MAX + 1);
	e->have = calloc(1, EDITED_MAX + 1);
	if (!e->data || !e->sacked || !e->got || !e->have)
		abort();
	for (i = 0; i < e->len; i++)
		e->data[i] = (uint8_t)rng_next(r);
}

static void
stream_new(struct world *w, int side)
{
	struct stream *st = &w->stream[side];
	struct rng *r = &w->rng;

	st->edits = (enum edits)rng_below(r, 3);
	st->rate = 1 + rng_below(r, rng_chance(r, 300) ? 120 : 12);
	st->place = rng_next(r);
	st->taken = calloc(w->end[side].len + 3, sizeof(*st->taken));
	st->sent = malloc(EDITED_MAX);
	st->known = calloc(1, EDITED_MAX);
	if (!st->taken || !st->sent || !st->known)
		abort();
}

static struct link
link_new(struct rng *r)
{
	struct link l = { .delay = 1 + rng_below(r, 30) };

	l.jitter = 1 + rng_below(r, rng_chance(r, 200) ? 2000 : 50);
	if (rng_chance(r, 250))
		return l;
	l.loss = rng_below(r, rng_chance(r, 200) ? 150 : 30);
	l.twice = rng_below(r, 50);
	l.late = rng_below(r, 100);
	return l;
}

static void
world_new(struct world *w, uint64_t seed)
{
	static const struct flow_ops ops[] = {
		{ 0, verdict, inject },
		{ 1, verdict, inject },
	};
	struct rng *r = &w->rng;
	uint8_t version, ts, sack;
	int i, middle;

	r->x = rng_mix(seed + 1) | 1;
	for (i = 0; i < 2; i++) {
		end_new(w, i);
		stream_new(w, i);
		w->link[i] = link_new(r);
	}
	version = rng_chance(r, 700) ? 4 : 6;
	ts = (uint8_t)rng_below(r, 2);
	sack = (uint8_t)rng_below(r, 2);
	middle = rng_chance(r, 300);
	w->inserting = (uint8_t)rng_chance(r, 200);
	w->end[rng_below(r, 2)].patient = rng_chance(r, 500);
	if ((w->flows = flows_new(64 << 20, &ops[rng_below(r, 2)], w)) == NULL)
		abort();
	for (i = 0; i < 2; i++) {
		w->end[i].version = version;
		w->end[i].ts = ts;
		w->end[i].sack = sack;
		w->end[i].peerscale = w->end[!i].wscale;
		w->end[i].irs = w->end[i].ts_recent = w->end[!i].iss;
		w->end[i].wnd = middle ? w->end[!i].rcvbuf : 0;
	}
	for (i = 0; i < 2; i++)
		end_start(&w->end[i], middle);
}

static void
world_free(struct world *w)
{
	struct candidate *c;
	uint32_t o;
	int i;

	flows_free(w->flows);
	for (i = 0; i < 2; i++) {
		for (o = 0; o < w->end[i].len + 3; o++)
			while ((c = w->stream[i].taken[o]) != NULL) {
				w->stream[i].taken[o] = c->next;
				free(c);
			}
		for (o = 0; o < w->stream[i].inserts; o++)
			free(w->stream[i].insert[o]);
		free(w->stream[i].taken);
		free(w->stream[i].sent);
		free(w->stream[i].known);
		free(w->end[i].data);
		free(w->end[i].sacked);
		free(w->end[i].got);
		free(w->end[i].have);
	}
	while (w->nheap > 0)
		free(heap_get(w).packet);
	free(w->heap);
	free(w->judged);
}

static void
world_step(struct world *w)
{
	uint64_t next = w->nheap > 0 ? w->heap[0].at : UINT64_MAX, t;
	struct event ev;
	int i;

	for (i = 0; i < 2; i++)
		if ((t = end_next(&w->end[i])) < next)
			next = t;
	if (w->tick < next && w->tick > w->now)
		next = w->tick;
	if (next == UINT64_MAX) {
		world_fail(w, "nothing happens any more");
		return;
	}
	w->now = next > w->now ? next : w->now;
	if (w->tick <= w->now)
		w->tick = flows_tick(w->flows, w->now);
	while (w->nheap > 0 && w->heap[0].at <= w->now && !w->failed) {
		ev = heap_get(w);
		if (ev.place == AT_SINK)
			at_sink(w, ev.side, ev.packet, ev.len);
		else
			end_receive(&w->end[!ev.side], ev.packet, ev.len);
		free(ev.packet);
	}
	/* now and then a batch is longer than a step */
	if (!rng_chance(&w->rng, 300) && flows_flush(w->flows) == -1)
		world_fail(w, "flush");
	for (i = 0; i < 2; i++)
		if (end_next(&w->end[i]) <= w->now)
			end_time(&w->end[i]);
	if (w->now > TIME_MAX)
		world_fail(w, "stuck: %u of %u, %u of %u acknowledged",
		    w->end[0].una, w->end[0].len + 2, w->end[1].una,
		    w->end[1].len + 2);
	if (w->end[0].reset || w->end[1].reset)
		world_fail(w, "reset");
}

static void
judge_end(struct world *w)
{
	stream_judge(w, 0);
	stream_judge(w, 1);
	if (flows_counters(w->flows)->reset != 0)
		world_fail(w, "the sink has reset it");
	flows_reset(w->flows);
	if (w->ids != w->verdicts)
		world_fail(w, "sink: %llu packets without a verdict",
		    (unsigned long long)(w->ids - w->verdicts));
	if (flows_counters(w->flows)->memory != 0)
		world_fail(w, "sink: memory left");
}

int
model_run(uint64_t seed, uint64_t *segments, char error[MODEL_ERRLEN])
{
	struct world w = { .error = error };

	world_new(&w, seed);
	while (!w.failed && !(end_done(&w.end[0]) && end_done(&w.end[1])))
		world_step(&w);
	if (!w.failed)
		judge_end(&w);
	*segments += w.segments;
	world_free(&w);
	return w.failed ? -1 : 0;
}
