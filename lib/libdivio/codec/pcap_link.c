/* SPDX-License-Identifier: ISC */

/*
 * Link types, https://www.tcpdump.org/linktypes.html: removal of their headers,
 * and of padding behind short packets.
 */

#include <string.h>

#include "codec/codec.h"

static uint16_t
strip_raw(struct linktype_rest *l)
{
	(void)l;
	return TYPE_IPV4;
}

/* Up to 1500 it is the length of an IEEE 802.3 frame. */
static uint16_t
strip_ether(struct linktype_rest *l)
{
	uint16_t type;

	if (linktype_skip(l, 14) == -1)
		return TYPE_NONE;
	type = get16(l->p - 2);
	return type > 1500 ? type : TYPE_LLC;
}

static uint16_t
strip_sll(struct linktype_rest *l)
{
	return linktype_skip(l, 16) == -1 ? TYPE_NONE : get16(l->p - 2);
}

static uint16_t
strip_sll2(struct linktype_rest *l)
{
	return linktype_skip(l, 20) == -1 ? TYPE_NONE : get16(l->p - 20);
}

/* True for IPv4 and IPv6.  AF_INET6 differs between systems. */
int
linktype_is_family(uint8_t family)
{
	static const uint8_t families[] = { 2, 10, 24, 28, 30 };

	return memchr(families, family, sizeof(families)) != NULL;
}

/*
 * DLT_NULL and DLT_LOOP: an address family, in the byte order of the capturing
 * machine, recognised because it is small.
 */
uint16_t
linktype_loopback(struct linktype_rest *l)
{
	uint8_t family;
	uint32_t v;

	if (linktype_skip(l, 4) == -1)
		return TYPE_NONE;
	v = get32(l->p - 4);
	family = (uint8_t)(v >> 24 != 0 ? v >> 24 : v);
	if ((v != family && v != (uint32_t)family << 24) ||
	    !linktype_is_family(family))
		return TYPE_NONE;
	return TYPE_IPV4;
}

static const struct linktype links[] = {
	{ 101, DLT_RAW, strip_raw, 0 },
	{ 228, 228, strip_raw, 0 },
	{ 229, 229, strip_raw, 0 },
	{ 1, DLT_EN10MB, strip_ether, 1 },
	{ 113, 113, strip_sll, 1 },
	{ 276, 276, strip_sll2, 1 },
	{ 0, DLT_NULL, linktype_loopback, 0 },
	{ 108, DLT_LOOP, linktype_loopback, 0 },
	{ 239, 239, linktype_nflog, 0 },
	{ 117, DLT_PFLOG, linktype_pflog, 0 },
	{ 109, DLT_ENC, linktype_enc, 0 },
	{ 9, 9, linktype_ppp_hdlc, 1 },
	{ 50, 50, linktype_ppp_hdlc, 1 },
	{ 51, 51, linktype_pppoe, 1 },
	{ 105, 105, linktype_wifi, 1 },
	{ 127, 127, linktype_radiotap, 1 },
};

#define NLINKS (sizeof(links) / sizeof(links[0]))

/* By LINKTYPE_ or DLT_ number; NULL: not supported. */
const struct linktype *
linktype_of_file(uint32_t type)
{
	size_t i;

	for (i = 0; i < NLINKS; i++)
		if (links[i].type == type)
			return &links[i];
	return NULL;
}

const struct linktype *
linktype_of_dlt(int dlt)
{
	size_t i;

	for (i = 0; i < NLINKS; i++)
		if (links[i].dlt == dlt)
			return &links[i];
	return NULL;
}

/* The packet's length from its IP header; 0: unknown. */
uint32_t
linktype_ip_length(const uint8_t *p, uint32_t len)
{
	if (len >= 20 && p[0] >> 4 == 4 && get16(p + 2) >= 20)
		return get16(p + 2);
	if (len >= 40 && p[0] >> 4 == 6 && get16(p + 4) != 0)
		return 40 + get16(p + 4);
	return 0;
}

/* Makes a frame of the IP packet in a record; -1 if there is none. */
int
linktype_strip(const struct linktype *link, const struct capture_record *h,
    struct div_frame *f)
{
	struct linktype_rest l = { .p = h->data,
		.n = h->caplen,
		.wire = h->len < h->caplen ? h->caplen : h->len,
		.f = f };
	uint32_t len;

	if (linktype_strip_ethertype(&l, link->strip(&l)) == -1)
		return -1;
	f->packet = l.p;
	f->caplen = l.n;
	f->origlen = l.wire;
	len = link->pads ? linktype_ip_length(l.p, l.n) : 0;
	if (len != 0 && len < f->origlen)
		f->origlen = len;
	if (f->caplen > f->origlen)
		f->caplen = f->origlen;
	if (f->caplen < f->origlen)
		f->flags = DIV_F_TRUNC;
	return 0;
}
