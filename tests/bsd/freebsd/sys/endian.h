/* SPDX-License-Identifier: ISC */

#include <stdint.h>

uint16_t be16dec(const void *);
uint32_t be32dec(const void *);
void be16enc(void *, uint16_t);
void be32enc(void *, uint32_t);
