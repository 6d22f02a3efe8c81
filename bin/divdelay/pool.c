/* SPDX-License-Identifier: ISC */

/*
 * Memory of packets that wait, in sizes of powers of two.  What is free again is
 * kept, so that packets of a steady flow need no more of it; all together is
 * bounded.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "divdelay.h"

#define SIZE_MIN 512 /* bytes */
#define CLASSES 14   /* up to 4 MiB: a frame of any length */

static struct delayed *unused[CLASSES];
static size_t total; /* bytes, of unused ones, too */

/* Gives back what other sizes do not use. */
static void
trim(void)
{
	struct delayed *d;
	int i;

	for (i = 0; i < CLASSES; i++)
		while ((d = unused[i]) != NULL) {
			unused[i] = d->next;
			total -= (size_t)SIZE_MIN << i;
			free(d);
		}
}

static struct delayed *
allocate(unsigned int size)
{
	size_t bytes = (size_t)SIZE_MIN << size;
	struct delayed *d = unused[size];

	if (d != NULL) {
		unused[size] = d->next;
		return d;
	}
	if (total + bytes > POOL_BYTES)
		trim();
	if (total + bytes > POOL_BYTES) {
		errno = ENOBUFS;
		return NULL;
	}
	if ((d = malloc(bytes)) != NULL)
		total += bytes;
	return d;
}

/*
 * A copy of a frame, or NULL: ENOBUFS at the limit, or ENOMEM.  In shared memory
 * its packet stays where it is, until the frame has left.
 */
struct delayed *
pool_new(const struct div_frame *f)
{
	size_t opaque = f->hdrlen - DIV_HDRLEN;
	size_t len = f->slot != 0 ? 0 : f->caplen;
	size_t bytes = sizeof(struct delayed) + opaque + len;
	unsigned int size = 0;
	struct delayed *d;

	while ((size_t)SIZE_MIN << size < bytes)
		size++;
	if ((d = allocate(size)) == NULL)
		return NULL;
	d->size = size;
	d->frame = *f;
	d->frame.wire = NULL;
	d->frame.opaque = d->bytes;
	if (f->slot == 0)
		d->frame.packet = d->bytes + opaque;
	if (opaque != 0)
		memcpy(d->bytes, f->opaque, opaque);
	if (len != 0)
		memcpy(d->frame.packet, f->packet, len);
	return d;
}

void
pool_free(struct delayed *d)
{
	d->next = unused[d->size];
	unused[d->size] = d;
}
