/* SPDX-License-Identifier: ISC */

#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdint.h>

/* With 2^bits buckets for each power of two. */
#define HISTOGRAM_BUCKETS(bits) ((65 - (bits)) << (bits))

unsigned int histogram_bucket(uint64_t, unsigned int);
uint64_t histogram_low(unsigned int, unsigned int);
uint64_t histogram_quantile(const uint64_t *, unsigned int, double);

#endif /* HISTOGRAM_H */
