/* SPDX-License-Identifier: ISC */

#include <err.h>
#include <stddef.h>

#include "sandbox.h"

const char *
sandbox_filter(int flags)
{
	(void)flags;
	return "there is no sandbox in this build";
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
