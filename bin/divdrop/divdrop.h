/* SPDX-License-Identifier: ISC */

#ifndef DIVDROP_H
#define DIVDROP_H

#include "divio.h"

/* loss.c: random loss */
void loss_seed(uint64_t);
void loss_probability(const char *);
void loss_chain(const char *);
int loss_hit(void);

/* police.c: packets beyond a rate */
struct bucket {
	uint64_t key;
	uint64_t full; /* ns: when it is full again */
};

int bucket_take(struct bucket *, uint64_t, uint64_t, uint64_t);
void police_rate(const char *);
void police_key(const char *);
void police_seed(uint64_t);
int police_exceeds(const struct div_frame *);
uint64_t police_forgotten(void);

/* reject.c: ICMP errors and TCP resets for dropped packets */
void reject_init(void);
int reject_put(struct div_writer *, const struct div_frame *);

#endif /* DIVDROP_H */
