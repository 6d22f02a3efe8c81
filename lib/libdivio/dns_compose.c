/* SPDX-License-Identifier: ISC */

#include <sys/types.h>

#include <resolv.h>
#include <string.h>
#include <strings.h>

#include "dns.h"

#define POINTABLE 0x4000 /* what a pointer reaches */
#define UDPMAX 512       /* that everyone takes, RFC 1035 */

#define COUNTS 4     /* of records, in the header */
#define FLAG_TC 0x02 /* in the third byte of the header */
#define FLAG_AD 0x20 /* in the fourth */
#define RCODE 0x0f

/*
 * A message on its way to a new one.  Names keep the compression that they had:
 * where a name goes on with labels that were written before, a pointer to them
 * follows.
 */
struct draft {
	const struct message *m;
	const struct div_dns *rule;
	int asked;
	uint8_t *out;
	size_t len, limit;
	int full;                  /* over the limit */
	char owner[NS_MAXDNAME];   /* of the record rewritten last */
	uint16_t moved[POINTABLE]; /* from label there to label here */
};

static int
put(struct draft *d, const void *p, size_t n)
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
put_label(struct draft *d, size_t at, size_t n)
{
	if (at < POINTABLE && d->len < POINTABLE)
		d->moved[at] = (uint16_t)d->len;
	return put(d, d->m->data + at, n + 1);
}

static int
put_pointer(struct draft *d, size_t to)
{
	uint8_t p[NS_INT16SZ];

	put16(p, (uint16_t)(NS_CMPRSFLGS << 8 | to));
	return put(d, p, sizeof(p));
}

/* The name at an offset.  All of it must be right, seen before or not. */
static int
put_name(struct draft *d, size_t at)
{
	struct walk w = { .at = at };
	int n, pointer = 0;

	do {
		if ((n = dns_name_label(d->m, &w)) == -1)
			return -1;
		if (!pointer && n > 0 && w.at < POINTABLE &&
		    d->moved[w.at] != 0) {
			pointer = 1;
			if (put_pointer(d, d->moved[w.at]) == -1)
				return -1;
		}
		if (!pointer && put_label(d, w.at, (size_t)n) == -1)
			return -1;
		w.at += (size_t)n + 1;
	} while (n > 0);
	return 0;
}

/*
 * Types whose data may hold compressed names: those of RFC 1035, and others
 * that some senders compress, RFC 3597 section 4.
 */
static const struct layout {
	uint16_t type;
	uint8_t bytes, strings, names; /* in this order, then the rest */
} layouts[] = {
	{ ns_t_ns, 0, 0, 1 },
	{ ns_t_md, 0, 0, 1 },
	{ ns_t_mf, 0, 0, 1 },
	{ ns_t_cname, 0, 0, 1 },
	{ ns_t_soa, 0, 0, 2 },
	{ ns_t_mb, 0, 0, 1 },
	{ ns_t_mg, 0, 0, 1 },
	{ ns_t_mr, 0, 0, 1 },
	{ ns_t_ptr, 0, 0, 1 },
	{ ns_t_minfo, 0, 0, 2 },
	{ ns_t_mx, 2, 0, 1 },
	{ ns_t_rp, 0, 0, 2 },
	{ ns_t_afsdb, 2, 0, 1 },
	{ ns_t_rt, 2, 0, 1 },
	{ ns_t_sig, 18, 0, 1 },
	{ ns_t_px, 2, 0, 2 },
	{ ns_t_nxt, 0, 0, 1 },
	{ ns_t_srv, 6, 0, 1 },
	{ ns_t_naptr, 4, 3, 1 },
};

static const struct layout *
find_layout(uint16_t type)
{
	static const struct layout opaque;
	size_t i;

	for (i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		if (layouts[i].type == type)
			return &layouts[i];
	return &opaque;
}

/* Where the names in the data begin; -1 if they would be past the end. */
static int
skip_to_names(const struct draft *d, const struct layout *l, size_t *at,
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
put_rdata(struct draft *d, const struct record *r)
{
	const struct layout *l = find_layout(r->type);
	const uint8_t *data = d->m->data;
	size_t at = r->rdata, end = at + r->rdlen;
	int i, n;

	if (skip_to_names(d, l, &at, end) == -1 ||
	    put(d, data + r->rdata, at - r->rdata) == -1)
		return -1;
	for (i = 0; i < l->names; i++) {
		n = dn_skipname(data + at, data + end);
		if (n == -1 || put_name(d, at) == -1)
			return -1;
		at += (size_t)n;
	}
	return put(d, data + at, end - at);
}

/* 1 for the record that was put, as put_answer() returns. */
static int
put_record(struct draft *d, const struct record *r, int edit)
{
	const struct div_dns *rule = d->rule;
	size_t fixed;

	if (put_name(d, r->owner) == -1)
		return -1;
	fixed = d->len;
	if (put(d, d->m->data + r->fixed, NS_RRFIXEDSZ) == -1)
		return -1;
	if (edit && rule->ttl != -1)
		put32(d->out + fixed + 4, (uint32_t)rule->ttl);
	if ((edit ? put(d, rule->rdata, rule->rdlen) : put_rdata(d, r)) == -1)
		return -1;
	put16(d->out + fixed + 8, (uint16_t)(d->len - fixed - NS_RRFIXEDSZ));
	return 1;
}

/* The records of a set would all become the same: the first of them does. */
static int
put_answer(struct draft *d, const struct record *r)
{
	char owner[NS_MAXDNAME];
	int fits;

	fits = dns_rule_fits(d->rule, d->m, r, d->asked, owner);
	if (fits == -1)
		return -1;
	if (fits && strcasecmp(owner, d->owner) == 0)
		return 0;
	if (fits)
		strlcpy(d->owner, owner, sizeof(d->owner));
	return put_record(d, r, fits);
}

/* All records of a section, or of a bare message only what EDNS needs. */
static int
put_section(struct draft *d, int section, int bare, size_t *pos)
{
	struct record r;
	uint16_t kept = 0;
	int i, n;

	for (i = 0; i < d->m->count[section]; i++) {
		dns_record_next(d->m, pos, &r);
		if (bare && (section != ns_s_ar || r.type != ns_t_opt))
			continue;
		n = section == ns_s_an ? put_answer(d, &r) :
					 put_record(d, &r, 0);
		if (n == -1)
			return -1;
		kept += (uint16_t)n;
	}
	put16(d->out + COUNTS + NS_INT16SZ * section, kept);
	return 0;
}

static int
put_message(struct draft *d, int bare)
{
	const struct message *m = d->m;
	size_t pos = m->records;

	d->len = 0;
	d->full = 0;
	d->owner[0] = '\0';
	memset(d->moved, 0, sizeof(d->moved));
	if (put(d, m->data, NS_HFIXEDSZ) == -1)
		return -1;
	if (m->count[ns_s_qd] != 0 &&
	    (put_name(d, NS_HFIXEDSZ) == -1 ||
		put(d, m->data + pos - NS_QFIXEDSZ, NS_QFIXEDSZ) == -1))
		return -1;
	if (put_section(d, ns_s_an, bare, &pos) == -1 ||
	    put_section(d, ns_s_ns, bare, &pos) == -1 ||
	    put_section(d, ns_s_ar, bare, &pos) == -1)
		return -1;
	return 0;
}

/*
 * Nobody knows here how long a datagram the client takes, but for the one that
 * came.  When that is not enough an empty one sends it to TCP.
 */
enum div_dns_outcome
dns_compose(const struct div_dns *rule, const struct message *m, int asked,
    int udp, uint8_t out[DIV_DNS_MAX], size_t *outlen)
{
	struct draft d = { .m = m, .rule = rule, .asked = asked, .out = out };
	int nx = rule->type == DNS_NX, cut = 0;

	d.limit = !udp ? DIV_DNS_MAX : m->len > UDPMAX ? m->len : UDPMAX;
	if (put_message(&d, nx) == -1) {
		cut = udp && d.full;
		if (!cut || put_message(&d, 1) == -1)
			return d.full ? DIV_DNS_TOOLONG : DIV_DNS_MALFORMED;
	}
	if (!nx && d.len == m->len && memcmp(out, m->data, d.len) == 0)
		return DIV_DNS_SAME;
	if (nx) {
		out[2] &= (uint8_t)~FLAG_TC;
		out[3] = (uint8_t)((out[3] & ~RCODE) | ns_r_nxdomain);
	}
	if (cut)
		out[2] |= FLAG_TC;
	out[3] &= (uint8_t)~FLAG_AD;
	*outlen = d.len;
	return DIV_DNS_EDITED;
}
