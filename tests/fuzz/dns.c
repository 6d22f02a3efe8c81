/* SPDX-License-Identifier: ISC */

/* Messages of DNS, and rules to edit them: four strings and the message. */

#include <sys/types.h>
#include <netinet/in.h>

#include <stdlib.h>
#include <string.h>

#include "divio.h"
#include "fuzz.h"
#include "proto/proto.h"

static const char *const rules[][4] = {
	{ "*", "A", "192.0.2.1", "" },
	{ "*.example", "AAAA", "2001:db8::1", "60" },
	{ "www.example", "CNAME", "other.example", "" },
	{ "*", "TXT", "hello", "1" },
	{ "*", "A", "drop", "" },
	{ "*", "HTTPS", "-ech -ipv4hint", "" },
	{ "*", "A+", "192.0.2.1 192.0.2.2", "" },
	{ "*", "AAAA", "-", "" },
	{ "*", "NODATA", "", "" },
	{ "*", "LIST", "", "" },
};

static const char zone[] = "a.example CNAME .\n"
			   "*.a.example CNAME *.\n"
			   "b.example CNAME rpz-drop.\n"
			   "c.example A 192.0.2.1\n"
			   " AAAA 2001:db8::1\n"
			   "192.0.2.2 example www.example\n"
			   "net\ncom\norg\n";

static struct div_names *
list(void)
{
	static struct div_names *names;
	char why[DIV_ERRLEN];
	size_t where;

	if (names == NULL)
		names = div_names_new(strdup(zone), sizeof(zone) - 1, &where,
		    why);
	return names;
}

static void
edit(const char *const text[4], const uint8_t *data, size_t len)
{
	static uint8_t out[DIV_DNS_MAX], again[DIV_DNS_MAX];
	char why[DIV_ERRLEN];
	enum div_dns_field field;
	struct div_names *names = NULL;
	struct div_dns *rule;
	size_t outlen;

	if (strcmp(text[DIV_DNS_TYPE], "LIST") == 0)
		names = list();

	if ((rule = div_dns_new(text, names, &field, why)) == NULL)
		return;
	if (div_dns_edit(rule, data, len, 0, out, &outlen) == DIV_DNS_EDITED)
		/* it can read its own output */
		if (div_dns_edit(rule, out, outlen, 0, again, &outlen) ==
		    DIV_DNS_MALFORMED)
			abort();
	(void)div_dns_edit(rule, data, len, 1, out, &outlen);
	div_dns_free(rule);
}

static void
count(void *arg, const struct div_dns_address *a)
{
	*(size_t *)arg = strlen(a->name) + a->addr[a->len - 1];
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
	static const struct div_packet udp = { .proto = IPPROTO_UDP,
		.dport = DIV_DNS_PORT };
	static const struct div_packet tcp = { .proto = IPPROTO_TCP,
		.dport = DIV_DNS_PORT };
	static struct div_hostname h;
	uint8_t *copy;
	size_t i = 0;

	if (len > DIV_DNS_MAX || (copy = malloc(len + (len == 0))) == NULL)
		return 0;
	memcpy(copy, data, len);
	(void)div_dns_addresses(copy, len, count, &i);
	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		edit(rules[i], copy, len);
	given(copy, len);
	(void)div_dns_length(copy, len);
	(void)div_hostname(&h, &udp, copy, len);
	(void)div_hostname(&h, &tcp, copy, len);
	free(copy);
	return 0;
}
