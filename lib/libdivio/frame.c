/* SPDX-License-Identifier: ISC */

#include <errno.h>
#include <string.h>

#include "internal.h"

static const uint8_t magic[4] = { 'D', 'I', 'V', 'F' };

/*
 * Decodes the frame at the start of buf.  1: it is whole, and points into buf;
 * 0: more bytes are needed; -1: no frame (EBADMSG), a future version
 * (EPROTONOSUPPORT) or impossible lengths (EMSGSIZE).  A bad magic is seen
 * at the first byte that differs, so that garbage never waits for more.
 */
int
div_frame_decode(struct div_frame *f, uint8_t *buf, size_t len)
{
	if (memcmp(buf, magic, len < 4 ? len : 4) != 0) {
		errno = EBADMSG;
		return -1;
	}
	if (len > 4 && buf[4] != 1) {
		errno = EPROTONOSUPPORT;
		return -1;
	}
	if (len < 12)
		return 0;
	f->hdrlen = get16(buf + 6);
	f->caplen = get32(buf + 8);
	if (f->hdrlen < DIV_HDRLEN || f->hdrlen > DIV_HDRMAX ||
	    f->hdrlen % 8 != 0 || f->caplen > DIV_PACKETMAX) {
		errno = EMSGSIZE;
		return -1;
	}
	if (len < (size_t)f->hdrlen + f->caplen)
		return 0;

	f->type = buf[5];
	f->origlen = get32(buf + 12);
	f->time = get64(buf + 16);
	f->id = get64(buf + 24);
	f->digest = get64(buf + 32);
	f->epoch = get64(buf + 40);
	f->mark = get32(buf + 48);
	f->ifindex = get32(buf + 52);
	f->port = get16(buf + 56);
	f->dir = buf[58];
	f->flags = buf[59];
	f->tag = get32(buf + 60);
	memcpy(f->ifname, buf + 64, DIV_IFNAMELEN);
	f->opaque = buf + DIV_HDRLEN;
	f->packet = buf + f->hdrlen;
	f->wire = buf;
	return 1;
}

/*
 * Writes the header, which buf must have DIV_HDRMAX bytes for, and returns its
 * length.  It may be written over the one that the frame was decoded from.
 */
size_t
div_frame_encode(const struct div_frame *f, uint8_t *buf)
{
	memcpy(buf, magic, 4);
	buf[4] = 1;
	buf[5] = f->type;
	put16(buf + 6, f->hdrlen);
	put32(buf + 8, f->caplen);
	put32(buf + 12, f->origlen);
	put64(buf + 16, f->time);
	put64(buf + 24, f->id);
	put64(buf + 32, f->digest);
	put64(buf + 40, f->epoch);
	put32(buf + 48, f->mark);
	put32(buf + 52, f->ifindex);
	put16(buf + 56, f->port);
	buf[58] = f->dir;
	buf[59] = f->flags;
	put32(buf + 60, f->tag);
	memcpy(buf + 64, f->ifname, DIV_IFNAMELEN);
	if (f->hdrlen > DIV_HDRLEN && f->opaque != buf + DIV_HDRLEN)
		memcpy(buf + DIV_HDRLEN, f->opaque, f->hdrlen - DIV_HDRLEN);
	return f->hdrlen;
}

int
div_frame_edited(const struct div_frame *f)
{
	return f->digest == 0 || f->digest != div_frame_digest(f);
}
