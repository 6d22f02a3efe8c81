/* SPDX-License-Identifier: ISC */

#ifndef DIVIO_LEDGER_H
#define DIVIO_LEDGER_H

#include <stdint.h>

/* Tells which ids were known a certain time ago. */
#define AGING_STEPS 8

struct aging {
	uint64_t hold; /* ns; 0: nothing ever gets old */
	uint64_t last; /* newest id noted */
	struct {
		uint64_t time, id;
	} note[AGING_STEPS + 1];
	unsigned int n;
};

uint64_t aging_tick(struct aging *, uint64_t, uint64_t);
void aging_clear(struct aging *);

/* Which packets have had their verdict; ids count up from 1. */
#define LEDGER_WINDOW (1 << 20)

enum ledger_answer { LEDGER_NEW, LEDGER_SEEN, LEDGER_LATE };

struct ledger {
	uint64_t closed;    /* all up to this one have had it */
	uint64_t base, top; /* the bits stand for base to top */
	uint64_t newest;    /* that came back from the pipeline */
	uint64_t seen;      /* bits that are set */
	uint64_t *bits;
	struct aging judged; /* ids that later ones overtook */
	struct aging quiet;  /* ids after which nothing came */
};

int ledger_init(struct ledger *, uint64_t);
enum ledger_answer ledger_judge(struct ledger *, uint64_t);
enum ledger_answer ledger_own(struct ledger *, uint64_t);
uint64_t ledger_due(struct ledger *, uint64_t, uint64_t);
uint64_t ledger_missing(struct ledger *, uint64_t);
uint64_t ledger_close(struct ledger *, uint64_t);
void ledger_free(struct ledger *);

#endif /* DIVIO_LEDGER_H */
