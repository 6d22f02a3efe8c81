/* SPDX-License-Identifier: ISC */

#include <err.h>
#include <stddef.h>

#include "sandbox.h"

/* For tools that watch a process from within. */
const char *
sandbox_filter(int flags)
{
	(void)flags;
	return NULL;
}

const char *
sandbox_port(int flags)
{
	return sandbox_filter(flags);
}

void
sandbox_privileges(int port, const char *user)
{
	(void)port;
	if (user != NULL)
		errx(1, "-Z %s: not in this build", user);
}
