/* SPDX-License-Identifier: ISC */

#ifndef DIVDROP_H
#define DIVDROP_H

#include <stdint.h>

/* chance.c */
double chance_parse(const char *);
void chance_seed(uint64_t);
int chance_hit(double);

#endif /* DIVDROP_H */
