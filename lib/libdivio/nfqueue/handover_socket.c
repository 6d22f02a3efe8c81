/* SPDX-License-Identifier: ISC */

/*
 * The sockets of a reader: abstract Unix sockets (unix(7)), named after the port
 * and the epoch, which nobody can guess.  Peers are root or of the same user
 * (SO_PEERCRED).
 */

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "nfqueue/nfq.h"

static socklen_t
address(struct sockaddr_un *sun, uint16_t port, uint64_t epoch,
    const char *service)
{
	int n;

	memset(sun, 0, sizeof(*sun));
	sun->sun_family = AF_UNIX;
	n = snprintf(sun->sun_path + 1, sizeof(sun->sun_path) - 1,
	    "divert-%u-%016llx%s", port, (unsigned long long)epoch, service);
	return (socklen_t)offsetof(struct sockaddr_un, sun_path) + 1 +
	    (socklen_t)n;
}

int
handover_is_trusted(int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == 0 &&
	    (cred.uid == 0 || cred.uid == geteuid());
}

int
handover_listen(const struct div *d, const char *service)
{
	struct sockaddr_un sun;
	socklen_t len = address(&sun, d->port, d->epoch, service);
	int fd;

	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -1;
	if (bind(fd, (struct sockaddr *)&sun, len) == -1 ||
	    listen(fd, 16) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

int
handover_reach(uint16_t port, uint64_t epoch, const char *service)
{
	struct sockaddr_un sun;
	socklen_t len = address(&sun, port, epoch, service);
	int fd, error;

	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd == -1 || connect(fd, (struct sockaddr *)&sun, len) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

/* Connects to the reader with this port and epoch: a descriptor, or -1. */
int
handover_connect(uint16_t port, uint64_t epoch)
{
	return handover_reach(port, epoch, "");
}
