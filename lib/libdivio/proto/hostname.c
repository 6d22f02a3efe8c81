/* SPDX-License-Identifier: ISC */

/*
 * The hosts that a payload names.  On UDP, port 53 is DNS.  On TCP, the first byte
 * tells TLS from HTTP, on any port; DNS is tried on port 53 if it is neither.
 *
 * Servers accept more than the grammars of RFC 9112 and 8446, and differ.  Where
 * they do, each name that some server takes is a name of the payload, so that a
 * list sees them all; a request without any is undecided.
 */

#include <sys/types.h>
#include <netinet/in.h>

#include <string.h>

#include "proto/proto.h"

/* Names have at most HOSTNAME_MAX bytes, so there is room for each as \xHH. */
void
hostname_escape(struct hostname_scan *scan, uint8_t c)
{
	static const char digits[] = "0123456789abcdef";
	struct div_hostname *h = scan->h;

	h->host[h->hostlen++] = '\\';
	h->host[h->hostlen++] = 'x';
	h->host[h->hostlen++] = digits[c >> 4];
	h->host[h->hostlen++] = digits[c & 15];
}

void
hostname_put(struct hostname_scan *scan, uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		c += 'a' - 'A';
	if (c > ' ' && c <= '~' && c != '\\')
		scan->h->host[scan->h->hostlen++] = (char)c;
	else
		hostname_escape(scan, c);
}

void
hostname_begin(struct hostname_scan *scan)
{
	scan->h->hostlen = 0;
}

/*
 * A name is complete, and its last byte is before end.  Dots at the end, as of a
 * fully qualified name, go.  1 if the search ends with this name.
 */
int
hostname_end(struct hostname_scan *scan, enum div_naming by, const uint8_t *end)
{
	struct div_hostname *h = scan->h;

	while (h->hostlen > 0 && h->host[h->hostlen - 1] == '.')
		h->hostlen--;
	h->host[h->hostlen] = '\0';
	if (h->hostlen == 0 || scan->names == HOSTNAMES_MAX) {
		scan->unclear = 1;
		return 0;
	}
	scan->names++;
	h->by = by;
	h->end = (size_t)(end - scan->data);
	return scan->found == NULL || scan->found(scan->arg, h);
}

enum div_host
hostname_undecided(struct hostname_scan *scan, size_t want)
{
	scan->h->want = want;
	return DIV_HOST_UNDECIDED;
}

static enum div_host
scan_tcp(struct hostname_scan *scan, size_t len)
{
	enum div_host found;

	found = hostname_tls(scan, scan->data, len);
	return found != DIV_HOST_NONE ? found :
					hostname_http(scan, scan->data, len);
}

/* DNS over TCP; the answers of a server may begin with any byte of a message. */
static enum div_host
scan_dns(struct hostname_scan *scan, const struct div_packet *p, size_t len)
{
	enum div_host found;

	found = p->proto == IPPROTO_UDP ?
	    hostname_dns(scan, scan->data, len) :
	    hostname_dns_tcp(scan, scan->data, len);
	return found == DIV_HOST_UNDECIDED && p->dport != DIV_DNS_PORT ?
	    DIV_HOST_NONE :
	    found;
}

static enum div_host
scan_payload(struct hostname_scan *scan, const struct div_packet *p, size_t len)
{
	int dns = p->sport == DIV_DNS_PORT || p->dport == DIV_DNS_PORT;
	enum div_host found = DIV_HOST_NONE, named;
	size_t want;

	if (p->proto == IPPROTO_TCP)
		found = scan_tcp(scan, len);
	if (!dns || found == DIV_HOST_NAMED)
		return found;
	want = scan->h->want;
	scan->h->want = 0;
	scan->h->path = NULL;
	named = scan_dns(scan, p, len);
	if (named != DIV_HOST_NONE || found == DIV_HOST_NONE)
		return named;
	return hostname_undecided(scan, want);
}

/* The rest of a request may be in a later fragment or was not captured. */
static int
is_cut(const struct div_packet *p, size_t len)
{
	return (p->proto == IPPROTO_TCP || p->proto == IPPROTO_UDP) &&
	    (p->truncated || (p->fragment == DIV_FIRST && len == 0));
}

/*
 * Calls found for each host that len bytes of data name, until it returns other
 * than 0; they are payload of packet p, from the beginning of a segment on.
 * DIV_HOST_NAMED if it did, or else what the rest is.  h->want is then the least
 * number of further bytes that could bring a name, or 0.
 */
enum div_host
div_hostnames(struct div_hostname *h, const struct div_packet *p,
    const uint8_t *data, size_t len,
    int (*found)(void *, const struct div_hostname *), void *arg)
{
	struct hostname_scan scan = {
		.h = h,
		.found = found,
		.arg = arg,
		.data = data,
	};
	enum div_host result;

	h->hostlen = h->pathlen = h->end = h->want = 0;
	h->host[0] = '\0';
	h->path = NULL;
	if (is_cut(p, len))
		return DIV_HOST_UNDECIDED;
	if (len == 0 || p->fragment == DIV_LATER)
		return DIV_HOST_NONE;
	if ((result = scan_payload(&scan, p, len)) != DIV_HOST_NAMED)
		h->hostlen = 0;
	return result;
}

/* The same, for the first name. */
enum div_host
div_hostname(struct div_hostname *h, const struct div_packet *p,
    const uint8_t *data, size_t len)
{
	return div_hostnames(h, p, data, len, NULL, NULL);
}
