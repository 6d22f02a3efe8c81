/* SPDX-License-Identifier: ISC */

/*
 * What firewalls capture: PFLOG (if_pflog.h of the BSDs), ENC (if_enc.h), and
 * NFLOG (linux/netfilter/nfnetlink_log.h).
 */

#include <string.h>

#include "codec/codec.h"

enum { PFLOG_FAMILY = 1, PFLOG_IFNAME = 4, PFLOG_DIR = 60 };
#define PFLOG_MIN 45 /* bytes, of the oldest header */
#define ENC_LEN 12

enum { PFLOG_IN = 1, PFLOG_OUT = 2 };

enum {
	NFULA_PACKET_HDR = 1,
	NFULA_MARK = 2,
	NFULA_IFINDEX_INDEV = 4,
	NFULA_IFINDEX_OUTDEV = 5,
	NFULA_PAYLOAD = 9
};

#define NFLOG_ATTR 4      /* bytes of an attribute's header */
#define NFULA_SMALL 0x3f  /* types are up to this */
#define NFULA_TYPE 0x3fff /* without NLA_F_NESTED, NLA_F_NET_BYTEORDER */

/* A header that begins with its length, which excludes padding. */
uint16_t
linktype_pflog(struct linktype_rest *l)
{
	const uint8_t *h = l->p;
	struct div_frame *f = l->f;

	if (l->n == 0 || h[0] < PFLOG_MIN ||
	    linktype_skip(l, (h[0] + 3U) & ~3U) == -1 ||
	    !linktype_is_family(h[PFLOG_FAMILY]))
		return TYPE_NONE;
	memcpy(f->ifname, h + PFLOG_IFNAME,
	    strnlen((const char *)h + PFLOG_IFNAME, sizeof(f->ifname)));
	if (h[0] > PFLOG_DIR && h[PFLOG_DIR] == PFLOG_IN)
		f->dir = DIV_IN;
	else if (h[0] > PFLOG_DIR && h[PFLOG_DIR] == PFLOG_OUT)
		f->dir = DIV_OUT;
	return TYPE_IPV4;
}

/* The family, SPI and flags of a packet behind IPsec. */
uint16_t
linktype_enc(struct linktype_rest *l)
{
	uint16_t type = linktype_loopback(l);

	return linktype_skip(l, ENC_LEN - 4) == -1 ? TYPE_NONE : type;
}

/* Sets fields of the frame by an attribute of four bytes. */
static void
nflog_set(struct div_frame *f, uint16_t type, const uint8_t *p)
{
	/* by enum nf_inet_hooks */
	static const uint8_t dirs[] = { DIV_UNKNOWN, DIV_IN, DIV_FORWARD,
		DIV_OUT, DIV_OUT };

	switch (type) {
	case NFULA_PACKET_HDR:
		f->dir = p[2] < sizeof(dirs) ? dirs[p[2]] : DIV_UNKNOWN;
		break;
	case NFULA_MARK:
		f->mark = get32(p);
		break;
	case NFULA_IFINDEX_INDEV:
		f->ifindex = get32(p);
		break;
	case NFULA_IFINDEX_OUTDEV:
		if (f->dir == DIV_OUT)
			f->ifindex = get32(p);
		break;
	}
}

/* The kernel may have cut the packet, and the file does not say so. */
static void
nflog_limit(struct linktype_rest *l, uint32_t n)
{
	uint32_t len;

	if (l->n > n)
		l->n = n;
	if (l->wire > n)
		l->wire = n;
	len = linktype_ip_length(l->p, l->n);
	if (l->wire < len)
		l->wire = len;
}

/*
 * Attributes up to the packet.  Their lengths and types are in the byte order
 * of the capturing machine, recognised because types are small.
 */
uint16_t
linktype_nflog(struct linktype_rest *l)
{
	uint16_t len, type;
	const uint8_t *p;

	if (linktype_skip(l, 4) == -1 || !linktype_is_family(l->p[-4]) ||
	    l->p[-3] != 0)
		return TYPE_NONE;
	while (linktype_skip(l, NFLOG_ATTR) == 0) {
		p = l->p;
		len = get16(p - 4);
		type = get16(p - 2);
		if ((type & NFULA_SMALL) == 0) {
			len = __builtin_bswap16(len);
			type = __builtin_bswap16(type);
		}
		if (len < NFLOG_ATTR)
			break;
		len -= NFLOG_ATTR;
		if ((type & NFULA_TYPE) == NFULA_PAYLOAD) {
			nflog_limit(l, len);
			return TYPE_IPV4;
		}
		if (linktype_skip(l, (len + 3U) & ~3U) == -1)
			break;
		if (len == 4)
			nflog_set(l->f, type & NFULA_TYPE, p);
	}
	return TYPE_NONE;
}
