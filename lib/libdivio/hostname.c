/* SPDX-License-Identifier: ISC */

#include <sys/types.h>
#include <netinet/in.h>

#include <string.h>

#include "hostname.h"

#define DNS_PORT 53

/* At most HOSTNAME_MAX bytes are put, so there is always room for them. */
void
hostname_escape(struct div_hostname *h, uint8_t c)
{
	static const char digits[] = "0123456789abcdef";

	h->host[h->hostlen++] = '\\';
	h->host[h->hostlen++] = 'x';
	h->host[h->hostlen++] = digits[c >> 4];
	h->host[h->hostlen++] = digits[c & 15];
}

void
hostname_put(struct div_hostname *h, uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		c += 'a' - 'A';
	if (c > ' ' && c <= '~' && c != '\\')
		h->host[h->hostlen++] = (char)c;
	else
		hostname_escape(h, c);
}

/* A dot at the end only says that the name is whole. */
int
hostname_end(struct div_hostname *h, enum div_naming by)
{
	if (h->hostlen > 0 && h->host[h->hostlen - 1] == '.')
		h->hostlen--;
	h->host[h->hostlen] = '\0';
	h->by = by;
	return h->hostlen > 0;
}

static int
hostname_tcp(struct div_hostname *h, const uint8_t *data, size_t len)
{
	return data[0] == 22 ? hostname_tls(h, data, len) :
			       hostname_http(h, data, len);
}

/*
 * Which host do the len bytes of data name, which the transport of packet p
 * carries from the beginning of a segment on?  1, or 0 if none: then want says
 * how many more bytes might tell, at least.
 */
int
div_hostname(struct div_hostname *h, const struct div_packet *p,
    const uint8_t *data, size_t len)
{
	int dns = p->sport == DNS_PORT || p->dport == DNS_PORT;

	h->hostlen = h->pathlen = h->want = 0;
	h->path = NULL;
	if (len == 0 || p->fragment == DIV_LATER || p->truncated)
		return 0;
	if (p->proto == IPPROTO_UDP)
		return dns && hostname_dns(h, data, len);
	if (p->proto != IPPROTO_TCP)
		return 0;
	if (hostname_tcp(h, data, len))
		return 1;
	if (!dns)
		return 0;
	h->hostlen = h->want = 0;
	h->path = NULL;
	return hostname_dns_tcp(h, data, len);
}
