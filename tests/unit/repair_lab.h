/* SPDX-License-Identifier: ISC */

#ifndef REPAIR_LAB_H
#define REPAIR_LAB_H

#include "corpus.h"
#include "packet/packet.h"

typedef enum div_reason repair_fn(uint8_t *, size_t);

/* RFC 1071 as it is written; a sum so far, and bytes. */
uint16_t naive(uint32_t, const uint8_t *, size_t);

/* Overwrites the fields that repair sets, and no others. */
void spoil(uint8_t *, size_t);

/* A refused packet stays as it is. */
void check_repair(repair_fn *, uint8_t *, size_t, enum div_reason);

/* Neither may be edited nor sent; may not be edited, but sent. */
void check_refused(uint8_t *, size_t, enum div_reason);
void check_new_only(uint8_t *, size_t, enum div_reason);

#endif /* REPAIR_LAB_H */
