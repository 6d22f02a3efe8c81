/* SPDX-License-Identifier: ISC */

/* Addresses and ports of a packet, and another packet's in their place. */

#include <string.h>

#include <netinet/in.h>

#include "nfqueue/nfq.h"
#include "packet/packet.h"

/* True if connection tracking knows the packet by its ports. */
int
tuple_of(struct tuple *t, const struct div_packet *p)
{
	memset(t, 0, sizeof(*t));
	t->version = p->version;
	memcpy(t->addr[0], p->src, p->addrlen);
	memcpy(t->addr[1], p->dst, p->addrlen);
	if (p->truncated || p->fragment != DIV_WHOLE ||
	    (p->proto != IPPROTO_TCP && p->proto != IPPROTO_UDP))
		return 0;
	t->port[0] = p->sport;
	t->port[1] = p->dport;
	t->proto = p->proto;
	return 1;
}

void
tuple_invert(struct tuple *to, const struct tuple *t)
{
	*to = *t;
	memcpy(to->addr[0], t->addr[1], sizeof(to->addr[0]));
	memcpy(to->addr[1], t->addr[0], sizeof(to->addr[1]));
	to->port[0] = t->port[1];
	to->port[1] = t->port[0];
}

/* Updates a checksum for n other bytes, an even number (RFC 1624). */
static void
update(uint8_t *sum, const uint8_t *old, const uint8_t *new, size_t n)
{
	uint32_t acc = (uint16_t)~get16(sum);
	size_t i;

	for (i = 0; i < n; i += 2)
		acc += (uint16_t)~get16(old + i) + get16(new + i);
	acc = (acc & 0xffff) + (acc >> 16);
	acc = (acc & 0xffff) + (acc >> 16);
	put16(sum, (uint16_t)~acc);
}

/*
 * Gives a packet, of which p is the view, the tuple's addresses and ports.  A
 * checksum that was wrong stays wrong; a UDP checksum of 0 means none.
 */
void
tuple_write(const struct tuple *t, uint8_t *packet, const struct div_packet *p)
{
	uint8_t *l4 = packet + p->l4, *sum = l4 + packet_transport(p)->sum;
	uint8_t *addr = packet + (p->version == 4 ? 12 : 8), ports[4];
	int none = p->proto == IPPROTO_UDP && get16(sum) == 0;
	uint8_t new[32];

	memcpy(new, t->addr[0], p->addrlen);
	memcpy(new + p->addrlen, t->addr[1], p->addrlen);
	put16(ports, t->port[0]);
	put16(ports + 2, t->port[1]);
	if (p->version == 4)
		update(packet + 10, addr, new, 2 * p->addrlen);
	if (!none) {
		update(sum, addr, new, 2 * p->addrlen);
		update(sum, l4, ports, sizeof(ports));
		if (p->proto == IPPROTO_UDP && get16(sum) == 0)
			put16(sum, 0xffff);
	}
	memcpy(addr, new, 2 * p->addrlen);
	memcpy(l4, ports, sizeof(ports));
}
