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
no_verdict(void *arg, struct div_frame *f, enum tcp_verdict v)
{
	(void)arg;
	(void)f;
	(void)v;
	return 0;
}

struct queue {
	struct nfq *q;
	uint16_t port;
};

static int
send_rst(void *arg, struct div_frame *f)
{
	struct queue *queue = arg;

	if (div_repair_new(f->packet, f->caplen) == DIV_OK)
		(void)nfq_send_rst(queue->q, queue->port, f, clock_now());
	return 0;
}

/* Resets what a killed writer has left, which ends its queue. */
void
connpage_reset(struct nfq *q, uint16_t port)
{
	static const struct tcp_ops ops = { .verdict = no_verdict,
		.inject = send_rst };
	struct queue queue = { q, port };

	if (!connpage_used(q->conns))
		return;
	(void)nfq_settle(q, port);
	(void)tcp_reset_saved(q->conns, &ops, &queue);
	nfq_pass_own(q, port);
}
