/* SPDX-License-Identifier: ISC */

/*
 * Signals.  The first SIGINT or SIGTERM asks a tool to drain: it ends when its
 * input does; the second kills it.  SIGUSR1 or SIGINFO asks for counters,
 * SIGHUP for a reload.  A signal that was ignored at the start stays ignored.
 */

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

atomic_int tool_stop, tool_info, tool_hup;
int tool_patience = 1;

static const int info_signals[] = { SIGUSR1,
#ifdef SIGINFO
	SIGINFO
#endif
};

static int wakefd = -1;
static sigset_t unblocked; /* mask while tool_poll() waits */

static void
wake(void)
{
	if (wakefd != -1)
		(void)!write(wakefd, "", 1);
}

static void
set_handler(int sig, void (*handler)(int))
{
	struct sigaction sa, old;

	if (sigaction(sig, NULL, &old) == 0 && old.sa_handler == SIG_IGN)
		return;
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = handler;
	sa.sa_flags = SA_RESTART;
	sigemptyset(&sa.sa_mask);
	sigaction(sig, &sa, NULL);
}

static void
on_stop(int sig)
{
	int saved = errno;

	(void)sig;
	if (++tool_stop >= tool_patience) {
		set_handler(SIGINT, SIG_DFL);
		set_handler(SIGTERM, SIG_DFL);
	}
	wake();
	errno = saved;
}

static void
on_info(int sig)
{
	int saved = errno;

	(void)sig;
	tool_info = 1;
	wake();
	errno = saved;
}

static void
on_hangup(int sig)
{
	(void)sig;
	tool_hup = 1;
}

/*
 * Installs the handlers.  Each signal writes a byte to fd, which must not
 * block.  If fd is -1, SIGUSR1 and SIGINFO are delivered inside tool_poll()
 * only, so that none is lost between a check of tool_info and the wait.
 */
void
tool_signals(int fd)
{
	sigset_t info;
	size_t i;

	wakefd = fd;
	set_handler(SIGINT, on_stop);
	set_handler(SIGTERM, on_stop);
	sigemptyset(&info);
	for (i = 0; i < sizeof(info_signals) / sizeof(info_signals[0]); i++) {
		set_handler(info_signals[i], on_info);
		sigaddset(&info, info_signals[i]);
	}
	sigprocmask(fd == -1 ? SIG_BLOCK : SIG_UNBLOCK, &info, &unblocked);
	for (i = 0; i < sizeof(info_signals) / sizeof(info_signals[0]); i++)
		sigdelset(&unblocked, info_signals[i]);
	signal(SIGPIPE, SIG_IGN);
}

/* After tool_signals(-1): SIGHUP is delivered inside tool_poll() only. */
void
tool_hangup(void)
{
	sigset_t hup;

	set_handler(SIGHUP, on_hangup);
	sigemptyset(&hup);
	sigaddset(&hup, SIGHUP);
	sigprocmask(SIG_BLOCK, &hup, NULL);
	sigdelset(&unblocked, SIGHUP);
}

/*
 * As poll(2), and the blocked signals are delivered meanwhile.  When a
 * descriptor is ready at once, ppoll(2) may leave them pending: a second call
 * delivers them.
 */
int
tool_wait(struct pollfd *pfd, nfds_t n, int64_t ns)
{
	struct timespec ts = { ns / 1000000000, ns % 1000000000 };
	struct timespec zero = { 0, 0 };
	int ready;

	ready = ppoll(pfd, n, ns < 0 ? NULL : &ts, &unblocked);
	if (ready > 0)
		ppoll(NULL, 0, &zero, &unblocked);
	return ready;
}

int
tool_poll(struct pollfd *pfd, nfds_t n, int ms)
{
	return tool_wait(pfd, n, ms < 0 ? -1 : ms * INT64_C(1000000));
}
