/* SPDX-License-Identifier: ISC */

/*
 * The filter's operations on a run: find the segments that a match crosses and
 * join them; write an edit of the whole back into the segments; drop them.
 */

#include <errno.h>
#include <string.h>

#include "reassembly/reass.h"

static struct reass_part *
run_parts(const struct div_run *run)
{
	return run->reass->part + (run->frame - run->reass->frame);
}

/* The offset at which the bytes of a frame begin; behind the last one, len. */
size_t
div_run_offset(const struct div_run *run, size_t n)
{
	const struct reass_part *part = run_parts(run);
	size_t i, off = run->passed;

	for (i = 0; i < n; i++)
		off += part[i].len;
	return off;
}

/*
 * Joins the frames of the bytes from one offset to another: the filter gets them
 * as one.  If the second offset is beyond the end, the run waits for more.
 */
void
div_run_join(struct div_run *run, size_t from, size_t to)
{
	struct reass_part *part = run_parts(run);
	size_t i, end = run->passed;

	if (from >= run->len)
		return;
	if (to > run->len) {
		if (from < run->reass->wait)
			run->reass->wait = from;
		return;
	}
	for (i = 0; i + 1 < run->n && end < to; i++) {
		end += part[i].len;
		if (from < end && end < to)
			part[i].joined = 1;
	}
}

/* Counts a search that reached a limit; returns what it returned. */
static int
count_limited(struct div_run *run, int found)
{
	if (found == -1 && errno == E2BIG)
		run->reass->n.limited++;
	return found;
}

/*
 * Joins the frames that a match of the regular expression crosses, and waits if
 * more bytes could make a match or change one.  If the frames so far match there
 * already, the last one is joined with the next in any case, because the bytes
 * that follow may rule the match out.  Behind a search that reaches a limit
 * nothing is joined.
 */
void
div_run_search(struct div_run *run, struct div_regex *re)
{
	size_t ov[2 * DIV_RE_GROUPS], at = run->reass->from;
	struct div_timelimit limit = { 0 };
	int found = 0;

	while ((found = div_regex_partial(re, run->payload, run->len, at, found,
		    ov)) == 1) {
		if (div_overdue(&limit)) {
			run->reass->n.limited++;
			return;
		}
		div_run_join(run, ov[0], ov[1]);
		at = ov[1];
	}
	if (count_limited(run, found) != 2)
		return;
	at = ov[0];
	div_run_join(run, at, SIZE_MAX);
	found = div_regex_exec(re, run->payload, run->len, at, 0, ov);
	if (count_limited(run, found) == 1)
		run_parts(run)[run->n - 1].joined = 1;
}

/* Gives frame i another payload; a frame that grows gets other memory. */
static void
set_payload(struct div_run *run, size_t i, const uint8_t *text, size_t len)
{
	const struct reass_part *part = &run_parts(run)[i];
	struct div_frame *f = &run->frame[i];

	if (len > part->len) {
		memcpy(run->reass->grown, f->packet, part->head);
		f->packet = run->reass->grown;
	}
	memcpy(f->packet + part->head, text, len);
	f->caplen = (uint32_t)(part->head + len);
}

/* Records a change within bytes of the same length, but of what has gone on. */
static void
record(const struct div_run *run, size_t from, size_t to, const uint8_t *new)
{
	if (from < run->passed)
		from = run->passed;
	if (from < to && run->reass->stream != NULL)
		reass_history_add(run->reass, run->reass->stream,
		    run_parts(run)[0].seq + (uint32_t)(from - run->passed),
		    new + from, to - from);
}

/*
 * Bytes that are the same at both ends stay in their frames.  Of those between,
 * each frame takes as many as it had, and the last one that changes the rest.
 * What takes the place of bytes that have gone on is left out.
 */
static int
edit_payloads(struct div_run *run, const uint8_t *new, size_t len)
{
	const struct reass_part *part = run_parts(run);
	const uint8_t *old = run->payload;
	size_t min = len < run->len ? len : run->len;
	size_t before = 0, after = 0, last = 0, off, i, n;
	size_t end = run->passed + part[0].len;

	while (before < min && old[before] == new[before])
		before++;
	while (after < min - before &&
	    old[run->len - 1 - after] == new[len - 1 - after])
		after++;
	if (run->len - after <= run->passed)
		return 0;
	while (end < run->len - after)
		end += part[++last].len;
	off = end - part[last].len;
	if (off > len - after)
		off = len - after;
	n = len - off - (run->len - end);
	if (n > DIV_PACKETMAX - part[last].head) {
		errno = EMSGSIZE;
		return -1;
	}
	if (len == run->len)
		record(run, before, len - after, new);
	set_payload(run, last, new + off, n);
	n = off < run->passed ? off : run->passed;
	for (i = 0; i < last; i++) {
		new += n;
		off -= n;
		n = off < part[i].len ? off : part[i].len;
		set_payload(run, i, new, n);
	}
	return 0;
}

/*
 * Changes the headers of all frames as those of the first have changed, but for
 * the sequence number.
 */
static void
edit_headers(struct div_run *run, uint8_t *new, size_t head)
{
	const struct reass_part *part = run_parts(run);
	uint8_t *old = run->frame[0].packet;
	struct div_packet p;
	size_t i, at;

	if (div_packet_parse(&p, old, head) == 0 && p.l4 + 8 <= head)
		memcpy(new + p.l4 + 4, old + p.l4 + 4, 4);
	for (at = 0; at < head; at++) {
		if (old[at] == new[at])
			continue;
		for (i = 1; i < run->n; i++)
			if (at < part[i].head - part[i].old)
				run->frame[i].packet[at] = new[at];
	}
	memcpy(old, new, head);
}

/*
 * Writes the edited whole back into the frames: its payload, its mark, and the
 * change to its headers.  At most one frame grows.  -1 with EMSGSIZE if that one
 * would be too long for a frame; then nothing is changed.
 */
int
div_run_edit(struct div_run *run)
{
	const struct div_frame *whole = run->whole;
	size_t head, i;

	if (whole == run->frame)
		return 0;
	head = run_parts(run)[0].head - run_parts(run)[0].old;
	if (edit_payloads(run, whole->packet + head, whole->caplen - head) ==
	    -1)
		return -1;
	edit_headers(run, whole->packet, head);
	for (i = 0; i < run->n; i++)
		run->frame[i].mark = whole->mark;
	return 0;
}

/*
 * Before a frame goes on: bytes that were there before are what they were then,
 * and edits are recorded.  The sink does that for frames of another length.
 */
static void
settle(struct div_run *run, size_t i)
{
	const struct reass_part *part = &run_parts(run)[i];
	struct div_reass *ra = run->reass;
	struct div_frame *f = &run->frame[i];
	uint8_t *payload = f->packet + part->head;
	size_t from, to;

	if (part->old > 0) {
		payload -= part->old;
		(void)reass_past_copy(ra->stream,
		    part->seq - (uint32_t)part->old, payload, part->old);
		reass_history_apply(ra, ra->stream,
		    part->seq - (uint32_t)part->old, payload, part->old);
		payload += part->old;
	}
	if (f->caplen != part->head + part->len)
		return;
	if (ra->again)
		reass_history_apply(ra, ra->stream, part->seq, payload,
		    part->len);
	else if (run->whole == run->frame &&
	    reass_past_differs(ra->stream, part->seq, payload, part->len, &from,
		&to))
		record(run, from, to, payload);
}

/* Puts all frames. */
int
div_run_put(struct div_run *run, struct div_writer *w)
{
	size_t i;

	for (i = 0; i < run->n; i++) {
		if (run->reass->stream != NULL)
			settle(run, i);
		if (div_writer_put(w, &run->frame[i]) == -1)
			return -1;
	}
	return 0;
}

/*
 * Puts drop records for all frames.  They are remembered, because they will be
 * retransmitted, perhaps cut otherwise, and must be dropped again; but not if
 * they are undecided.
 */
int
div_run_drop(struct div_run *run, struct div_writer *w)
{
	struct div_reass *ra = run->reass;
	size_t i;

	ra->dropped = 1;
	if (run->undecided == DIV_DECIDED && ra->stream != NULL && !ra->again)
		reass_history_add(ra, ra->stream, run_parts(run)[0].seq, NULL,
		    run->len - run->passed);
	for (i = 0; i < run->n; i++)
		if (div_writer_drop(w, &run->frame[i]) == -1)
			return -1;
	return 0;
}
