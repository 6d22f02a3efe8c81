/* SPDX-License-Identifier: ISC */

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

atomic_int tool_stop, tool_info, tool_hup;

static const int info_signals[] = { SIGUSR1,
#ifdef SIGINFO
	SIGINFO
#endif
};

static int wakefd = -1;
static sigset_t unblocked;

/* All of a pipeline write to one terminal: no line is to begin in another. */
__attribute__((__constructor__)) static void
whole_lines(void)
{
	static char line[BUFSIZ];

	setvbuf(stderr, line, _IOLBF, sizeof(line));
}

uint64_t
tool_number(int letter, const char *arg, uint64_t min, uint64_t max)
{
	const char *why;
	long long n;

	n = strtonum(arg, (long long)min, (long long)max, &why);
	if (why != NULL)
		errx(TOOL_USAGE, "-%c %s: number is %s (%llu to %llu)", letter,
		    arg, why, (unsigned long long)min, (unsigned long long)max);
	return (uint64_t)n;
}

uint64_t
tool_seconds(int letter, const char *arg, double min, double max)
{
	char *end;
	double s;

	s = strtod(arg, &end);
	if (strspn(arg, "0123456789.") != strlen(arg) || end == arg ||
	    *end != '\0' || s < min || s > max)
		errx(TOOL_USAGE,
		    "-%c %s: expected seconds, from %.10g to %.10g", letter,
		    arg, min, max);
	return (uint64_t)(s * 1e9 + 0.5);
}

uint64_t
tool_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* The rest of a stream, and a NUL. */
char *
tool_slurp(FILE *in, size_t *len)
{
	char buf[BUFSIZ], *text = NULL;
	FILE *out;
	size_t n;
	int bad;

	if ((out = open_memstream(&text, len)) == NULL)
		return NULL;
	while ((n = fread(buf, 1, sizeof(buf), in)) > 0)
		fwrite(buf, 1, n, out);
	bad = ferror(in) ? errno : 0;
	/* short of memory, glibc leaves no text and says nothing */
	if (fclose(out) == EOF || text == NULL)
		bad = ENOMEM;
	if (bad == 0)
		return text;
	free(text);
	errno = bad;
	return NULL;
}

void
tool_version(void)
{
	printf("%s %s\n", getprogname(), DIV_VERSION);
	exit(0);
}

static void
wake(void)
{
	if (wakefd != -1)
		(void)!write(wakefd, "", 1);
}

/* What is ignored stays ignored. */
static void
handle(int sig, void (*handler)(int))
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

/* The first one is a wish: the tool ends when its input does. */
static void
on_stop(int sig)
{
	int saved = errno;

	(void)sig;
	tool_stop = 1;
	handle(SIGINT, SIG_DFL);
	handle(SIGTERM, SIG_DFL);
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
 * Installs the handlers; each signal writes a byte to fd, which must not block.
 * With -1 those that ask for counters come only inside tool_poll(), so that none
 * falls between a check and a wait.
 */
void
tool_signals(int fd)
{
	sigset_t info;
	size_t i;

	wakefd = fd;
	handle(SIGINT, on_stop);
	handle(SIGTERM, on_stop);
	sigemptyset(&info);
	for (i = 0; i < sizeof(info_signals) / sizeof(info_signals[0]); i++) {
		handle(info_signals[i], on_info);
		sigaddset(&info, info_signals[i]);
	}
	sigprocmask(fd == -1 ? SIG_BLOCK : SIG_UNBLOCK, &info, &unblocked);
	for (i = 0; i < sizeof(info_signals) / sizeof(info_signals[0]); i++)
		sigdelset(&unblocked, info_signals[i]);
	signal(SIGPIPE, SIG_IGN);
}

/* After tool_signals(-1): SIGHUP too comes only inside tool_poll(). */
void
tool_hangup(void)
{
	sigset_t hup;

	handle(SIGHUP, on_hangup);
	sigemptyset(&hup);
	sigaddset(&hup, SIGHUP);
	sigprocmask(SIG_BLOCK, &hup, NULL);
	sigdelset(&unblocked, SIGHUP);
}

/*
 * As poll(2), interrupted by the signals that ask for something.  When there is
 * something to read at once, ppoll(2) may leave them pending: let them in.
 */
int
tool_poll(struct pollfd *pfd, nfds_t n, int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };
	struct timespec zero = { 0, 0 };
	int ready;

	ready = ppoll(pfd, n, ms < 0 ? NULL : &ts, &unblocked);
	if (ready > 0)
		ppoll(NULL, 0, &zero, &unblocked);
	return ready;
}
