/* SPDX-License-Identifier: ISC */

/*
 * The digest: XXH3, 64 bits, with the reader's epoch as seed.  The sink compares
 * it with that of the packet as diverted: equal means not edited.  The epoch is
 * random, because unseeded XXH3 can be blinded by chosen bytes: the author of a
 * packet could make an edit of it pass unnoticed.
 */

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "divio.h"

uint64_t
div_frame_digest(const struct div_frame *f)
{
	return XXH3_64bits_withSeed(f->packet, f->caplen, f->epoch);
}
