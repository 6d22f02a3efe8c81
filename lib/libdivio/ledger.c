/* SPDX-License-Identifier: ISC */

#include <stdlib.h>
#include <string.h>

#include "ledger.h"

/*
 * Notes that ids up to top are known now; returns the highest id that was known
 * at least hold ago and has not been returned yet, or 0.
 */
uint64_t
aging_tick(struct aging *a, uint64_t now, uint64_t top)
{
	uint64_t due = 0;
	unsigned int i;

	if (a->hold == 0)
		return 0;
	for (i = 0; i < a->n && a->note[i].time + a->hold <= now; i++)
		due = a->note[i].id;
	a->n -= i;
	memmove(a->note, a->note + i, a->n * sizeof(a->note[0]));
	if (top > a->last && a->n <= AGING_STEPS &&
	    (a->n == 0 ||
		a->note[a->n - 1].time + a->hold / AGING_STEPS <= now)) {
		a->note[a->n].time = now;
		a->note[a->n].id = a->last = top;
		a->n++;
	}
	return due;
}

void
aging_clear(struct aging *a)
{
	a->n = 0;
	a->last = 0;
}

int
ledger_init(struct ledger *l, uint64_t hold)
{
	memset(l, 0, sizeof(*l));
	l->base = 1;
	l->judged.hold = l->quiet.hold = hold;
	l->bits = calloc(LEDGER_WINDOW / 64, sizeof(*l->bits));
	return l->bits == NULL ? -1 : 0;
}

void
ledger_free(struct ledger *l)
{
	free(l->bits);
}

static uint64_t *
word(struct ledger *l, uint64_t id, uint64_t *bit)
{
	*bit = (uint64_t)1 << id % 64;
	return &l->bits[id % LEDGER_WINDOW / 64];
}

/* Moves the window up; returns how many ids below base had no verdict. */
static uint64_t
advance(struct ledger *l, uint64_t base)
{
	uint64_t *w, bit, missing = 0;

	for (; l->base < base && l->base <= l->top; l->base++) {
		w = word(l, l->base, &bit);
		if (*w & bit)
			l->seen--;
		else
			missing++;
		*w &= ~bit;
	}
	if (l->base < base)
		l->base = base;
	if (l->top < base - 1)
		l->top = base - 1;
	return missing;
}

/*
 * Notes a verdict that the pipeline had no part in.  What was closed is late;
 * what fell out of the window may still be pending, if packets are held for
 * ever: the kernel knows.
 */
enum ledger_answer
ledger_own(struct ledger *l, uint64_t id)
{
	uint64_t *w, bit;

	if (id <= l->closed)
		return LEDGER_LATE;
	if (id < l->base)
		return LEDGER_NEW;
	if (id - l->base >= LEDGER_WINDOW)
		advance(l, id - LEDGER_WINDOW + 1);
	w = word(l, id, &bit);
	if (*w & bit)
		return LEDGER_SEEN;
	*w |= bit;
	l->seen++;
	if (id > l->top)
		l->top = id;
	return LEDGER_NEW;
}

/* Notes a verdict on id: what is missing before it was overtaken. */
enum ledger_answer
ledger_judge(struct ledger *l, uint64_t id)
{
	enum ledger_answer answer = ledger_own(l, id);

	if (answer == LEDGER_NEW && id > l->newest)
		l->newest = id;
	return answer;
}

/*
 * The id up to which packets have been missing for too long, or 0: because
 * later ones were judged, or because none came since they were emitted.
 */
uint64_t
ledger_due(struct ledger *l, uint64_t now, uint64_t emitted)
{
	uint64_t due, quiet;

	due = aging_tick(&l->judged, now, l->newest);
	quiet = aging_tick(&l->quiet, now, emitted);
	if (due < quiet)
		due = quiet;
	if (due < l->base)
		return 0;
	if (due <= l->top && l->top - l->base + 1 == l->seen) {
		ledger_close(l, due);
		return 0;
	}
	return due;
}

/* The first id after this one that has had no verdict. */
uint64_t
ledger_missing(struct ledger *l, uint64_t id)
{
	uint64_t *w, bit;

	for (id = id < l->base ? l->base : id + 1; id <= l->top; id++) {
		w = word(l, id, &bit);
		if (!(*w & bit))
			break;
	}
	return id;
}

/* No verdict is taken on ids up to this one; returns how many had none. */
uint64_t
ledger_close(struct ledger *l, uint64_t id)
{
	uint64_t beyond, missing;

	if (id <= l->closed)
		return 0;
	l->closed = id;
	if (id < l->base)
		return 0;
	beyond = id > l->top ? id - l->top : 0;
	missing = advance(l, id + 1);
	return missing + beyond;
}
