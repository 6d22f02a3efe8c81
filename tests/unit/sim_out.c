/* SPDX-License-Identifier: ISC */

/* What leaves the host: verdicts and new packets of the sink, checked. */

#include <netinet/in.h>

#include "no_kernel.h"
#include "sim.h"

/* Of the connection, and not of a stranger's, or behind another NAT. */
int
host_is_ours(const struct world *w, const struct div_packet *p, int side)
{
	return p->proto == IPPROTO_TCP && p->fragment == DIV_WHOLE &&
	    p->addrlen != 0 && p->src[p->addrlen - 1] == side + 1 &&
	    (side == 0 ? p->sport : p->dport) == w->end[1].peerport &&
	    (side == 0 ? p->dport : p->sport) == w->nat[1].port;
}

uint32_t
host_offset(const struct world *w, int side, const uint8_t *tcp)
{
	return get32(tcp + 4) - (w->end[side].iss + w->nat[side].shift);
}

static void
check_output(struct world *w, const struct div_packet *p, int side)
{
	const uint8_t *tcp = p->data + p->l4;
	struct stream *st = &w->stream[side];
	uint32_t off = host_offset(w, side, tcp), n, most;

	n = (uint32_t)(p->len - p->payload);
	most = p->version == 4 ? 536 : 1220;
	if (w->end[!side].mss > most)
		most = w->end[!side].mss;
	if (packet_damaged(p))
		world_fail(w, "sink: wrong checksum");
	if (tcp[13] & TH_RST && !w->mortal && !w->hostile)
		world_fail(w, "sink: reset");
	if (n > most - (uint32_t)((tcp[12] >> 4) * 4 - TCP_HDRLEN) &&
	    !(w->host.hands && side == 1))
		world_fail(w, "sink: segment of %u", n);
	judge_sent(w, side, off, p->data + p->payload, n);
	if (tcp[13] & TH_FIN && !w->hostile) {
		if (st->fin != 0 && st->fin != off + n)
			world_fail(w, "sink: FIN of side %d moved", side);
		st->fin = off + n;
	}
}

/* -P lets what is refused pass unedited. */
static void
note_restored(struct world *w, const struct div_frame *f)
{
	struct div_packet p;
	int side;

	if (!(w->host.opt.flags & DIV_O_PASS) || w->forged ||
	    div_packet_parse(&p, f->packet, f->caplen) == -1)
		return;
	side = p.src[p.addrlen - 1] == 2;
	if (host_is_ours(w, &p, side))
		judge_original(w, side, host_offset(w, side, p.data + p.l4),
		    p.data + p.payload, (uint32_t)(p.len - p.payload));
}

/* A packet leaves the host. */
void
host_put_out(struct world *w, const uint8_t *packet, size_t len)
{
	struct div_packet p;
	int side;

	if (div_packet_parse(&p, packet, len) == -1 || p.addrlen == 0) {
		world_fail(w, "sink: malformed packet");
		return;
	}
	side = p.dst[p.addrlen - 1] == 1;
	if (host_is_ours(w, &p, side) && !w->forged)
		check_output(w, &p, side);
	trace(w, "   out", side, packet, len);
	link_send(w, AT_END, side, packet, len);
}

static int
verdict(struct div *d, const struct div_frame *f, enum verdict v)
{
	struct world *w = d->priv;
	struct sim_host *h = &w->host;

	if (h->dying)
		return DIV_OK;
	if (f->id == 0 || f->id > h->ids || h->judged[f->id]) {
		world_fail(w, "sink: verdict on %llu",
		    (unsigned long long)f->id);
		return DIV_OK;
	}
	h->judged[f->id] = 1;
	h->verdicts++;
	if (v == ACCEPT || v == REPLACE)
		host_put_out(w, f->packet, f->caplen);
	else if (v == RESTORE && h->diverted->id == f->id) {
		note_restored(w, h->diverted);
		host_put_out(w, h->diverted->packet, h->diverted->caplen);
	} else if (v != DROP)
		world_fail(w, "sink: verdict %d on %llu", v,
		    (unsigned long long)f->id);
	return DIV_OK;
}

static int
inject(struct div *d, const struct div_frame *f)
{
	struct world *w = d->priv;

	if (!w->host.dying)
		host_put_out(w, f->packet, f->caplen);
	return DIV_OK;
}

#define BACKEND                                                  \
	NO_KERNEL, .longest = DIV_PACKETMAX, .verdict = verdict, \
		   .inject = inject

const struct backend host_forwarding = { BACKEND };
const struct backend host_local = { BACKEND, .local = 1 };
