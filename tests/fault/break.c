/* SPDX-License-Identifier: ISC */

/*
 * Preloaded into a tool (LD_PRELOAD): at the first packet it does what a
 * process under an attacker's control would do.  $BREAK names the act, and
 * $BREAK_OPENER that of its opener (privsep.c).
 */

#include <sys/ptrace.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pid_t parent;

/* getppid(2) is not allowed in the sandbox. */
__attribute__((__constructor__)) static void
remember(void)
{
	parent = getppid();
}

static int
break_open(void)
{
	return open("/etc/passwd", O_RDONLY);
}

static int
break_create(void)
{
	return open("broken", O_WRONLY | O_CREAT, 0666);
}

/* O_TRUNC changes the file although the access mode is O_RDONLY. */
static int
break_truncate(void)
{
	return open("precious", O_RDONLY | O_TRUNC);
}

static int
break_unlink(void)
{
	return unlink("precious");
}

static int
break_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}

static int
break_unix(void)
{
	return socket(AF_UNIX, SOCK_SEQPACKET, 0);
}

static int
break_connect(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX, .sun_path = "here" };

	return connect(0, (struct sockaddr *)&sun, sizeof(sun));
}

static int
break_exec(void)
{
	return execl("/bin/sh", "sh", "-c", "echo broken >broken", NULL);
}

static int
break_fork(void)
{
	return fork();
}

static int
break_kill(void)
{
	return kill(parent, 0);
}

/* With F_SETOWN, SIGIO could be sent to another process. */
static int
break_own(void)
{
	return fcntl(STDIN_FILENO, F_SETOWN, parent);
}

static int
break_ptrace(void)
{
	return (int)ptrace(PTRACE_ATTACH, parent, NULL, NULL);
}

static int
break_code(void)
{
	/* cppcheck-suppress leakReturnValNotUsed ; it must fail */
	return mmap(NULL, 4096, PROT_WRITE | PROT_EXEC,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ?
	    -1 :
	    0;
}

/*
 * Asks the server of privsep.c to create and commit new files over those that
 * may only be opened.  Its socket is the descriptor on which recvmsg(2) would
 * block.
 */
static int
break_replace(void)
{
	static const int32_t requests[][4] = { { 1, 0 }, { 2, 0 }, { 1, 1 },
		{ 2, 1 } };
	int32_t reply;
	struct iovec iov = { &reply, sizeof(reply) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	size_t i;
	int fd, done = -1;

	for (fd = STDERR_FILENO + 1; fd < 16; fd++) {
		if (recvmsg(fd, &msg, MSG_DONTWAIT) != -1 || errno != EAGAIN)
			continue;
		for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
			if (write(fd, requests[i], sizeof(requests[i])) != -1 &&
			    recvmsg(fd, &msg, 0) != -1 && reply == 0)
				done = 0;
	}
	return done;
}

static int
break_setuid(void)
{
	return setuid(1);
}

/* Clears O_APPEND, so that a log could be overwritten. */
static int
break_append(void)
{
	return fcntl(STDERR_FILENO, F_SETFL, 0);
}

static int
break_chmod(void)
{
	return chmod("precious", 0);
}

static const struct {
	const char *name;
	int (*act)(void);
} acts[] = {
	{ "append", break_append },
	{ "chmod", break_chmod },
	{ "code", break_code },
	{ "connect", break_connect },
	{ "create", break_create },
	{ "exec", break_exec },
	{ "fork", break_fork },
	{ "kill", break_kill },
	{ "open", break_open },
	{ "own", break_own },
	{ "ptrace", break_ptrace },
	{ "replace", break_replace },
	{ "setuid", break_setuid },
	{ "socket", break_socket },
	{ "truncate", break_truncate },
	{ "unix", break_unix },
	{ "unlink", break_unlink },
};

static void
act(const char *variable)
{
	static const char text[] = "sandbox broken\n";
	const char *name = getenv(variable);
	size_t i;

	if (name == NULL)
		return;
	unsetenv(variable);
	for (i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		if (strcmp(name, acts[i].name) == 0 && acts[i].act() != -1)
			(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
}

/* An opener has closed its standard input. */
static int
is_opener(void)
{
	return fcntl(STDIN_FILENO, F_GETFD) == -1;
}

/*
 * Packets come by read(2) from a pipe or file, or by recvmmsg(2) from a queue;
 * requests to an opener by read(2) from the descriptor behind standard error.
 */
ssize_t
read(int fd, void *buf, size_t n)
{
	static ssize_t (*real)(int, void *, size_t);

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "read");
	if (fd == STDIN_FILENO)
		act("BREAK");
	if (fd == STDERR_FILENO + 1 && is_opener())
		act("BREAK_OPENER");
	return real(fd, buf, n);
}

int
recvmmsg(int fd, struct mmsghdr *msgs, unsigned int n, int flags,
    struct timespec *ts)
{
	static int (
	    *real)(int, struct mmsghdr *, unsigned int, int, struct timespec *);

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "recvmmsg");
	act("BREAK");
	return real(fd, msgs, n, flags, ts);
}
