/* SPDX-License-Identifier: ISC */

/*
 * The key dns: the name in the first question of a message (RFC 1035, 4.1.2).
 */

#include <sys/types.h>
#include <netinet/in.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "stat.h"

/* The key is the name in wire format, in lower case. */
int
key_dns(uint8_t *k, const struct stat_packet *s)
{
	const uint8_t *p = s->p.data + s->p.payload;
	size_t i, n;

	if (!s->ip || s->p.proto != IPPROTO_UDP || s->p.truncated ||
	    (s->p.sport != DIV_DNS_PORT && s->p.dport != DIV_DNS_PORT))
		return 0;
	n = div_dns_question(p, s->p.len - s->p.payload);
	for (i = 0; i < n; i++) /* lengths of labels are less than letters */
		k[i] = (uint8_t)tolower(p[DIV_DNS_HDRLEN + i]);
	return n > 0;
}

/* Labels joined by dots, escaped as in RFC 4343, 2.1. */
void
key_print_dns(char *buf, size_t size, const uint8_t *k)
{
	size_t used = 0, i;

	if (k[0] == 0)
		snprintf(buf, size, ".");
	for (; *k != 0; k += *k + 1) {
		for (i = 1; i <= *k && used + 6 < size; i++) {
			if (k[i] > ' ' && k[i] < 0x7f && k[i] != '.' &&
			    k[i] != '\\')
				buf[used++] = (char)k[i];
			else
				used += (size_t)snprintf(buf + used,
				    size - used, "\\%03u", k[i]);
		}
		if (k[*k + 1] != 0 && used + 1 < size)
			buf[used++] = '.';
		buf[used] = '\0';
	}
}
