/* SPDX-License-Identifier: ISC */

/* The first question of a DNS message, RFC 1035. */

#include "hostname.h"

#define DNS_HDRLEN 12
#define LABEL_MAX 63 /* more is a pointer, which has no place here */

static void
put_label(struct div_hostname *h, const uint8_t *p, size_t n)
{
	size_t i;

	if (h->hostlen > 0)
		hostname_put(h, '.');
	for (i = 0; i < n; i++) {
		if (p[i] == '.')
			hostname_escape(h, p[i]);
		else
			hostname_put(h, p[i]);
	}
}

int
hostname_dns(struct div_hostname *h, const uint8_t *data, size_t len)
{
	size_t pos, n;

	if (len < DNS_HDRLEN || get16(data + 4) == 0)
		return 0;
	for (pos = DNS_HDRLEN; pos < len; pos += 1 + n) {
		n = data[pos];
		if (n == 0)
			return hostname_end(h, DIV_BY_DNS);
		if (n > LABEL_MAX || n >= len - pos ||
		    pos + 1 + n - DNS_HDRLEN > HOSTNAME_MAX)
			break;
		put_label(h, data + pos + 1, n);
	}
	return 0;
}

/* On TCP a length comes first. */
int
hostname_dns_tcp(struct div_hostname *h, const uint8_t *data, size_t len)
{
	size_t size;

	if (len < 2) {
		h->want = 2 - len;
		return 0;
	}
	size = get16(data);
	if (hostname_dns(h, data + 2, len - 2 < size ? len - 2 : size))
		return 1;
	if (size > DNS_HDRLEN && size > len - 2)
		h->want = size - (len - 2);
	return 0;
}
