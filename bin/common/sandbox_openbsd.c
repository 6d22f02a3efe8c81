/* SPDX-License-Identifier: ISC */

/* pledge(2) and unveil(2). */

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
	/* libpcap would ask a name server: with "error" that fails */
	promise("stdio rpath tty error");
	return NULL;
}

/* Sockets are open; "inet" is for sending to an address. */
const char *
sandbox_port(int flags)
{
	const char *lacks = sandbox_become();

	(void)flags;
	promise("stdio recvfd inet");
	return lacks;
}

const char *
sandbox_opener(int flags)
{
	promise(flags & SANDBOX_WRITE ? "stdio sendfd rpath wpath cpath fattr" :
					"stdio sendfd rpath");
	return NULL;
}

const char *
sandbox_resolver(void)
{
	promise("stdio dns");
	return NULL;
}
