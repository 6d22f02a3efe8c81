/* SPDX-License-Identifier: ISC */

/*
 * IEEE 802.11 data frames, alone or behind the fields of a radio
 * (https://www.radiotap.org).
 */

#include "codec/codec.h"

/* frame control: version, type and subtype in the first byte, then flags */
enum { FC_DATA = 0x08, FC_NULL = 0x40, FC_QOS = 0x80, FC_KIND = 0x0f };
enum {
	FC_RELAYED = 0x03, /* to and from a distribution system */
	FC_MORE = 0x04,    /* fragments follow */
	FC_PROTECTED = 0x40,
	FC_HT = 0x80 /* QoS frames have four bytes more */
};

enum { FRAGMENT = 0x0f /* in sequence control */, AMSDU = 0x80 /* in QoS */ };

/* in radiotap, whose numbers are little-endian */
enum { HAS_TSFT = 0x01, HAS_FLAGS = 0x02, HAS_MORE = 0x80, PADDED = 0x20 };

static size_t
aligned(size_t n, size_t to)
{
	return (n + to - 1) / to * to;
}

/* Encrypted frames, fragments and several packets in one are not read. */
static uint16_t
strip_data(struct linktype_rest *l, int padded)
{
	const uint8_t *h = l->p;
	size_t n = 24;

	if (l->n < n || (h[0] & (FC_KIND | FC_NULL)) != FC_DATA ||
	    h[1] & (FC_PROTECTED | FC_MORE) || h[22] & FRAGMENT)
		return TYPE_NONE;
	if ((h[1] & FC_RELAYED) == FC_RELAYED)
		n += 6; /* the fourth address */
	if (h[0] & FC_QOS) {
		if (l->n < n + 2 || h[n] & AMSDU)
			return TYPE_NONE;
		n += h[1] & FC_HT ? 6 : 2;
	}
	if (padded)
		n = aligned(n, 4);
	return linktype_skip(l, n) == -1 ? TYPE_NONE : TYPE_LLC;
}

uint16_t
linktype_wifi(struct linktype_rest *l)
{
	return strip_data(l, 0);
}

/* The flags of a radiotap header of n bytes, 8 or more. */
static uint8_t
radiotap_flags(const uint8_t *p, size_t n)
{
	size_t off = 8;

	while (p[off - 1] & HAS_MORE) {
		if (n - off < 4)
			return 0;
		off += 4;
	}
	if (!(p[4] & HAS_FLAGS))
		return 0;
	if (p[4] & HAS_TSFT)
		off = aligned(off, 8) + 8;
	return off < n ? p[off] : 0;
}

uint16_t
linktype_radiotap(struct linktype_rest *l)
{
	const uint8_t *p = l->p;
	size_t n;

	if (l->n < 8 || p[0] != 0)
		return TYPE_NONE;
	n = (size_t)(p[2] | p[3] << 8);
	if (n < 8 || linktype_skip(l, n) == -1)
		return TYPE_NONE;
	return strip_data(l, radiotap_flags(p, n) & PADDED);
}
