/* SPDX-License-Identifier: ISC */

/* A reader is ready; and what to look at when no packets come. */

#include <sys/socket.h>
#include <sys/un.h>

#include <err.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "divcat.h"

#define READY "READY=1"
#define IDLE (10 * NSEC_PER_SEC)

/* ns, when it was ready; 0: packets came, or it was said */
static uint64_t since;

/* With -v, or to somebody who looks. */
static int
is_told(void)
{
	return opts.verbose || (!opts.quiet && isatty(STDERR_FILENO));
}

/* One datagram to a socket; a name that begins with @ is an abstract one. */
static int
notify(const char *name)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	size_t n = strlen(name);
	ssize_t sent;
	int fd;

	if ((*name != '/' && *name != '@') || n >= sizeof(sun.sun_path)) {
		errno = EINVAL;
		return -1;
	}
	memcpy(sun.sun_path, name, n);
	if (*name == '@')
		sun.sun_path[0] = '\0';
	if ((fd = socket(AF_UNIX, SOCK_DGRAM, 0)) == -1)
		return -1;
	sent = sendto(fd, READY, strlen(READY), MSG_NOSIGNAL,
	    (struct sockaddr *)&sun,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
	close(fd);
	return sent == -1 ? -1 : 0;
}

/* From now on the port has all packets.  To be called before the sandbox. */
void
ready(void)
{
	const char *name = getenv("NOTIFY_SOCKET");

	since = div_clock(CLOCK_MONOTONIC);
	if (is_told())
		warnx("reading port %d", opts.port);
	if (name != NULL && *name != '\0' && notify(name) == -1 && !opts.quiet)
		warn("NOTIFY_SOCKET: %s", name);
}

static void
say_idle(void)
{
	if (!is_told())
		return;
	if (opts.match != NULL)
		warnx("nothing has come for 10 seconds: does -f match, in a "
		      "chain of -k that the packets pass, in this network "
		      "namespace?  See divio(7), When nothing comes");
	else
		warnx("nothing has come to port %d for 10 seconds: do rules "
		      "count packets, before others accept them, in a chain "
		      "that they pass, in this network namespace?  See "
		      "divio(7), When nothing comes",
		    opts.port);
}

/* Says once that no packets have come; the ms until then, at most ms. */
int
ready_tick(const struct div *d, int ms)
{
	uint64_t t, left;

	if (since == 0)
		return ms;
	t = div_clock(CLOCK_MONOTONIC) - since;
	if (div_counters(d)->received != 0)
		since = 0;
	else if (t >= IDLE) {
		since = 0;
		say_idle();
	}
	if (since == 0)
		return ms;
	left = (IDLE - t) / 1000000 + 1;
	return left < (uint64_t)ms ? (int)left : ms;
}
