/* SPDX-License-Identifier: ISC */

/* The header of a frame, version 1: divio(5). */

#include <errno.h>
#include <string.h>

#include "stream/stream.h"

static const uint8_t magic[4] = { 'D', 'I', 'V', 'F' };

/*
 * Decodes the frame at the start of buf.  1: it is complete, and points into buf;
 * 0: more bytes are needed; -1: not a frame (EBADMSG), a later version
 * (EPROTONOSUPPORT) or impossible lengths (EMSGSIZE).  A wrong magic is refused
 * at its first differing byte: garbage must not wait for more input.
 */
int
div_frame_decode(struct div_frame *f, uint8_t *buf, size_t len)
{
	if (len < 4 ? memcmp(buf, magic, len) != 0 :
		      memcmp(buf, magic, 4) != 0) {
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
	f->slot = 0;
	return 1;
}

/*
 * Writes the header into buf, of DIV_HDRMAX bytes, and returns its length.  buf
 * may be the header that the frame was decoded from.
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

/* Without a digest, a packet is taken for edited. */
int
div_frame_edited(const struct div_frame *f)
{
	if (f->slot != 0)
		return 0;
	return f->digest == 0 || f->digest == DIV_EDITED ||
	    f->digest != div_frame_digest(f);
}

/*
 * Gives the frame an edited packet, of len bytes.  Nobody has to compare digests;
 * one that is not known stays so.
 */
void
div_frame_replace(struct div_frame *f, uint8_t *packet, uint32_t len)
{
	if (f->digest != 0 || f->slot != 0)
		f->digest = DIV_EDITED;
	f->packet = packet;
	f->caplen = len;
	f->slot = 0;
	f->wire = NULL;
}

/* Before the packet moves: no reference, but a digest of what it was. */
void
div_frame_detach(struct div_frame *f)
{
	if (f->slot == 0)
		return;
	f->digest = div_frame_digest(f);
	f->slot = 0;
	f->wire = NULL;
}

/*
 * Before the packet is changed in place: moves it out of shared memory, into buf
 * of DIV_SLOT_SIZE bytes.
 */
void
div_frame_own(struct div_frame *f, uint8_t *buf)
{
	if (f->slot == 0)
		return;
	memcpy(buf, f->packet, f->caplen);
	f->packet = buf;
	div_frame_detach(f);
}
