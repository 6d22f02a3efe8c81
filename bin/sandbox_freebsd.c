/* SPDX-License-Identifier: ISC */

#include <sys/capsicum.h>

#include <capsicum_helpers.h>
#include <err.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

#include "sandbox.h"

/* Screens and names need more than capability mode has. */
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
	(void)flags;
	return "a port has no sandbox here";
}
