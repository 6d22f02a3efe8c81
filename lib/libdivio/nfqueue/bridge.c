/* SPDX-License-Identifier: ISC */

/*
 * Flows that cross a bridge, where it shows its packets to iptables
 * (br_netfilter).  Such a bridge needs no address: a new packet goes from a port
 * to a station, as those did that came the other way.  The reader puts the port
 * and the source's address into the frame's opaque part: 4 bytes of interface
 * index, a length, 3 bytes of 0, and 8 of address.
 */

#include <string.h>

#include "nfqueue/nfq.h"

#define OPAQUE_LEN 16
#define MAC_LEN 6
#define STATIONS_MAX 4096

/* Sets the opaque part, before the packet, where the message's headers are. */
void
bridge_set(struct div_frame *f, const struct nfq_packet *p)
{
	uint8_t *opaque = p->payload - OPAQUE_LEN;

	if (p->physin == 0 || p->physout == 0 || p->hw.len != MAC_LEN)
		return;
	memset(opaque, 0, OPAQUE_LEN);
	put32(opaque, p->physin);
	opaque[4] = MAC_LEN;
	memcpy(opaque + 8, p->hw.addr, MAC_LEN);
	f->opaque = opaque;
	f->hdrlen = DIV_HDRLEN + OPAQUE_LEN;
}

/* Bytes of the source's address, and its place; 0: none. */
static size_t
get_source(const struct div_frame *f, const uint8_t **at)
{
	if (f->caplen >= V4_HDRLEN && f->packet[0] >> 4 == 4) {
		*at = f->packet + 12;
		return 4;
	}
	if (f->caplen >= V6_HDRLEN && f->packet[0] >> 4 == 6) {
		*at = f->packet + 8;
		return 16;
	}
	return 0;
}

static struct div_table *
stations_new(void)
{
	const struct div_table_options table = {
		.size = sizeof(struct station),
		.key = offsetof(struct station, addr),
		.keylen = sizeof(((struct station *)0)->addr),
		.max = STATIONS_MAX,
	};

	return div_table_new(&table);
}

/* Remembers where a frame came from.  Without memory the bridge is forgotten. */
void
bridge_learn(struct paths *ps, const struct div_frame *f)
{
	uint8_t addr[16] = { 0 };
	const uint8_t *at;
	struct station *s;
	size_t n;

	if (f->type != DIV_PACKET || f->hdrlen != DIV_HDRLEN + OPAQUE_LEN ||
	    f->opaque == NULL || f->opaque[4] != MAC_LEN ||
	    (n = get_source(f, &at)) == 0 ||
	    (ps->stations == NULL && (ps->stations = stations_new()) == NULL))
		return;
	memcpy(addr, at, n);
	if ((s = div_table_get(ps->stations, addr)) == NULL)
		return;
	s->port = get32(f->opaque);
	s->ll.len = MAC_LEN;
	memcpy(s->ll.addr, f->opaque + 8, MAC_LEN);
}

const struct station *
bridge_find(const struct paths *ps, const uint8_t addr[16])
{
	return ps->stations == NULL ? NULL : div_table_find(ps->stations, addr);
}
