/* SPDX-License-Identifier: ISC */

/*
 * Lines of response policy zones (RPZ, draft-vixie-dnsop-dns-rpz): records whose
 * owner is a name on the list, and whose data is what an answer becomes.  The
 * zone's own records, SOA and NS, and other triggers than names are no entries.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <arpa/inet.h>

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "proto/proto.h"

struct names_span {
	char *p;
	size_t len;
};

/* The next word, of no bytes at the end of the line or at a comment. */
static struct names_span
next_word(char **p, char *end)
{
	struct names_span w;

	while (*p < end && is_blank(**p))
		++*p;
	w.p = *p;
	if (*p < end && **p == ';')
		end = *p;
	while (*p < end && !is_blank(**p))
		++*p;
	w.len = (size_t)(*p - w.p);
	return w;
}

static int
is(struct names_span w, const char *text)
{
	return strlen(text) == w.len && strncasecmp(w.p, text, w.len) == 0;
}

static int
is_number(struct names_span w)
{
	size_t i;

	for (i = 0; i < w.len && w.p[i] >= '0' && w.p[i] <= '9'; i++)
		;
	return i == w.len;
}

/* True if the bytes are an address of the family, with or without a scope. */
int
names_is_address(const char *p, size_t len, int family, uint8_t addr[16])
{
	char text[INET6_ADDRSTRLEN];
	const char *scope = memchr(p, '%', len);

	if (scope != NULL)
		len = (size_t)(scope - p);
	if (len >= sizeof(text))
		return 0;
	memcpy(text, p, len);
	text[len] = '\0';
	return inet_pton(family, text, addr) == 1;
}

static int
parse_address(struct names_span w, int family, uint8_t addr[16])
{
	return names_is_address(w.p, w.len, family, addr);
}

static enum names_act
alias_act(struct names_span target)
{
	static const struct {
		const char *target;
		enum names_act act;
	} rows[] = {
		{ ".", NAMES_ACT_NX },
		{ "*.", NAMES_ACT_NODATA },
		{ "rpz-passthru.", NAMES_ACT_PASS },
		{ "rpz-drop.", NAMES_ACT_DROP },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (is(target, rows[i].target))
			return rows[i].act;
	return NAMES_ACT_OTHER;
}

/* [TTL] [IN] type data, with TTL and class in either order */
static enum names_act
parse_record(char *p, char *end, struct names_action *a)
{
	static const char *const others[] = { "TXT", "MX", "SRV", "PTR", "CAA",
		"HTTPS", "SVCB", "DNAME", "NAPTR" };
	struct names_span w = next_word(&p, end);
	size_t i;

	for (i = 0; i < 2 && w.len > 0; i++)
		if (is(w, "IN") || is_number(w))
			w = next_word(&p, end);
	if (w.len == 0)
		return NAMES_ACT_NONE;
	if (is(w, "SOA"))
		return NAMES_ACT_ZONE;
	if (is(w, "NS"))
		return NAMES_ACT_SERVER;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (is(w, others[i]))
			return NAMES_ACT_OTHER;
	if (is(w, "CNAME"))
		return alias_act(next_word(&p, end));
	if (is(w, "A") && parse_address(next_word(&p, end), AF_INET, a->addr))
		return NAMES_ACT_A;
	if (is(w, "AAAA") &&
	    parse_address(next_word(&p, end), AF_INET6, a->addr))
		return NAMES_ACT_AAAA;
	return NAMES_ACT_NONE;
}

/* What the line with the byte at this offset says of its names. */
void
names_action(const struct div_names *names, size_t at, struct names_action *a)
{
	char *end = memchr(names->text + at, '\n', names->textlen - at);
	char *p = names->text + at;
	struct names_span first;
	int blank;

	if (end == NULL)
		end = names->text + names->textlen;
	while (p > names->text && p[-1] != '\n')
		p--;
	blank = p < end && is_blank(*p);
	first = next_word(&p, end);
	if (parse_address(first, AF_INET, a->addr))
		a->act = NAMES_ACT_A;
	else if (parse_address(first, AF_INET6, a->addr))
		a->act = NAMES_ACT_AAAA;
	else {
		a->act = parse_record(p, end, a);
		if (a->act == NAMES_ACT_NONE && blank)
			a->act = parse_record(first.p, end, a);
	}
}

/* Cuts a suffix of whole labels off; true if it was there. */
static int
cut(struct names_span *w, const char *suffix, size_t len)
{
	if (len == 0 || w->len <= len + 1 || w->p[w->len - len - 1] != '.' ||
	    strncasecmp(w->p + w->len - len, suffix, len) != 0)
		return 0;
	w->len -= len + 1;
	return 1;
}

/* Of a name with a dot at its end the zone's is cut off. */
static int
is_relative(const struct names_cursor *c, struct names_span *w)
{
	if (w->p[w->len - 1] != '.')
		return 1;
	w->len--;
	return cut(w, c->origin, c->originlen);
}

/* Triggers other than names end in a label of their own. */
static int
is_trigger(struct names_span w)
{
	static const char *const labels[] = { "rpz-ip", "rpz-nsip",
		"rpz-nsdname", "rpz-client-ip" };
	size_t i;

	for (i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		if (cut(&w, labels[i], strlen(labels[i])))
			return 1;
	return 0;
}

static int
skip(struct names_cursor *c, char *line)
{
	if (c->skipped++ == 0)
		c->first = line;
	return 1;
}

/* Checks a new owner, and remembers it for lines without one. */
static int
take_owner(struct names_cursor *c, struct names_span w)
{
	struct names_word *o = &c->owner;
	ssize_t n;

	o->len = 0;
	if (!is_relative(c, &w) || is(w, "@") || is(w, "*") || is_trigger(w))
		return 0;
	o->wild = w.len > 2 && w.p[0] == '*' && w.p[1] == '.';
	c->p = w.p + 2 * o->wild;
	if ((n = names_host_len(c, w.p + w.len)) == -1)
		return -1;
	o->text = w.p;
	o->hostlen = o->len = (size_t)n + 2 * (size_t)o->wild;
	o->exact = 1;
	return (size_t)n == w.len - 2 * (size_t)o->wild;
}

static void
begin_zone(struct names_cursor *c, struct names_span owner)
{
	size_t n = (size_t)(c->end - owner.p);

	if (owner.len > 1 && owner.p[owner.len - 1] == '.') {
		c->origin = owner.p;
		c->originlen = owner.len - 1;
	}
	c->open = memchr(owner.p, '(', n) != NULL &&
	    memchr(owner.p, ')', n) == NULL;
}

/* Comments, directives, and the lines of a record in parentheses. */
int
names_zone_skips(struct names_cursor *c, char *p, char *end)
{
	struct names_span w;

	if (c->open) {
		c->open = memchr(p, ')', (size_t)(end - p)) == NULL;
		return 1;
	}
	if (*p != '$')
		return *p == ';';
	w = next_word(&p, end);
	if (is(w, "$TTL"))
		return 1;
	if (!is(w, "$ORIGIN"))
		return skip(c, w.p);
	w = next_word(&p, end);
	c->origin = w.p;
	c->originlen = w.len > 0 && w.p[w.len - 1] == '.' ? w.len - 1 : w.len;
	return 1;
}

/* 1 if the line is a record, 0 for others, -1 for an error. */
int
names_zone_line(struct div_names *names, struct names_cursor *c)
{
	char *p = c->p, *line = c->p;
	struct names_span owner = { p, 0 };
	struct names_action a;
	int ours = 1;

	if (!is_blank(*p))
		owner = next_word(&p, c->end);
	a.act = parse_record(p, c->end, &a);
	if (a.act == NAMES_ACT_NONE)
		return 0;
	if (a.act == NAMES_ACT_ZONE)
		begin_zone(c, owner);
	if (a.act == NAMES_ACT_ZONE || a.act == NAMES_ACT_SERVER)
		return 1;
	if (owner.len > 0 && (ours = take_owner(c, owner)) == -1)
		return -1;
	if (!ours || c->owner.len == 0 || a.act == NAMES_ACT_OTHER)
		return skip(c, line);
	c->owner.line = c->line;
	c->owner.listed = a.act != NAMES_ACT_PASS;
	c->owner.says = line;
	if (names_add(names, &c->owner) == -1) {
		c->p = line;
		c->why = strerror(errno);
		return -1;
	}
	return 1;
}
