/* SPDX-License-Identifier: ISC */

/*
 * Verdicts, gathered for one send(2).  Adjacent packets that pass share one
 * NFQNL_MSG_VERDICT_BATCH, which covers all pending ids up to its own: only if
 * none of them is without a verdict.
 */

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netlink.h>

#include "nfqueue/nfq.h"

#define OUT_FULL (128 * 1024) /* bytes that one send(2) can take */
#define SEND_TRIES 1000       /* ms, while memory is short */

/*
 * What is saved of connections is what their receivers have from now on.  The
 * verdicts of a reader are of other packets.
 */
void
nfq_note_sent(struct div *d)
{
	struct nfq *q = d->priv;

	if (q->conns != NULL && d->fd == -1)
		q->conns->flushes++;
}

int
nfq_flush(struct div *d)
{
	struct nfq *q = d->priv;
	ssize_t n;
	int tries = 0;

	if (q->used == 0)
		return 0;
	while ((n = send(q->fd, q->out, q->used, 0)) == -1 &&
	    (errno == EINTR || (errno == ENOBUFS && tries++ < SEND_TRIES)))
		poll(NULL, 0, errno == ENOBUFS ? 1 : 0);
	q->used = 0;
	q->run.type = 0;
	nfq_note_sent(d);
	if (n == -1)
		return port_fail(d, errno, "port %u: verdict: %s", d->port,
		    strerror(errno));
	return 0;
}

/* The highest id that had a verdict, here or in the id window. */
static uint64_t
highest_id(const struct div *d, const struct nfq *q)
{
	return q->top > d->ids.top ? q->top : d->ids.top;
}

/*
 * Counts a verdict on f: true if its id is the highest and none below is
 * without a verdict.  Ids below the id window may come twice, and are not
 * counted.
 */
static int
count_verdict(struct div *d, const struct div_frame *f, enum verdict v)
{
	struct nfq *q = d->priv;
	uint64_t id = q->top;

	if (q->top < f->id)
		q->top = f->id;
	if (v == ACCEPT_TO || v == DROP_TO) {
		q->given = q->top;
		return 1;
	}
	if (highest_id(d, q) - f->id < IDWIN_SIZE)
		q->given++;
	/* a reader that is its own sink counted its own ids already */
	while (d->fd == -1 && (id = idpage_own(q->ids, id, q->top)) != 0)
		q->given++;
	return q->top == f->id && q->given == q->top;
}

/* Lets adjacent packets that pass unedited share a verdict. */
static enum verdict
extend_run(struct div *d, const struct div_frame *f, enum verdict v)
{
	struct nfq *q = d->priv;

	if (!count_verdict(d, f, v) || v != ACCEPT) {
		q->run.type = 0;
		return v;
	}
	if (q->run.type == f->type && q->run.mark == f->mark)
		q->used = q->run.at;
	q->run.at = q->used;
	q->run.mark = f->mark;
	q->run.type = f->type;
	return ACCEPT_TO;
}

/*
 * What passes may go to another queue, or on while nobody reads that; or through
 * the rules of its hook again.
 */
int
nfq_set_pass(struct div *d)
{
	struct nfq *q = d->priv;

	if (d->opt.flags & DIV_O_NEXT && d->opt.next == d->port)
		return port_fail(d, EINVAL,
		    "packets of port %u cannot go on to the same port",
		    d->port);
	if (d->opt.flags & DIV_O_NEXT)
		q->pass = NF_QUEUE_NR((uint32_t)d->opt.next) |
		    NF_VERDICT_FLAG_QUEUE_BYPASS;
	if (d->opt.flags & DIV_O_REPEAT)
		q->pass = NF_REPEAT;
	return 0;
}

/*
 * A packet that goes through the rules again carries our mark: they do not divert
 * it, or else the reader passes it.
 */
static struct div_frame
repeated(const struct div *d, const struct div_frame *f)
{
	uint32_t mask = d->opt.markmask != 0 ? d->opt.markmask : UINT32_MAX;
	struct div_frame again = *f;

	mask &= ~div_translated_bit(&d->opt);
	again.type = DIV_PACKET;
	again.mark = (f->mark & ~mask) | (d->opt.mark & mask);
	return again;
}

int
nfq_give_verdict(struct div *d, const struct div_frame *f, enum verdict v)
{
	struct nfq *q = d->priv;
	struct div_frame again;
	uint8_t *p;
	size_t n;

	/* a reader with a writer in another process sends no new packets */
	if (f->hdrlen > DIV_HDRLEN && q->share == NULL)
		bridge_learn(&q->paths, f);
	if (q->pass == NF_REPEAT) {
		again = repeated(d, f);
		f = &again;
	}
	v = extend_run(d, f, v);
	p = q->out + q->used;
	n = nfq_verdict(p, d->port, f, v, q->pass);
	if (v == REPLACE) {
		n = nfq_payload(p, NFQ_OUT_SIZE - q->used, f->packet,
		    f->caplen);
		if (n == 0)
			return port_fail(d, EMSGSIZE, "packet of %u bytes",
			    f->caplen);
	}
	q->used += NLMSG_ALIGN(n);
	/* no later: what is saved of connections is as of the last flush */
	return q->used >= OUT_FULL ? nfq_flush(d) : 0;
}

/* The verdict on a super-packet that is to come again, cut; sent at once. */
int
nfq_give_split(struct div *d, const struct div_frame *f)
{
	struct nfq *q = d->priv;

	if (nfq_flush(d) == -1)
		return -1;
	count_verdict(d, f, REPLACE);
	q->used = nfq_split(q->out, d->port, f->id);
	return nfq_flush(d);
}
