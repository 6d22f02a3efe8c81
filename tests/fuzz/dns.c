/* SPDX-License-Identifier: ISC */

/* Messages of DNS, and rules to edit them: four strings and the message. */

#include <stdlib.h>
#include <string.h>

#include "divio.h"
#include "fuzz.h"
#include "hostname.h"

static const char *const rules[][4] = {
	{ "*", "A", "192.0.2.1", "" },
	{ "*.example", "AAAA", "2001:db8::1", "60" },
	{ "www.example", "CNAME", "other.example", "" },
	{ "*", "TXT", "hello", "1" },
	{ "*", "A", "drop", "" },
};

static void
edit(const char *const text[4], const uint8_t *data, size_t len)
{
	static uint8_t out[DIV_DNS_MAX];
	char why[DIV_ERRLEN];
	enum div_dns_field field;
	struct div_dns *rule;
	size_t outlen;

	if ((rule = div_dns_new(text, &field, why)) == NULL)
		return;
	if (div_dns_edit(rule, data, len, 0, out, &outlen) == DIV_DNS_EDITED)
		/* what it wrote it can read */
		if (div_dns_edit(rule, out, outlen, 0, out, &outlen) ==
		    DIV_DNS_MALFORMED)
			abort();
	(void)div_dns_edit(rule, data, len, 1, out, &outlen);
	div_dns_free(rule);
}

/* A rule of the input itself: strings that end with a NUL. */
static void
given(const uint8_t *data, size_t len)
{
	const char *text[4];
	size_t i, n;

	for (i = 0; i < 4; i++) {
		if ((n = strnlen((const char *)data, len)) == len)
			return;
		text[i] = (const char *)data;
		data += n + 1;
		len -= n + 1;
	}
	edit(text, data, len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct div_hostname h;
	uint8_t *copy;
	size_t i;

	if (len > DIV_DNS_MAX || (copy = malloc(len + (len == 0))) == NULL)
		return 0;
	memcpy(copy, data, len);
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		edit(rules[i], copy, len);
	given(copy, len);
	(void)div_dns_length(copy, len);
	memset(&h, 0, sizeof(h));
	(void)hostname_dns(&h, copy, len);
	memset(&h, 0, sizeof(h));
	(void)hostname_dns_tcp(&h, copy, len);
	free(copy);
	return 0;
}
