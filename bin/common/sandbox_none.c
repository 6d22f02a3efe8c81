/* SPDX-License-Identifier: ISC */

/*
 * No sandbox: for systems without one, and for sanitisers and coverage, which
 * need more system calls.
 */

#include <stddef.h>

#include "sandbox.h"

const char *
sandbox_filter(int flags)
{
	(void)flags;
	return NULL;
}

const char *
sandbox_port(int flags)
{
	(void)flags;
	return sandbox_become();
}

const char *
sandbox_opener(int flags)
{
	return sandbox_filter(flags);
}

const char *
sandbox_resolver(void)
{
	return NULL;
}
