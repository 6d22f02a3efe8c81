/* SPDX-License-Identifier: ISC */

/*
 * What lies between a link's header and that of IP: VLAN tags, MPLS labels
 * (RFC 3032), PPP (RFC 1661) on links and over Ethernet (RFC 2516), LLC.  Each
 * header says by an ethertype what follows it.
 */

#include <string.h>

#include "codec/codec.h"

static uint16_t
strip_tag(struct linktype_rest *l)
{
	return linktype_skip(l, 4) == -1 ? TYPE_NONE : get16(l->p - 2);
}

/* Nothing but the version of IP tells what follows the bottom of the stack. */
static uint16_t
strip_label(struct linktype_rest *l)
{
	if (linktype_skip(l, 4) == -1)
		return TYPE_NONE;
	if (!(l->p[-2] & 1))
		return TYPE_MPLS;
	switch (l->n == 0 ? 0 : l->p[0] >> 4) {
	case 4:
		return TYPE_IPV4;
	case 6:
		return TYPE_IPV6;
	default:
		return TYPE_NONE;
	}
}

/* SNAP with ethertypes (RFC 1042). */
static uint16_t
strip_llc(struct linktype_rest *l)
{
	static const uint8_t snap[] = { 0xaa, 0xaa, 3, 0, 0, 0 };

	if (linktype_skip(l, 8) == -1 || memcmp(l->p - 8, snap, 6) != 0)
		return TYPE_NONE;
	return get16(l->p - 2);
}

/* The first byte of a protocol is even, unless it is compressed to one byte. */
static uint16_t
strip_ppp(struct linktype_rest *l)
{
	static const struct {
		uint16_t protocol, type;
	} rows[] = {
		{ 0x0021, TYPE_IPV4 },
		{ 0x0057, TYPE_IPV6 },
		{ 0x0281, TYPE_MPLS },
		{ 0x0283, TYPE_MPLS },
	};
	size_t i, n = l->n > 0 && l->p[0] & 1 ? 1 : 2;
	uint16_t protocol;

	if (linktype_skip(l, n) == -1)
		return TYPE_NONE;
	protocol = n == 1 ? l->p[-1] : get16(l->p - 2);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].protocol == protocol)
			return rows[i].type;
	return TYPE_NONE;
}

/* Address and control, if they are there; those of Cisco's HDLC have a type. */
uint16_t
linktype_ppp_hdlc(struct linktype_rest *l)
{
	if (l->n >= 4 && (l->p[0] == 0x0f || l->p[0] == 0x8f) && l->p[1] == 0)
		return strip_tag(l);
	if (l->n >= 2 && get16(l->p) == 0xff03)
		(void)linktype_skip(l, 2);
	return strip_ppp(l);
}

/* A session of version 1, type 1. */
uint16_t
linktype_pppoe(struct linktype_rest *l)
{
	if (linktype_skip(l, 6) == -1 || get16(l->p - 6) != 0x1100)
		return TYPE_NONE;
	return strip_ppp(l);
}

static const struct {
	uint16_t type;
	uint16_t (*strip)(struct linktype_rest *);
} ethertypes[] = {
	{ TYPE_LLC, strip_llc },
	{ 0x8100, strip_tag },
	{ 0x88a8, strip_tag },
	{ 0x9100, strip_tag },
	{ TYPE_MPLS, strip_label },
	{ 0x8848, strip_label },
	{ 0x8864, linktype_pppoe },
};

#define NETHERTYPES (sizeof(ethertypes) / sizeof(ethertypes[0]))

/*
 * Removes the header of this type and those behind it, up to that of IP: 0, or
 * -1 if there is none.  Each has bytes, so it ends.
 */
int
linktype_strip_ethertype(struct linktype_rest *l, uint16_t type)
{
	size_t i;

	while (type != TYPE_IPV4 && type != TYPE_IPV6) {
		for (i = 0; i < NETHERTYPES && ethertypes[i].type != type; i++)
			continue;
		if (i == NETHERTYPES)
			return -1;
		type = ethertypes[i].strip(l);
	}
	return 0;
}
