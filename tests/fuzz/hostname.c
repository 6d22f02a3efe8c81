/* SPDX-License-Identifier: ISC */

/* The beginning of HTTP and TLS; what is found is text, and in a list or not. */

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "hostname.h"

static struct div_names *
list(void)
{
	static const char text[] = "example.org\n!www.example.org\nexample\n"
				   "example.com/path\n192.0.2.1\n";
	char why[DIV_ERRLEN], *copy;
	size_t where;

	if ((copy = strdup(text)) == NULL)
		abort();
	return div_names_new(copy, strlen(copy), &where, why);
}

static void
check(const struct div_hostname *h, const uint8_t *data, size_t len)
{
	static struct div_names *names;
	struct div_entry e;
	size_t i;

	if (h->hostlen >= DIV_HOSTLEN || h->host[h->hostlen] != '\0')
		abort();
	for (i = 0; i < h->hostlen; i++)
		if (h->host[i] < ' ' || h->host[i] > '~')
			abort();
	if (h->path != NULL && (h->pathlen != 1 || *h->path != '/') &&
	    (h->path < data || h->path + h->pathlen > data + len))
		abort();
	if (names == NULL)
		names = list();
	if (names == NULL)
		abort();
	(void)div_names_find(names, h, &e);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct div_hostname h;
	uint8_t *copy;

	if ((copy = malloc(len + (len == 0))) == NULL)
		return 0;
	memcpy(copy, data, len);
	memset(&h, 0, sizeof(h));
	if (hostname_http(&h, copy, len))
		check(&h, copy, len);
	memset(&h, 0, sizeof(h));
	if (hostname_tls(&h, copy, len))
		check(&h, copy, len);
	free(copy);
	return 0;
}
