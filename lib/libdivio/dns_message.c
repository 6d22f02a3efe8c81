/* SPDX-License-Identifier: ISC */

#include <sys/types.h>
#include <netinet/in.h>

#include <resolv.h>
#include <string.h>

#include "dns.h"

#define MAXPOINTERS 127 /* as many as a name has labels */

/*
 * Checks that the records make up the message from its first byte to its last;
 * -1 if not.  Names are looked at later, by dns_name_label().
 */
int
dns_message_open(struct message *m, const uint8_t *data, size_t len)
{
	ns_msg h;
	int i;

	if (len > DIV_DNS_MAX || ns_initparse(data, (int)len, &h) == -1)
		return -1;
	m->data = data;
	m->len = len;
	for (i = 0; i < ns_s_max; i++)
		m->count[i] = (uint16_t)ns_msg_count(h, (ns_sect)i);
	m->records = NS_HFIXEDSZ;
	if (m->count[ns_s_qd] > 1) /* RFC 9619 */
		return -1;
	if (m->count[ns_s_qd] == 1)
		m->records += NS_QFIXEDSZ +
		    (size_t)dn_skipname(data + NS_HFIXEDSZ, data + len);
	return 0;
}

/* The record at *pos, of those that dns_message_open() has counted. */
void
dns_record_next(const struct message *m, size_t *pos, struct record *r)
{
	const uint8_t *p = m->data + *pos;

	r->owner = *pos;
	r->fixed = *pos + (size_t)dn_skipname(p, m->data + m->len);
	p = m->data + r->fixed;
	r->type = get16(p);
	r->class = get16(p + 2);
	r->ttl = get32(p + 4);
	r->rdlen = get16(p + 8);
	r->rdata = r->fixed + NS_RRFIXEDSZ;
	*pos = r->rdata + r->rdlen;
}

/*
 * Follows pointers to the next label of a name and returns its length, 0 at
 * the end, -1 for what is no name.  The resolver library goes along thousands
 * of pointers that lead to pointers, for each record that begins with them.
 */
int
dns_name_label(const struct message *m, struct walk *w)
{
	size_t left, to;
	uint8_t c;

	while (w->at < m->len) {
		left = m->len - w->at;
		c = m->data[w->at];
		if (c <= NS_MAXLABEL) {
			w->len += c + (size_t)1;
			return c < left && w->len <= NS_MAXCDNAME ? c : -1;
		}
		if ((c & NS_CMPRSFLGS) != NS_CMPRSFLGS || left < 2 ||
		    w->pointers++ == MAXPOINTERS)
			return -1;
		to = get16(m->data + w->at) & 0x3fff;
		if (to >= w->at)
			return -1;
		w->at = to;
	}
	return -1;
}

/* The name at an offset as people write it; -1 if it is none. */
int
dns_name_text(const struct message *m, size_t at, char text[NS_MAXDNAME])
{
	uint8_t wire[NS_MAXCDNAME];
	struct walk w = { .at = at };
	size_t len = 0;
	int n;

	do {
		if ((n = dns_name_label(m, &w)) == -1)
			return -1;
		memcpy(wire + len, m->data + w.at, (size_t)n + 1);
		len += (size_t)n + 1;
		w.at += (size_t)n + 1;
	} while (n > 0);
	return ns_name_ntop(wire, text, NS_MAXDNAME) == -1 ? -1 : 0;
}
