/* SPDX-License-Identifier: ISC */

/*
 * -S: a run of segments is searched as one payload.  Within it, the segments of
 * each match are marked together, and one alert is written for them.
 */

#include "divmark.h"
#include "tool.h"

static const struct div_run *current; /* the run that is being matched */

/*
 * Offset in the payload of the i-th segment; the first one takes with it what has
 * gone on before.
 */
static size_t
offset_of(const struct div_run *run, size_t i)
{
	return i == 0 ? 0 : div_run_offset(run, i);
}

static size_t
host_len(size_t len)
{
	return len < HOST_MAX ? len : HOST_MAX;
}

/* Joins the segments up to a name. */
struct joining {
	struct div_run *run;
	size_t off; /* of the request in the run's payload */
};

static int
join_host(void *arg, const struct div_hostname *h)
{
	const struct joining *j = arg;

	div_run_join(j->run, j->off, j->off + h->end);
	return 0;
}

static void
begin_request(const struct div_packet *p, size_t off)
{
	struct div_packet part = *p;

	part.payload += off;
	part.len = part.payload + 1;
	request_begin(&part);
}

/*
 * A request that names a host may begin with each segment; if it is not
 * complete, the run waits for the bytes that are missing.
 */
static void
search_host(struct div_run *run)
{
	struct joining j = { run, 0 };
	struct div_packet p;
	struct div_hostname h;
	size_t i, len;

	if (div_packet_parse(&p, run->frame->packet, run->frame->caplen) == -1)
		return;
	for (i = 0; i < run->n; i++) {
		j.off = offset_of(run, i);
		len = run->len - j.off;
		if (div_hostnames(&h, &p, run->payload + j.off, host_len(len),
			join_host, &j) == DIV_HOST_NONE)
			continue;
		/* what follows belongs to it, and may pass before it */
		if (h.want > 0)
			begin_request(&p, j.off);
		div_run_join(run, j.off,
		    run->len + (len < HOST_MAX ? h.want : 0));
		break;
	}
}

static void
search_run(void *arg, struct div_run *run)
{
	(void)arg;
	if (expression != NULL &&
	    !div_filter_match(expression, &run->frame[run->n - 1]))
		return;
	if (eflag != NULL)
		div_run_search(run, eflag);
	if (lists->patterns != NULL)
		patterns_search(lists->patterns, run);
	if (lists->names != NULL)
		search_host(run);
}

/* The segments from first to last. */
static void
part_of(const struct div_run *run, const struct div_packet *whole, size_t first,
    size_t last, struct div_packet *p)
{
	*p = *whole;
	p->len = p->payload + offset_of(run, last + 1);
	p->payload += offset_of(run, first);
}

static int
part_matches(const struct div_run *run, const struct div_packet *whole,
    size_t first, size_t last, struct div_packet *p, struct match *m)
{
	part_of(run, whole, first, last, p);
	return match_frame(run->whole, p, run->frame + first, last - first + 1,
	    last + 1 < run->n, m);
}

static void
mark_matched(const struct div_run *run, const struct div_packet *whole,
    size_t first, size_t last)
{
	struct div_packet p;
	struct match m;
	size_t i;

	if (match_is_inverted())
		return;
	part_matches(run, whole, first, last, &p, &m);
	for (i = first; i <= last; i++)
		match_mark(&run->frame[i]);
	match_alert(&run->frame[first], run->whole, &p, &m);
}

/* The segments from first to before end do not match. */
static void
mark_unmatched(const struct div_run *run, const struct div_packet *whole,
    size_t first, size_t end)
{
	struct div_packet p;
	struct match m;

	for (; first < end; first++) {
		if (!match_is_inverted()) {
			part_of(run, whole, first, first, &p);
			request_pass(&p);
			continue;
		}
		part_matches(run, whole, first, first, &p, &m);
		match_mark(&run->frame[first]);
		match_alert(&run->frame[first], &run->frame[first], &p, &m);
	}
}

/* The last segment from first on at which the match may begin. */
static size_t
find_begin(const struct div_run *run, const struct div_packet *whole,
    size_t first, size_t last, const char *name)
{
	struct div_packet p;
	struct match m;

	while (first < last &&
	    part_matches(run, whole, first + 1, last, &p, &m) && m.name == name)
		first++;
	return first;
}

/* Finds the shortest sequences of segments that match. */
static void
mark_segments(const struct div_run *run, const struct div_packet *whole)
{
	size_t done = 0, first, last;
	struct div_packet p;
	struct match m;
	int matches;

	matches = part_matches(run, whole, 0, run->n - 1, &p, &m);
	match_undecided += m.named == DIV_HOST_UNDECIDED;
	if (!matches) {
		mark_unmatched(run, whole, 0, run->n);
		if (m.selected && !match_is_inverted())
			match_passed(&p, &m);
		return;
	}
	for (last = 0; last < run->n; last++) {
		if (!part_matches(run, whole, done, last, &p, &m))
			continue;
		first = m.named == DIV_HOST_UNDECIDED ?
		    done :
		    find_begin(run, whole, done, last, m.name);
		mark_unmatched(run, whole, done, first);
		mark_matched(run, whole, first, last);
		done = last + 1;
	}
	mark_unmatched(run, whole, done, run->n);
}

static void
mark_undecided(struct div_run *run)
{
	size_t i;

	if (run->undecided != DIV_DECIDED)
		for (i = 0; i < run->n; i++)
			run->frame[i].mark |= Uflag;
}

static int
put_run(void *arg, struct div_writer *w, struct div_run *run)
{
	struct div_packet whole;

	(void)arg;
	current = run;
	mark_undecided(run);
	match_packets += run->n;
	if (run->whole == run->frame)
		match_one(run->frame);
	else if (div_packet_parse(&whole, run->whole->packet,
		     run->whole->caplen) == 0)
		mark_segments(run, &whole);
	return div_run_put(run, w);
}

/*
 * The hosts that n segments name, as div_hostnames() finds them; p holds their
 * payloads, and *begin is the offset of the last request.  Segments behind the
 * beginning of an undecided request belong to it.
 */
enum div_host
reass_hosts(struct div_hostname *h, const struct div_packet *p,
    const struct div_frame *segment, size_t n,
    int (*found)(void *, const struct div_hostname *), void *arg, size_t *begin)
{
	const uint8_t *data = p->data + p->payload;
	size_t len = p->len - p->payload, off = 0, first = 0, i;
	enum div_host named = DIV_HOST_NONE;

	if (n > 1)
		first = (size_t)(segment - current->frame);
	for (i = 0; i < n && named == DIV_HOST_NONE; i++) {
		if (i > 0)
			off = offset_of(current, first + i) -
			    offset_of(current, first);
		*begin = off;
		named = div_hostnames(h, p, data + off, host_len(len - off),
		    found, arg);
	}
	return named;
}

void
reass_init(unsigned int ms)
{
	static const struct div_reass_ops ops = { search_run, put_run };

	tool_reass(&ops, ms, qflag);
	if (eflag != NULL)
		div_regex_ready(eflag);
}
