/* SPDX-License-Identifier: ISC */

/*
 * The new message, written record by record: answers that the rule matches with
 * its data, others as they were.  Records move, so compressed names are written
 * anew, with the compression that they had: where a name goes on with labels
 * that were written before, a pointer to them follows (RFC 1035 4.1.4).
 */

#include <string.h>
#include <strings.h>

#include "proto/proto.h"

#define POINTER 0xc000
#define POINTABLE 0x4000 /* offsets below it fit into a pointer */
#define UDPMAX 512       /* bytes that every client takes, RFC 1035 2.3.4 */

#define FLAG_TC 0x02 /* in the third byte of the header */
#define FLAG_AD 0x20 /* in the fourth */
#define RCODE 0x0f
#define ADDED_TTL 60 /* seconds, of records that had none */

struct dns_draft {
	const struct dns_message *m;
	const struct div_dns *rule;
	enum dns_form form;
	int asked; /* the rule matches the question */
	uint8_t *out;
	size_t len, limit;         /* bytes */
	int full;                  /* the limit was reached */
	int is_signed;             /* there are signatures of what was edited */
	int unsign;                /* leave them out */
	char owner[DNS_TEXTLEN];   /* of the record rewritten last */
	uint16_t moved[POINTABLE]; /* new offsets of labels, by old ones */
};

static int
put(struct dns_draft *d, const void *p, size_t n)
{
	if (n > d->limit - d->len) {
		d->full = 1;
		return -1;
	}
	memcpy(d->out + d->len, p, n);
	d->len += n;
	return 0;
}

static int
put_label(struct dns_draft *d, size_t at, size_t n)
{
	if (at < POINTABLE && d->len < POINTABLE)
		d->moved[at] = (uint16_t)d->len;
	return put(d, d->m->data + at, n + 1);
}

static int
put_pointer(struct dns_draft *d, size_t to)
{
	uint8_t p[2];

	put16(p, (uint16_t)(POINTER | to));
	return put(d, p, sizeof(p));
}

/*
 * The name at an offset.  The labels behind a pointer are checked, too: the old
 * name could be too long.
 */
static int
put_name(struct dns_draft *d, size_t at)
{
	struct dns_name name = { d->m->data, d->m->len, .next = at };
	int n, pointer = 0;

	do {
		if ((n = dns_name_next(&name)) == -1)
			return -1;
		if (!pointer && n > 0 && name.label < POINTABLE &&
		    d->moved[name.label] != 0) {
			pointer = 1;
			if (put_pointer(d, d->moved[name.label]) == -1)
				return -1;
		}
		if (!pointer && put_label(d, name.label, (size_t)n) == -1)
			return -1;
	} while (n > 0);
	return 0;
}

/* Types whose data may hold compressed names: RFC 1035, and RFC 3597 4. */
static const struct dns_layout {
	uint16_t type;
	uint8_t bytes, strings, names; /* in this order, then the rest */
} layouts[] = {
	{ DNS_NS, 0, 0, 1 },
	{ DNS_MD, 0, 0, 1 },
	{ DNS_MF, 0, 0, 1 },
	{ DNS_CNAME, 0, 0, 1 },
	{ DNS_SOA, 0, 0, 2 },
	{ DNS_MB, 0, 0, 1 },
	{ DNS_MG, 0, 0, 1 },
	{ DNS_MR, 0, 0, 1 },
	{ DNS_PTR, 0, 0, 1 },
	{ DNS_MINFO, 0, 0, 2 },
	{ DNS_MX, 2, 0, 1 },
	{ DNS_RP, 0, 0, 2 },
	{ DNS_AFSDB, 2, 0, 1 },
	{ DNS_RT, 2, 0, 1 },
	{ DNS_SIG, 18, 0, 1 },
	{ DNS_PX, 2, 0, 2 },
	{ DNS_NXT, 0, 0, 1 },
	{ DNS_SRV, 6, 0, 1 },
	{ DNS_NAPTR, 4, 3, 1 },
};

static const struct dns_layout *
find_layout(uint16_t type)
{
	static const struct dns_layout opaque;
	size_t i;

	for (i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		if (layouts[i].type == type)
			return &layouts[i];
	return &opaque;
}

/* Moves *at to the first name in the data; -1 if the data ends before. */
static int
skip_to_names(const struct dns_draft *d, const struct dns_layout *l, size_t *at,
    size_t end)
{
	int i;

	if (l->bytes > end - *at)
		return -1;
	*at += l->bytes;
	for (i = 0; i < l->strings; i++) {
		if (*at == end || d->m->data[*at] >= end - *at)
			return -1;
		*at += d->m->data[*at] + (size_t)1;
	}
	return 0;
}

static int
put_rdata(struct dns_draft *d, const struct dns_record *r)
{
	const struct dns_layout *l = find_layout(r->type);
	const uint8_t *data = d->m->data;
	size_t at = r->rdata, end = at + r->rdlen, next;
	int i;

	if (skip_to_names(d, l, &at, end) == -1 ||
	    put(d, data + r->rdata, at - r->rdata) == -1)
		return -1;
	for (i = 0; i < l->names; i++) {
		next = dns_name_skip(data, end, at);
		if (next == 0 || put_name(d, at) == -1)
			return -1;
		at = next;
	}
	return put(d, data + at, end - at);
}

/*
 * Records: their owner and fixed fields, then their data.  Each function returns
 * how many it put, or -1.
 */
static int
put_fixed(struct dns_draft *d, const struct dns_record *r, size_t *fixed)
{
	if (put_name(d, r->owner) == -1)
		return -1;
	*fixed = d->len;
	return put(d, d->m->data + r->fixed, DNS_RRFIXED);
}

static int
end_record(struct dns_draft *d, size_t fixed, int64_t ttl)
{
	if (ttl != -1)
		put32(d->out + fixed + 4, (uint32_t)ttl);
	put16(d->out + fixed + 8, (uint16_t)(d->len - fixed - DNS_RRFIXED));
	return 1;
}

static int
put_record(struct dns_draft *d, const struct dns_record *r)
{
	size_t fixed;

	if (put_fixed(d, r, &fixed) == -1 || put_rdata(d, r) == -1)
		return -1;
	return end_record(d, fixed, -1);
}

/* The rule's data in place of a record's. */
static int
put_replaced(struct dns_draft *d, const struct dns_record *r)
{
	const struct div_dns *rule = d->rule;
	size_t fixed, i;

	if (rule->action == DNS_REMOVE)
		return 0;
	for (i = 0; i < rule->records; i++) {
		if (put_fixed(d, r, &fixed) == -1 ||
		    put(d, rule->rdata + i * rule->rdlen, rule->rdlen) == -1)
			return -1;
		end_record(d, fixed, rule->ttl);
	}
	return rule->records;
}

/* A record of HTTPS or SVCB without some of its parameters. */
static int
put_trimmed(struct dns_draft *d, const struct dns_record *r)
{
	size_t fixed, start;

	if (put_fixed(d, r, &fixed) == -1)
		return -1;
	start = d->len;
	if (put(d, d->m->data + r->rdata, r->rdlen) == -1)
		return -1;
	d->len = start +
	    dns_svcb_strip(d->out + start, r->rdlen, d->rule->strip);
	return end_record(d, fixed,
	    r->type == d->rule->type ? d->rule->ttl : -1);
}

/* A signature (RFC 4034, 3), which no longer fits if its records are edited. */
static int
put_signature(struct dns_draft *d, const struct dns_record *r)
{
	struct dns_record covered = *r;
	char owner[DNS_TEXTLEN];

	if (r->rdlen < 2)
		return put_record(d, r);
	covered.type = get16(d->m->data + r->rdata);
	switch (dns_rule_matches(d->rule, d->m, &covered, d->asked, owner)) {
	case DNS_KEEP:
		return put_record(d, r);
	case -1:
		return -1;
	}
	d->is_signed = 1;
	return d->unsign ? 0 : put_record(d, r);
}

/* The matching records of a set are replaced together, where the first was. */
static int
put_answer(struct dns_draft *d, const struct dns_record *r)
{
	char owner[DNS_TEXTLEN];

	if (r->type == DNS_RRSIG)
		return put_signature(d, r);
	switch (dns_rule_matches(d->rule, d->m, r, d->asked, owner)) {
	case DNS_KEEP:
		return put_record(d, r);
	case DNS_TRIM:
		return put_trimmed(d, r);
	case DNS_EDIT:
		if (strcasecmp(owner, d->owner) == 0)
			return 0;
		strlcpy(d->owner, owner, sizeof(d->owner));
		return put_replaced(d, r);
	}
	return -1;
}

/* The rule's records, owned by the question's name. */
static int
put_added(struct dns_draft *d)
{
	const struct div_dns *rule = d->rule;
	uint8_t fixed[DNS_RRFIXED];
	size_t i;

	put16(fixed, rule->type);
	put16(fixed + 2, DNS_CLASS_IN);
	put32(fixed + 4, rule->ttl == -1 ? ADDED_TTL : (uint32_t)rule->ttl);
	put16(fixed + 8, rule->rdlen);
	for (i = 0; i < rule->records; i++)
		if (put_name(d, DIV_DNS_HDRLEN) == -1 ||
		    put(d, fixed, sizeof(fixed)) == -1 ||
		    put(d, rule->rdata + i * rule->rdlen, rule->rdlen) == -1)
			return -1;
	put16(d->out + DNS_COUNTS + 2 * DNS_ANSWER, rule->records);
	return 0;
}

/* All records of a section; of other forms than edited only that of EDNS, OPT. */
static int
put_section(struct dns_draft *d, int section, size_t *pos)
{
	struct dns_record r;
	uint16_t kept = 0;
	int i, n;

	for (i = 0; i < d->m->count[section]; i++) {
		if (dns_record_next(d->m, pos, &r) == -1)
			return -1;
		if (d->form != DNS_FORM_EDITED &&
		    (section != DNS_ADDITIONAL || r.type != DNS_OPT))
			continue;
		n = section == DNS_ANSWER ? put_answer(d, &r) :
					    put_record(d, &r);
		if (n == -1)
			return -1;
		kept += (uint16_t)n;
	}
	put16(d->out + DNS_COUNTS + 2 * section, kept);
	return 0;
}

static int
put_message(struct dns_draft *d, enum dns_form form)
{
	const struct dns_message *m = d->m;
	size_t pos = m->records;

	d->form = form;
	d->len = 0;
	d->full = 0;
	d->owner[0] = '\0';
	memset(d->moved, 0, sizeof(d->moved));
	if (put(d, m->data, DIV_DNS_HDRLEN) == -1)
		return -1;
	if (m->count[DNS_QUESTION] != 0 &&
	    (put_name(d, DIV_DNS_HDRLEN) == -1 ||
		put(d, m->data + pos - DNS_QFIXED, DNS_QFIXED) == -1))
		return -1;
	if (put_section(d, DNS_ANSWER, &pos) == -1 ||
	    (form == DNS_FORM_ADDED && put_added(d) == -1) ||
	    put_section(d, DNS_AUTHORITY, &pos) == -1 ||
	    put_section(d, DNS_ADDITIONAL, &pos) == -1)
		return -1;
	return 0;
}

static int
is_same(const struct dns_draft *d)
{
	return d->form == DNS_FORM_EDITED && d->len == d->m->len &&
	    memcmp(d->out, d->m->data, d->len) == 0;
}

/* Without the signatures of its edited records, if there are edited ones. */
static int
put_unsigned(struct dns_draft *d, enum dns_form form)
{
	if (put_message(d, form) == -1)
		return -1;
	if (!d->is_signed || is_same(d))
		return 0;
	d->unsign = 1;
	return put_message(d, form);
}

/* A response that was an error, or becomes one. */
static void
put_code(struct dns_draft *d, uint8_t code)
{
	d->out[2] &= (uint8_t)~FLAG_TC;
	d->out[3] = (uint8_t)((d->out[3] & ~RCODE) | code);
}

/*
 * The client's limit for datagrams is in its query, which is not at hand: it is
 * at least the length of this response.  A message that grows over that is sent
 * truncated (TC) and empty, and the client asks again by TCP.
 */
enum div_dns_outcome
dns_compose(const struct div_dns *rule, const struct dns_message *m,
    enum dns_form form, int asked, int udp, uint8_t out[DIV_DNS_MAX],
    size_t *outlen)
{
	struct dns_draft d = { .m = m,
		.rule = rule,
		.asked = asked,
		.out = out };
	int cut = 0;

	d.limit = !udp ? DIV_DNS_MAX : m->len > UDPMAX ? m->len : UDPMAX;
	if (put_unsigned(&d, form) == -1) {
		cut = udp && d.full;
		if (!cut || put_message(&d, DNS_FORM_EMPTY) == -1)
			return d.full ? DIV_DNS_TOOLONG : DIV_DNS_MALFORMED;
	}
	if (is_same(&d))
		return DIV_DNS_SAME;
	if (form != DNS_FORM_EDITED)
		put_code(&d, form == DNS_FORM_ADDED ? DNS_NOERROR : rule->code);
	if (cut)
		out[2] |= FLAG_TC;
	out[3] &= (uint8_t)~FLAG_AD;
	*outlen = d.len;
	return DIV_DNS_EDITED;
}
