/* SPDX-License-Identifier: ISC */

/*
 * The codec of a stream of frames: divio(5).  Where both ends of a pipe share
 * memory, a frame goes through it by reference.
 */

#include <errno.h>
#include <string.h>

#include "stream/stream.h"

static int
frame_fail(struct div_reader *r, const uint8_t *p)
{
	switch (errno) {
	case EBADMSG:
		return reader_fail(r, EBADMSG, "bad magic, no frame here");
	case EPROTONOSUPPORT:
		return reader_fail(r, EBADMSG,
		    "frame version %d, "
		    "this program knows 1",
		    p[4]);
	default:
		return reader_fail(r, EBADMSG,
		    "absurd length: "
		    "header %u, packet %u bytes",
		    get16(p + 6), get32(p + 8));
	}
}

/* A frame by reference has no bytes behind its header. */
static int
is_reference(const struct div_reader *r, const struct div_frame *f)
{
	return r->slots != NULL && f->type == DIV_PACKET &&
	    f->flags & SLOTS_FLAG && f->caplen == 0;
}

/* The packet of the next reference comes into the cache meanwhile. */
static void
prefetch_next(const struct div_reader *r)
{
	if (r->wpos - r->rpos >= DIV_HDRLEN)
		slots_prefetch(r->slots, get64(r->buf + r->rpos + 32));
}

static int
frame_resolve(struct div_reader *r, struct div_frame *f)
{
	if (!is_reference(r, f))
		return 1;
	prefetch_next(r);
	if (r->edit != NULL && f->digest > UINT32_MAX ?
		slots_take_edit(r->slots, f, r->edit) :
		slots_resolve(r->slots, f))
		return 1;
	return reader_fail(r, EBADMSG, "reference to no packet");
}

static int
frame_next(struct div_reader *r, struct div_frame *f)
{
	size_t have, need;
	int n;

	for (;;) {
		have = r->wpos - r->rpos;
		n = div_frame_decode(f, r->buf + r->rpos, have);
		if (n == 1) {
			r->rpos += (size_t)f->hdrlen + f->caplen;
			return frame_resolve(r, f);
		}
		if (n == -1)
			return frame_fail(r, r->buf + r->rpos);
		need = have < 12 ? have + 1 : (size_t)f->hdrlen + f->caplen;
		if ((n = reader_fill(r, need)) == -1)
			return -1;
		if (n == 0)
			return have == 0 && r->wpos == r->rpos ?
			    0 :
			    reader_fail(r, EBADMSG, "truncated frame");
	}
}

static int
put_header(struct div_writer *w, const struct div_frame *f)
{
	uint8_t *p = writer_reserve(w, f->hdrlen);

	return p == NULL ? -1 : writer_commit(w, div_frame_encode(f, p));
}

static int
put_reference(struct div_writer *w, const struct div_frame *f, uint64_t slot)
{
	struct div_frame g = *f;

	g.flags |= SLOTS_FLAG;
	g.digest = slot;
	g.caplen = 0;
	return put_header(w, &g);
}

/* The packet is in shared memory, and stays there if the next process can see it. */
static int
put_shared(struct div_writer *w, const struct div_frame *f)
{
	struct div_frame g = *f;

	if (w->refers) {
		slots_publish(w->slots, f);
		return put_reference(w, f, f->slot);
	}
	g.digest = div_frame_digest(f);
	return put_header(w, &g) == -1 ? -1 :
					 writer_ref(w, f->packet, f->caplen);
}

static int
frame_put(struct div_writer *w, const struct div_frame *f)
{
	size_t len = (size_t)f->hdrlen + f->caplen;
	struct div_frame g;
	uint64_t slot;
	uint8_t *p;

	if (f->slot != 0 && w->slots != NULL && slots_holds(w->slots, f))
		return put_shared(w, f);
	if (w->edits && (slot = slots_put_edit(w->slots, f)) != 0)
		return put_reference(w, f, slot);
	if (w->refers && f->caplen == 0 && f->flags & SLOTS_FLAG) {
		g = *f;
		g.flags &= (uint8_t)~SLOTS_FLAG;
		f = &g;
	}
	if (f->wire != NULL && f->packet == f->wire + f->hdrlen) {
		div_frame_encode(f, f->wire);
		return writer_ref(w, f->wire, len);
	}
	if ((p = writer_reserve(w, len)) == NULL)
		return -1;
	div_frame_encode(f, p);
	if (f->caplen != 0)
		memcpy(p + f->hdrlen, f->packet, f->caplen);
	return writer_commit(w, len);
}

const struct codec codec_frame = {
	.name = "frame",
	.next = frame_next,
	.put = frame_put,
};
