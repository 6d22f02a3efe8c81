/* SPDX-License-Identifier: ISC */

/* Log-linear histograms. */

#include "histogram.h"

unsigned int
histogram_bucket(uint64_t value, unsigned int bits)
{
	unsigned int shift = 0;

	while (value >> shift >= UINT64_C(2) << bits)
		shift++;
	return (shift << bits) + (unsigned int)(value >> shift);
}

/* The least value of a bucket. */
uint64_t
histogram_low(unsigned int bucket, unsigned int bits)
{
	uint64_t one = UINT64_C(1) << bits;

	if (bucket < 2 * one)
		return bucket;
	return (one + bucket % one) << (bucket / one - 1);
}

/* A quantile, as precise as the buckets. */
uint64_t
histogram_quantile(const uint64_t *counts, unsigned int bits, double part)
{
	unsigned int i, buckets = HISTOGRAM_BUCKETS(bits);
	uint64_t n = 0, sum = 0;

	for (i = 0; i < buckets; i++)
		n += counts[i];
	for (i = 0; i < buckets; i++) {
		sum += counts[i];
		if (sum != 0 && (double)sum >= part * (double)n)
			break;
	}
	return histogram_low(i, bits);
}
