/* SPDX-License-Identifier: ISC */

#ifndef RANDOM_H
#define RANDOM_H

#include <stdint.h>

uint64_t random_next(uint64_t *);
int random_hit(uint64_t *, double);

#endif /* RANDOM_H */
