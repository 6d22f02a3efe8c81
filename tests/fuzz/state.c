/* SPDX-License-Identifier: ISC */

/*
 * Saves .data and .bss between state_first.o and state_last.o at the first
 * call, and restores them at later ones, so that a fuzz target can run a
 * program that expects to start once.
 */

#include <stddef.h>
#include <stdlib.h>

#include "state.h"

extern char state_data_first[], state_data_last[];
extern char state_bss_first[], state_bss_last[];

/* Not instrumented: sanitisers put red zones between the variables. */
__attribute__((no_sanitize("address"), no_sanitize("undefined"))) static void
copy(volatile char *to, const volatile char *from, size_t n)
{
	while (n-- > 0)
		*to++ = *from++;
}

void
state_restore(void)
{
	static char *data, *bss;
	/* cppcheck-suppress comparePointers ; the linker has them in order */
	size_t ndata = (size_t)(state_data_last - state_data_first);
	/* cppcheck-suppress comparePointers */
	size_t nbss = (size_t)(state_bss_last - state_bss_first);

	if (data == NULL) {
		data = malloc(ndata);
		bss = malloc(nbss);
		if (data == NULL || bss == NULL)
			abort();
		copy(data, state_data_first, ndata);
		copy(bss, state_bss_first, nbss);
		return;
	}
	copy(state_data_first, data, ndata);
	copy(state_bss_first, bss, nbss);
}
