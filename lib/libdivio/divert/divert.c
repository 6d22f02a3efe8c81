/* SPDX-License-Identifier: ISC */

/*
 * divert(4) sockets as a divert port.  The kernel forgets a packet when it is
 * received: one that is not written again is dropped.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "divert/divert.h"

#define BUFFER_MAX (8 << 20) /* bytes in the kernel */

static struct divert *
divert_alloc(struct div *d)
{
	struct divert *dv;

	if ((dv = calloc(1, sizeof(*dv))) == NULL)
		return NULL;
	dv->fd[0] = dv->fd[1] = -1;
	dv->patience = DIVERT_PATIENCE;
	d->priv = dv;
	return dv;
}

static int
open_fail(struct div *d, int error)
{
	if (error == EPERM || error == EACCES)
		return port_fail(d, error,
		    "divert socket: no permission (be root)");
	if (error == EPROTONOSUPPORT || error == EAFNOSUPPORT)
		return port_fail(d, error, "no divert sockets: %s",
		    divert_missing);
	return port_fail(d, error, "divert socket: %s", strerror(error));
}

/*
 * Sets as large a buffer as the system allows: packets that do not fit are
 * lost.
 */
static void
set_buffer(int fd, uint32_t queuelen)
{
	int bytes = BUFFER_MAX;

	if (queuelen < BUFFER_MAX / 2048)
		bytes = (int)queuelen * 2048;
	while (setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes)) ==
		-1 &&
	    bytes > 65536)
		bytes /= 2;
}

static int
bind_port(struct div *d, int fd, int v6)
{
	union divert_addr a;

	if (d->opt.flags & DIV_O_BALANCE && divert_balance(fd) == -1)
		return port_fail(d, errno,
		    "port %u: this kernel has no ports with several readers",
		    d->port);
	divert_outward(&a, v6, 0);
	/* sin_port has the same offset in both families */
	a.sin.sin_port = htons(d->port);
	if (bind(fd, &a.sa, divert_addrlen(v6)) == -1)
		return port_fail(d, errno, "port %u: %s", d->port,
		    strerror(errno));
	return 0;
}

/* The kernel makes no rules, and has no packets that could pass later. */
static int
check_options(struct div *d)
{
	if (d->opt.match != NULL)
		return port_fail(d, EOPNOTSUPP,
		    "rules have to be made by hand");
	if (d->opt.flags & DIV_O_LATE)
		return port_fail(d, EOPNOTSUPP,
		    "packets that are missing cannot pass on this system");
	if (d->opt.flags & (DIV_O_NEXT | DIV_O_REPEAT))
		return port_fail(d, EOPNOTSUPP,
		    "packets cannot be handed on on this system");
	return 0;
}

static int
divert_open(struct div *d)
{
	struct divert *dv;
	int i;

	if (check_options(d) == -1)
		return -1;
	if (d->port == 0)
		return port_fail(d, EINVAL, "divert ports are 1 to 65535");
	if ((dv = divert_alloc(d)) == NULL ||
	    (dv->memory = malloc(DIVERT_MEMORY)) == NULL)
		return port_fail(d, errno, "%s", strerror(errno));
	if (divert_sockets(dv->fd) == -1)
		return open_fail(d, errno);
	for (i = 0; i < 2 && dv->fd[i] != -1; i++) {
		set_buffer(dv->fd[i], d->opt.queuelen);
		if (bind_port(d, dv->fd[i], i) == -1)
			return -1;
	}
	d->fd = dv->fd[0];
	d->peerfd = dv->fd[1];
	return 0;
}

/*
 * To write, a socket needs no port.  A sink of a reader in the same process may
 * give verdicts on packets that it does not see.
 */
static int
divert_attach(struct div *d, struct div *reader)
{
	struct divert *dv;

	if (check_options(d) == -1)
		return -1;
	if ((dv = divert_alloc(d)) == NULL)
		return port_fail(d, errno, "%s", strerror(errno));
	if (reader == NULL)
		return divert_sockets(dv->fd) == -1 ? open_fail(d, errno) : 0;
	dv->reader = reader->priv;
	memcpy(dv->fd, dv->reader->fd, sizeof(dv->fd));
	dv->pending = dv->reader->pending = pending_new(d->opt.queuelen);
	if (dv->pending == NULL)
		return port_fail(d, errno, "%s", strerror(errno));
	return 0;
}

/* The frames bring all that a writer needs. */
static int
divert_join(struct div *d)
{
	(void)d;
	return 0;
}

static int
divert_flush(struct div *d)
{
	(void)d;
	return 0;
}

/* A sink knows the ids of a reader in the same process only. */
static int
divert_sync_ids(struct div *d)
{
	struct divert *dv = d->priv;

	if (dv->reader == NULL)
		return 0;
	d->emitted = pending_emitted(dv->pending);
	return 1;
}

static int
divert_poll_peer(struct div *d)
{
	divert_sync_ids(d);
	return 0;
}

/* These kernels have no drain. */
static int
divert_drain(struct div *d)
{
	struct divert *dv = d->priv;

	dv->left = d->opt.queuelen;
	return 0;
}

static int
divert_finish(struct div *d, int fd)
{
	struct div_frame all = { .type = DIV_PASS, .id = UINT64_MAX };
	struct divert *dv = d->priv;

	if (fd != -1)
		close(fd);
	if (dv->reader != NULL && d->opt.flags & DIV_O_PASS)
		divert_verdict(d, &all, ACCEPT_TO);
	return 0;
}

static void
divert_close(struct div *d)
{
	struct divert *dv = d->priv;
	int i;

	if (dv == NULL)
		return;
	for (i = 0; i < 2 && dv->reader == NULL; i++)
		if (dv->fd[i] != -1)
			close(dv->fd[i]);
	if (dv->reader == NULL)
		pending_free(dv->pending);
	divert_forget_unnumbered(&dv->unnumbered);
	free(dv->memory);
	free(dv);
	d->priv = NULL;
}

/* The kernels' counters are of all ports together: has those of the table. */
int
div_kernel(const struct div *d, struct div_kernel *k)
{
	const struct divert *dv = d == NULL ? NULL : d->priv;

	memset(k, 0, sizeof(*k));
	if (d == NULL || d->be != &backend_kernel || dv->pending == NULL)
		return 0;
	pending_counters(dv->pending, k);
	return 1;
}

/* Firewalls here see a packet before and after its edit. */
int
div_conntrack(void)
{
	return 0;
}

const struct backend backend_kernel = {
	.longest = UINT16_MAX,
	.open = divert_open,
	.attach = divert_attach,
	.join = divert_join,
	.receive = divert_receive,
	.verdict = divert_verdict,
	.inject = divert_write,
	.flush = divert_flush,
	.sync_ids = divert_sync_ids,
	.poll_peer = divert_poll_peer,
	.drain = divert_drain,
	.finish = divert_finish,
	.close = divert_close,
};
