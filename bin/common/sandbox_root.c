/* SPDX-License-Identifier: ISC */

/* Privileges are kept, in builds without a sandbox. */

#include <err.h>
#include <stddef.h>

#include "sandbox.h"

void
sandbox_privileges(int flags, const char *user)
{
	(void)flags;
	if (user != NULL)
		errx(1, "-Z %s: not in this build", user);
}

const char *
sandbox_become(void)
{
	return NULL;
}
