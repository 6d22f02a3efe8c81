/* SPDX-License-Identifier: ISC */

/*
 * Frames by reference: the packet lies in memory that another process can change.
 * The sink looks at a copy of its own, made once: of the headers alone where no
 * more is looked at, for a packet that was not edited passes as the kernel has it.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>

#include "port/port.h"
#include "stream/stream.h"

#define HEADERS 256 /* bytes */
#define SHORT 512   /* bytes; what is not longer is copied at once */

static int
headers_suffice(const struct div *d, struct div_frame *f)
{
	struct div_packet p;

	if (div_packet_parse(&p, f->packet, HEADERS) == -1 || p.truncated ||
	    p.fragment != DIV_WHOLE)
		return 0;
	switch (p.proto) {
	case IPPROTO_UDP:
		return 1;
	case IPPROTO_TCP:
		return d->tcp != NULL && tcp_only_tracks(d->tcp, f, &p);
	default:
		return 0;
	}
}

/*
 * Takes the packet out of its slot; if it is first seen, perhaps without its data.
 * -1, or the reason why there is none: a forged frame comes when the slot has
 * another packet.
 */
int
sink_slot_take(struct div *d, struct div_frame *f, int first)
{
	const uint8_t *shared = f->packet;
	size_t n = f->caplen > SHORT ? HEADERS : f->caplen;

	if (d->copy == NULL && (d->copy = malloc(DIV_SLOT_SIZE)) == NULL)
		return port_fail(d, errno, "%s", strerror(errno));
	memcpy(d->copy, shared, n);
	f->packet = d->copy;
	if (n < f->caplen && !(first && headers_suffice(d, f)))
		memcpy(d->copy + n, shared + n, f->caplen - n);
	f->wire = NULL;
	return slots_has(d->slots, f->slot, f->id) ? DIV_OK : DIV_STALE;
}
