/* SPDX-License-Identifier: ISC */

/*
 * Between the sink and tcp/, which translates the connections whose segments
 * change their length: diverted segments go in, verdicts and new segments come
 * out.
 */

#include <limits.h>
#include <string.h>

#include <netinet/in.h>

#include "port/port.h"

#define MEMORY (64 << 20) /* bytes for connections */

/*
 * The first packet of a newly translated connection shows whether rules note it.
 */
static void
watch(struct div *d, const struct div_frame *f)
{
	uint64_t n;

	if (d->tcp == NULL || d->be->watch == NULL ||
	    (n = tcp_counters(d->tcp)->shifted) == d->watched)
		return;
	if (d->bit == 0)
		d->n.unguarded++;
	else if (f->mark & d->bit)
		d->be->watch(d, f);
	else
		return;
	d->watched = n;
}

int
sink_inject(struct div *d, const struct div_frame *f)
{
	int n = d->be->inject(d, f);

	d->n.injected += n == DIV_OK;
	watch(d, f);
	return n;
}

/* A packet that the kernel does not take is lost, as on any link. */
static int
tcp_inject(void *arg, struct div_frame *f)
{
	struct div *d = arg;

	if (div_repair_new(f->packet, f->caplen) == DIV_OK)
		return sink_inject(d, f) == -1 ? -1 : 0;
	return 0;
}

/* A copy that a filter made, with the id 0, is in no queue of the kernel. */
static int
give(void *arg, struct div_frame *f, enum tcp_verdict v)
{
	struct div *d = arg;
	int drop = v == TCP_ABSORB;

	if (!drop &&
	    (f->caplen > d->be->longest ||
		div_repair_new(f->packet, f->caplen) != DIV_OK))
		drop = 1;
	if (f->id == 0)
		return drop ? 0 : tcp_inject(d, f);
	if (drop)
		d->n.absorbed++;
	else if (v == TCP_EDIT)
		d->n.edited++;
	else
		d->n.translated++;
	if (d->be->verdict(d, f, drop ? DROP : REPLACE) == -1)
		return -1;
	if (!drop)
		watch(d, f);
	return 0;
}

static int
tcp_noted(void *arg, const struct div_frame *f)
{
	struct div *d = arg;

	return d->be->noted != NULL && d->be->noted(d, f);
}

static void
tcp_resized(void *arg, const struct div_frame *f)
{
	struct div *d = arg;

	if (d->be->resized != NULL)
		d->be->resized(d, f);
}

static const struct tcp_ops ops = {
	.gather = 1,
	.verdict = give,
	.inject = tcp_inject,
	.noted = tcp_noted,
	.resized = tcp_resized,
};

/* What the reader shares: memory for translated connections, a queue's length. */
void
sink_tcp_join(struct div *d)
{
	if (d->tcp == NULL)
		return;
	if (d->saved != NULL)
		tcp_save_to(d->tcp, d->saved);
	if (d->queue != 0)
		tcp_limit_queue(d->tcp, d->queue);
}

/* Filters change the order on purpose: it is not restored without need. */
void
sink_tcp_disorder(struct div *d)
{
	d->disorder = 1;
	if (d->tcp != NULL)
		tcp_allow_disorder(d->tcp);
}

/* From the first translation on, no packet may bypass the sink. */
static int
guard(struct div *d)
{
	if (d->guarded || tcp_counters(d->tcp)->resized == 0)
		return 0;
	d->guarded = 1;
	return d->be->guard == NULL ? 0 : d->be->guard(d);
}

static size_t
limit(const struct div *d)
{
	return d->opt.memory != 0 ? d->opt.memory : MEMORY;
}

/* The table of connections, when the first segment comes. */
static int
open_table(struct div *d)
{
	if (d->tcp != NULL)
		return 0;
	if ((d->tcp = tcp_new(limit(d), &ops, d)) == NULL)
		return -1;
	if (d->opt.flags & DIV_O_STREAM)
		tcp_queue_all(d->tcp);
	if (d->be->watch != NULL)
		d->bit = div_translated_bit(&d->opt);
	tcp_set_mark(d->tcp, d->bit);
	if (d->opt.flags & DIV_O_PASS)
		tcp_pass_refused(d->tcp);
	sink_tcp_join(d);
	if (d->disorder)
		tcp_allow_disorder(d->tcp);
	return 0;
}

/*
 * Shows a frame, parsed, to the connection that it belongs to.  TCP_PASS if it
 * belongs to none, or has no other numbers; edited is set if the packet was
 * changed in place.
 */
enum tcp_action
sink_tcp(struct div *d, struct div_frame *f, const struct div_packet *p,
    int *edited)
{
	enum tcp_action action;

	if (d->opt.flags & DIV_O_KEEPSUM ||
	    packet_editable(p, f->flags) != DIV_OK)
		return TCP_PASS;
	if (p->proto != IPPROTO_TCP) {
		if (d->tcp != NULL &&
		    tcp_icmp_error(d->tcp, f->packet, p, d->now))
			*edited = 1;
		return TCP_PASS;
	}
	if (!(d->opt.flags & DIV_O_MPTCP) && tcp_make_plain(f, p)) {
		*edited = 1;
		d->n.plain++;
	}
	if (open_table(d) == -1)
		return *edited ? TCP_REFUSED : TCP_PASS;
	/* a packet that may be forwarded must not outgrow the link */
	if (f->dir == DIV_IN && !d->be->local)
		f->dir = DIV_UNKNOWN;
	action = tcp_input(d->tcp, f, p, *edited, d->now);
	return guard(d) == -1 ? TCP_FAILED : action;
}

/* A packet has passed as it was diverted; this frame of it has come since. */
void
sink_tcp_passed(struct div *d, struct div_frame *f)
{
	struct div_packet p;

	if (d->tcp != NULL && div_packet_parse(&p, f->packet, f->caplen) == 0 &&
	    packet_editable(&p, f->flags) == DIV_OK && p.proto == IPPROTO_TCP)
		tcp_note_passed(d->tcp, f, &p);
}

int
sink_tcp_may_leave(const struct div *d, const struct div_packet *p)
{
	if (d->opt.flags & DIV_O_STREAM && p->proto == IPPROTO_TCP)
		return 0;
	return d->tcp == NULL || tcp_may_leave(d->tcp, p);
}

/* Runs the timers of connections: the ms until the next one, or -1. */
int
sink_tcp_tick(struct div *d)
{
	const struct tcp_counters *n;
	uint64_t next;

	if (d->tcp == NULL)
		return INT_MAX;
	if ((next = tcp_tick(d->tcp, d->now)) == 0)
		return -1;
	n = tcp_counters(d->tcp);
	d->n.resized = n->resized;
	d->n.resent = n->resent;
	d->n.held = n->held;
	d->n.reset = n->reset;
	d->n.evicted = n->evicted;
	d->n.invalid = n->invalid;
	d->n.narrow = n->path_limited;
	if (next == UINT64_MAX)
		return INT_MAX;
	return next <= d->now ? 0 : (int)((next - d->now) / 1000000) + 1;
}

int
sink_tcp_flush(struct div *d)
{
	return d->tcp == NULL ? 0 : tcp_flush(d->tcp);
}

int
sink_tcp_leave_queue(struct div *d)
{
	return d->tcp == NULL ? 0 : tcp_leave_queue(d->tcp);
}

/* Resets the connections that are translated: they end with the sink. */
int
sink_tcp_finish(struct div *d)
{
	if (d->tcp == NULL)
		return 0;
	if (tcp_reset_all(d->tcp) == -1)
		return -1;
	d->n.reset = tcp_counters(d->tcp)->reset;
	return 0;
}

void
div_connections(const struct div *d, struct div_connections *c)
{
	const struct tcp_counters *n;

	memset(c, 0, sizeof(*c));
	c->most = limit(d);
	if (d->tcp == NULL)
		return;
	n = tcp_counters(d->tcp);
	c->known = n->conns;
	c->translated = n->shifted;
	c->memory = n->memory;
}
