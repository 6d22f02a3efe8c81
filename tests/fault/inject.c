/* SPDX-License-Identifier: ISC */

/*
 * Preloaded into a tool (LD_PRELOAD): injects a fault.  $INJECT is "CALL
 * NUMBER ERROR": the NUMBER-th CALL fails with ERROR, or, for "short",
 * transfers less. "clock NUMBER" sets the clock back an hour from then on;
 * "later NUMBER" has an hour pass.
 * The number of calls is written to the file $INJECT_COUNT at the end.
 */

#include <sys/socket.h>
#include <sys/uio.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))real(#name))

int __libc_start_main(int (*)(int, char **, char **), int, char **,
    void (*)(void), void (*)(void), void (*)(void), void *);

static const struct {
	const char *name;
	int error;
} errors[] = {
	{ "EAGAIN", EAGAIN },
	{ "EINTR", EINTR },
	{ "EIO", EIO },
	{ "ENOBUFS", ENOBUFS },
	{ "ENOMEM", ENOMEM },
	{ "ENOSPC", ENOSPC },
	{ "EPERM", EPERM },
	{ "EPIPE", EPIPE },
	{ "short", 0 },
};

static char call[32];
static unsigned long number;
static int error;
static _Atomic unsigned long count;
static int countfd = -1;

static void *
real(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

static __attribute__((__constructor__)) void
begin(void)
{
	const char *spec = getenv("INJECT"), *file = getenv("INJECT_COUNT");
	char what[16] = "";
	size_t i;

	if (spec == NULL ||
	    sscanf(spec, "%31s %lu %15s", call, &number, what) < 1)
		return;
	for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (strcmp(errors[i].name, what) == 0)
			error = errors[i].error;
	if (file != NULL)
		countfd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	count = 0;
}

static __attribute__((__destructor__)) void
end(void)
{
	if (countfd != -1)
		dprintf(countfd, "%lu\n", (unsigned long)count);
}

/* No faults at exit: gcov(1) writes its files there. */
static void
stop(void)
{
	number = 0;
}

static int (*program)(int, char **, char **);

static int
run(int argc, char **argv, char **envp)
{
	atexit(stop);
	return program(argc, argv, envp);
}

int
__libc_start_main(int (*fn)(int, char **, char **), int argc, char **argv,
    void (*init)(void), void (*fini)(void), void (*ldfini)(void), void *stack)
{
	program = fn;
	return REAL(
	    __libc_start_main)(run, argc, argv, init, fini, ldfini, stack);
}

static int
is_call(const char *name)
{
	return strcmp(name, call) == 0 && ++count == number;
}

/* Returns 1 with errno if the call fails; sets *isshort if it is short. */
static int
fails(const char *name, int *isshort)
{
	*isshort = 0;
	if (!is_call(name))
		return 0;
	*isshort = error == 0;
	errno = error;
	return error != 0;
}

ssize_t
read(int fd, void *buf, size_t n)
{
	int isshort;

	if (fails("read", &isshort))
		return -1;
	return REAL(read)(fd, buf, isshort && n > 1 ? 1 : n);
}

ssize_t
write(int fd, const void *buf, size_t n)
{
	int isshort;

	if (fails("write", &isshort))
		return -1;
	return REAL(write)(fd, buf, isshort && n > 1 ? 1 : n);
}

ssize_t
writev(int fd, const struct iovec *iov, int n)
{
	int isshort;

	if (fails("writev", &isshort))
		return -1;
	if (isshort && n > 0 && iov[0].iov_len > 0)
		return REAL(write)(fd, iov[0].iov_base, 1);
	return REAL(writev)(fd, iov, n);
}

int
poll(struct pollfd *pfd, nfds_t n, int ms)
{
	int isshort;

	if (fails("poll", &isshort))
		return -1;
	return isshort ? 0 : REAL(poll)(pfd, n, ms);
}

int
ppoll(struct pollfd *pfd, nfds_t n, const struct timespec *ts,
    const sigset_t *set)
{
	int isshort = 0;

	/* without descriptors it only delivers signals */
	if (n > 0 && fails("ppoll", &isshort))
		return -1;
	return isshort ? 0 : REAL(ppoll)(pfd, n, ts, set);
}

ssize_t
sendmsg(int fd, const struct msghdr *msg, int flags)
{
	int isshort;

	if (fails("sendmsg", &isshort))
		return -1;
	return REAL(sendmsg)(fd, msg, flags);
}

ssize_t
send(int fd, const void *buf, size_t n, int flags)
{
	int isshort;

	if (fails("send", &isshort))
		return -1;
	return REAL(send)(fd, buf, n, flags);
}

ssize_t
sendto(int fd, const void *buf, size_t n, int flags, const struct sockaddr *to,
    socklen_t len)
{
	int isshort;

	if (fails("sendto", &isshort))
		return -1;
	return REAL(sendto)(fd, buf, n, flags, to, len);
}

int
recvmmsg(int fd, struct mmsghdr *msgs, unsigned int n, int flags,
    struct timespec *ts)
{
	int isshort;

	if (fails("recvmmsg", &isshort))
		return -1;
	return REAL(recvmmsg)(fd, msgs, isshort ? 1 : n, flags, ts);
}

/*
 * From the NUMBER-th call on, CLOCK_REALTIME is an hour behind, or
 * CLOCK_MONOTONIC an hour ahead.
 */
int
clock_gettime(clockid_t id, struct timespec *ts)
{
	int n = REAL(clock_gettime)(id, ts);

	if (id == CLOCK_REALTIME && strcmp(call, "clock") == 0 &&
	    ++count >= number)
		ts->tv_sec -= 3600;
	if (id == CLOCK_MONOTONIC && strcmp(call, "later") == 0 &&
	    ++count >= number)
		ts->tv_sec += 3600;
	return n;
}

/*
 * Not in libraries that do not survive it: libseccomp 2.5 makes a wrong filter
 * or an endless loop, and the compiler of libpcap 1.10 crashes.
 */
static int
malloc_fails(const void *caller)
{
	Dl_info info;
	int isshort;

	if (strcmp(call, "malloc") != 0 ||
	    (dladdr(caller, &info) != 0 &&
		(strstr(info.dli_fname, "libseccomp") != NULL ||
		    strstr(info.dli_fname, "libpcap") != NULL)))
		return 0;
	return fails("malloc", &isshort);
}

#define CALLER __builtin_return_address(0)

/* Not by dlsym(3), which may call malloc(3) itself. */
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);

void *
malloc(size_t n)
{
	return malloc_fails(CALLER) ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	return malloc_fails(CALLER) ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	return malloc_fails(CALLER) ? NULL : __libc_realloc(p, n);
}
