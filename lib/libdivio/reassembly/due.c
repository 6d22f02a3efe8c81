/* SPDX-License-Identifier: ISC */

/*
 * The time of held frames.  A run whose match may go on waits as long as segments
 * behind it wait for a gap: its next bytes are known to come.
 */

#include "reassembly/reass.h"

/* More is known to come: waits as long as the gap may. */
static int
waits_for_gap(struct div_reass *ra, struct reass_frame *h, uint64_t now)
{
	const struct reass_frame *gap = TAILQ_FIRST(&h->stream->gap);

	if (gap == NULL || gap->due <= now)
		return 0;
	h->due = gap->due;
	TAILQ_REMOVE(&ra->age, h, age);
	TAILQ_INSERT_TAIL(&ra->age, h, age);
	return 1;
}

static int
expire_run(struct div_reass *ra, struct div_writer *w, uint64_t now)
{
	struct reass_frame *h = TAILQ_FIRST(&ra->age);

	if (waits_for_gap(ra, h, now))
		return 0;
	ra->n.expired += h->stream->run.n;
	return reass_release(ra, w, h->stream, DIV_UNDECIDED_MATCH);
}

static int
expire_gap(struct div_reass *ra, struct div_writer *w)
{
	struct reass_frame *h = TAILQ_FIRST(&ra->gap_age);

	ra->n.expired++;
	return reass_gap_expire(ra, w, h->stream);
}

/*
 * Hands over the frames whose time is over.  Returns the ms until the next one's,
 * -1 if none is held, or -2 with errno.
 */
int
div_reass_due(struct div_reass *ra, struct div_writer *w)
{
	uint64_t now = ra->frames + ra->gap_frames == 0 ? 0 : clock_now();
	const struct reass_frame *h, *gap, *first;
	int error;

	for (;;) {
		h = TAILQ_FIRST(&ra->age);
		gap = TAILQ_FIRST(&ra->gap_age);
		first = gap;
		if (h != NULL && (gap == NULL || h->due < gap->due))
			first = h;
		if (first == NULL)
			return -1;
		if (first->due > now)
			return (int)((first->due - now) / 1000000) + 1;
		error = first == h ? expire_run(ra, w, now) : expire_gap(ra, w);
		if (error == -1)
			return -2;
	}
}

/* Hands over all held frames. */
int
div_reass_end(struct div_reass *ra, struct div_writer *w)
{
	struct reass_frame *h;

	while ((h = TAILQ_FIRST(&ra->gap_age)) != NULL)
		if (reass_gap_expire(ra, w, h->stream) == -1)
			return -1;
	while ((h = TAILQ_FIRST(&ra->age)) != NULL)
		if (reass_release(ra, w, h->stream, DIV_DECIDED) == -1)
			return -1;
	return 0;
}
