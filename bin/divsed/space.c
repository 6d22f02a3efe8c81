/* SPDX-License-Identifier: ISC */

/*
 * The pattern space: the payload of a packet while the script runs.  It lies in
 * the frame until it is edited, then in one of two buffers, headers first: a
 * command reads one and composes the new payload in the other.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "divsed.h"

static uint8_t *buffers[2]; /* of DIV_PACKETMAX bytes */
static uint64_t untouched[DIV_NREASONS];

void
space_init(void)
{
	buffers[0] = malloc(DIV_PACKETMAX);
	buffers[1] = malloc(DIV_PACKETMAX);
	if (buffers[0] == NULL || buffers[1] == NULL)
		err(1, NULL);
}

/*
 * A packet without payload has no pattern space, rather than an empty one:
 * s/^$/x/ would put data into every handshake and acknowledgement.
 */
void
space_open(struct space *sp, struct div_frame *f)
{
	memset(sp, 0, sizeof(*sp));
	sp->frame = f;
	sp->mark = f->mark;
	sp->spare = buffers[0];
	sp->refused = div_editable(f, &sp->parsed);
	if (sp->refused == DIV_REFUSE_MALFORMED)
		sp->parsed.payload = f->caplen;
	sp->head = sp->parsed.payload;
	sp->payload = f->packet + sp->head;
	sp->len = f->caplen - sp->head;
	sp->exists = sp->len > 0;
}

/* False for packets that the sink would refuse to edit. */
int
space_allows(struct space *sp)
{
	if (sp->refused != DIV_OK && !sp->counted) {
		sp->counted = 1;
		untouched[sp->refused]++;
	}
	return sp->refused == DIV_OK;
}

int
space_editable(struct space *sp)
{
	return space_allows(sp) && sp->exists;
}

/* Appends to the new payload.  -1: the packet would not fit in a frame. */
int
space_append(struct space *sp, const void *p, size_t n)
{
	uint8_t *end = sp->spare + sp->head + sp->sparelen;

	if (n > DIV_PACKETMAX - sp->head - sp->sparelen) {
		untouched[DIV_REFUSE_TOOLONG]++;
		return -1;
	}
	memcpy(end, p, n);
	sp->sparelen += n;
	return 0;
}

/* Makes the new payload the current one. */
void
space_commit(struct space *sp)
{
	memcpy(sp->spare, sp->payload - sp->head, sp->head);
	sp->payload = sp->spare + sp->head;
	sp->len = sp->sparelen;
	sp->sparelen = 0;
	sp->spare = sp->spare == buffers[0] ? buffers[1] : buffers[0];
	sp->edited = 1;
}

/*
 * Before a change in place: copies the payload out of the frame, which may
 * have to pass untouched.
 */
void
space_own(struct space *sp)
{
	if (sp->edited)
		return;
	memcpy(sp->spare + sp->head, sp->payload, sp->len);
	sp->sparelen = sp->len;
	space_commit(sp);
}

/* The current packet as a frame, valid until the next edit. */
void
space_frame(const struct space *sp, struct div_frame *f)
{
	*f = *sp->frame;
	f->wire = NULL;
	f->mark = sp->mark;
	f->packet = sp->payload - sp->head;
	f->caplen = (uint32_t)(sp->head + sp->len);
}

/*
 * p puts a copy, which is a new packet (DIV_INJECT).  The first p with -n puts
 * the packet itself.
 */
int
space_print(struct space *sp)
{
	struct div_frame f;
	int copy = !nflag || sp->printed;

	sp->printed = 1;
	if (!copy && sp->run != NULL) {
		space_close(sp);
		return space_pass(sp);
	}
	space_frame(sp, &f);
	if (copy) {
		f.type = DIV_INJECT;
		f.id = 0;
	}
	return div_writer_put(sp->out, &f);
}

/* Gives the frame the packet, unless it is as it was. */
void
space_close(struct space *sp)
{
	struct div_frame *f = sp->frame;
	uint8_t *packet = sp->payload - sp->head;
	size_t len = sp->head + sp->len;

	f->mark = sp->mark;
	if (sp->edited &&
	    (len != f->caplen || memcmp(f->packet, packet, len) != 0))
		div_frame_replace(f, packet, (uint32_t)len);
	if (sp->run != NULL && div_run_edit(sp->run) == -1)
		untouched[DIV_REFUSE_TOOLONG]++;
}

void
space_report(void)
{
	int i;

	for (i = 0; i < DIV_NREASONS; i++)
		if (untouched[i] != 0)
			fprintf(stderr, "%s: %llu passed untouched: %s\n",
			    getprogname(), (unsigned long long)untouched[i],
			    div_reason((enum div_reason)i));
}
