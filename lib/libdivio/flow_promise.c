/* SPDX-License-Identifier: ISC */

/*
 * Data that we answer for until it is acknowledged: nobody else sends it again.
 * Its sender believes that it has arrived, or it never had one.
 */

#include "flow_table.h"

#define RTO 200000000ULL  /* ns, doubled with each try */
#define QUICK 50000000ULL /* ns, for the first tries: above delayed answers */
#define QUICK_TRIES 2
#define TRIES 15
#define BACKOFF_MAX 6
#define PATIENT (QUICK_TRIES + BACKOFF_MAX) /* tries; no wait is longer */
#define REORDERED 3     /* segments on, what is missing is lost */
#define HOLES_MOST 1024 /* at once: each is looked at with each answer */

/* Until what we send is taken for lost, if nothing is heard. */
static uint64_t
patience(const struct half *h)
{
	uint64_t quick = h->trip > QUICK / 4 ? 4 * h->trip : QUICK;
	uint64_t rto = h->trip > RTO / 2 ? 2 * h->trip : RTO;
	int tries = h->tries - QUICK_TRIES;

	if (tries < 0)
		return h->trip != 0 && quick < rto ? quick : rto;
	return rto << (tries < BACKOFF_MAX ? tries : BACKOFF_MAX);
}

/* The first number that is kept; before it, only the sender can send again. */
static uint32_t
kept_from(const struct half *h)
{
	const struct seqmap *m = &h->map;
	uint32_t e = m->count > 0 ? seqmap_at(m, 0)->e : m->enext;

	return h->acked && seq_before(e, h->una) ? h->una : e;
}

/* We answer for all that has been sent up to the edited number end. */
void
flow_promise(struct flows *fs, struct flow *flow, int side, uint32_t end)
{
	struct half *h = &flow->half[side];

	if (!h->owes) {
		h->owes = 1;
		h->tries = 0;
		h->due = fs->now + patience(h);
		h->resent = h->lost = kept_from(h);
	}
	h->ours = end;
	flow_timed(fs, flow);
}

/*
 * Answers for all that has come without a gap, but for a FIN: who sent that is
 * to know when all has arrived.  Returns whether there is something to tell.
 */
int
flow_promise_all(struct flows *fs, struct flow *flow, int side)
{
	struct half *h = &flow->half[side];
	const struct seqmap *m = &h->map;
	uint32_t fin = (uint32_t)seqmap_ended(m);

	if (kept_from(h) != h->una || !seq_before(h->told, m->onext - fin))
		return 0;
	h->told = m->onext - fin;
	if (seq_before(h->una, m->enext - fin))
		flow_promise(fs, flow, side, m->enext - fin);
	return 1;
}

/* Has its sender been told of more than what has arrived? */
int
flow_ahead(const struct half *h)
{
	return h->owes && h->acked &&
	    seq_before(seqmap_original(&h->map, h->una), h->told);
}

/*
 * Sends what is missing at the front.  If that is none of what was sent again,
 * nothing else can be relied on to have arrived.
 */
static int
resend_first(struct flows *fs, struct flow *flow, int side)
{
	struct half *h = &flow->half[side];
	uint32_t from = kept_from(h), n = h->ours - from;
	int first = flow_holes_first(fs, flow, side, from);

	h->lost = h->sent;
	if (first != 0)
		return first;
	if (n > flow_room(h))
		n = flow_room(h);
	flow_holes_free(fs, h);
	h->resent = from + n;
	return flow_holes_add(fs, flow, side, from, from + n);
}

/* The end of the block that the number lies in; or, in *gap, what comes next. */
static uint32_t
block_end(const struct sack *sack, uint32_t e, uint32_t *gap)
{
	unsigned int i;

	for (i = 0; i < sack->n; i++) {
		if (!seq_before(e, sack->left[i]) &&
		    seq_before(e, sack->right[i]))
			return sack->right[i];
		if (seq_before(e, sack->left[i]) &&
		    seq_before(sack->left[i], *gap))
			*gap = sack->left[i];
	}
	return e;
}

/* Up to where what the blocks do not hold is missing. */
static uint32_t
missing(const struct half *h, const struct sack *sack, uint32_t filled)
{
	uint32_t high = h->una, more = h->resent + 2 * filled;
	unsigned int i;

	for (i = 0; i < sack->n; i++)
		if (seq_before(high, sack->right[i]))
			high = sack->right[i];
	if (high != h->sent)
		high -= REORDERED * (uint32_t)h->mss;
	/* the path is asked whether it takes twice as much */
	if (seq_before(h->lost, more))
		more = h->lost;
	if (filled != 0 && seq_before(high, more))
		high = more;
	return seq_before(h->ours, high) ? h->ours : high;
}

/* Sends again what has not arrived though enough behind it has. */
static int
resend_holes(struct flows *fs, struct flow *flow, int side,
    const struct sack *sack, uint32_t high)
{
	struct half *h = &flow->half[side];
	uint32_t at = h->resent, room = flow_room(h), end, gap;

	while (seq_before(at, high) && h->nholes < HOLES_MOST) {
		gap = high;
		if ((end = block_end(sack, at, &gap)) == at) {
			end = gap - at < room ? gap : at + room;
			if (flow_holes_add(fs, flow, side, at, end) == -1)
				return -1;
		}
		h->resent = at = end;
	}
	return 0;
}

/* Whether all that we answer for has arrived, and no more is owed. */
static int
settled(struct flows *fs, struct half *h)
{
	if (!h->acked || seq_before(h->una, h->ours))
		return 0;
	flow_holes_free(fs, h);
	h->owes = 0;
	return 1;
}

/* The other end has said what it has: una was its number before, sack is more. */
int
flow_answered(struct flows *fs, struct flow *flow, int side, uint32_t una,
    const struct sack *sack)
{
	struct half *h = &flow->half[side];
	uint32_t filled, from;

	flow_trip_end(fs, h, sack);
	if (!h->owes || !h->acked || settled(fs, h))
		return 0;
	filled = flow_holes_fill(fs, h, sack);
	if (una != h->una && filled == 0)
		filled = h->mss;
	from = kept_from(h);
	if (seq_before(h->resent, from))
		h->resent = from;
	if (seq_before(h->lost, from))
		h->lost = from;
	if (filled != 0) {
		h->tries = 0;
		h->due = fs->now + patience(h);
	} else if (!flow->over && !seq_before(from, h->edge) &&
	    h->tries > PATIENT)
		h->tries = PATIENT; /* it lives, but has no room */
	if (flow_holes_late(fs, flow, side) == -1)
		return -1;
	return resend_holes(fs, flow, side, sack, missing(h, sack, filled));
}

/* Does what is due: 0, -1, or -2 when there has been no answer for too long. */
int
flow_keep_promise(struct flows *fs, struct flow *flow, int side, uint64_t *next)
{
	struct half *h = &flow->half[side];

	/* an end may say that it has what nobody has sent */
	if (!h->owes || settled(fs, h))
		return 0;
	if (h->due <= fs->now) {
		if (h->tries == TRIES)
			return -2;
		if (resend_first(fs, flow, side) == -1)
			return -1;
		h->tries++;
		h->due = fs->now + patience(h);
	}
	if (h->due < *next)
		*next = h->due;
	return 0;
}
