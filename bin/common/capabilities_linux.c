/* SPDX-License-Identifier: ISC */

/*
 * capabilities(7), by libcap-ng: a port keeps CAP_NET_ADMIN for the queue and
 * CAP_NET_RAW for raw sockets, an opener that by which root opens the files of
 * others, a filter none.  no_new_privs makes it final.
 */

#include <sys/prctl.h>

#include <cap-ng.h>
#include <err.h>
#include <pwd.h>

#include "sandbox.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	int flag; /* of sandbox.h */
	unsigned int capability;
} needed[] = {
	{ SANDBOX_PORT, CAP_NET_ADMIN },
	{ SANDBOX_PORT, CAP_NET_RAW },
	{ SANDBOX_READ, CAP_DAC_READ_SEARCH },
	{ SANDBOX_WRITE, CAP_DAC_OVERRIDE },
};

static void
become(const char *user)
{
	struct passwd *pw;

	if ((pw = getpwnam(user)) == NULL)
		errx(1, "-Z %s: no such user", user);
	if (capng_change_id((int)pw->pw_uid, (int)pw->pw_gid,
		CAPNG_INIT_SUPP_GRP | CAPNG_CLEAR_BOUNDING) != 0)
		err(1, "-Z %s", user);
}

void
sandbox_privileges(int flags, const char *user)
{
	size_t i;
	int keep[N(needed)];

	for (i = 0; i < N(needed); i++)
		keep[i] = flags & needed[i].flag &&
		    capng_have_capability(CAPNG_PERMITTED,
			needed[i].capability);
	capng_clear(CAPNG_SELECT_BOTH);
	for (i = 0; i < N(needed); i++)
		if (keep[i])
			capng_update(CAPNG_ADD,
			    CAPNG_EFFECTIVE | CAPNG_PERMITTED,
			    needed[i].capability);
	if (user != NULL)
		become(user);
	else {
		/* fails without CAP_SETPCAP */
		capng_apply(CAPNG_SELECT_BOUNDS);
		if (capng_apply(CAPNG_SELECT_CAPS) != 0)
			err(1, "capabilities");
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		err(1, "no_new_privs");
}
