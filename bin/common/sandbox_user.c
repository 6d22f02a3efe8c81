/* SPDX-License-Identifier: ISC */

/*
 * Privileges on systems without capabilities(7): only -Z.  A divert socket takes
 * root to open and nobody to use, so the user is looked up first and becomes
 * this process when the port is open.
 */

#include <sys/types.h>

#include <err.h>
#include <grp.h>
#include <pwd.h>
#include <stddef.h>
#include <unistd.h>

#include "sandbox.h"

static const char *name; /* -Z, or NULL */
static uid_t uid;
static gid_t gid;

void
sandbox_privileges(int flags, const char *user)
{
	struct passwd *pw;

	(void)flags;
	if (user == NULL)
		return;
	if ((pw = getpwnam(user)) == NULL)
		errx(1, "-Z %s: no such user", user);
	name = user;
	uid = pw->pw_uid;
	gid = pw->pw_gid;
}

const char *
sandbox_become(void)
{
	if (name == NULL)
		return geteuid() == 0 ? "runs as root: see -Z" : NULL;
	if (initgroups(name, gid) == -1 || setresgid(gid, gid, gid) == -1 ||
	    setresuid(uid, uid, uid) == -1)
		err(1, "-Z %s", name);
	name = NULL;
	return NULL;
}
