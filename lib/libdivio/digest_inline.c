/* SPDX-License-Identifier: ISC */

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "divio.h"

uint64_t
div_frame_digest(const struct div_frame *f)
{
	return XXH3_64bits_withSeed(f->packet, f->caplen, f->epoch);
}
