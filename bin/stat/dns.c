/* SPDX-License-Identifier: ISC */

/* The name that a message of DNS asks for, RFC 1035. */

#include <sys/types.h>
#include <netinet/in.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "stat.h"

#define HEADER 12

/* The key is the first question's name, labels and all, in lower case. */
int
key_dns(uint8_t *k, const struct seen *s)
{
	const uint8_t *p = s->p.data + s->p.payload, *end;
	size_t at = 0, i, n;

	if (!s->ip || s->p.proto != IPPROTO_UDP || s->p.truncated ||
	    (s->p.sport != DIV_DNS_PORT && s->p.dport != DIV_DNS_PORT))
		return 0;
	end = s->p.data + s->p.len;
	if (end - p < HEADER || (p[4] == 0 && p[5] == 0))
		return 0;
	for (p += HEADER; p < end && *p != 0; p += n) {
		n = (size_t)*p + 1;
		if (*p > 63 || n >= (size_t)(end - p) || at + n >= DNS_LEN)
			return 0;
		k[at++] = *p;
		for (i = 1; i < n; i++)
			k[at++] = (uint8_t)tolower(p[i]);
	}
	return p < end;
}

/* With dots, and escapes as in RFC 4343. */
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
