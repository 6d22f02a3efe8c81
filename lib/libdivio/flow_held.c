/* SPDX-License-Identifier: ISC */

/* Segments that wait for others, and all that waits for its time. */

#include <stdlib.h>
#include <string.h>

#include "flow_table.h"

#define HELD_MAX (16 << 20)            /* bytes that wait, of one direction */
#define HELD_MOST 4096                 /* segments: each is looked at again */
#define HELD_TIME (30 * 1000000000ULL) /* ns */
#define SLOTS_MAX 64 /* of the kernel's queue, for all that waits */

void
flow_timed(struct flows *fs, struct flow *flow)
{
	if (flow->is_timed)
		return;
	flow->is_timed = 1;
	TAILQ_INSERT_TAIL(&fs->timed, flow, timed);
}

/*
 * Packets in the kernel count as sent by a local end, which would not send again
 * what is missing as long as they wait.  And if they filled the queue, what is
 * missing could not come in: a few stay there, the others will be new packets.
 */
static int
let_go(struct flows *fs, struct held *hd)
{
	if (hd->f.id == 0)
		return 0;
	if (hd->f.dir != DIV_OUT && fs->slots < SLOTS_MAX) {
		fs->slots++;
		return 0;
	}
	if (fs->ops->verdict(fs->arg, &hd->f, 1) == -1)
		return -1;
	hd->f.id = 0;
	return 0;
}

/* Keeps a segment behind at, or first of all; NULL if there is no room. */
static struct held *
hold(struct flows *fs, struct segment *s, struct held *at)
{
	struct half *h = s->from;
	size_t size = sizeof(*at) + s->f->caplen;
	struct held *hd;

	if (h->nheld == HELD_MOST || h->heldbytes + size > HELD_MAX ||
	    fs->heldbytes + size > fs->limit / 2 || (hd = malloc(size)) == NULL)
		return NULL;
	hd->f = *s->f;
	hd->f.packet = hd->packet;
	hd->f.wire = NULL;
	hd->f.hdrlen = h->hdrlen;
	hd->f.opaque = h->opaque;
	hd->seq = s->seq;
	hd->end = seq_end(s);
	hd->size = size;
	hd->fresh = 0;
	hd->due = fs->now + HELD_TIME;
	memcpy(hd->packet, s->f->packet, s->f->caplen);
	if (at == NULL)
		TAILQ_INSERT_HEAD(&h->held, hd, entry);
	else
		TAILQ_INSERT_AFTER(&h->held, at, hd, entry);
	h->nheld++;
	h->heldbytes += size;
	fs->heldbytes += size;
	fs->n.memory += size;
	fs->n.held++;
	return hd;
}

/*
 * A segment after a gap waits, and its sender is told of the gap; what it says
 * of the other direction goes on.
 */
int
flow_hold(struct flows *fs, struct segment *s)
{
	struct half *h = s->from;
	struct held *hd, *at;
	int error, again;

	TAILQ_FOREACH_REVERSE(at, &h->held, heldq, entry)
	if (!seq_before(s->seq, at->seq))
		break;
	again = at != NULL && at->seq == s->seq;
	hd = again ? at : hold(fs, s, at);
	if (hd == NULL)
		return flow_strip(fs, s);
	if (s->answers && !again)
		hd->f.id = 0;
	error = s->answers || again ? flow_strip(fs, s) : let_go(fs, hd);
	hd->fresh = 1;
	h->fresh++;
	flow_timed(fs, s->flow);
	return error | flow_tell_soon(fs, s->flow, s->side);
}

void
flow_take_out(struct flows *fs, struct half *h, struct held *hd)
{
	TAILQ_REMOVE(&h->held, hd, entry);
	h->nheld--;
	h->heldbytes -= hd->size;
	fs->heldbytes -= hd->size;
	fs->n.memory -= hd->size;
	fs->slots -= hd->f.id != 0;
}

/*
 * Segments that waited, as long as each is what comes next.  Their timestamps
 * are old by now and would have them thrown away.
 */
enum flow_answer
flow_release(struct flows *fs, struct flow *flow, int side)
{
	struct half *h = &flow->half[side];
	struct div_packet p;
	struct segment s;
	struct held *hd;
	enum flow_answer answer = FLOW_TAKEN;

	while (answer == FLOW_TAKEN && (hd = TAILQ_FIRST(&h->held)) != NULL &&
	    !seq_before(h->map.onext, hd->seq)) {
		flow_take_out(fs, h, hd);
		div_packet_parse(&p, hd->packet, hd->f.caplen);
		segment_open(&s, &hd->f, &p, flow, side);
		options_renew(&s, h->tsval);
		answer = flow_process(fs, &s);
		free(hd);
		h->fresh = 1; /* one acknowledgement for all */
	}
	if (answer == FLOW_TAKEN && flow_tell_soon(fs, flow, side) == -1)
		return FLOW_FAILED;
	return answer;
}

/* A gap that is never filled does not keep what came after it for ever. */
static int
drop_held(struct flows *fs, struct half *h, uint64_t *next)
{
	struct held *hd, *nexthd;
	int error = 0;

	TAILQ_FOREACH_SAFE(hd, &h->held, entry, nexthd)
	{
		if (hd->due > fs->now) {
			if (hd->due < *next)
				*next = hd->due;
			continue;
		}
		flow_take_out(fs, h, hd);
		error |= fs->ops->verdict(fs->arg, &hd->f, 1);
		free(hd);
	}
	return error;
}

/* Does what is due of one connection, which may end by that. */
static int
tick(struct flows *fs, struct flow *flow, uint64_t *next)
{
	struct half *h;
	int side, n, busy = 0;

	for (side = 0; side < 2; side++) {
		h = &flow->half[side];
		n = flow_keep_promise(fs, flow, side, next);
		if (n == -2)
			return flow_end(fs, flow);
		if (n == -1 || drop_held(fs, h, next) == -1)
			return -1;
		busy |= h->owes || !TAILQ_EMPTY(&h->held);
	}
	if (!busy) {
		TAILQ_REMOVE(&fs->timed, flow, timed);
		flow->is_timed = 0;
	}
	return 0;
}

/*
 * Does what is due at this time.  Returns when the next thing will be, or
 * UINT64_MAX; 0 when a packet could not be sent.
 */
uint64_t
flows_tick(struct flows *fs, uint64_t now)
{
	struct flow *flow, *nextflow;
	uint64_t next = UINT64_MAX;

	fs->now = now;
	TAILQ_FOREACH_SAFE(flow, &fs->timed, timed, nextflow)
	if (tick(fs, flow, &next) == -1)
		return 0;
	return next;
}
