/* SPDX-License-Identifier: ISC */

#ifndef DIVDROP_H
#define DIVDROP_H

#include "divio.h"

extern int iflag, qflag;

/* match.c: which packets are meant */
void select_expression(char *[]);
void select_regex(const char *);
void select_mark(uint32_t);
int select_any(void);
int select_contents(void);
int selected(const struct div_frame *);
void select_look(void *, struct div_span *);
uint64_t select_limited(void);

/* chance.c: which of them are lost */
void chance_seed(uint64_t);
void chance_probability(const char *);
void chance_chain(const char *);
int chance_lost(void);

/* rate.c */
struct rate {
	uint64_t rate;  /* a second */
	uint64_t burst; /* as much at once */
	int packets;    /* and not bits */
};

void rate_parse(const char *, struct rate *);

/* police.c: which of them are too many */
struct bucket {
	uint64_t key;
	uint64_t full; /* ns: when it will be full again */
};

int bucket_take(struct bucket *, uint64_t, uint64_t, uint64_t);
void police_rate(const char *);
void police_key(const char *);
void police_seed(uint64_t);
int police_exceeds(const struct div_frame *);
uint64_t police_clock(uint64_t);
uint64_t police_forgotten(void);

/* tell.c: who is told */
void tell_init(void);
int tell(struct div_writer *, const struct div_frame *);

#endif /* DIVDROP_H */
