/* SPDX-License-Identifier: ISC */

/*
 * A packet matches if everything that was given does: expression, one prefix of
 * -p, -e, one pattern of -f, one name of -u.  -i inverts the list of names if there is
 * one, else the result.  A request whose name cannot be told is not on a list of
 * allowed hosts; on one of blocked hosts it counts as if it were with -D.
 */

#include <sys/types.h>
#include <netinet/in.h>

#include <err.h>
#include <string.h>

#include "divmark.h"
#include "tool.h"

#define QUIC_BYTES (16 << 20) /* of ClientHellos */

/* ClientHellos over UDP; NULL without libcrypto */
static struct div_quic *quic;

uint64_t match_packets, match_marked, match_limited, match_undecided;

/*
 * Whether any match in the data is one; with luhn, its digits pass the check.  A
 * search that exceeds its limit counts as no match.
 */
int
match_payload(struct div_regex *re, int luhn, const uint8_t *data, size_t len)
{
	size_t match[2 * DIV_RE_GROUPS], off = 0;
	int n;

	while ((n = div_regex_exec(re, data, len, off, 0, match)) == 1) {
		if (!luhn || tool_luhn(data + match[0], match[1] - match[0]))
			break;
		off = match[1] > off ? match[1] : off + 1;
		if (off > len)
			return 0;
	}
	if (n == -1 && match_limited++ == 0 && !qflag)
		warnx("a match takes too long, taken for none");
	return n == 1;
}

/* True if an address is on the list of prefixes, or there is none. */
static int
address_selected(const struct div_packet *p, struct match *m)
{
	struct div_entry e;

	if (lists->prefixes == NULL)
		return 1;
	if ((!prefixes_src ||
		!div_prefixes_find(lists->prefixes, p->src, p->addrlen, &e)) &&
	    (!prefixes_dst ||
		!div_prefixes_find(lists->prefixes, p->dst, p->addrlen, &e)))
		return 0;
	m->name = e.text;
	m->namelen = e.len;
	m->line = e.line;
	return 1;
}

/* The next pattern that matches, in the order of the file. */
static int
next_pattern(const struct div_frame *f, const struct div_packet *p,
    struct match *m)
{
	const struct mark_pattern *v;

	v = patterns_find(lists->patterns, &m->next, f, p->data + p->payload,
	    p->len - p->payload);
	if (v == NULL)
		return 0;
	m->name = v->name;
	m->namelen = strlen(v->name);
	m->line = v->line;
	return 1;
}

static int
payload_selected(const struct div_frame *f, const struct div_packet *p,
    struct match *m)
{
	const uint8_t *data = p->data + p->payload;
	size_t len = p->len - p->payload;

	if (eflag != NULL && !match_payload(eflag, 0, data, len))
		return 0;
	return lists->patterns == NULL || next_pattern(f, p, m);
}

/* True if a name is the one that matches: listed, or not allowed. */
static int
host_selected(void *arg, const struct div_hostname *h)
{
	struct match *m = arg;
	struct div_entry e;
	int listed;

	m->names = 1;
	listed = div_names_find(lists->names, h, &e);
	if (listed == iflag) {
		/* a connection of HTTP may name more hosts */
		m->settled = h->by == DIV_BY_TLS || h->by == DIV_BY_QUIC;
		return 0;
	}
	m->host = h;
	if (listed && m->line == 0) {
		m->name = e.text;
		m->namelen = e.len;
		m->line = e.line;
	}
	return 1;
}

static int
undecided_selected(struct match *m)
{
	if (!iflag && !Dflag)
		return 0;
	m->name = "undecided";
	m->namelen = strlen(m->name);
	m->line = 0;
	return 1;
}

/* The names of a request that this payload begins, or with which it goes on. */
static void
read_names(const struct div_packet *p, const struct div_frame *segment,
    size_t n, struct match *m)
{
	static struct div_hostname h;
	enum div_host begun;

	if (p->proto == IPPROTO_UDP && quic != NULL) {
		m->named = div_quic_hosts(quic, &h, p, host_selected, m);
		m->waits = h.want > 0;
		if (m->named != DIV_HOST_NONE)
			return;
	}
	m->named = DIV_HOST_NONE;
	m->goes_on = request_hosts(&h, p, host_selected, m, &m->named);
	m->more = m->goes_on && h.want > 0;
	if (m->named == DIV_HOST_NAMED)
		return;
	/* it may be another one: bytes before it need not have arrived */
	begun = reass_hosts(&h, p, segment, n, host_selected, m, &m->begin);
	if (m->goes_on && begun != DIV_HOST_NAMED)
		return;
	m->named = begun;
	m->more = h.want > 0;
}

/* Names of QUIC, if there is a list. */
void
match_init(int verbose)
{
	if ((quic = div_quic_new(QUIC_BYTES)) == NULL && verbose)
		warn("QUIC names no hosts");
}

void
match_free(void)
{
	div_quic_free(quic);
	quic = NULL;
}

/*
 * Packets that begin no request, and go on with none, never match a list of
 * names, inverted or not.  With more to come, an incomplete request is decided
 * later.
 */
static int
hosts_selected(const struct div_packet *p, const struct div_frame *segment,
    size_t n, int more, struct match *m)
{
	read_names(p, segment, n, m);
	if (m->named == DIV_HOST_UNDECIDED)
		return !m->waits && !(more && m->more) && undecided_selected(m);
	return m->named == DIV_HOST_NAMED;
}

/* A packet, or a run of segments, did not match; its request may be complete. */
void
match_passed(const struct div_packet *p, const struct match *m)
{
	struct div_packet part = *p;

	if (m->named == DIV_HOST_UNDECIDED && m->more) {
		if (!m->goes_on) {
			part.payload += m->begin;
			request_begin(&part);
		}
		request_pass(&part);
		return;
	}
	request_pass(p);
	if (m->goes_on)
		request_end(p);
}

/*
 * f and p are a packet, or n segments joined to one, with more behind them; p is
 * NULL without an IP header.
 */
int
match_frame(const struct div_frame *f, const struct div_packet *p,
    const struct div_frame *segment, size_t n, int more, struct match *m)
{
	memset(m, 0, sizeof(*m));
	m->name = selection;
	m->namelen = strlen(selection);
	if (expression != NULL && !div_filter_match(expression, f))
		return 0;
	m->selected = 1;
	if (p == NULL)
		return eflag == NULL && lists->patterns == NULL &&
		    lists->names == NULL && lists->prefixes == NULL;
	if (!address_selected(p, m) || !payload_selected(f, p, m))
		return 0;
	return lists->names == NULL || hosts_selected(p, segment, n, more, m);
}

/* True if -i inverts the result of matches(). */
int
match_is_inverted(void)
{
	return iflag && lists->names == NULL;
}

void
match_mark(struct div_frame *f)
{
	match_marked++;
	f->mark = (f->mark & ~mflag.mask) | mflag.value;
}

/*
 * Alerts of a match: one, or one for each pattern that matches in p; and the
 * addresses that p answers with.  The columns are those of f; whole is f, or the
 * frame that p lies in.
 */
void
match_alert(const struct div_frame *f, const struct div_frame *whole,
    const struct div_packet *p, struct match *m)
{
	answers_put(p);
	do
		alert(f, p, m);
	while (alert_is_on() && lists->patterns != NULL && p != NULL &&
	    !match_is_inverted() && next_pattern(whole, p, m));
}

/* The list of names has been asked, and will not be asked again for this flow. */
static int
leaves(const struct match *m)
{
	return m->settled && m->named == DIV_HOST_NONE && eflag == NULL &&
	    lists->patterns == NULL;
}

/* Marks a packet if it matches. */
void
match_one(struct div_frame *f)
{
	struct div_packet packet, *p = NULL;
	struct match m;
	int matched;

	if (div_packet_parse(&packet, f->packet, f->caplen) == 0)
		p = &packet;
	matched = match_frame(f, p, f, 1, 0, &m) != match_is_inverted();
	if (matched) {
		match_mark(f);
		match_alert(f, f, p, &m);
	} else if (p != NULL && m.selected) {
		match_passed(p, &m);
		if (leaves(&m))
			filter_done(f);
	}
	if (p != NULL && flows_enough(p, &m, matched))
		filter_done(f);
	match_undecided += m.named == DIV_HOST_UNDECIDED;
}

int
match_process(struct div_writer *w, struct div_frame *f)
{
	match_packets++;
	match_one(f);
	return div_writer_put(w, f);
}
