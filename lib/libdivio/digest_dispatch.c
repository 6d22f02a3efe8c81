/* SPDX-License-Identifier: ISC */

/* With the vectors that this machine has, where the library knows them. */

#include <immintrin.h>
#include <xxhash.h>

#include <xxh_x86dispatch.h>

#include "divio.h"

__attribute__((target("avx"))) static void
clear_upper(void)
{
	_mm256_zeroupper();
}

/*
 * The library's vectors of 512 bits leave their upper parts behind, and what is
 * compiled for SSE waits for them at every instruction: longer than the digest
 * takes.
 */
uint64_t
div_frame_digest(const struct div_frame *f)
{
	uint64_t digest = XXH3_64bits_withSeed(f->packet, f->caplen, f->epoch);

	if (__builtin_cpu_supports("avx"))
		clear_upper();
	return digest;
}
