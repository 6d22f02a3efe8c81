/* SPDX-License-Identifier: ISC */

/* Binds a queue: the one that is asked for, or any that is free. */

#include <sys/socket.h>

#include <errno.h>
#include <string.h>

#include <linux/netlink.h>

#include "nfqueue/nfq.h"

#define ANYPORT 61440 /* the first that DIV_O_ANYPORT takes */

static int
bind_port(struct div *d, struct nfq *q)
{
	uint8_t buf[256];
	size_t n = nfq_config(buf, d->port, &d->opt);

	if (send(q->fd, buf, n, 0) == -1)
		return -1;
	return nfq_await_ack(q);
}

/* Binds any port that is free: another process may be quicker. */
static int
bind_any(struct div *d, struct nfq *q)
{
	char owner[128];
	int error;

	do {
		d->port = nfq_free_queue(d->port);
		if (bind_port(d, q) == 0)
			return 0;
		error = errno;
	} while (error == EPERM && nfq_owner(d->port, owner, sizeof(owner)));
	errno = error;
	return -1;
}

static int
config_fail(struct div *d, int error)
{
	char owner[128];

	if (error == EPERM && nfq_owner(d->port, owner, sizeof(owner)))
		return port_fail(d, EBUSY, "port %u is in use by %s", d->port,
		    owner);
	if (error == EPERM)
		return port_fail(d, EPERM,
		    "port %u: no permission: reading "
		    "packets needs CAP_NET_ADMIN (be root), "
		    "and a port that nobody else reads",
		    d->port);
	return port_fail(d, error, "port %u: %s", d->port, strerror(error));
}

int
nfq_bind(struct div *d, struct nfq *q)
{
	int n;

	if (d->opt.flags & DIV_O_ANYPORT) {
		d->port = ANYPORT;
		n = bind_any(d, q);
	} else
		n = bind_port(d, q);
	return n == 0 ? 0 : config_fail(d, errno);
}
