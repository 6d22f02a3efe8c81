/* SPDX-License-Identifier: ISC */

/* Which packets match, and what becomes of them. */

#include <err.h>
#include <string.h>

#include "divmark.h"

uint64_t packets, marked, limited;

/* A payload that we cannot decide on in time does not match. */
int
payload_matches(struct div_regex *re, const uint8_t *data, size_t len)
{
	size_t match[2 * DIV_RE_GROUPS];
	int n;

	n = div_regex_exec(re, data, len, 0, 0, match);
	if (n == -1 && limited++ == 0 && !qflag)
		warnx("a match takes too long, taken for none");
	return n == 1;
}

static int
payload_selected(const struct div_frame *f, const struct div_packet *p,
    struct match *m)
{
	const uint8_t *data = p->data + p->payload;
	size_t len = p->len - p->payload;
	const struct pattern *v;

	if (eflag != NULL && !payload_matches(eflag, data, len))
		return 0;
	if (lists->patterns == NULL)
		return 1;
	if ((v = patterns_find(lists->patterns, f, data, len)) == NULL)
		return 0;
	m->name = v->name;
	m->namelen = strlen(v->name);
	m->line = v->line;
	return 1;
}

/* Packets that name no host are on no list, on none of those allowed either. */
static int
host_selected(const struct div_hostname *h, struct match *m)
{
	struct div_entry e;
	int listed;

	listed = div_names_find(lists->names, h, &e);
	m->host = h;
	if (listed && m->line == 0) {
		m->name = e.text;
		m->namelen = e.len;
		m->line = e.line;
	}
	return listed != iflag;
}

/*
 * Does what is given apply to a packet, or to n segments in one?  Without IP
 * headers there is no payload, and p is NULL.
 */
int
matches(const struct div_frame *f, const struct div_packet *p,
    const struct div_frame *segment, size_t n, struct match *m)
{
	static struct div_hostname h;

	memset(m, 0, sizeof(*m));
	m->name = selection;
	m->namelen = strlen(selection);
	if (expression != NULL && !div_filter_match(expression, f))
		return 0;
	if (p == NULL)
		return eflag == NULL && lists->patterns == NULL &&
		    lists->names == NULL;
	if (!payload_selected(f, p, m))
		return 0;
	return lists->names == NULL ||
	    (host_find(&h, p, segment, n) && host_selected(&h, m));
}

/* Of packets, not of a list of names. */
int
is_inverted(void)
{
	return iflag && lists->names == NULL;
}

void
mark(struct div_frame *f)
{
	marked++;
	f->mark = mflag;
}

/* Puts a packet, marked if it matches. */
int
process(struct div_writer *w, struct div_frame *f)
{
	struct div_packet packet, *p = NULL;
	struct match m;

	packets++;
	if (div_packet_parse(&packet, f->packet, f->caplen) == 0)
		p = &packet;
	if (matches(f, p, f, 1, &m) != is_inverted()) {
		mark(f);
		alert(f, p, &m);
	}
	return div_writer_put(w, f);
}
