/* SPDX-License-Identifier: ISC */

/*
 * The sections of a DNS message and their records, RFC 1035 4.1.  Opening a
 * message checks that its records fill it exactly; names are checked only when
 * they are read.
 */

#include "proto/proto.h"

/* Reads the record at *pos, and moves *pos behind it; -1 if it is cut. */
int
dns_record_next(const struct dns_message *m, size_t *pos, struct dns_record *r)
{
	const uint8_t *p;

	r->owner = *pos;
	r->fixed = dns_name_skip(m->data, m->len, *pos);
	if (r->fixed == 0 || m->len - r->fixed < DNS_RRFIXED)
		return -1;
	p = m->data + r->fixed;
	r->type = get16(p);
	r->class = get16(p + 2);
	r->ttl = get32(p + 4);
	r->rdlen = get16(p + 8);
	r->rdata = r->fixed + DNS_RRFIXED;
	if (r->rdlen > m->len - r->rdata)
		return -1;
	*pos = r->rdata + r->rdlen;
	return 0;
}

static int
skip_question(struct dns_message *m)
{
	size_t end = dns_name_skip(m->data, m->len, m->records);

	if (end == 0 || m->len - end < DNS_QFIXED)
		return -1;
	m->records = end + DNS_QFIXED;
	return 0;
}

/* 0, or -1 for a malformed message, or one of several questions (RFC 9619). */
int
dns_message_open(struct dns_message *m, const uint8_t *data, size_t len)
{
	struct dns_record r;
	size_t pos, i, n;

	if (len < DIV_DNS_HDRLEN || len > DIV_DNS_MAX)
		return -1;
	m->data = data;
	m->len = len;
	for (i = 0; i < DNS_NSECTIONS; i++)
		m->count[i] = get16(data + DNS_COUNTS + 2 * i);
	m->records = DIV_DNS_HDRLEN;
	if (m->count[DNS_QUESTION] > 1 ||
	    (m->count[DNS_QUESTION] == 1 && skip_question(m) == -1))
		return -1;
	pos = m->records;
	n = (size_t)m->count[DNS_ANSWER] + m->count[DNS_AUTHORITY] +
	    m->count[DNS_ADDITIONAL];
	for (i = 0; i < n; i++)
		if (dns_record_next(m, &pos, &r) == -1)
			return -1;
	return pos == len ? 0 : -1;
}
