/* SPDX-License-Identifier: ISC */

/* capsicum(4): capability mode. */

#include <sys/capsicum.h>

#include <capsicum_helpers.h>
#include <err.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

#include "sandbox.h"

/* Terminals and name lookups do not work in capability mode. */
const char *
sandbox_filter(int flags)
{
	if (flags & SANDBOX_TERMINAL)
		return "a screen has no sandbox here";
	caph_cache_catpages();
	tzset();
	if (caph_enter() == -1)
		err(1, "cap_enter");
	return NULL;
}

/* Divert sockets send to addresses, which capability mode forbids. */
const char *
sandbox_port(int flags)
{
	const char *lacks = sandbox_become();

	(void)flags;
	return lacks != NULL ? lacks : "a port has no sandbox here";
}

/* It opens files by their names, which capability mode forbids. */
const char *
sandbox_opener(int flags)
{
	(void)flags;
	return "an opener of files has no sandbox here";
}

/* It sends to name servers, which capability mode forbids. */
const char *
sandbox_resolver(void)
{
	return "a resolver has no sandbox here";
}
