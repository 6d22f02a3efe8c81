/* SPDX-License-Identifier: ISC */

/*
 * Addresses, which select packets: numbers and steps, regular expressions, and
 * pcap-filter(7) expressions in quotes; two of them are a range.  POSIX sed
 * with the extensions of GNU sed (first~step, addr,+n, addr,~n and 0,/re/).
 */

#include <ctype.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "divsed.h"

/* Capital letters only: small ones are commands. */
static unsigned int
address_flags(struct source *src)
{
	unsigned int flags = 0;
	int c;

	while ((c = peek(src)) != END && isupper(c) && regex_flag(c) != 0) {
		flags |= regex_flag(c);
		src->pos++;
	}
	return flags;
}

static void
parse_regex_address(struct source *src, struct sed_address *a)
{
	struct sed_pattern pattern;
	int delim;

	src->what = "address";
	delim = parse_delimiter(src);
	parse_pattern(src, delim, &pattern);
	a->kind = ADDR_REGEX;
	a->re = compile_pattern(src, &pattern, address_flags(src));
}

static void
parse_filter_address(struct source *src, struct sed_address *a)
{
	char why[DIV_ERRLEN], *text;
	size_t at = ++src->pos, len;
	FILE *out;
	int c;

	src->what = "address";
	out = text_open(&text, &len);
	while ((c = next_until(src, '"')) != '"') {
		if (c == '\\' && peek(src) == '"')
			c = next(src);
		putc(c, out);
	}
	text_close(out, &text);
	if (strspn(text, " \t") == len)
		fail(src, at, "expected a pcap-filter expression");
	a->kind = ADDR_FILTER;
	if ((a->filter = div_filter_new(text, why)) == NULL)
		fail(src, at, "bad expression: %s", why);
	free(text);
}

static void
parse_number_address(struct source *src, struct sed_address *a)
{
	a->kind = ADDR_NUMBER;
	a->n = parse_number(src, 0, INT64_MAX);
	if (peek(src) != '~')
		return;
	src->pos++;
	a->kind = ADDR_STEP;
	a->step = parse_number(src, 0, INT64_MAX);
}

static void
parse_end_address(struct source *src, struct sed_address *a,
    enum address_kind kind)
{
	src->pos++;
	a->kind = kind;
	a->n = parse_number(src, 0, INT64_MAX);
}

static void
parse_address(struct source *src, struct sed_address *a)
{
	int c = peek(src);

	if (c == END)
		return;
	if (isdigit(c))
		parse_number_address(src, a);
	else if (c == '"')
		parse_filter_address(src, a);
	else if (c == '/')
		parse_regex_address(src, a);
	else if (c == '\\') {
		src->pos++;
		parse_regex_address(src, a);
	} else if (c == '$')
		fail(src, src->pos,
		    "no address $: a stream of packets has no last one");
}

static void
parse_second(struct source *src, struct sed_command *c)
{
	struct sed_address *a = &c->addr[1];
	size_t at;

	src->pos++;
	skip_blanks(src);
	at = src->pos;
	if (peek(src) == '+')
		parse_end_address(src, a, ADDR_PLUS);
	else if (peek(src) == '~')
		parse_end_address(src, a, ADDR_MULTIPLE);
	else
		parse_address(src, a);
	if (a->kind == ADDR_NONE)
		fail(src, at, "expected an address after the comma");
	if (a->kind == ADDR_NUMBER && a->n == 0)
		fail(src, at, "packets are numbered from 1");
	c->range = (int)nranges++;
}

/* 0,/re/: the range may end at the first packet. */
static int
begins_at_0(const struct sed_command *c)
{
	return c->addr[0].kind == ADDR_NUMBER && c->addr[0].n == 0;
}

void
parse_addresses(struct source *src, struct sed_command *c)
{
	enum address_kind end;
	size_t at = src->pos;

	parse_address(src, &c->addr[0]);
	if (c->addr[0].kind == ADDR_NONE)
		return;
	skip_blanks(src);
	if (peek(src) == ',')
		parse_second(src, c);
	end = c->addr[1].kind;
	if (begins_at_0(c) && end != ADDR_REGEX && end != ADDR_FILTER)
		fail(src, at,
		    "packets are numbered from 1; 0 is for 0,/re/ only");
}

static int
filter_matches(const struct sed_address *a, const struct space *sp)
{
	struct div_frame f;

	if (!sp->edited)
		return div_filter_match(a->filter, sp->frame);
	space_frame(sp, &f);
	return div_filter_match(a->filter, &f);
}

/* -1: the search exceeded its limit. */
static int
address_matches(const struct sed_address *a, struct space *sp)
{
	size_t match[2 * DIV_RE_GROUPS];

	switch (a->kind) {
	case ADDR_NUMBER:
		return sp->number == a->n;
	case ADDR_STEP:
		if (a->step == 0)
			return sp->number == a->n;
		return sp->number >= a->n && (sp->number - a->n) % a->step == 0;
	case ADDR_REGEX:
		return sp->exists ? search(sp, a->re, 0, match) : 0;
	case ADDR_FILTER:
		return filter_matches(a, sp);
	default:
		return 1;
	}
}

/* The last packet of a range that begins at number, or 0 if not known yet. */
static uint64_t
range_end(const struct sed_address *a, uint64_t number)
{
	switch (a->kind) {
	case ADDR_NUMBER:
		return a->n;
	case ADDR_PLUS:
		return a->n > UINT64_MAX - number ? UINT64_MAX : number + a->n;
	case ADDR_MULTIPLE:
		return a->n == 0 ? number : number + a->n - number % a->n;
	default:
		return 0;
	}
}

/*
 * As in sed, the second address is checked from the next packet on, and a range
 * whose end is a number not beyond the first packet is one packet long.
 */
static int
in_range(const struct sed_command *c, struct space *sp)
{
	struct range *r = &sp->ranges[c->range];
	int n;

	if (!r->begun && begins_at_0(c))
		r->active = 1;
	r->begun = 1;
	if (r->active && r->end != 0 && sp->number > r->end)
		r->active = 0;
	if (r->active) {
		n = r->end != 0 ? sp->number == r->end :
				  address_matches(&c->addr[1], sp);
		r->active = n == 0;
		return n == -1 ? -1 : 1;
	}
	if ((n = address_matches(&c->addr[0], sp)) != 1)
		return n;
	r->end = range_end(&c->addr[1], sp->number);
	r->active = r->end == 0 || r->end > sp->number;
	return 1;
}

/*
 * True if the command applies to this packet; -1: the search is over its
 * limit.
 */
int
selects(const struct sed_command *c, struct space *sp)
{
	int n;

	n = c->addr[1].kind != ADDR_NONE ? in_range(c, sp) :
					   address_matches(&c->addr[0], sp);
	return n == -1 ? -1 : n != c->negated;
}
