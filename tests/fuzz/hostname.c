/* SPDX-License-Identifier: ISC */

/* The names of HTTP, TLS and DNS: each is text, and is looked up. */

#include <sys/types.h>
#include <netinet/in.h>

#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "proto/proto.h"

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

static const uint8_t *payload;
static size_t payload_len;

/* Looks a name up; never ends the search. */
static int
check(void *arg, const struct div_hostname *h)
{
	static struct div_names *names;
	struct div_entry e;
	size_t i;

	(void)arg;
	if (h->hostlen == 0 || h->hostlen >= DIV_HOSTLEN ||
	    h->host[h->hostlen] != '\0' || h->end == 0 || h->end > payload_len)
		abort();
	for (i = 0; i < h->hostlen; i++)
		if (h->host[i] < ' ' || h->host[i] > '~')
			abort();
	if (h->path != NULL && (h->pathlen != 1 || *h->path != '/') &&
	    (h->path < payload || h->path + h->pathlen > payload + payload_len))
		abort();
	if (names == NULL)
		names = list();
	if (names == NULL)
		abort();
	(void)div_names_find(names, h, &e);
	return 0;
}

static void
search(uint8_t proto, uint16_t port)
{
	struct div_packet p = { .proto = proto, .dport = port };
	static struct div_hostname h;
	enum div_host found;

	found = div_hostnames(&h, &p, payload, payload_len, check, NULL);
	if (found == DIV_HOST_NAMED ||
	    (h.want > 0 && found != DIV_HOST_UNDECIDED))
		abort();
	(void)div_hostname(&h, &p, payload, payload_len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t *copy;

	if ((copy = malloc(len + (len == 0))) == NULL)
		return 0;
	memcpy(copy, data, len);
	payload = copy;
	payload_len = len;
	search(IPPROTO_TCP, 80);
	search(IPPROTO_TCP, 53);
	search(IPPROTO_UDP, 53);
	free(copy);
	return 0;
}
