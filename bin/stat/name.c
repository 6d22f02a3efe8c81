/* SPDX-License-Identifier: ISC */

/*
 * The key name: the host that a packet names, as divmark -u finds it in one packet,
 * or in the datagrams of a QUIC ClientHello.
 */

#include <sys/types.h>
#include <netinet/in.h>

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "stat.h"

#define QUIC_BYTES (16 << 20) /* of ClientHellos */

/* NULL without libcrypto */
static struct div_quic *quic;

static void
quic_free(void)
{
	div_quic_free(quic);
}

/* Before the sandbox is entered. */
void
key_host_init(void)
{
	if (quic != NULL)
		return;
	if ((quic = div_quic_new(QUIC_BYTES)) == NULL)
		warn("QUIC names no hosts");
	else
		atexit(quic_free);
}

int
key_host(uint8_t *k, const struct stat_packet *s)
{
	static struct div_hostname h;
	const struct div_packet *p = &s->p;
	enum div_host named = DIV_HOST_NONE;

	if (!s->ip)
		return 0;
	if (p->proto == IPPROTO_UDP && quic != NULL)
		named = div_quic_hosts(quic, &h, p, NULL, NULL);
	if (named == DIV_HOST_NONE)
		named = div_hostname(&h, p, p->data + p->payload,
		    p->len - p->payload);
	if (named != DIV_HOST_NAMED || h.hostlen >= NAME_LEN)
		return 0;
	memcpy(k, h.host, h.hostlen);
	return 1;
}

void
key_print_host(char *buf, size_t size, const uint8_t *k)
{
	strlcpy(buf, (const char *)k, size);
}
