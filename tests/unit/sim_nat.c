/* SPDX-License-Identifier: ISC */

/*
 * A NAT before an end: it has another port on the wire, and other sequence
 * numbers, as with "modulate state" of pf.conf(5).  One that restarts gives the
 * connection another port, which the other end does not know.
 */

#include <netinet/in.h>

#include "sim.h"

static void
put_sacks(uint8_t *tcp, uint32_t shift)
{
	size_t len, i, at;

	at = packet_tcp_option(tcp, (tcp[12] >> 4) * 4U, 5, &len);
	if (at == 0)
		return;
	for (i = at + 2; i + 4 <= at + len; i += 4)
		put32(tcp + i, get32(tcp + i) - shift);
}

/* From the end to the wire. */
void
nat_out(const struct nat *nat, struct end *e, uint8_t *packet, size_t len)
{
	struct div_packet p;
	uint8_t *tcp;

	if (div_packet_parse(&p, packet, len) == -1)
		return;
	tcp = packet + p.l4;
	put32(tcp + 4, get32(tcp + 4) + nat->shift);
	if (p.sport == e->port)
		put16(tcp, nat->port);
	(void)div_repair_new(packet, len);
}

static int
nat_icmp_in(const struct nat *nat, struct end *e, uint8_t *packet,
    const struct div_packet *p)
{
	struct div_packet q;
	uint8_t *tcp;

	if (p->len - p->l4 < 8 ||
	    div_packet_parse(&q, p->data + p->l4 + 8, p->len - p->l4 - 8) ==
		-1 ||
	    q.proto != IPPROTO_TCP || q.len - q.l4 < 8 || q.sport != nat->port)
		return 0;
	tcp = packet + p->l4 + 8 + q.l4;
	put16(tcp, e->port);
	put32(tcp + 4, get32(tcp + 4) - nat->shift);
	(void)div_repair_new(packet, p->len);
	return 1;
}

/* From the wire to the end; 0 if it is for nobody behind the NAT, or damaged. */
int
nat_in(const struct nat *nat, struct end *e, uint8_t *packet, size_t len)
{
	struct div_packet p;
	uint8_t *tcp;

	if (div_packet_parse(&p, packet, len) == -1 || p.truncated ||
	    packet_damaged(&p))
		return 0;
	if (p.proto != IPPROTO_TCP)
		return nat_icmp_in(nat, e, packet, &p);
	if (p.dport != nat->port)
		return 0;
	tcp = packet + p.l4;
	put16(tcp + 2, e->port);
	if (tcp[13] & TH_ACK)
		put32(tcp + 8, get32(tcp + 8) - nat->shift);
	put_sacks(tcp, nat->shift);
	(void)div_repair_new(packet, len);
	return 1;
}

void
nat_time(struct world *w, int side)
{
	struct nat *nat = &w->nat[side];

	if (nat->rebind_at > w->now)
		return;
	nat->rebind_at = NEVER;
	nat->port += 7;
	nat->rebound = 1;
	w->n->rebound++;
}
