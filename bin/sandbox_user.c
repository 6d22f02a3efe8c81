/* SPDX-License-Identifier: ISC */

/* Where there are no capabilities: becoming a user is all. */

#include <err.h>
#include <grp.h>
#include <pwd.h>
#include <stddef.h>
#include <unistd.h>

#include "sandbox.h"

void
sandbox_privileges(int port, const char *user)
{
	struct passwd *pw;

	(void)port;
	if (user == NULL)
		return;
	if ((pw = getpwnam(user)) == NULL)
		errx(1, "-Z %s: no such user", user);
	if (initgroups(user, pw->pw_gid) == -1 ||
	    setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) == -1 ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) == -1)
		err(1, "-Z %s", user);
}
