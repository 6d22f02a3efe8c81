/* SPDX-License-Identifier: ISC */

/* The addresses in the answers of DNS messages. */

#include "proto/proto.h"

#define FLAG_QR 0x80 /* in the third byte of the header */
#define RCODE 0x0f   /* in the fourth */

/*
 * Calls found for each A and AAAA record, whatever its owner: aliases lead from
 * the name in the question to it.  -1 for a malformed message.
 */
int
div_dns_addresses(const uint8_t *msg, size_t len,
    void (*found)(void *, const struct div_dns_address *), void *arg)
{
	struct div_dns_address a;
	struct dns_message m;
	struct dns_record r;
	char name[DNS_TEXTLEN];
	size_t pos;
	int i;

	if (dns_message_open(&m, msg, len) == -1)
		return -1;
	if ((msg[2] & FLAG_QR) == 0 || (msg[3] & RCODE) != DNS_NOERROR ||
	    m.count[DNS_QUESTION] == 0)
		return 0;
	if (dns_name_print(&m, DIV_DNS_HDRLEN, name) == -1)
		return -1;
	a.name = name;
	pos = m.records;
	for (i = 0; i < m.count[DNS_ANSWER]; i++) {
		if (dns_record_next(&m, &pos, &r) == -1)
			return -1;
		a.addr = msg + r.rdata;
		a.len = r.type == DNS_A ? 4 : 16;
		a.ttl = r.ttl;
		if (r.class == DNS_CLASS_IN && r.rdlen == a.len &&
		    (r.type == DNS_A || r.type == DNS_AAAA))
			found(arg, &a);
	}
	return 0;
}
