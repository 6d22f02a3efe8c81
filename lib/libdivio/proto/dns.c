/* SPDX-License-Identifier: ISC */

/*
 * Rewriting of DNS answers (RFC 1035).  A response that a rule matches becomes
 * one with the rule's data, or an empty one with its code; a response that is signed as a whole,
 * by TSIG (RFC 8945) or SIG(0) (RFC 2931), stays as it is.
 */

#include "proto/proto.h"

#define FLAG_QR 0x80 /* in the third byte of the header */
#define OPCODE 0x78
#define RCODE 0x0f /* in the fourth */

/* Counts the records that the rule matches; -1 for a malformed name. */
static int
count_matches(const struct div_dns *rule, const struct dns_message *m,
    int asked)
{
	char owner[DNS_TEXTLEN];
	size_t pos = m->records;
	struct dns_record r;
	int i, n, matches = 0;

	for (i = 0; i < m->count[DNS_ANSWER]; i++) {
		if (dns_record_next(m, &pos, &r) == -1)
			return -1;
		if ((n = dns_rule_matches(rule, m, &r, asked, owner)) == -1)
			return -1;
		matches += n != DNS_KEEP;
	}
	return matches;
}

/* The question asks for records that the rule adds. */
static int
adds(const struct div_dns *rule, const struct dns_message *m, int asked)
{
	const uint8_t *q = m->data + m->records - DNS_QFIXED;

	return rule->add && asked && get16(q) == rule->type &&
	    get16(q + 2) == DNS_CLASS_IN;
}

/* Which form the new message has; DNS_FORM_EDITED for none of the others. */
static enum dns_form
choose_form(const struct div_dns *rule, const struct dns_message *m, int asked)
{
	if (rule->action == DNS_RESPOND)
		return DNS_FORM_EMPTY;
	return adds(rule, m, asked) ? DNS_FORM_ADDED : DNS_FORM_EDITED;
}

/* The answer has the rule's code already. */
static int
responds(const struct div_dns *rule, const struct dns_message *m, int code)
{
	return code == rule->code &&
	    (code != DNS_NOERROR || m->count[DNS_ANSWER] == 0);
}

/*
 * The response code, with its upper bits from EDNS (RFC 6891), and whether the
 * message is signed as a whole: a SIG record that covers type 0 is SIG(0).
 */
static int
response_code(const struct dns_message *m, int *is_signed)
{
	size_t pos = m->records;
	struct dns_record r;
	int code = m->data[3] & RCODE;

	*is_signed = 0;
	while (pos < m->len && dns_record_next(m, &pos, &r) == 0) {
		if (r.type == DNS_OPT)
			code |= (int)(r.ttl >> 24 << 4);
		if (r.type == DNS_TSIG ||
		    (r.type == DNS_SIG && r.rdlen >= 2 &&
			get16(m->data + r.rdata) == 0))
			*is_signed = 1;
	}
	return code;
}

/* The new message, unless the old one has a reason to stay. */
static enum div_dns_outcome
finish(const struct div_dns *rule, const struct dns_message *m,
    enum dns_form form, int asked, int udp, uint8_t out[DIV_DNS_MAX],
    size_t *outlen)
{
	int is_signed, code = response_code(m, &is_signed);

	if (form == DNS_FORM_EMPTY && responds(rule, m, code))
		return DIV_DNS_SAME;
	if (form != DNS_FORM_EDITED && code != DNS_NOERROR &&
	    code != DNS_NXDOMAIN)
		return DIV_DNS_NONE;
	if (is_signed)
		return DIV_DNS_SIGNED;
	return dns_compose(rule, m, form, asked, udp, out, outlen);
}

/* A rule whose list says what becomes of each name. */
static enum div_dns_outcome
edit_listed(const struct div_dns *rule, const struct dns_message *m, int udp,
    uint8_t out[DIV_DNS_MAX], size_t *outlen)
{
	uint8_t rdata[16 * DNS_ADDRS_MAX];
	struct div_dns answer;

	switch (dns_list_answer(rule, m, &answer, rdata)) {
	case DNS_LIST_NOT:
		return DIV_DNS_NONE;
	case DNS_LIST_DROP:
		return DIV_DNS_DROPPED;
	case DNS_LIST_EMPTY:
		return finish(&answer, m, DNS_FORM_EMPTY, 1, udp, out, outlen);
	case DNS_LIST_ADDED:
		return finish(&answer, m, DNS_FORM_ADDED, 1, udp, out, outlen);
	}
	return DIV_DNS_MALFORMED;
}

/*
 * Applies the rule to a message of len bytes, received by UDP or else by TCP.
 * The new message is in out, and its length in *outlen, only if DIV_DNS_EDITED
 * is returned.
 */
enum div_dns_outcome
div_dns_edit(const struct div_dns *rule, const uint8_t *msg, size_t len,
    int udp, uint8_t out[DIV_DNS_MAX], size_t *outlen)
{
	struct dns_message m;
	enum dns_form form;
	int asked, matches;

	if (dns_message_open(&m, msg, len) == -1)
		return DIV_DNS_MALFORMED;
	if ((msg[2] & (FLAG_QR | OPCODE)) != FLAG_QR)
		return DIV_DNS_NONE;
	if (rule->action == DNS_LISTED)
		return edit_listed(rule, &m, udp, out, outlen);
	if ((asked = dns_rule_asked(rule, &m)) == -1 ||
	    (matches = count_matches(rule, &m, asked)) == -1)
		return DIV_DNS_MALFORMED;
	form = matches > 0 ? DNS_FORM_EDITED : choose_form(rule, &m, asked);
	if (matches == 0 && (!asked || form == DNS_FORM_EDITED))
		return DIV_DNS_NONE;
	return finish(rule, &m, form, asked, udp, out, outlen);
}

/*
 * The bytes of the message at the beginning of len bytes of a TCP stream, with
 * the length that precedes it: more than len if the message is cut.
 */
size_t
div_dns_length(const uint8_t *p, size_t len)
{
	return len < 2 ? 2 : 2 + (size_t)get16(p);
}
