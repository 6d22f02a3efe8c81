/* SPDX-License-Identifier: ISC */

/*
 * seccomp-bpf decides what the process may ask the kernel for, Landlock that no
 * file or network is within reach.
 */

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cap-ng.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pwd.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/landlock.h>

#include "sandbox.h"

/* Memory, time, signals, and what is open. */
static const int always[] = {
	SCMP_SYS(brk),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_gettime64),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(clock_nanosleep_time64),
	SCMP_SYS(close),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
	SCMP_SYS(fstat),
	SCMP_SYS(fstat64),
	SCMP_SYS(futex),
	SCMP_SYS(futex_time64),
	SCMP_SYS(getpid),
	SCMP_SYS(getrandom),
	SCMP_SYS(gettid),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(_llseek),
	SCMP_SYS(lseek),
	SCMP_SYS(madvise),
	SCMP_SYS(mremap),
	SCMP_SYS(munmap),
	SCMP_SYS(nanosleep),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(ppoll_time64),
	SCMP_SYS(pread64),
	SCMP_SYS(read),
	SCMP_SYS(readv),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(rseq),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(sched_yield),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(sigreturn),
	SCMP_SYS(sysinfo),
	SCMP_SYS(time),
	SCMP_SYS(write),
	SCMP_SYS(writev),
};

/* A queue, its raw sockets and the writer that it is handed to. */
static const int port_calls[] = {
	SCMP_SYS(accept4),
	SCMP_SYS(getegid),
	SCMP_SYS(geteuid),
	SCMP_SYS(getsockopt),
	SCMP_SYS(recvfrom),
	SCMP_SYS(recvmmsg),
	SCMP_SYS(recvmmsg_time64),
	SCMP_SYS(recvmsg),
	SCMP_SYS(sendmsg),
	SCMP_SYS(sendto),
};

/* Their third argument is what the memory is for. */
static const int maps[] = {
	SCMP_SYS(mmap),
	SCMP_SYS(mmap2),
	SCMP_SYS(mprotect),
};

/*
 * What descriptors are, but not who is sent a signal when something comes, or
 * that a log is written at its end.
 */
static const unsigned long descriptor_requests[] = {
	F_DUPFD,
	F_DUPFD_CLOEXEC,
	F_GETFD,
	F_SETFD,
	F_GETFL,
	F_GETPIPE_SZ,
	F_SETPIPE_SZ,
};

#define N(a) (sizeof(a) / sizeof((a)[0]))

static int
allow(scmp_filter_ctx ctx, const int *calls, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (seccomp_rule_add(ctx, SCMP_ACT_ALLOW, calls[i], 0) != 0)
			return -1;
	return 0;
}

/* A call whose n-th argument is v, in the bits of mask. */
static int
allow_if(scmp_filter_ctx ctx, int call, unsigned int n, uint64_t mask,
    uint64_t v)
{
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, call, 1,
	    SCMP_CMP(n, SCMP_CMP_MASKED_EQ, mask, v));
}

/* Calls that do what their second argument says, and of that only these. */
static int
allow_requests(scmp_filter_ctx ctx, int call, const unsigned long *requests,
    size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (allow_if(ctx, call, 1, UINT32_MAX, requests[i]) != 0)
			return -1;
	return 0;
}

static int
refuse(scmp_filter_ctx ctx, int call, int error)
{
	return seccomp_rule_add(ctx, SCMP_ACT_ERRNO((uint16_t)error), call, 0);
}

/* Memory, but no code; and stdio wants to know what it writes to. */
static int
allow_always(scmp_filter_ctx ctx)
{
	size_t i;

	for (i = 0; i < N(maps); i++)
		if (allow_if(ctx, maps[i], 2, PROT_EXEC, 0) != 0)
			return -1;
	if (allow(ctx, always, N(always)) == -1 ||
	    allow_requests(ctx, SCMP_SYS(fcntl), descriptor_requests,
		N(descriptor_requests)) == -1 ||
	    allow_requests(ctx, SCMP_SYS(fcntl64), descriptor_requests,
		N(descriptor_requests)) == -1 ||
	    allow_if(ctx, SCMP_SYS(ioctl), 1, UINT32_MAX, TCGETS) != 0 ||
	    allow_if(ctx, SCMP_SYS(tgkill), 0, UINT32_MAX,
		(uint64_t)getpid()) != 0 ||
	    refuse(ctx, SCMP_SYS(newfstatat), EACCES) != 0 ||
	    refuse(ctx, SCMP_SYS(fstatat64), EACCES) != 0 ||
	    refuse(ctx, SCMP_SYS(statx), EACCES) != 0)
		return -1;
	return 0;
}

static int
allow_threads(scmp_filter_ctx ctx)
{
	/* threads and heaps of their own go together, and those read /proc */
	mallopt(M_ARENA_MAX, 1);
	if (refuse(ctx, SCMP_SYS(clone3), ENOSYS) != 0)
		return -1;
	return allow_if(ctx, SCMP_SYS(clone), 0, CLONE_THREAD, CLONE_THREAD);
}

/* The code of regular expressions is made when they are compiled. */
static int
allow_reload(scmp_filter_ctx ctx)
{
	return allow_threads(ctx) == -1 || allow(ctx, maps, N(maps)) == -1 ?
	    -1 :
	    0;
}

static int
allow_terminal(scmp_filter_ctx ctx)
{
	static const unsigned long requests[] = { TCSETS, TCSETSW, TCSETSF,
		TIOCGWINSZ };

	/* signals go to the pipeline, and to itself */
	if (allow_requests(ctx, SCMP_SYS(ioctl), requests, N(requests)) == -1 ||
	    allow_if(ctx, SCMP_SYS(kill), 0, UINT32_MAX, 0) != 0 ||
	    allow_if(ctx, SCMP_SYS(kill), 0, UINT32_MAX, (uint64_t)getpid()) !=
		0 ||
	    allow_if(ctx, SCMP_SYS(openat), 2, O_ACCMODE | O_CREAT | O_TRUNC,
		O_RDONLY) != 0)
		return -1;
	return refuse(ctx, SCMP_SYS(socket), EACCES) != 0 ? -1 : 0;
}

static int
allow_filter(scmp_filter_ctx ctx, int flags)
{
	/* the opener answers */
	if (seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(recvmsg), 0) != 0)
		return -1;
	if (flags & SANDBOX_RELOAD && allow_reload(ctx) == -1)
		return -1;
	return flags & SANDBOX_TERMINAL ? allow_terminal(ctx) : 0;
}

/* Once that is done, another filter forbids it. */
static int
allow_join(scmp_filter_ctx ctx)
{
	static const int calls[] = { SCMP_SYS(connect), SCMP_SYS(prctl),
		SCMP_SYS(seccomp) };

	if (allow_if(ctx, SCMP_SYS(socket), 0, UINT32_MAX, AF_UNIX) != 0)
		return -1;
	return allow(ctx, calls, N(calls));
}

static int
allow_port(scmp_filter_ctx ctx, int flags)
{
	static const unsigned long requests[] = { SIOCGIFNAME, SIOCGIFINDEX,
		SIOCGIFMTU };

	/* the library looks again for what it did not find before */
	if (allow_requests(ctx, SCMP_SYS(ioctl), requests, N(requests)) == -1 ||
	    allow(ctx, port_calls, N(port_calls)) == -1 ||
	    refuse(ctx, SCMP_SYS(open), EACCES) != 0 ||
	    refuse(ctx, SCMP_SYS(openat), EACCES) != 0)
		return -1;
	if (flags & SANDBOX_THREADS && allow_threads(ctx) == -1)
		return -1;
	return flags & SANDBOX_JOIN ? allow_join(ctx) : 0;
}

/* All threads of the process, and those to come. */
static const char *
confine(int (*more)(scmp_filter_ctx, int), int flags)
{
	scmp_filter_ctx ctx;
	int bad;

	if ((ctx = seccomp_init(SCMP_ACT_KILL_PROCESS)) == NULL)
		return "no memory for seccomp";
	bad = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1) != 0 ||
	    allow_always(ctx) == -1 || more(ctx, flags) == -1 ||
	    seccomp_load(ctx) != 0;
	seccomp_release(ctx);
	return bad ? "the kernel has no seccomp filters" : NULL;
}

/* As <linux/landlock.h> has grown; each version has more bits. */
struct ruleset {
	uint64_t fs, net, scoped;
};

static const struct {
	uint64_t fs;
	size_t size;
} landlock_versions[] = {
	{ (1 << 13) - 1, 8 },
	{ (1 << 14) - 1, 8 },
	{ (1 << 15) - 1, 8 },
	{ (1 << 15) - 1, 16 },
	{ (1 << 16) - 1, 16 },
	{ (1 << 16) - 1, 24 },
};

/* What names are looked up in. */
static const char *const databases[] = { "/etc/nsswitch.conf", "/etc/services",
	"/etc/protocols", "/etc/hosts", "/etc/networks", "/etc/ethers" };

static void
landlock_names(int fd)
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

/* Signals to the rest of a pipeline are no business of a scope. */
static const char *
landlock(int flags)
{
	struct ruleset rules = { .net = 3, .scoped = 1 };
	long version;
	int fd, bad;

	version = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	if (version < 1)
		return "the kernel has no Landlock";
	if (version > (long)N(landlock_versions))
		version = N(landlock_versions);
	rules.fs = landlock_versions[version - 1].fs;
	fd = (int)syscall(SYS_landlock_create_ruleset, &rules,
	    landlock_versions[version - 1].size, 0);
	if (fd == -1)
		return "the kernel refuses Landlock";
	if (flags & SANDBOX_TERMINAL)
		landlock_names(fd);
	bad = syscall(SYS_landlock_restrict_self, fd, 0) == -1;
	close(fd);
	return bad ? "the kernel refuses Landlock" : NULL;
}

/* Times are shown in the zone of /etc/localtime, which is read here. */
const char *
sandbox_filter(int flags)
{
	const char *lacks, *more;

	setenv("TZ", ":/etc/localtime", 0);
	tzset();
	sandbox_privileges(0, NULL);
	lacks = landlock(flags);
	more = confine(allow_filter, flags);
	return more != NULL ? more : lacks;
}

const char *
sandbox_port(int flags)
{
	return confine(allow_port, flags);
}

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
sandbox_privileges(int port, const char *user)
{
	static const unsigned int needed[] = { CAP_NET_ADMIN, CAP_NET_RAW };
	size_t i;
	int have[N(needed)];

	for (i = 0; i < N(needed); i++)
		have[i] = capng_have_capability(CAPNG_PERMITTED, needed[i]);
	capng_clear(CAPNG_SELECT_BOTH);
	for (i = 0; port && i < N(needed); i++)
		if (have[i])
			capng_update(CAPNG_ADD,
			    CAPNG_EFFECTIVE | CAPNG_PERMITTED, needed[i]);
	if (user != NULL)
		become(user);
	else {
		/* the bounding set is not everybody's to change */
		capng_apply(CAPNG_SELECT_BOUNDS);
		if (capng_apply(CAPNG_SELECT_CAPS) != 0)
			err(1, "capabilities");
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		err(1, "no_new_privs");
}
