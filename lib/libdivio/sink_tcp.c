/* SPDX-License-Identifier: ISC */

/* Between a sink and the connections whose segments change their length. */

#include <errno.h>
#include <limits.h>
#include <string.h>

#include <netinet/in.h>

#include "flow.h"
#include "port.h"

#define MEMORY (64 << 20)

int
sink_inject(struct div *d, const struct div_frame *f)
{
	int n = d->be->inject(d, f);

	d->n.injected += n == DIV_OK;
	return n;
}

/* A packet that the kernel does not take is lost as any may be. */
static int
tcp_inject(void *arg, struct div_frame *f)
{
	struct div *d = arg;

	if (div_repair_new(f->packet, f->caplen) == DIV_OK)
		return sink_inject(d, f) == -1 ? -1 : 0;
	return 0;
}

/* A copy that a filter made has no place in the kernel: its id is 0. */
static int
tcp_verdict(void *arg, struct div_frame *f, int drop)
{
	struct div *d = arg;

	if (!drop &&
	    (f->caplen > d->be->longest ||
		div_repair_new(f->packet, f->caplen) != DIV_OK))
		drop = 1;
	if (f->id == 0)
		return drop ? 0 : tcp_inject(d, f);
	if (drop)
		d->n.absorbed++;
	else
		d->n.translated++;
	return d->be->verdict(d, f, drop ? DROP : REPLACE) == -1 ? -1 : 0;
}

static const struct flow_ops ops = { 1, tcp_verdict, tcp_inject };

/*
 * Shows a frame to the connection that it belongs to.  FLOW_PASS if it belongs
 * to none, or nothing is to be changed.
 */
enum flow_answer
sink_tcp(struct div *d, struct div_frame *f)
{
	struct div_packet p;

	if (d->opt.flags & DIV_O_KEEPSUM || div_editable(f, &p) != DIV_OK ||
	    p.proto != IPPROTO_TCP)
		return FLOW_PASS;
	if (d->flows == NULL) {
		d->flows = flows_new(d->opt.memory != 0 ? d->opt.memory :
							  MEMORY,
		    &ops, d);
		if (d->flows == NULL) {
			port_fail(d, errno, "%s", strerror(errno));
			return FLOW_FAILED;
		}
	}
	/* what comes in and may go on must not outgrow the link */
	if (f->dir == DIV_IN && !d->be->local)
		f->dir = DIV_UNKNOWN;
	return flows_segment(d->flows, f, &p, d->now);
}

/* The milliseconds until a connection needs attention, or -1. */
int
sink_tcp_tick(struct div *d)
{
	const struct flow_counters *n;
	uint64_t next;

	if (d->flows == NULL)
		return INT_MAX;
	if ((next = flows_tick(d->flows, d->now)) == 0)
		return -1;
	n = flows_counters(d->flows);
	d->n.resized = n->resized;
	d->n.resent = n->resent;
	d->n.held = n->held;
	d->n.reset = n->reset;
	d->n.evicted = n->evicted;
	if (next == UINT64_MAX)
		return INT_MAX;
	return next <= d->now ? 0 : (int)((next - d->now) / 1000000) + 1;
}

int
sink_tcp_flush(struct div *d)
{
	return d->flows == NULL ? 0 : flows_flush(d->flows);
}

/* Connections that cannot live without us end with us. */
int
sink_tcp_finish(struct div *d)
{
	if (d->flows == NULL)
		return 0;
	if (flows_reset(d->flows) == -1)
		return -1;
	d->n.reset = flows_counters(d->flows)->reset;
	return 0;
}
