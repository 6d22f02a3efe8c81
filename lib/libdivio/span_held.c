/* SPDX-License-Identifier: ISC */

/* Frames that wait for the next of their flow, and where to find them. */

#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "span.h"

#define BUCKETS 1024

/* NULL when memory is short. */
struct div_spans *
div_spans_new(const struct div_span_ops *ops, void *arg, unsigned int ms)
{
	struct div_spans *ss;

	if ((ss = calloc(1, sizeof(*ss))) == NULL)
		return NULL;
	ss->table = calloc(BUCKETS, sizeof(*ss->table));
	ss->packet = malloc(DIV_PACKETMAX);
	ss->grown = malloc(DIV_PACKETMAX);
	TAILQ_INIT(&ss->age);
	TAILQ_INIT(&ss->pasts);
	if (ss->table == NULL || ss->packet == NULL || ss->grown == NULL) {
		div_spans_free(ss);
		return NULL;
	}
	ss->ops = ops;
	ss->arg = arg;
	ss->limit = (uint64_t)ms * 1000000;
	arc4random_buf(&ss->seed, sizeof(ss->seed));
	return ss;
}

const struct div_span_counters *
div_spans_counters(const struct div_spans *ss)
{
	return &ss->n;
}

struct bucket *
run_bucket(struct div_spans *ss, const struct div_packet *p,
    struct run_key *key)
{
	key->side = (uint64_t)div_flow_key(&key->flow, p);
	return &ss->table[XXH3_64bits_withSeed(key, sizeof(*key), ss->seed) %
	    BUCKETS];
}

/* Where a segment stands to what is held. */
static enum place
place_of(const struct run *run, const struct div_packet *p)
{
	const uint8_t *tcp = p->data + p->l4;
	int64_t off = (int32_t)(get32(tcp + 4) - run->seq);
	int64_t len = (int64_t)(p->len - p->payload);
	int64_t end = (int64_t)run->len;

	if (tcp[13] & (TH_SYN | TH_RST))
		return BREAK;
	if (off > end || off + len <= 0)
		return ASIDE;
	if (off == end && len > 0)
		return NEXT;
	if (off >= 0 && off + len <= end && !(tcp[13] & TH_FIN) &&
	    memcmp(run->payload + off, p->data + p->payload, (size_t)len) == 0)
		return AGAIN;
	return BREAK;
}

/*
 * What is held that a segment has to do with, or NULL.  A flow has several runs
 * where something is missing between them.
 */
struct run *
run_find(struct div_spans *ss, const struct div_packet *p, enum place *place)
{
	struct run_key key;
	struct run *run;

	if (ss->frames == 0)
		return NULL;
	LIST_FOREACH(run, &run_bucket(ss, p, &key)->runs, chain) {
		if (memcmp(&run->key, &key, sizeof(key)) != 0)
			continue;
		if ((*place = place_of(run, p)) != ASIDE)
			break;
	}
	return run;
}

/* Makes the held frames those of the span in the works; how many they are. */
size_t
run_load(struct div_spans *ss, const struct run *run)
{
	const struct held *h;
	size_t n = 0;

	TAILQ_FOREACH(h, &run->frames, next) {
		ss->frame[n] = h->f;
		ss->part[n++] = h->part;
	}
	return n;
}

/* Adds to the payload; -1 when memory is short. */
int
run_append(struct run *run, const uint8_t *p, size_t n)
{
	size_t size = run->size;
	uint8_t *new;

	if (n == 0)
		return 0;
	while (size < run->len + n)
		size = size == 0 ? 4096 : 2 * size;
	if (run->payload == NULL || size > run->size) {
		if ((new = realloc(run->payload, size)) == NULL)
			return -1;
		run->payload = new;
		run->size = size;
	}
	memcpy(run->payload + run->len, p, n);
	run->len += n;
	return 0;
}

/* A run of no frame yet, with the payload of the first. */
struct run *
run_new(struct div_spans *ss, const struct div_packet *p)
{
	struct run *run;

	if ((run = calloc(1, sizeof(*run))) == NULL)
		return NULL;
	TAILQ_INIT(&run->frames);
	run->seq = get32(p->data + p->l4 + 4);
	if (run_append(run, p->data + p->payload, p->len - p->payload) == -1) {
		free(run);
		return NULL;
	}
	LIST_INSERT_HEAD(&run_bucket(ss, p, &run->key)->runs, run, chain);
	return run;
}

/* Keeps a copy of a frame whose payload the run has; -1 without memory. */
int
run_hold(struct div_spans *ss, struct run *run, const struct div_frame *f,
    const struct part *part)
{
	size_t opaque = f->hdrlen - DIV_HDRLEN;
	struct held *h;

	if ((h = malloc(sizeof(*h) + opaque + f->caplen)) == NULL)
		return -1;
	h->run = run;
	h->f = *f;
	h->f.wire = NULL;
	h->f.opaque = h->bytes;
	h->f.packet = h->bytes + opaque;
	if (opaque > 0)
		memcpy(h->bytes, f->opaque, opaque);
	memcpy(h->f.packet, f->packet, f->caplen);
	h->part = *part;
	h->due = now_ns() + ss->limit;
	TAILQ_INSERT_TAIL(&run->frames, h, next);
	TAILQ_INSERT_TAIL(&ss->age, h, age);
	run->n++;
	ss->frames++;
	ss->bytes += f->caplen;
	ss->n.held++;
	return 0;
}

/* Forgets the first frame; the bytes of its payload. */
static size_t
run_shift(struct div_spans *ss, struct run *run)
{
	struct held *h = TAILQ_FIRST(&run->frames);
	size_t len = h->part.len;

	TAILQ_REMOVE(&run->frames, h, next);
	TAILQ_REMOVE(&ss->age, h, age);
	run->n--;
	ss->frames--;
	ss->bytes -= h->f.caplen;
	free(h);
	return len;
}

/* Forgets the first n frames, which have been run. */
void
run_cut(struct div_spans *ss, struct run *run, size_t n)
{
	size_t off = 0;

	for (; n > 0; n--)
		off += run_shift(ss, run);
	memmove(run->payload, run->payload + off, run->len - off);
	run->len -= off;
	run->seq += (uint32_t)off;
}

void
run_free(struct div_spans *ss, struct run *run)
{
	while (!TAILQ_EMPTY(&run->frames))
		run_shift(ss, run);
	LIST_REMOVE(run, chain);
	free(run->payload);
	free(run);
}

/* Frees it; what is held is lost. */
void
div_spans_free(struct div_spans *ss)
{
	struct held *h;

	if (ss == NULL)
		return;
	while ((h = TAILQ_FIRST(&ss->age)) != NULL)
		run_free(ss, h->run);
	pasts_free(ss);
	free(ss->table);
	free(ss->packet);
	free(ss->grown);
	free(ss);
}
