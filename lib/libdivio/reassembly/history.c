/* SPDX-License-Identifier: ISC */

/*
 * Edits, so that retransmissions are edited as the bytes were the first time.  The
 * sender may cut them elsewhere, and one segment alone does not show the match
 * that it was part of.
 */

#include <stdlib.h>
#include <string.h>

#include "reassembly/reass.h"

static void
edit_free(struct div_reass *ra, struct reass_edit *edit)
{
	LIST_REMOVE(edit, entry);
	TAILQ_REMOVE(&ra->edits, edit, age);
	ra->nedits--;
	ra->editbytes -= edit->size;
	free(edit);
}

/* Keeps a stream's edits in order, the last of the stream first. */
static void
edit_insert(struct reass_stream *stream, struct reass_edit *new)
{
	struct reass_edit *edit, *last = NULL;

	LIST_FOREACH(edit, &stream->edits, entry) {
		if (seq_diff(edit->seq, new->seq) <= 0) {
			LIST_INSERT_BEFORE(edit, new, entry);
			return;
		}
		last = edit;
	}
	if (last == NULL)
		LIST_INSERT_HEAD(&stream->edits, new, entry);
	else
		LIST_INSERT_AFTER(last, new, entry);
}

/*
 * Records that len bytes became the bytes in new, or were dropped if that is
 * NULL.  Without memory it is not recorded.
 */
void
reass_history_add(struct div_reass *ra, struct reass_stream *stream,
    uint32_t seq, const uint8_t *new, size_t len)
{
	size_t size = new == NULL ? 0 : len;
	struct reass_edit *edit;

	if (len == 0 || (edit = malloc(sizeof(*edit) + size)) == NULL)
		return;
	edit->stream = stream;
	edit->seq = seq;
	edit->len = len;
	edit->dropped = new == NULL;
	edit->size = size;
	if (size > 0)
		memcpy(edit->bytes, new, size);
	edit_insert(stream, edit);
	TAILQ_INSERT_TAIL(&ra->edits, edit, age);
	ra->nedits++;
	ra->editbytes += size;
	while (ra->nedits > REASS_EDITS || ra->editbytes > REASS_EDIT_BYTES)
		edit_free(ra, TAILQ_FIRST(&ra->edits));
}

/* The part of an edit within len bytes from seq, as offsets in the edit. */
static int
overlap(const struct reass_edit *edit, uint32_t seq, size_t len, int64_t *from,
    int64_t *to)
{
	int64_t off = seq_diff(seq, edit->seq);

	*from = off < 0 ? 0 : off;
	*to = off + (int64_t)len;
	if (*to > (int64_t)edit->len)
		*to = (int64_t)edit->len;
	return *from < *to;
}

/* Whether some of the bytes were dropped. */
int
reass_history_dropped(const struct div_reass *ra,
    const struct reass_stream *stream, uint32_t seq, size_t len)
{
	const struct reass_edit *edit;
	int64_t from, to;

	if (ra->nedits == 0)
		return 0;
	LIST_FOREACH(edit, &stream->edits, entry)
		if (edit->dropped && overlap(edit, seq, len, &from, &to))
			return 1;
	return 0;
}

/* Edits bytes as the first time. */
void
reass_history_apply(const struct div_reass *ra,
    const struct reass_stream *stream, uint32_t seq, uint8_t *p, size_t len)
{
	const struct reass_edit *edit;
	int64_t from, to;

	if (ra->nedits == 0)
		return;
	LIST_FOREACH(edit, &stream->edits, entry)
		if (!edit->dropped && overlap(edit, seq, len, &from, &to))
			memcpy(p + seq_diff(edit->seq, seq) + from,
			    edit->bytes + from, (size_t)(to - from));
}

void
reass_history_clear(struct div_reass *ra, struct reass_stream *stream)
{
	while (!LIST_EMPTY(&stream->edits))
		edit_free(ra, LIST_FIRST(&stream->edits));
}
