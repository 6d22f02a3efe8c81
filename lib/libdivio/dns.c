/* SPDX-License-Identifier: ISC */

#include <sys/types.h>

#include "dns.h"

#define FLAG_QR 0x80 /* in the third byte of the header */
#define OPCODE 0x78

/* Counts the records that fit; -1 for a bad name. */
static int
count_fits(const struct div_dns *rule, const struct message *m, int asked)
{
	char owner[NS_MAXDNAME];
	size_t pos = m->records;
	struct record r;
	int i, n, fits = 0;

	for (i = 0; i < m->count[ns_s_an]; i++) {
		dns_record_next(m, &pos, &r);
		if ((n = dns_rule_fits(rule, m, &r, asked, owner)) == -1)
			return -1;
		fits += n;
	}
	return fits;
}

/*
 * The response code, of which EDNS has the upper bits, and whether the message
 * is signed as a whole: a signature of no type is SIG(0).
 */
static int
response_code(const struct message *m, int *is_signed)
{
	size_t pos = m->records;
	struct record r;
	int i, n, code = m->data[3] & 0x0f;

	n = m->count[ns_s_an] + m->count[ns_s_ns] + m->count[ns_s_ar];
	*is_signed = 0;
	for (i = 0; i < n; i++) {
		dns_record_next(m, &pos, &r);
		if (r.type == ns_t_opt)
			code |= (int)(r.ttl >> 24 << 4);
		if (r.type == ns_t_tsig ||
		    (r.type == ns_t_sig && r.rdlen >= NS_INT16SZ &&
			get16(m->data + r.rdata) == 0))
			*is_signed = 1;
	}
	return code;
}

/*
 * Applies the rule to a message of len bytes, which came by UDP or else by TCP.
 * The new message is in out, and its length in *outlen, if DIV_DNS_EDITED is
 * returned; with anything else the message stays as it was.
 */
enum div_dns_outcome
div_dns_edit(const struct div_dns *rule, const uint8_t *msg, size_t len,
    int udp, uint8_t out[DIV_DNS_MAX], size_t *outlen)
{
	struct message m;
	int asked, code, fits, is_signed;

	if (dns_message_open(&m, msg, len) == -1)
		return DIV_DNS_MALFORMED;
	if ((msg[2] & (FLAG_QR | OPCODE)) != FLAG_QR)
		return DIV_DNS_NONE;
	if ((asked = dns_rule_asked(rule, &m)) == -1)
		return DIV_DNS_MALFORMED;
	fits = rule->type == DNS_NX ? asked : count_fits(rule, &m, asked);
	if (fits == -1)
		return DIV_DNS_MALFORMED;
	if (fits == 0)
		return DIV_DNS_NONE;
	code = response_code(&m, &is_signed);
	if (rule->type == DNS_NX && code == ns_r_nxdomain)
		return DIV_DNS_SAME;
	if (rule->type == DNS_NX && code != ns_r_noerror)
		return DIV_DNS_NONE;
	if (is_signed)
		return DIV_DNS_SIGNED;
	return dns_compose(rule, &m, asked, udp, out, outlen);
}

/*
 * How many of len bytes of a TCP stream the message takes that begins there,
 * with its length in front: more than len if not all of it is there.
 */
size_t
div_dns_length(const uint8_t *p, size_t len)
{
	return len < NS_INT16SZ ? NS_INT16SZ : NS_INT16SZ + (size_t)get16(p);
}
