/* SPDX-License-Identifier: ISC */

/*
 * The shared page of translated connections: a memfd that the writer fills and
 * the reader keeps, so that connections whose writer was killed are reset, and
 * the queue does not open before that.
 */

#include <sys/mman.h>

#include <unistd.h>

#include "nfqueue/nfq.h"

#define SIZE sizeof(struct tcp_saved)

static struct tcp_saved *
map(int fd)
{
	void *p;

	p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return NULL;
	return p;
}

/* Makes a page, with its descriptor in fd; NULL with errno. */
struct tcp_saved *
connpage_new(int *fd)
{
	if ((*fd = memfd_create("divert-tcp", MFD_CLOEXEC)) == -1 ||
	    ftruncate(*fd, SIZE) == -1)
		return NULL;
	return map(*fd);
}

/* Maps the page of the reader; closes fd. */
struct tcp_saved *
connpage_map(int fd)
{
	struct tcp_saved *conns = map(fd);

	close(fd);
	return conns;
}

void
connpage_unmap(struct tcp_saved *conns)
{
	if (conns != NULL)
		munmap(conns, SIZE);
}

/* Whether there are translated connections. */
int
connpage_used(const struct tcp_saved *conns)
{
	return conns != NULL && atomic_load(&conns->n) != 0;
}

static int
no_verdict(void *arg, struct div_frame *f, int drop)
{
	(void)arg;
	(void)f;
	(void)drop;
	return 0;
}

static int
send_rst(void *q, struct div_frame *f)
{
	if (div_repair_new(f->packet, f->caplen) == DIV_OK)
		(void)nfq_send_new(q, f, clock_now());
	return 0;
}

/* Resets what a killed writer has left; returns how many connections. */
uint32_t
connpage_reset(struct tcp_saved *conns, struct nfq *q)
{
	static const struct tcp_ops ops = { .verdict = no_verdict,
		.inject = send_rst };

	return conns == NULL ? 0 : tcp_reset_saved(conns, &ops, q);
}
