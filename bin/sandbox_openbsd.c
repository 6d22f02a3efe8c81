/* SPDX-License-Identifier: ISC */

#include <err.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

#include "sandbox.h"

static void
promise(const char *promises)
{
	if (pledge(promises, NULL) == -1)
		err(1, "pledge");
}

const char *
sandbox_filter(int flags)
{
	static const char *const databases[] = { "/etc/services",
		"/etc/protocols", "/etc/hosts" };
	size_t i;

	tzset();
	if (!(flags & SANDBOX_TERMINAL)) {
		promise("stdio recvfd");
		return NULL;
	}
	for (i = 0; i < sizeof(databases) / sizeof(databases[0]); i++)
		if (unveil(databases[i], "r") == -1)
			err(1, "unveil");
	promise("stdio rpath tty proc");
	return NULL;
}

/* Sockets are open; interfaces are asked for their names. */
const char *
sandbox_port(int flags)
{
	(void)flags;
	promise("stdio recvfd inet route");
	return NULL;
}
