/* SPDX-License-Identifier: ISC */

/*
 * The host in the middle: its sink begins, is killed, ends and begins again.
 * From the first shift of its numbers the connection has a bit that keeps its
 * packets from bypassing the sink: without one, and under the next one, they are
 * dropped.
 */

#include <stdlib.h>
#include <string.h>

#include "sim.h"

#define LATER 1000 /* ms */

void
host_open(struct world *w)
{
	struct sim_host *h = &w->host;
	char err[DIV_ERRLEN];

	h->port = port_open(h->hands ? &host_local : &host_forwarding, 1,
	    &h->opt, err);
	if (h->port == NULL)
		abort();
	h->port->priv = w;
	h->port->emitted = INT32_MAX;
	h->port->now = w->now;
	h->port->saved = h->saved;
	h->port->queue = h->opt.queuelen;
	h->ids = h->verdicts = 0;
	h->dying = 0;
	h->next_tick = NEVER;
	w->stream[0].seen = w->stream[1].seen = 0;
	if (h->judged != NULL)
		memset(h->judged, 0, h->judgedsize);
}

static void
count(struct world *w)
{
	const struct div_counters *n = &w->host.port->n;

	w->n->evicted += n->evicted;
	w->n->resized += n->resized;
	w->n->edited += n->edited;
}

static void
close_port(struct world *w)
{
	count(w);
	w->host.dying = 1;
	div_close(w->host.port);
	w->host.port = NULL;
}

void
host_new(struct world *w)
{
	struct sim_host *h = &w->host;
	struct rng *r = &w->rng;
	static struct tcp_saved saved;

	memset(&saved, 0, 64 * sizeof(saved.conn[0]));
	h->saved = &saved;
	h->kill_at = h->reset_at = h->restart_at = NEVER;
	h->hands = rng_chance(r, 200);
	h->opt.queuelen = rng_chance(r, 100) ? 8 + rng_below(r, 64) : 8192;
	if (rng_chance(r, 100))
		h->opt.flags = DIV_O_PASS;
	if (rng_chance(r, 50)) {
		h->kill_at = w->now + rng_below(r, 3 * LATER) * MS;
		w->mortal = 1;
	}
}

static int
saved_verdict(void *arg, struct div_frame *f, enum tcp_verdict v)
{
	(void)arg;
	(void)f;
	(void)v;
	return 0;
}

static int
saved_inject(void *arg, struct div_frame *f)
{
	if (div_repair_new(f->packet, f->caplen) == DIV_OK)
		host_put_out(arg, f->packet, f->caplen);
	return 0;
}

/* The writer was killed: the reader resets what it translated. */
static void
reset_saved(struct world *w)
{
	static const struct tcp_ops ops = { .verdict = saved_verdict,
		.inject = saved_inject };

	w->host.reset_at = NEVER;
	(void)tcp_reset_saved(w->host.saved, &ops, w);
}

static void
stop(struct world *w)
{
	struct sim_host *h = &w->host;

	h->kill_at = NEVER;
	if (h->port == NULL)
		return;
	w->n->killed++;
	if (rng_chance(&w->rng, 300))
		host_finish(w);
	else
		h->reset_at = w->now + rng_below(&w->rng, 20) * MS;
	/* without SACK, nobody can know what has arrived behind a gap */
	if (w->end[0].sack && rng_chance(&w->rng, 500))
		h->restart_at = w->now + rng_below(&w->rng, LATER) * MS;
	if (h->port != NULL)
		close_port(w);
}

static void
tick(struct world *w)
{
	struct sim_host *h = &w->host;
	int ms, frags;

	h->port->now = w->now;
	if (!rng_chance(&w->rng, 300) && sink_tcp_flush(h->port) == -1)
		world_fail(w, "flush");
	ms = sink_tcp_tick(h->port);
	frags = sink_frag_tick(h->port);
	if (ms == -1 || frags == -1)
		world_fail(w, "tick");
	if (frags < ms)
		ms = frags;
	h->next_tick = ms == INT32_MAX ? NEVER :
					 w->now + (ms == 0 ? 1 : ms) * MS;
	if (h->port->tcp != NULL && !TAILQ_EMPTY(&h->port->tcp->deferred))
		h->next_tick = w->now + MS;
}

void
host_time(struct world *w)
{
	struct sim_host *h = &w->host;

	if (h->kill_at <= w->now)
		stop(w);
	if (h->reset_at <= w->now)
		reset_saved(w);
	if (h->restart_at <= w->now && h->reset_at == NEVER) {
		h->restart_at = NEVER;
		w->forging = 0;
		h->restarted = 1;
		if (!h->translated)
			host_open(w);
	}
	if (h->port != NULL && h->next_tick <= w->now)
		tick(w);
}

uint64_t
host_next(const struct world *w)
{
	const struct sim_host *h = &w->host;
	const uint64_t timers[] = { h->kill_at, h->reset_at,
		h->reset_at == NEVER ? h->restart_at : NEVER,
		h->port == NULL ? NEVER : h->next_tick };
	uint64_t next = NEVER;
	size_t i;

	for (i = 0; i < sizeof(timers) / sizeof(timers[0]); i++)
		if (timers[i] < next)
			next = timers[i];
	return next;
}

/* The end of the sink, in good order. */
void
host_finish(struct world *w)
{
	struct sim_host *h = &w->host;

	if (h->port == NULL)
		return;
	h->port->now = w->now;
	w->mortal = 1;
	if (sink_frag_flush(h->port) == -1 || sink_tcp_finish(h->port) == -1)
		world_fail(w, "sink: end");
	if (h->ids != h->verdicts)
		world_fail(w, "sink: %llu packets without a verdict",
		    (unsigned long long)(h->ids - h->verdicts));
	if (h->port->tcp != NULL && tcp_counters(h->port->tcp)->memory != 0)
		world_fail(w, "sink: memory left");
	close_port(w);
}

void
host_free(struct world *w)
{
	if (w->host.port != NULL)
		close_port(w);
	free(w->host.judged);
}
