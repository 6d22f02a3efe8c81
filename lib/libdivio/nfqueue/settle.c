/* SPDX-License-Identifier: ISC */

/*
 * The end of a queue whose sink has translated connections.  They are reset by new
 * packets, which the rules may divert to this very queue: from here on it takes
 * packets, passes the sink's own, and drops all others, until it is opened or
 * ends.  Any thread may do so, whatever the others do with the queue.
 */

#include <sys/socket.h>

#include <errno.h>
#include <poll.h>

#include <linux/netfilter.h>
#include <linux/netlink.h>

#include "nfqueue/nfq.h"

#define LENGTH 65536        /* packets: all resets fit */
#define MESSAGE (66 * 1024) /* bytes: the longest one */
#define OWN_WAIT 20         /* ms without a packet: no more will come */
#define OWN_TIME 200000000  /* ns, the same among packets of others */

/* Takes packets after a drain, too; -1 and errno. */
int
nfq_settle(const struct nfq *q, uint16_t port)
{
	uint8_t buf[256];
	size_t n = nfq_config_length(buf, port, LENGTH);

	return send(q->fd, buf, n, 0) == -1 ? -1 : 0;
}

/* Passes what the sink has sent, at one hook and then another. */
void
nfq_pass_own(const struct nfq *q, uint16_t port)
{
	_Alignas(struct nlmsghdr) uint8_t in[MESSAGE], out[NFQ_VERDICT_MAX];
	struct pollfd pfd = { .fd = q->fd, .events = POLLIN };
	struct div_frame f = { .type = DIV_PASS };
	uint64_t until = clock_now() + OWN_TIME;
	struct nfq_packet p;
	size_t len;
	ssize_t n;
	int own;

	while (clock_now() < until && poll(&pfd, 1, OWN_WAIT) == 1) {
		n = recv(q->fd, in, sizeof(in), MSG_DONTWAIT);
		if (n == -1 && errno != EAGAIN && errno != EINTR)
			return;
		if (n == -1 || nfq_parse(in, (size_t)n, &p) != 1)
			continue;
		f.id = p.id;
		own = nfq_is_own(q, &p);
		len = nfq_verdict(out, port, &f, own ? ACCEPT : DROP,
		    NF_ACCEPT);
		(void)!send(q->fd, out, len, 0);
		if (own)
			until = clock_now() + OWN_TIME;
	}
}

/* The socket's buffer may be full of resets that wait in the queue. */
int
nfq_send_rst(struct nfq *q, uint16_t port, const struct div_frame *f,
    uint64_t now)
{
	if (nfq_send_new(q, f, now) == 0)
		return 0;
	if (errno != EAGAIN)
		return -1;
	nfq_pass_own(q, port);
	return nfq_send_new(q, f, now);
}
