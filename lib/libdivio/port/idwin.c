/* SPDX-License-Identifier: ISC */

/*
 * The id window: which packets have had their verdict, as a bitmap of the last
 * IDWIN_SIZE ids (like the anti-replay window of RFC 4303, 3.4.3).  A packet
 * that has had none for the port's hold time, while later ones had theirs or
 * while nothing came back at all, is due to be dropped; when the kernel's queue is
 * filling up, packets that were overtaken are due much earlier.
 */

#include <stdlib.h>
#include <string.h>

#include "port/port.h"

/*
 * Notes that top is the highest id now; returns the highest one that was noted
 * at least hold ago and has not been returned yet, or 0.
 */
uint64_t
idage_tick(struct idage *a, uint64_t now, uint64_t top)
{
	uint64_t due = 0;
	unsigned int i;

	if (a->hold == 0)
		return 0;
	for (i = 0; i < a->n && a->note[i].time + a->hold <= now; i++)
		due = a->note[i].id;
	a->n -= i;
	memmove(a->note, a->note + i, a->n * sizeof(a->note[0]));
	if (top > a->last && a->n <= IDAGE_STEPS &&
	    (a->n == 0 ||
		a->note[a->n - 1].time + a->hold / IDAGE_STEPS <= now)) {
		a->note[a->n].time = now;
		a->note[a->n].id = a->last = top;
		a->n++;
	}
	return due;
}

void
idage_clear(struct idage *a)
{
	a->n = 0;
	a->last = 0;
}

/*
 * Sets the hold, and the part of it that filters need: a full queue does not
 * shorten that.
 */
void
idwin_extend(struct idwin *win, uint64_t hold, uint64_t extra)
{
	win->judged.hold = win->quiet.hold = hold + extra;
	win->early.hold = (hold + IDWIN_HURRY - 1) / IDWIN_HURRY + extra;
}

int
idwin_init(struct idwin *win, uint64_t hold)
{
	memset(win, 0, sizeof(*win));
	win->base = 1;
	idwin_extend(win, hold, 0);
	win->bits = calloc(IDWIN_SIZE / 64, sizeof(*win->bits));
	return win->bits == NULL ? -1 : 0;
}

void
idwin_free(struct idwin *win)
{
	free(win->bits);
}

static uint64_t *
idwin_word(struct idwin *win, uint64_t id, uint64_t *bit)
{
	*bit = (uint64_t)1 << id % 64;
	return &win->bits[id % IDWIN_SIZE / 64];
}

/*
 * Moves the window up; returns the number of ids below base without a verdict.
 */
static uint64_t
idwin_advance(struct idwin *win, uint64_t base)
{
	uint64_t *bits, bit, missing = 0;

	for (; win->base < base && win->base <= win->top; win->base++) {
		bits = idwin_word(win, win->base, &bit);
		if (*bits & bit)
			win->seen--;
		else
			missing++;
		*bits &= ~bit;
	}
	if (win->base < base)
		win->base = base;
	if (win->top < base - 1)
		win->top = base - 1;
	return missing;
}

/*
 * Notes a verdict that the reader gave itself.  An id that was closed is late.
 * One below the window may still be pending, if packets are held for ever: the
 * kernel knows.
 */
enum idwin_answer
idwin_own(struct idwin *win, uint64_t id)
{
	uint64_t *bits, bit;

	if (id <= win->closed)
		return IDWIN_LATE;
	if (id < win->base)
		return IDWIN_NEW;
	if (id - win->base >= IDWIN_SIZE)
		idwin_advance(win, id - IDWIN_SIZE + 1);
	bits = idwin_word(win, id, &bit);
	if (*bits & bit)
		return IDWIN_SEEN;
	*bits |= bit;
	win->seen++;
	if (id > win->top)
		win->top = id;
	return IDWIN_NEW;
}

/*
 * Notes a verdict on a packet that came back: it overtook those still missing.
 */
enum idwin_answer
idwin_judge(struct idwin *win, uint64_t id)
{
	enum idwin_answer answer = idwin_own(win, id);

	if (answer == IDWIN_NEW && id > win->newest)
		win->newest = id;
	return answer;
}

/* True for an id in the window that has had no verdict. */
int
idwin_pending(struct idwin *win, uint64_t id)
{
	const uint64_t *bits;
	uint64_t bit;

	if (id <= win->closed || id < win->base)
		return 0;
	bits = idwin_word(win, id, &bit);
	return id > win->top || (*bits & bit) == 0;
}

/* True if a queue of so many packets is three quarters full; 0: none. */
int
idwin_crowded(const struct idwin *win, uint64_t emitted, uint32_t queue)
{
	uint64_t pending = 0;

	if (emitted >= win->base + win->seen)
		pending = emitted + 1 - win->base - win->seen;
	return queue != 0 && pending >= queue - queue / 4;
}

/*
 * The id up to which packets have been missing for too long, or 0: since later
 * ones were judged, or since they were emitted and nothing came back.
 */
uint64_t
idwin_due(struct idwin *win, uint64_t now, uint64_t emitted, uint32_t queue)
{
	uint64_t due, quiet, early;

	due = idage_tick(&win->judged, now, win->newest);
	if ((early = idage_tick(&win->early, now, win->newest)) != 0)
		win->overtaken = early;
	if (due < win->overtaken && idwin_crowded(win, emitted, queue))
		due = win->overtaken;
	quiet = idage_tick(&win->quiet, now, emitted);
	if (due < quiet)
		due = quiet;
	if (due < win->base)
		return 0;
	if (due <= win->top && win->top - win->base + 1 == win->seen) {
		idwin_close(win, due);
		return 0;
	}
	return due;
}

/* The first id above this one without a verdict. */
uint64_t
idwin_missing(struct idwin *win, uint64_t id)
{
	uint64_t *bits, bit;

	for (id = id < win->base ? win->base : id + 1; id <= win->top; id++) {
		bits = idwin_word(win, id, &bit);
		if (!(*bits & bit))
			break;
	}
	return id;
}

/* Takes no more verdicts on ids up to this one; returns how many had none. */
uint64_t
idwin_close(struct idwin *win, uint64_t id)
{
	uint64_t beyond, missing;

	if (id <= win->closed)
		return 0;
	win->closed = id;
	if (id < win->base)
		return 0;
	beyond = id > win->top ? id - win->top : 0;
	missing = idwin_advance(win, id + 1);
	return missing + beyond;
}

/* The same, for packets that were missing and have been dropped. */
void
idwin_expire(struct idwin *win, uint64_t id)
{
	win->expired = id;
	idwin_close(win, id);
}
