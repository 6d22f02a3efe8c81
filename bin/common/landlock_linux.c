/* SPDX-License-Identifier: ISC */

/*
 * landlock(7): the process cannot open files, nor bind or connect TCP sockets
 * or abstract Unix sockets, but for what its flags say.  Old kernels know fewer
 * rights than we ask for; the version of the ABI says which.
 */

#include <sys/syscall.h>

#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include <linux/landlock.h>

#include "sandbox.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

/* Rights to files, of any ABI. */
#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE                                                          \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | \
	    LANDLOCK_ACCESS_FS_REMOVE_FILE | 1 << 14 /* truncate */)

/* struct landlock_ruleset_attr of ABI 6, which older headers lack. */
struct ruleset {
	uint64_t fs, net, scoped;
};

/* Rights and size of the structure, from ABI 1 on. */
static const struct {
	uint64_t fs;
	size_t size;
} versions[] = {
	{ (1 << 13) - 1, 8 },
	{ (1 << 14) - 1, 8 },
	{ (1 << 15) - 1, 8 },
	{ (1 << 15) - 1, 16 },
	{ (1 << 16) - 1, 16 },
	{ (1 << 16) - 1, 24 },
};

/* Files that name lookups read. */
static const char *const databases[] = { "/etc/nsswitch.conf", "/etc/services",
	"/etc/protocols", "/etc/hosts", "/etc/networks", "/etc/ethers" };

static void
allow_databases(int fd)
{
	struct landlock_path_beneath_attr rule = {
		.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE,
	};
	size_t i;

	for (i = 0; i < N(databases); i++) {
		rule.parent_fd = open(databases[i], O_PATH | O_CLOEXEC);
		if (rule.parent_fd == -1)
			continue;
		syscall(SYS_landlock_add_rule, fd, LANDLOCK_RULE_PATH_BENEATH,
		    &rule, 0);
		close(rule.parent_fd);
	}
}

/* An opener's files may be links to anywhere: no directory is named. */
static uint64_t
allowed(int flags)
{
	return (flags & SANDBOX_READ ? READ : 0) |
	    (flags & SANDBOX_WRITE ? WRITE : 0);
}

/*
 * scoped 1 is abstract Unix sockets.  Signals are left out: divtop sends one to
 * the rest of its pipeline.
 */
const char *
sandbox_landlock(int flags)
{
	struct ruleset rules = { .net = flags & SANDBOX_NETWORK ? 0 : 3,
		.scoped = (flags & SANDBOX_CONNECT) == 0 };
	long version;
	int fd, bad;

	version = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	if (version < 1)
		return "the kernel has no Landlock";
	if (version > (long)N(versions))
		version = N(versions);
	rules.fs = versions[version - 1].fs & ~allowed(flags);
	fd = (int)syscall(SYS_landlock_create_ruleset, &rules,
	    versions[version - 1].size, 0);
	if (fd == -1)
		return "the kernel refuses Landlock";
	if (flags & SANDBOX_TERMINAL)
		allow_databases(fd);
	bad = syscall(SYS_landlock_restrict_self, fd, 0) == -1;
	close(fd);
	return bad ? "the kernel refuses Landlock" : NULL;
}
