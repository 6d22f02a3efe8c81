/* SPDX-License-Identifier: ISC */

/*
 * Link types, https://www.tcpdump.org/linktypes.html: the offset of the IP header,
 * and padding behind short packets.
 */

#include <string.h>

#include "codec/codec.h"

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86dd

static ssize_t
strip_raw(const uint8_t *p, size_t len)
{
	(void)p;
	(void)len;
	return 0;
}

/* Skips VLAN tags, stacked ones too, that begin at off, after type. */
static ssize_t
strip_tags(const uint8_t *p, size_t len, uint16_t type, size_t off)
{
	while (type == 0x8100 || type == 0x88a8 || type == 0x9100) {
		if (len - off < 4)
			return -1;
		type = get16(p + off + 2);
		off += 4;
	}
	return type == ETHERTYPE_IPV4 || type == ETHERTYPE_IPV6 ? (ssize_t)off :
								  -1;
}

static ssize_t
strip_ether(const uint8_t *p, size_t len)
{
	return len < 14 ? -1 : strip_tags(p, len, get16(p + 12), 14);
}

static ssize_t
strip_sll(const uint8_t *p, size_t len)
{
	return len < 16 ? -1 : strip_tags(p, len, get16(p + 14), 16);
}

static ssize_t
strip_sll2(const uint8_t *p, size_t len)
{
	return len < 20 ? -1 : strip_tags(p, len, get16(p), 20);
}

/*
 * DLT_NULL and DLT_LOOP: an address family, in the byte order of the capturing
 * machine, recognised because it is small.  AF_INET6 differs between systems.
 */
static ssize_t
strip_loopback(const uint8_t *p, size_t len)
{
	static const uint8_t families[] = { 2, 10, 24, 28, 30 };
	uint8_t family;

	if (len < 4)
		return -1;
	family = p[0] != 0 ? p[0] : p[3];
	if (get32(p) != family && get32(p) != (uint32_t)family << 24)
		return -1;
	return memchr(families, family, sizeof(families)) != NULL ? 4 : -1;
}

static const struct linktype links[] = {
	{ 101, DLT_RAW, strip_raw, 0 },
	{ 228, 228, strip_raw, 0 },
	{ 229, 229, strip_raw, 0 },
	{ 1, DLT_EN10MB, strip_ether, 1 },
	{ 113, 113, strip_sll, 1 },
	{ 276, 276, strip_sll2, 1 },
	{ 0, DLT_NULL, strip_loopback, 0 },
	{ 108, DLT_LOOP, strip_loopback, 0 },
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
static uint32_t
ip_length(const uint8_t *p, uint32_t len)
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
	ssize_t off = link->strip(h->data, h->caplen);
	uint32_t len;

	if (off == -1)
		return -1;
	f->packet = h->data + off;
	f->caplen = h->caplen - (uint32_t)off;
	f->origlen = h->len - (uint32_t)off;
	if (h->len < h->caplen)
		f->origlen = f->caplen;
	len = link->pads ? ip_length(f->packet, f->caplen) : 0;
	if (len != 0 && len < f->origlen)
		f->origlen = len;
	if (f->caplen > f->origlen)
		f->caplen = f->origlen;
	if (f->caplen < f->origlen)
		f->flags = DIV_F_TRUNC;
	return 0;
}
