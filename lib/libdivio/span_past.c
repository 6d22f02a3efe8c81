/* SPDX-License-Identifier: ISC */

/*
 * What became of segments that were run as one.  When one of them is lost later
 * on, it comes again, and alone: it shows nothing of what it was part of.
 */

#include <stdlib.h>
#include <string.h>

#include "span.h"

static void
past_free(struct div_spans *ss, struct past *past)
{
	LIST_REMOVE(past, chain);
	TAILQ_REMOVE(&ss->pasts, past, age);
	ss->npasts--;
	ss->pastbytes -= past->len;
	free(past);
}

/* Those of one flow are in order, the last of the stream first. */
static void
past_insert(struct bucket *bucket, struct past *new)
{
	struct past *past, *last = NULL;

	LIST_FOREACH(past, &bucket->pasts, chain) {
		last = past;
		if (memcmp(&past->key, &new->key, sizeof(new->key)) == 0 &&
		    (int32_t)(past->seq - new->seq) <= 0) {
			LIST_INSERT_BEFORE(past, new, chain);
			return;
		}
	}
	if (last == NULL)
		LIST_INSERT_HEAD(&bucket->pasts, new, chain);
	else
		LIST_INSERT_AFTER(last, new, chain);
}

/*
 * Notes that len bytes from an offset of a span on became those in new, or were
 * dropped if that is NULL.  Without memory it is not noted.
 */
void
past_add(const struct div_span *sp, size_t off, size_t len, const uint8_t *new)
{
	struct div_spans *ss = sp->spans;
	const struct div_frame *f = &sp->frame[0];
	struct bucket *bucket;
	struct div_packet p;
	struct past *past;

	if (div_packet_parse(&p, f->packet, f->caplen) == -1 ||
	    (past = malloc(sizeof(*past) + 2 * len)) == NULL)
		return;
	bucket = run_bucket(ss, &p, &past->key);
	past->seq = get32(p.data + p.l4 + 4) + (uint32_t)off;
	past->len = len;
	past->dropped = new == NULL;
	memcpy(past->bytes, sp->payload + off, len);
	if (new != NULL)
		memcpy(past->bytes + len, new + off, len);
	past_insert(bucket, past);
	TAILQ_INSERT_TAIL(&ss->pasts, past, age);
	ss->npasts++;
	ss->pastbytes += len;
	while (ss->npasts > PASTS || ss->pastbytes > PAST_BYTES)
		past_free(ss, TAILQ_FIRST(&ss->pasts));
}

/* Makes of bytes that come again what became of them; 1 if that was nothing. */
int
past_apply(struct div_spans *ss, const struct div_packet *p, uint8_t *payload)
{
	const struct past *past;
	struct run_key key;
	int64_t off, from, to, len = (int64_t)(p->len - p->payload);
	int found = 0;

	if (ss->npasts == 0)
		return 0;
	LIST_FOREACH(past, &run_bucket(ss, p, &key)->pasts, chain) {
		if (memcmp(&past->key, &key, sizeof(key)) != 0)
			continue;
		off = (int32_t)(get32(p->data + p->l4 + 4) - past->seq);
		from = off < 0 ? 0 : off;
		to = (int64_t)past->len < off + len ? (int64_t)past->len :
						      off + len;
		if (from >= (int64_t)past->len)
			break;
		if (from >= to ||
		    memcmp(payload + from - off, past->bytes + from,
			(size_t)(to - from)) != 0)
			continue;
		if (past->dropped)
			return 1;
		memcpy(payload + from - off, past->bytes + past->len + from,
		    (size_t)(to - from));
		found = 1;
	}
	ss->n.again += (uint64_t)found;
	return 0;
}

void
pasts_free(struct div_spans *ss)
{
	while (!TAILQ_EMPTY(&ss->pasts))
		past_free(ss, TAILQ_FIRST(&ss->pasts));
}
