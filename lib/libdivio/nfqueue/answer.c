/* SPDX-License-Identifier: ISC */

/*
 * The answer to a SYN that is dropped.  Behind NAT of its destination, the client
 * expects it from the address that it asked for, which connection tracking knows
 * once the first packet has passed all hooks.  So the SYN passes, as an RST: its
 * receiver, which has no such connection, ignores it (RFC 9293, 3.10.7).  NAT
 * translates the answer then, and nothing is left of the connection.
 */

#include <string.h>

#include <netinet/in.h>

#include "nfqueue/nfq.h"

#define RST_MAX (V6_HDRLEN + TCP_HDRLEN)

/* True for the answer of a closed port to a SYN. */
static int
is_refusal(const struct div_packet *p)
{
	const uint8_t *tcp = p->data + p->l4;

	return p->proto == IPPROTO_TCP && p->fragment == DIV_WHOLE &&
	    !p->truncated && get32(tcp + 4) == 0 &&
	    tcp[13] == (TH_RST | TH_ACK);
}

/* True if connections are tracked, and not this one. */
static int
is_unknown(const struct paths *ps, const struct div_packet *p)
{
	struct conntrack ct;
	struct tuple t, inverse;

	if (nfq_conntrack_count() == 0)
		return 0;
	tuple_of(&t, p);
	tuple_invert(&inverse, &t);
	return conntrack_find(ps->conntrack, &t, &ct) == 0 &&
	    conntrack_find(ps->conntrack, &inverse, &ct) == 0;
}

/* Makes the RST that takes the SYN's place, from the answer to it. */
static uint32_t
make_rst(uint8_t *buf, const struct div_packet *p)
{
	size_t n = packet_put_ip(buf, p->version, IPPROTO_TCP, p->dst, p->src);
	uint8_t *tcp = buf + n;

	memset(tcp, 0, TCP_HDRLEN);
	put16(tcp, p->dport);
	put16(tcp + 2, p->sport);
	put32(tcp + 4, get32(p->data + p->l4 + 8) - 1);
	tcp[12] = TCP_HDRLEN / 4 << 4;
	tcp[13] = TH_RST;
	div_repair_new(buf, n + TCP_HDRLEN);
	return (uint32_t)(n + TCP_HDRLEN);
}

/*
 * Sends an answer to the pending packet that has its id.  1: the packet has had
 * its verdict; 0: nothing was done; -1.
 */
int
nfq_answer(struct div *d, const struct div_frame *f)
{
	struct nfq *q = d->priv;
	struct div_frame rst = { .type = DIV_PASS, .id = f->id };
	const struct path *path;
	struct div_packet p;
	uint8_t buf[RST_MAX];
	int sent;

	if (div_packet_parse(&p, f->packet, f->caplen) == -1 ||
	    !is_refusal(&p) || !is_unknown(&q->paths, &p))
		return 0;
	rst.packet = buf;
	rst.caplen = make_rst(buf, &p);
	if (nfq_give_verdict(d, &rst, REPLACE) == -1 ||
	    (sent = nfq_inject(d, f)) == -1)
		return -1;
	d->n.injected += sent == DIV_OK;
	path = path_find(&q->paths, f, &p, d->now);
	if (path != NULL && path->tracked)
		conntrack_delete(q->paths.conntrack, &path->t);
	return 1;
}
