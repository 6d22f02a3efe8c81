/* SPDX-License-Identifier: ISC */

/*
 * The host names that a DNS message asks for: its questions, RFC 1035 4.1.2, of
 * any type and class.  Their pointers may lead anywhere, as dnsmasq takes them.
 */

#include "proto/proto.h"

#define HEADER_QR 0x80 /* in the third byte: an answer */

static void
put_label(struct hostname_scan *scan, const uint8_t *p, size_t n)
{
	size_t i;

	if (scan->h->hostlen > 0)
		hostname_put(scan, '.');
	for (i = 0; i < n; i++) {
		if (p[i] == '.')
			hostname_escape(scan, p[i]);
		else
			hostname_put(scan, p[i]);
	}
}

/*
 * The question at an offset, which moves behind it, or to 0 if the message ends
 * before that.  The root names no host.
 */
static enum div_host
question(struct hostname_scan *scan, const uint8_t *msg, size_t len, size_t *at)
{
	struct dns_name name = { msg, len, .next = *at, .forwards = 1 };
	size_t end = dns_name_skip(msg, len, *at);
	int n;

	hostname_begin(scan);
	while ((n = dns_name_next(&name)) > 0)
		put_label(scan, msg + name.label + 1, (size_t)n);
	if (n == -1)
		return DIV_HOST_UNDECIDED;
	*at = end != 0 && len - end >= DNS_QFIXED ? end + DNS_QFIXED : 0;
	if (scan->h->hostlen == 0)
		return DIV_HOST_NONE;
	return hostname_end(scan, DIV_BY_DNS, msg + (end != 0 ? end : len)) ?
	    DIV_HOST_NAMED :
	    DIV_HOST_NONE;
}

enum div_host
hostname_dns(struct hostname_scan *scan, const uint8_t *data, size_t len)
{
	size_t at = DIV_DNS_HDRLEN, n;
	enum div_host found;

	if (len < DIV_DNS_HDRLEN)
		return DIV_HOST_UNDECIDED;
	if ((n = get16(data + DNS_COUNTS)) == 0)
		return data[2] & HEADER_QR ? DIV_HOST_NONE : DIV_HOST_UNDECIDED;
	for (; n > 0; n--) {
		if (at == 0)
			return DIV_HOST_UNDECIDED;
		found = question(scan, data, len, &at);
		if (found != DIV_HOST_NONE)
			return found;
	}
	return scan->unclear ? DIV_HOST_UNDECIDED : DIV_HOST_NONE;
}

/* In a TCP stream, its length precedes each message (RFC 1035 4.2.2). */
enum div_host
hostname_dns_tcp(struct hostname_scan *scan, const uint8_t *data, size_t len)
{
	enum div_host found;
	size_t size, have;

	for (; len >= 2; data += 2 + have, len -= 2 + have) {
		size = get16(data);
		have = len - 2 < size ? len - 2 : size;
		found = hostname_dns(scan, data + 2, have);
		if (found == DIV_HOST_UNDECIDED)
			return hostname_undecided(scan, size - have);
		if (found == DIV_HOST_NAMED)
			return found;
	}
	return len == 0 ? DIV_HOST_NONE : hostname_undecided(scan, 2 - len);
}
