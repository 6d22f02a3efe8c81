/* SPDX-License-Identifier: ISC */

/* What a filter does with the payload of a span: search it, and change it. */

#include <errno.h>
#include <string.h>

#include "span.h"

#define SEARCHES 16 /* between two looks at the clock */

static struct part *
span_parts(const struct div_span *sp)
{
	return sp->spans->part + (sp->frame - sp->spans->frame);
}

/*
 * The bytes from one offset to another belong together: frames whose borders
 * lie between are run as one.  If that is beyond the end, the span waits.
 */
void
div_span_join(struct div_span *sp, size_t from, size_t to)
{
	struct part *part = span_parts(sp);
	size_t i, end = 0;

	if (from >= sp->len)
		return;
	if (to > sp->len) {
		if (from < sp->spans->wait)
			sp->spans->wait = from;
		return;
	}
	for (i = 0; i + 1 < sp->n && end < to; i++) {
		end += part[i].len;
		if (from < end && end < to)
			part[i].joined = 1;
	}
}

/* Many searches that are allowed one by one can take too long together. */
static int
overdue(unsigned int searches, uint64_t *began)
{
	if (searches == SEARCHES)
		*began = now_ns();
	return searches % SEARCHES == 0 && now_ns() - *began > SEARCH_TIME;
}

/*
 * Joins what matches of a regular expression cross, and waits for one that could
 * still become another.  If the frames so far have a match there when they are
 * alone, they must not be: what follows may forbid it.
 */
void
div_span_look(struct div_span *sp, struct div_regex *re)
{
	size_t ov[2 * DIV_RE_GROUPS], at = sp->spans->from;
	unsigned int searches = 0;
	uint64_t began = 0;
	int found = 0;

	while ((found = div_regex_partial(re, sp->payload, sp->len, at, found,
		    ov)) == 1) {
		if (overdue(++searches, &began))
			break;
		div_span_join(sp, ov[0], ov[1]);
		at = ov[1];
	}
	if (found != 2)
		return;
	at = ov[0];
	div_span_join(sp, at, SIZE_MAX);
	if (div_regex_exec(re, sp->payload, sp->len, at, 0, ov) == 1)
		span_parts(sp)[sp->n - 1].joined = 1;
}

/* Gives frame i another payload; what grew lies in memory of its own. */
static void
set_payload(struct div_span *sp, size_t i, const uint8_t *text, size_t len)
{
	const struct part *part = &span_parts(sp)[i];
	struct div_frame *f = &sp->frame[i];

	if (len > part->len) {
		memcpy(sp->spans->grown, f->packet, part->head);
		f->packet = sp->spans->grown;
	}
	memcpy(f->packet + part->head, text, len);
	f->caplen = (uint32_t)(part->head + len);
}

/*
 * What is the same at both ends stays where it is.  Of what has changed between,
 * each frame takes as much as it had, and the last one what remains.
 */
static int
edit_payloads(struct div_span *sp, const uint8_t *new, size_t len)
{
	const struct part *part = span_parts(sp);
	const uint8_t *old = sp->payload;
	size_t least = len < sp->len ? len : sp->len;
	size_t before = 0, after = 0, last = 0, end = part[0].len, off, i, n;

	while (before < least && old[before] == new[before])
		before++;
	while (after < least - before &&
	    old[sp->len - 1 - after] == new[len - 1 - after])
		after++;
	while (end < sp->len - after)
		end += part[++last].len;
	off = end - part[last].len;
	if (off > len - after)
		off = len - after;
	n = len - off - (sp->len - end);
	if (n > DIV_PACKETMAX - part[last].head) {
		errno = EMSGSIZE;
		return -1;
	}
	if (len == sp->len && before < len)
		past_add(sp, before, len - after - before, new);
	set_payload(sp, last, new + off, n);
	for (i = 0; i < last; i++) {
		n = off < part[i].len ? off : part[i].len;
		set_payload(sp, i, new, n);
		new += n;
		off -= n;
	}
	return 0;
}

/* What changed in the headers of the first frame changes in all. */
static void
edit_headers(struct div_span *sp, const uint8_t *new, size_t head)
{
	const struct part *part = span_parts(sp);
	uint8_t *old = sp->frame[0].packet;
	size_t i, at;

	for (at = 0; at < head; at++) {
		if (old[at] == new[at])
			continue;
		for (i = 1; i < sp->n; i++)
			if (at < part[i].head)
				sp->frame[i].packet[at] = new[at];
	}
	memcpy(old, new, head);
}

/*
 * Makes the frames what the whole has become: its payload, its mark, and the
 * same change to their headers.  At most one frame grows.  -1 with EMSGSIZE when
 * it would be too long for a frame; nothing has changed then.
 */
int
div_span_edit(struct div_span *sp)
{
	const struct div_frame *whole = sp->whole;
	size_t head = span_parts(sp)[0].head, i;

	if (sp->n == 1)
		return 0;
	if (edit_payloads(sp, whole->packet + head, whole->caplen - head) == -1)
		return -1;
	edit_headers(sp, whole->packet, head);
	for (i = 0; i < sp->n; i++)
		sp->frame[i].mark = whole->mark;
	return 0;
}

/*
 * Puts drop records for all frames.  Several of them are dropped for what they
 * are together: each will come again alone, and is dropped then.
 */
int
div_span_drop(struct div_span *sp, struct div_writer *w)
{
	size_t i;

	if (sp->n > 1)
		past_add(sp, 0, sp->len, NULL);
	for (i = 0; i < sp->n; i++)
		if (div_writer_drop(w, &sp->frame[i]) == -1)
			return -1;
	return 0;
}
