/* SPDX-License-Identifier: ISC */

/* A line for each segment, with offsets in the stream as the host sees them. */

#include <netinet/in.h>

#include <stdio.h>
#include <stdlib.h>

#include "sim.h"

static void
put_flags(uint8_t flags)
{
	static const char letters[] = "FSRP.U";
	int i;

	for (i = 0; i < 6; i++)
		if (flags & 1 << i)
			putchar(letters[i]);
}

void
trace(const struct world *w, const char *what, int side, const uint8_t *packet,
    size_t len)
{
	const struct end *e = &w->end[side], *to = &w->end[!side];
	struct div_packet p;
	const uint8_t *tcp;
	size_t at, n, i;

	if (!w->traces)
		return;
	printf("# %6llu.%06llu %s %d%s", (unsigned long long)(w->now / MS),
	    (unsigned long long)(w->now % MS), what, side,
	    w->forged ? " forged" : "");
	if (div_packet_parse(&p, packet, len) == -1 || p.truncated ||
	    p.proto != IPPROTO_TCP) {
		printf(" %zu bytes of protocol %d\n", len, p.proto);
		return;
	}
	tcp = packet + p.l4;
	printf(" %u>%u ", p.sport, p.dport);
	put_flags(tcp[13]);
	printf(" %d+%zu ack %d win %u",
	    (int)(get32(tcp + 4) - e->iss - w->nat[side].shift),
	    len - p.payload,
	    (int)(get32(tcp + 8) - to->iss - w->nat[!side].shift),
	    get16(tcp + 14));
	if ((at = packet_tcp_option(tcp, p.payload - p.l4, 5, &n)) != 0)
		for (i = at + 2; i + 8 <= at + n; i += 8)
			printf(" sack %d-%d",
			    (int)(get32(tcp + i) - to->iss -
				w->nat[!side].shift),
			    (int)(get32(tcp + i + 4) - to->iss -
				w->nat[!side].shift));
	if ((at = packet_tcp_option(tcp, p.payload - p.l4, 8, &n)) != 0)
		printf(" ts %u", get32(tcp + at + 2));
	printf("%s\n", packet_damaged(&p) ? " damaged" : "");
}

static long long
ms(uint64_t at)
{
	return at == NEVER ? -1 : (long long)(at / MS);
}

/* How the ends are left. */
void
trace_ends(const struct world *w)
{
	const struct end *e;

	if (!w->traces)
		return;
	printf("# world: middle %d hostile %d mortal %d flags %x memory %zu",
	    w->middle, w->hostile, w->mortal, w->host.opt.flags,
	    w->host.opt.memory);
	printf(" hands %d translated %d inserting %d drops %u killed %llu\n",
	    w->host.hands, w->host.translated, w->inserting, w->drops,
	    (unsigned long long)w->n->killed);
	for (e = w->end; e < w->end + 2; e++) {
		printf("# end %d: fate %d, una %u nxt %u max %u of %u, wnd %u,",
		    e->side, e->fate, e->una, e->nxt, e->max, e->len, e->wnd);
		printf(" rcv_nxt %u taken %u edge %u fin %u, rcvbuf %u,",
		    e->rcv_nxt, e->taken, e->edge, e->fin, e->rcvbuf);
		printf(" smss %u strict %d ts %u edits %d mtu %u\n", e->smss,
		    e->strict, e->ts_recent, w->stream[e->side].edits,
		    w->link[e->side].mtu);
		printf("#  timers: rto %lld probe %lld app %lld keep %lld\n",
		    ms(e->rto_at), ms(e->probe_at), ms(e->app_at),
		    ms(e->keep_at));
	}
}
