/* SPDX-License-Identifier: ISC */

/* Timers and the application of an end. */

#include "sim_end.h"

/* The end knows that it is over; what comes later is answered with an RST. */
void
end_close(struct end *e, enum fate fate)
{
	e->fate = (uint8_t)fate;
	e->rto_at = e->probe_at = e->app_at = e->keep_at = e->delack_at =
	    e->abort_at = NEVER;
}

/* It sent and received all that there is; it acknowledges what comes again. */
int
end_done(const struct end *e)
{
	return e->una == e->len + 2 && end_has_all(e);
}

int
end_has_all(const struct end *e)
{
	return e->fin != 0 && e->rcv_nxt > e->fin;
}

static void
read_some(struct end *e)
{
	struct rng *r = world_rng(e->w);

	if (e->slow && !rng_chance(r, 300))
		return;
	e->taken = e->rcv_nxt;
	if (e->fin != 0 && e->taken > e->fin)
		e->taken = e->fin;
	if (e->known &&
	    e->rcv_nxt + end_window(e) >=
		e->edge + (e->rcvbuf / 2 < 1000 ? e->rcvbuf / 2 : 1000))
		end_acknowledge(e);
}

static void
run_app(struct end *e)
{
	struct rng *r = world_rng(e->w);
	uint32_t n;

	e->app_at = world_now(e->w) + (1 + rng_below(r, e->slow ? 80 : 8)) * MS;
	if (rng_chance(r, 5)) /* busy with something else */
		e->app_at += rng_below(r, 5000) * MS;
	if (e->avail < e->len) {
		n = 1 + rng_below(r, e->slow ? 2000 : 20000);
		e->avail = e->len - e->avail > n ? e->avail + n : e->len;
	}
	read_some(e);
	if (e->avail == e->len && e->rcv_nxt - e->taken <= 1)
		e->app_at = NEVER; /* until data arrives */
}

static void
abort_connection(struct end *e)
{
	e->abort_at = NEVER;
	if (e->una == 0 || !e->known || end_done(e))
		return;
	end_send_rst(e, e->iss + e->max, e->irs + e->rcv_nxt, TH_ACK);
	end_close(e, ABORTED);
}

void
end_time(struct end *e)
{
	uint64_t now = world_now(e->w);

	if (e->abort_at <= now)
		abort_connection(e);
	if (e->app_at <= now)
		run_app(e);
	if (e->delack_at <= now)
		end_acknowledge(e);
	if (e->rto_at <= now)
		end_rto(e);
	if (e->probe_at <= now)
		end_probe(e);
	if (e->keep_at <= now)
		end_keepalive(e);
	end_output(e);
}

uint64_t
end_next(const struct end *e)
{
	const uint64_t timers[] = { e->app_at, e->delack_at, e->rto_at,
		e->probe_at, e->keep_at, e->abort_at };
	uint64_t next = NEVER;
	size_t i;

	for (i = 0; i < sizeof(timers) / sizeof(timers[0]); i++)
		if (timers[i] < next)
			next = timers[i];
	return next;
}

/* Starts with a handshake, or in the middle of the connection. */
void
end_start(struct end *e, int middle)
{
	e->rto_at = e->probe_at = e->delack_at = e->app_at = e->keep_at = NEVER;
	e->lastwnd = end_window(e);
	if (middle) {
		e->una = e->nxt = e->max = 1;
		e->rcv_nxt = e->taken = 1;
		e->known = 1;
		e->edge = 1 + e->rcvbuf;
		e->app_at = 0;
		e->keep_at = world_now(e->w) + KEEP_IDLE;
	} else if (e->side == 0)
		end_output(e);
}
