/* SPDX-License-Identifier: ISC */

/* The pattern space: a packet while the script runs. */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "divsed.h"

static uint8_t *buffers[2]; /* what packets are edited into */
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
 * Packets without payload have no pattern space, not an empty one: s/^$/x/
 * would put data into every handshake and acknowledgement.
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

/* What the sink would refuse is left alone. */
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

/*
 * A command that changes the payload composes what it becomes in the spare
 * buffer, with room for the headers in front.  -1: the packet would be longer
 * than a frame holds.
 */
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

/* Before a change in place: the frame as read may have to be passed yet. */
void
space_own(struct space *sp)
{
	if (sp->edited)
		return;
	memcpy(sp->spare + sp->head, sp->payload, sp->len);
	sp->sparelen = sp->len;
	space_commit(sp);
}

/* The packet as it stands, as a frame of its own. */
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
 * Puts the packet as it stands: a copy, which is a new packet, unless with -n
 * this is how the packet itself goes on.
 */
int
space_print(struct space *sp)
{
	struct div_frame f;
	int copy = !nflag || sp->printed;

	sp->printed = 1;
	if (!copy && sp->span != NULL && sp->span->n > 1) {
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

/* What did not grow goes back to where it was read. */
void
space_close(struct space *sp)
{
	struct div_frame *f = sp->frame;
	size_t len = sp->head + sp->len;

	f->mark = sp->mark;
	if (sp->edited && len <= f->caplen)
		memcpy(f->packet, sp->payload - sp->head, len);
	else if (sp->edited)
		f->packet = sp->payload - sp->head;
	f->caplen = (uint32_t)len;
	if (sp->span != NULL && div_span_edit(sp->span) == -1)
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
