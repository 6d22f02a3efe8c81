/* SPDX-License-Identifier: ISC */

/*
 * The digest as in digest_inline.c, XXH3 seeded with the epoch, with the widest
 * vectors that this machine has: libxxhash chooses them at run time.
 */

#include <immintrin.h>
#include <xxhash.h>

#include <xxh_x86dispatch.h>

#include "divio.h"

__attribute__((target("avx"))) static void
zero_upper(void)
{
	_mm256_zeroupper();
}

/*
 * libxxhash's AVX-512 code leaves the upper parts of the registers dirty.  SSE
 * instructions then wait for them, which takes longer than the digest.
 */
uint64_t
div_frame_digest(const struct div_frame *f)
{
	uint64_t digest = XXH3_64bits_withSeed(f->packet, f->caplen, f->epoch);

	if (__builtin_cpu_supports("avx"))
		zero_upper();
	return digest;
}
