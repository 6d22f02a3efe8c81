/* SPDX-License-Identifier: ISC */

/*
 * -a: a line for each address in the DNS answers that match, for the sets of a
 * firewall: name, address and TTL, with tabs between them.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <arpa/inet.h>
#include <netinet/in.h>

#include <ctype.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "divmark.h"
#include "tool.h"

#define PREFIX 2 /* bytes of the length before a message in TCP */

uint64_t answers_addresses, answers_cut;
static struct mark_output answers = { .fd = -1 };

void
answers_open(const char *file)
{
	output_open(&answers, 'a', file, "addresses");
}

void
answers_reopen(void)
{
	output_reopen(&answers);
}

/* A TCP payload may hold answers for other names, too. */
static int
is_selected(const char *name)
{
	static struct div_hostname h = { .by = DIV_BY_DNS };
	struct div_entry e;
	size_t i;

	if (lists->names == NULL)
		return 1;
	h.hostlen = strlcpy(h.host, name, sizeof(h.host));
	if (h.hostlen >= sizeof(h.host))
		return iflag;
	for (i = 0; i < h.hostlen; i++)
		h.host[i] = (char)tolower((unsigned char)h.host[i]);
	return div_names_find(lists->names, &h, &e) != iflag;
}

struct answers_text {
	FILE *out;
	int lines;
};

static void
put_address(void *arg, const struct div_dns_address *a)
{
	char text[INET6_ADDRSTRLEN];
	struct answers_text *t = arg;

	if (!is_selected(a->name))
		return;
	inet_ntop(a->len == 4 ? AF_INET : AF_INET6, a->addr, text,
	    sizeof(text));
	fprintf(t->out, "%s%s\t%s\t%u", t->lines++ > 0 ? "\n" : "", a->name,
	    text, (unsigned int)a->ttl);
	answers_addresses++;
}

/* The messages of a payload; the last one may be cut. */
static void
put_messages(struct answers_text *t, const uint8_t *p, size_t len,
    size_t prefix)
{
	size_t n;

	for (; len > 0; p += n, len -= n) {
		n = prefix != 0 ? div_dns_length(p, len) : len;
		if (n > len) {
			answers_cut++;
			return;
		}
		(void)div_dns_addresses(p + prefix, n - prefix, put_address, t);
	}
}

/* A packet, or a run of segments, that matches. */
void
answers_put(const struct div_packet *p)
{
	struct answers_text t = { .lines = 0 };
	char *text = NULL;
	size_t len;

	if (answers.fd == -1 || p == NULL || p->sport != DIV_DNS_PORT ||
	    p->fragment != DIV_WHOLE || p->truncated)
		return;
	if ((t.out = open_memstream(&text, &len)) == NULL)
		err(1, NULL);
	put_messages(&t, p->data + p->payload, p->len - p->payload,
	    p->proto == IPPROTO_UDP ? 0 : PREFIX);
	if (fclose(t.out) == EOF || text == NULL)
		err(1, NULL);
	if (len > 0)
		output_write(&answers, text);
	free(text);
}
