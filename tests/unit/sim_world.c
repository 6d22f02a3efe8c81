/* SPDX-License-Identifier: ISC */

/* A run: the ends, networks, strangers and the host, step by step. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

#define TIME_MAX (3600 * SECOND)
#define STEPS_MAX 2000000

int sim_scarce;

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

static void
fail(struct world *w, const char *fmt, va_list ap)
{
	if (w->failed)
		return;
	w->failed = 1;
	vsnprintf(w->error, SIM_ERRLEN, fmt, ap);
}

void
world_fail(struct world *w, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fail(w, fmt, ap);
	va_end(ap);
}

void
world_suspect(struct world *w, const char *fmt, ...)
{
	va_list ap;

	if (w->hostile || w->mortal)
		return;
	va_start(ap, fmt);
	fail(w, fmt, ap);
	va_end(ap);
}

void
world_send(struct world *w, int side, uint8_t *p, size_t len)
{
	(void)div_repair_new(p, len);
	nat_out(&w->nat[side], &w->end[side], p, len);
	link_send(w, AT_HOST, side, p, len);
}

static uint64_t
next_event(const struct world *w)
{
	uint64_t next = w->nheap > 0 ? w->heap[0].at : NEVER, t;
	int i;

	for (i = 0; i < 2; i++) {
		if ((t = end_next(&w->end[i])) < next)
			next = t;
		if (w->link[i].change_at < next)
			next = w->link[i].change_at;
		if (w->nat[i].rebind_at < next)
			next = w->nat[i].rebind_at;
	}
	if ((t = host_next(w)) < next)
		next = t;
	return w->stranger_at < next ? w->stranger_at : next;
}

static void
deliver(struct world *w, struct event *ev)
{
	struct end *e = &w->end[!ev->side];

	if (ev->place == AT_HOST)
		host_take(w, ev);
	else {
		trace(w, "      end", ev->side, ev->packet, ev->len);
		if (nat_in(&w->nat[!ev->side], e, ev->packet, ev->len))
			end_receive(e, ev->packet, ev->len);
	}
	free(ev->packet);
}

static void
step(struct world *w)
{
	uint64_t next = next_event(w);
	struct event ev;
	int i;

	if (next == NEVER) {
		world_fail(w, "nothing happens any more");
		return;
	}
	w->now = next > w->now ? next : w->now;
	while (w->nheap > 0 && w->heap[0].at <= w->now && !w->failed) {
		ev = heap_get(w);
		deliver(w, &ev);
	}
	stranger_time(w);
	host_time(w);
	for (i = 0; i < 2; i++) {
		link_time(w, &w->link[i]);
		nat_time(w, i);
		if (end_next(&w->end[i]) <= w->now)
			end_time(&w->end[i]);
	}
}

/* A listener whose peer has given up knows nothing of a connection. */
static int
is_settled(const struct world *w, int side)
{
	const struct end *e = &w->end[side];

	return e->fate != OPEN || end_done(e) ||
	    (side == 1 && !e->known && w->end[0].fate != OPEN);
}

/* Both ends know how the connection ended, and what arrived is right. */
static void
judge(struct world *w)
{
	int i, done = end_done(&w->end[0]) && end_done(&w->end[1]);
	int reset = w->end[0].fate == RESET && w->end[1].fate == RESET;

	if (!done && !w->mortal && !(w->chance && reset))
		world_fail(w, "ended early: fates %d and %d", w->end[0].fate,
		    w->end[1].fate);
	for (i = 0; i < 2; i++) {
		judge_stream(w, i);
		w->n->timed_out += w->end[i].fate == TIMED_OUT;
	}
	w->n->done += (uint64_t)done;
	w->n->told += (uint64_t)!done;
}

static void
run(struct world *w)
{
	int steps = 0;

	w->started = w->now;
	while (!w->failed && !(is_settled(w, 0) && is_settled(w, 1))) {
		step(w);
		if (w->now - w->started > TIME_MAX || ++steps > STEPS_MAX)
			world_fail(w, "stuck: %u of %u, %u of %u acknowledged",
			    w->end[0].una, w->end[0].len + 2, w->end[1].una,
			    w->end[1].len + 2);
	}
	trace_ends(w);
	w->n->conns++;
	w->n->virtual_ms += (w->now - w->started) / MS;
	if (!w->failed)
		judge(w);
}

int
sim_run(uint64_t seed, struct sim_counters *n, char error[SIM_ERRLEN])
{
	static struct world w;

	memset(&w, 0, sizeof(w));
	w.error = error;
	w.n = n;
	w.mortal = sim_scarce;
	w.traces = getenv("SIM_TRACE") != NULL;
	w.now = SECOND;
	w.rng.x = rng_mix(seed + 1) | 1;
	host_new(&w);
	connection_new(&w);
	run(&w);
	if (!w.failed)
		host_finish(&w);
	host_free(&w);
	connection_free(&w);
	free(w.heap);
	return w.failed ? -1 : 0;
}
