/* SPDX-License-Identifier: ISC */

/*
 * The sandbox of Linux.  seccomp(2) filters system calls, by libseccomp: a call
 * that is not on a list here kills the process.  Landlock (landlock_linux.c)
 * denies files and networks, capabilities_linux.c gives up privileges.
 */

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "sandbox.h"

/* Memory, time, signals, and descriptors that are open. */
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

/* A queue, raw sockets, and the hand-over to a writer. */
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

/* Files that are made, written and replaced. */
static const int replace_calls[] = {
	SCMP_SYS(fchmod),
	SCMP_SYS(open),
	SCMP_SYS(openat),
	SCMP_SYS(rename),
	SCMP_SYS(renameat),
	SCMP_SYS(renameat2),
	SCMP_SYS(umask),
	SCMP_SYS(unlink),
	SCMP_SYS(unlinkat),
};

/* The third argument is the protection. */
static const int maps[] = {
	SCMP_SYS(mmap),
	SCMP_SYS(mmap2),
	SCMP_SYS(mprotect),
};

/*
 * Requests of fcntl(2).  Not F_SETOWN, which could send signals to any process,
 * and not F_SETFL, which could clear O_APPEND of a log.
 */
static const unsigned long fcntl_requests[] = {
	F_DUPFD,
	F_DUPFD_CLOEXEC,
	F_GETFD,
	F_SETFD,
	F_GETFL,
	F_GETPIPE_SZ,
	F_SETPIPE_SZ,
	F_GETLK,
	F_SETLK,
	F_GET_SEALS,
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

/* Allows a call if its n-th argument is v in the bits of mask. */
static int
allow_if(scmp_filter_ctx ctx, int call, unsigned int n, uint64_t mask,
    uint64_t v)
{
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, call, 1,
	    SCMP_CMP(n, SCMP_CMP_MASKED_EQ, mask, v));
}

/* Allows these requests of ioctl(2) or fcntl(2), their second argument. */
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

/* No executable memory.  stdio calls TCGETS and fstat(2) on its output. */
static int
allow_always(scmp_filter_ctx ctx)
{
	size_t i;

	for (i = 0; i < N(maps); i++)
		if (allow_if(ctx, maps[i], 2, PROT_EXEC, 0) != 0)
			return -1;
	if (allow(ctx, always, N(always)) == -1 ||
	    allow_requests(ctx, SCMP_SYS(fcntl), fcntl_requests,
		N(fcntl_requests)) == -1 ||
	    allow_requests(ctx, SCMP_SYS(fcntl64), fcntl_requests,
		N(fcntl_requests)) == -1 ||
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
	/* a second heap for threads would make malloc(3) read /proc */
	mallopt(M_ARENA_MAX, 1);
	if (refuse(ctx, SCMP_SYS(clone3), ENOSYS) != 0)
		return -1;
	return allow_if(ctx, SCMP_SYS(clone), 0, CLONE_THREAD, CLONE_THREAD);
}

/* The JIT of PCRE2 needs executable memory. */
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

	/* signals to the process group, and to itself */
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
	/* descriptors come from privsep.c */
	if (seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(recvmsg), 0) != 0)
		return -1;
	if (flags & SANDBOX_RELOAD && allow_reload(ctx) == -1)
		return -1;
	return flags & SANDBOX_TERMINAL ? allow_terminal(ctx) : 0;
}

static int
allow_port(scmp_filter_ctx ctx, int flags)
{
	static const unsigned long requests[] = { SIOCGIFNAME, SIOCGIFINDEX,
		SIOCGIFMTU };

	/* the library retries files that it could not open before */
	if (allow_requests(ctx, SCMP_SYS(ioctl), requests, N(requests)) == -1 ||
	    allow(ctx, port_calls, N(port_calls)) == -1 ||
	    refuse(ctx, SCMP_SYS(open), EACCES) != 0 ||
	    refuse(ctx, SCMP_SYS(openat), EACCES) != 0)
		return -1;
	return flags & SANDBOX_THREADS ? allow_threads(ctx) : 0;
}

/* Files are opened for reading only, and nothing is made. */
static int
allow_open(scmp_filter_ctx ctx)
{
	const uint64_t mask = O_ACCMODE | O_CREAT | O_TRUNC;

	return allow_if(ctx, SCMP_SYS(open), 1, mask, O_RDONLY) != 0 ||
		allow_if(ctx, SCMP_SYS(openat), 2, mask, O_RDONLY) != 0 ?
	    -1 :
	    0;
}

static int
allow_connect(scmp_filter_ctx ctx)
{
	return allow_if(ctx, SCMP_SYS(socket), 0, UINT32_MAX, AF_UNIX) != 0 ||
		seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(connect), 0) !=
		    0 ?
	    -1 :
	    0;
}

static int
allow_opener(scmp_filter_ctx ctx, int flags)
{
	static const int sends[] = { SCMP_SYS(sendmsg) };

	if (allow(ctx, sends, N(sends)) == -1 ||
	    (flags & SANDBOX_CONNECT && allow_connect(ctx) == -1))
		return -1;
	if (flags & SANDBOX_WRITE)
		return allow(ctx, replace_calls, N(replace_calls));
	return flags & SANDBOX_READ ? allow_open(ctx) : 0;
}

/* Confines all threads (TSYNC), and those that start later. */
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

/* Reads /etc/localtime while files can be opened. */
const char *
sandbox_filter(int flags)
{
	const char *lacks, *more;

	setenv("TZ", ":/etc/localtime", 0);
	tzset();
	sandbox_privileges(0, NULL);
	lacks = sandbox_landlock(flags);
	more = confine(allow_filter, flags);
	return more != NULL ? more : lacks;
}

const char *
sandbox_port(int flags)
{
	return confine(allow_port, flags);
}

const char *
sandbox_opener(int flags)
{
	const char *lacks, *more;

	sandbox_privileges(flags, NULL);
	lacks = sandbox_landlock(flags);
	more = confine(allow_opener, flags);
	return more != NULL ? more : lacks;
}

/* Modules of nsswitch.conf(5) make system calls of any kind. */
const char *
sandbox_resolver(void)
{
	sandbox_privileges(0, NULL);
	return sandbox_landlock(
	    SANDBOX_READ | SANDBOX_CONNECT | SANDBOX_NETWORK);
}
