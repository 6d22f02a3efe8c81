/* SPDX-License-Identifier: ISC */

/* With -S: segments that are looked at together, and get the mark together. */

#include "divmark.h"
#include "tool.h"

#define HOST_MAX (16 * 1024) /* bytes that may come before a name */

static size_t
payload_len(const struct div_frame *f)
{
	struct div_packet p;

	return div_packet_parse(&p, f->packet, f->caplen) == -1 ?
	    0 :
	    p.len - p.payload;
}

static int
host_at(struct div_hostname *h, const struct div_packet *p, const uint8_t *data,
    size_t len)
{
	return div_hostname(h, p, data, len < HOST_MAX ? len : HOST_MAX);
}

/* Joins as many segments as the name needs, from the i-th on. */
static void
join_host(struct div_span *sp, const struct div_packet *p, size_t i, size_t off)
{
	struct div_hostname h;
	size_t end = off;

	for (; i < sp->n; i++) {
		end += payload_len(&sp->frame[i]);
		if (host_at(&h, p, sp->payload + off, end - off))
			break;
	}
	div_span_join(sp, off, end);
}

/* A name may begin with each segment; one that is not whole is waited for. */
static void
look_host(struct div_span *sp)
{
	struct div_packet p;
	struct div_hostname h;
	size_t i, off;

	if (div_packet_parse(&p, sp->frame->packet, sp->frame->caplen) == -1)
		return;
	for (i = off = 0; i < sp->n; off += payload_len(&sp->frame[i++])) {
		if (host_at(&h, &p, sp->payload + off, sp->len - off))
			join_host(sp, &p, i, off);
		else if (h.want > 0 && sp->len - off < HOST_MAX)
			div_span_join(sp, off, sp->len + h.want);
	}
}

static void
look(void *arg, struct div_span *sp)
{
	(void)arg;
	if (expression != NULL &&
	    !div_filter_match(expression, &sp->frame[sp->n - 1]))
		return;
	if (eflag != NULL)
		div_span_look(sp, eflag);
	if (lists->patterns != NULL)
		patterns_look(lists->patterns, sp);
	if (lists->names != NULL)
		look_host(sp);
}

/* The segments from first to last. */
static int
part_matches(const struct div_span *sp, const struct div_packet *whole,
    size_t first, size_t last, struct div_packet *p, struct match *m)
{
	size_t i;

	*p = *whole;
	for (i = 0; i < first; i++)
		p->payload += payload_len(&sp->frame[i]);
	p->len = p->payload;
	for (; i <= last; i++)
		p->len += payload_len(&sp->frame[i]);
	return matches(sp->whole, p, sp->frame + first, last - first + 1, m);
}

/* Segments that match together, and are told as one packet. */
static void
hit(const struct div_span *sp, const struct div_packet *whole, size_t first,
    size_t last)
{
	struct div_packet p;
	struct match m;
	size_t i;

	if (is_inverted())
		return;
	part_matches(sp, whole, first, last, &p, &m);
	for (i = first; i <= last; i++)
		mark(&sp->frame[i]);
	alert(&sp->frame[first], &p, &m);
}

static void
miss(const struct div_span *sp, const struct div_packet *whole, size_t first,
    size_t end)
{
	struct div_packet p;
	struct match m;

	if (!is_inverted())
		return;
	for (; first < end; first++) {
		part_matches(sp, whole, first, first, &p, &m);
		mark(&sp->frame[first]);
		alert(&sp->frame[first], &p, &m);
	}
}

/* Of those up to last that match, the first without which they would not. */
static size_t
shrink(const struct div_span *sp, const struct div_packet *whole, size_t first,
    size_t last, const char *name)
{
	struct div_packet p;
	struct match m;

	while (first < last &&
	    part_matches(sp, whole, first + 1, last, &p, &m) && m.name == name)
		first++;
	return first;
}

/* Finds the segments that a match takes, among those that had to wait for it. */
static void
mark_parts(const struct div_span *sp, const struct div_packet *whole)
{
	size_t done = 0, first, last;
	struct div_packet p;
	struct match m;

	if (!part_matches(sp, whole, 0, sp->n - 1, &p, &m)) {
		miss(sp, whole, 0, sp->n);
		return;
	}
	for (last = 0; last < sp->n; last++) {
		if (!part_matches(sp, whole, done, last, &p, &m))
			continue;
		first = shrink(sp, whole, done, last, m.name);
		miss(sp, whole, done, first);
		hit(sp, whole, first, last);
		done = last + 1;
	}
	miss(sp, whole, done, sp->n);
}

static int
run(void *arg, struct div_writer *w, struct div_span *sp)
{
	struct div_packet whole;
	size_t i;

	(void)arg;
	if (sp->n == 1)
		return process(w, sp->frame);
	packets += sp->n;
	if (div_packet_parse(&whole, sp->whole->packet, sp->whole->caplen) == 0)
		mark_parts(sp, &whole);
	for (i = 0; i < sp->n; i++)
		if (div_writer_put(w, &sp->frame[i]) == -1)
			return -1;
	return 0;
}

/* The host that one of n segments names, whose payloads follow in p. */
int
host_find(struct div_hostname *h, const struct div_packet *p,
    const struct div_frame *segment, size_t n)
{
	const uint8_t *data = p->data + p->payload;
	size_t len = p->len - p->payload, off = 0, i;

	for (i = 0; i < n && off <= len; off += payload_len(&segment[i++]))
		if (host_at(h, p, data + off, len - off))
			return 1;
	return 0;
}

void
spans_init(unsigned int ms)
{
	static const struct div_span_ops ops = { look, run };

	tool_spans(&ops, ms);
	if (eflag != NULL)
		div_regex_ready(eflag);
}
