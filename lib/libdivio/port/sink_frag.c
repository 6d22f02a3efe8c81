/* SPDX-License-Identifier: ISC */

/*
 * Reassembly of TCP segments that arrive in fragments (RFC 791; RFC 8200, 4.5),
 * as their numbers may have to be translated.  The fragments keep their places in
 * the kernel's queue until the segment is complete: then they pass as they are,
 * or the first one becomes the whole segment and the others are dropped.
 * Overlapping fragments drop the datagram (RFC 5722).
 */

#include <sys/queue.h>
#include <sys/types.h>

#include <limits.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "port/port.h"

#define FRAG_TIMEOUT 30000000000ULL /* ns; RFC 791, 3.2 has 15 s, kernels 30 */
#define FRAG_MAX 512                /* fragments that wait */
#define FRAG_DATAGRAMS 64           /* that are incomplete */
#define FRAG_BYTES (4 << 20)        /* of waiting fragments */
#define SEGMENT_MAX 65535           /* bytes behind the IP header */
#define FRAG_HDRLEN 8               /* of IPv6 */

struct fragment {
	TAILQ_ENTRY(fragment) entry;
	struct div_frame f;
	uint32_t start, end; /* of its data in the datagram's */
	uint32_t hdrlen;     /* bytes before its data */
	uint8_t memory[];    /* opaque part, packet */
};

/* Identifies a datagram: unused bytes are 0. */
struct frag_key {
	uint8_t src[16], dst[16];
	uint32_t id, version;
};

struct datagram {
	TAILQ_ENTRY(datagram) entry;
	struct frag_key key;
	TAILQ_HEAD(fragment_list, fragment)
	fragments;            /* in the order of their data */
	uint64_t expires;     /* ns */
	uint32_t have, total; /* bytes; total 0: the last has not come */
	uint8_t bad;          /* all later fragments are dropped, too */
};

struct sink_frags {
	TAILQ_HEAD(, datagram) datagrams; /* the oldest first */
	unsigned int ndatagrams, nfragments;
	size_t bytes;
};

/* The fields of one fragment. */
struct frag_view {
	struct frag_key key;
	uint32_t start, end, hdrlen;
	int more;
};

/*
 * The offset of the fragment header in an IPv6 packet that has one, and in *named
 * that of the field that names it.
 */
static size_t
find_header(const uint8_t *pkt, size_t len, size_t *named)
{
	size_t off = V6_HDRLEN, n;
	uint8_t proto = pkt[6];

	for (*named = 6; proto != IPPROTO_FRAGMENT; off += n) {
		n = packet_ext_len(proto, pkt + off, len - off);
		if (n == 0 || n > len - off)
			return 0;
		*named = off;
		proto = pkt[off];
	}
	return len - off < FRAG_HDRLEN ? 0 : off;
}

/* -1: a fragment that no datagram can have. */
static int
view_fragment(const struct div_packet *p, struct frag_view *v)
{
	size_t at, named;
	uint16_t field;

	memset(v, 0, sizeof(*v));
	v->key.version = p->version;
	memcpy(v->key.src, p->src, p->addrlen);
	memcpy(v->key.dst, p->dst, p->addrlen);
	if (p->version == 4) {
		v->key.id = get16(p->data + 4);
		field = get16(p->data + 6);
		v->start = (field & 0x1fffU) * 8;
		v->more = (field & 0x2000) != 0;
		v->hdrlen = (p->data[0] & 0x0f) * 4U;
	} else {
		if ((at = find_header(p->data, p->len, &named)) == 0)
			return -1;
		v->key.id = get32(p->data + at + 4);
		field = get16(p->data + at + 2);
		v->start = field & 0xfff8U;
		v->more = field & 1;
		v->hdrlen = (uint32_t)at + FRAG_HDRLEN;
	}
	v->end = v->start + (uint32_t)p->len - v->hdrlen;
	return v->end == v->start || v->end > SEGMENT_MAX ||
		(v->more && (v->end - v->start) % 8 != 0) ?
	    -1 :
	    0;
}

/* Takes a fragment out of its datagram, and gives it this verdict. */
static int
release(struct div *d, struct datagram *dg, struct fragment *fr, enum verdict v)
{
	int n = d->be->verdict(d, &fr->f, v);

	TAILQ_REMOVE(&dg->fragments, fr, entry);
	d->frags->nfragments--;
	d->frags->bytes -= fr->f.caplen;
	free(fr);
	return n == -1 ? -1 : 0;
}

static void
forget(struct sink_frags *frags, struct datagram *dg)
{
	TAILQ_REMOVE(&frags->datagrams, dg, entry);
	frags->ndatagrams--;
	free(dg);
}

/* Drops the fragments that wait: they are incomplete, or overlap. */
static int
drop_fragments(struct div *d, struct datagram *dg)
{
	struct fragment *fr;

	while ((fr = TAILQ_FIRST(&dg->fragments)) != NULL) {
		d->n.reason[DIV_REFUSE_REASSEMBLY]++;
		if (release(d, dg, fr, DROP) == -1)
			return -1;
	}
	return 0;
}

static int
drop_datagram(struct div *d, struct datagram *dg)
{
	if (drop_fragments(d, dg) == -1)
		return -1;
	forget(d->frags, dg);
	return 0;
}

/* Refuses one fragment. */
static int
refuse_one(struct div *d, const struct div_frame *f, enum div_reason reason)
{
	d->n.reason[reason]++;
	return d->be->verdict(d, f, DROP) == -1 ? -1 : (int)reason;
}

static int
drop_one(struct div *d, const struct div_frame *f)
{
	return refuse_one(d, f, DIV_REFUSE_REASSEMBLY);
}

/* Refuses one fragment, and all others of its datagram. */
static int
drop_all(struct div *d, struct datagram *dg, const struct div_frame *f,
    enum div_reason reason)
{
	dg->bad = 1;
	return drop_fragments(d, dg) == -1 ? -1 : refuse_one(d, f, reason);
}

static struct datagram *
find_datagram(struct div *d, const struct frag_key *key)
{
	struct sink_frags *frags = d->frags;
	struct datagram *dg;

	TAILQ_FOREACH(dg, &frags->datagrams, entry)
		if (memcmp(&dg->key, key, sizeof(*key)) == 0)
			return dg;
	if ((dg = calloc(1, sizeof(*dg))) == NULL)
		return NULL;
	TAILQ_INIT(&dg->fragments);
	dg->key = *key;
	dg->expires = d->now + FRAG_TIMEOUT;
	TAILQ_INSERT_TAIL(&frags->datagrams, dg, entry);
	frags->ndatagrams++;
	return dg;
}

/* Room for one more: the oldest datagrams go, but not this one. */
static int
make_room(struct div *d, const struct datagram *dg, uint32_t bytes)
{
	struct sink_frags *frags = d->frags;
	struct datagram *old;

	while (frags->ndatagrams > FRAG_DATAGRAMS ||
	    frags->nfragments >= FRAG_MAX ||
	    frags->bytes + bytes > FRAG_BYTES) {
		old = TAILQ_FIRST(&frags->datagrams);
		if (old == dg && (old = TAILQ_NEXT(old, entry)) == NULL)
			return 0;
		if (drop_datagram(d, old) == -1)
			return -1;
	}
	return 1;
}

static struct fragment *
copy_fragment(const struct div_frame *f, const struct frag_view *v)
{
	size_t opaque = f->opaque == NULL ? 0 : f->hdrlen - (size_t)DIV_HDRLEN;
	struct fragment *fr = malloc(sizeof(*fr) + opaque + f->caplen);

	if (fr == NULL)
		return NULL;
	fr->f = *f;
	fr->f.wire = NULL;
	fr->f.packet = fr->memory + opaque;
	memcpy(fr->f.packet, f->packet, f->caplen);
	if (opaque > 0) {
		memcpy(fr->memory, f->opaque, opaque);
		fr->f.opaque = fr->memory;
	}
	fr->start = v->start;
	fr->end = v->end;
	fr->hdrlen = v->hdrlen;
	return fr;
}

static int
is_same(const struct fragment *fr, const struct frag_view *v,
    const struct div_frame *f)
{
	return fr->start == v->start && fr->end == v->end &&
	    memcmp(fr->f.packet + fr->hdrlen, f->packet + v->hdrlen,
		v->end - v->start) == 0;
}

/* Puts the whole segment into new memory, its lengths set. */
static enum div_reason
join(const struct datagram *dg, uint8_t **whole, uint32_t *len)
{
	const struct fragment *fr = TAILQ_FIRST(&dg->fragments);
	const uint8_t *first = fr->f.packet;
	size_t at = fr->hdrlen, named = 0;
	uint8_t *pkt;

	if (dg->key.version == 6)
		at = find_header(first, fr->f.caplen, &named);
	if (at == 0 || at + dg->total > SEGMENT_MAX)
		return DIV_REFUSE_REASSEMBLY;
	if ((pkt = *whole = malloc(at + dg->total)) == NULL)
		return DIV_REFUSE_MEMORY;
	memcpy(pkt, first, at);
	TAILQ_FOREACH(fr, &dg->fragments, entry)
		memcpy(pkt + at + fr->start, fr->f.packet + fr->hdrlen,
		    fr->end - fr->start);
	*len = (uint32_t)at + dg->total;
	if (dg->key.version == 6) {
		pkt[named] = first[at];
		put16(pkt + 4, (uint16_t)(*len - V6_HDRLEN));
		return DIV_OK;
	}
	put16(pkt + 2, (uint16_t)*len);
	put16(pkt + 6, 0); /* DF, too: it may be fragmented again */
	put16(pkt + 10, 0);
	put16(pkt + 10, checksum_fold(checksum_add(0, pkt, at)));
	return DIV_OK;
}

/* All fragments pass as they are. */
static int
pass_fragments(struct div *d, struct datagram *dg)
{
	struct fragment *fr;

	while ((fr = TAILQ_FIRST(&dg->fragments)) != NULL) {
		d->n.passed++;
		if (release(d, dg, fr, ACCEPT) == -1)
			return -1;
	}
	forget(d->frags, dg);
	return DIV_OK;
}

/* The first fragment has had its verdict, as the whole segment. */
static int
absorb_fragments(struct div *d, struct datagram *dg)
{
	struct fragment *fr = TAILQ_FIRST(&dg->fragments);

	TAILQ_REMOVE(&dg->fragments, fr, entry);
	d->frags->nfragments--;
	d->frags->bytes -= fr->f.caplen;
	free(fr);
	while ((fr = TAILQ_FIRST(&dg->fragments)) != NULL) {
		d->n.absorbed++;
		if (release(d, dg, fr, DROP) == -1)
			return -1;
	}
	forget(d->frags, dg);
	return DIV_OK;
}

static int
refuse_fragments(struct div *d, struct datagram *dg, enum div_reason reason,
    int pass)
{
	d->n.reason[reason]++;
	if (pass)
		return pass_fragments(d, dg) == -1 ? -1 : (int)reason;
	return drop_datagram(d, dg) == -1 ? -1 : (int)reason;
}

/* Shows the whole segment to its connection. */
static int
judge_whole(struct div *d, struct datagram *dg, struct div_frame *f)
{
	struct div_packet p;
	int edited = 0;

	(void)div_packet_parse(&p, f->packet, f->caplen);
	if (packet_damaged(&p)) {
		d->n.damaged++;
		return pass_fragments(d, dg);
	}
	switch (sink_tcp(d, f, &p, &edited)) {
	case TCP_PASS:
		if (!edited)
			return pass_fragments(d, dg);
		break;
	case TCP_DROPPED:
		d->n.reason[tcp_refusal(d->tcp)]++;
		return absorb_fragments(d, dg);
	case TCP_STOLEN:
		return absorb_fragments(d, dg);
	case TCP_PASS_ORIGINAL:
		return refuse_fragments(d, dg, DIV_REFUSE_PASSED, 1);
	case TCP_REFUSED:
		return refuse_fragments(d, dg, tcp_refusal(d->tcp),
		    d->opt.flags & DIV_O_PASS);
	case TCP_FAILED:
		return -1;
	}
	return refuse_fragments(d, dg, DIV_REFUSE_FRAGMENT, 0);
}

static int
complete(struct div *d, struct datagram *dg)
{
	struct div_frame f = TAILQ_FIRST(&dg->fragments)->f;
	enum div_reason reason;
	int n;

	if ((reason = join(dg, &f.packet, &f.caplen)) != DIV_OK)
		return refuse_fragments(d, dg, reason, 0);
	f.origlen = f.caplen;
	f.digest = div_frame_digest(&f);
	n = judge_whole(d, dg, &f);
	free(f.packet);
	return n;
}

/* Inserts a fragment: its place is before next. */
static int
insert(struct div *d, struct datagram *dg, struct fragment *next,
    const struct div_frame *f, const struct frag_view *v)
{
	struct fragment *fr;
	int room = make_room(d, dg, f->caplen);

	if (room != 1)
		return room == -1 ? -1 :
				    drop_all(d, dg, f, DIV_REFUSE_REASSEMBLY);
	if ((fr = copy_fragment(f, v)) == NULL)
		return drop_all(d, dg, f, DIV_REFUSE_MEMORY);
	if (next != NULL)
		TAILQ_INSERT_BEFORE(next, fr, entry);
	else
		TAILQ_INSERT_TAIL(&dg->fragments, fr, entry);
	d->frags->nfragments++;
	d->frags->bytes += f->caplen;
	dg->have += v->end - v->start;
	return dg->have == dg->total ? complete(d, dg) : DIV_OK;
}

static int
add_fragment(struct div *d, struct datagram *dg, const struct div_frame *f,
    const struct frag_view *v)
{
	struct fragment *next, *last;

	if (dg->bad)
		return drop_one(d, f);
	TAILQ_FOREACH(next, &dg->fragments, entry)
		if (next->end > v->start)
			break;
	if (next != NULL && is_same(next, v, f))
		return drop_one(d, f);
	last = TAILQ_LAST(&dg->fragments, fragment_list);
	if ((next != NULL && next->start < v->end) ||
	    (dg->total != 0 && (!v->more || v->end > dg->total)) ||
	    (!v->more && last != NULL && last->end > v->end))
		return drop_all(d, dg, f, DIV_REFUSE_REASSEMBLY);
	if (!v->more)
		dg->total = v->end;
	return insert(d, dg, next, f, v);
}

static int
is_wanted(const struct div *d, const struct div_frame *f,
    const struct div_packet *p)
{
	return p->fragment != DIV_WHOLE && p->proto == IPPROTO_TCP &&
	    f->id != 0 && d->tcp != NULL &&
	    !(f->flags & (DIV_F_TRUNC | DIV_F_BADSUM)) &&
	    !(d->opt.flags & DIV_O_KEEPSUM);
}

/*
 * Takes a fragment of a TCP segment: DIV_OK or the reason why it was dropped, or
 * -1.  FRAG_NONE: the frame is none.
 */
int
sink_frag(struct div *d, struct div_frame *f, const struct div_packet *p,
    int edited)
{
	struct datagram *dg;
	struct frag_view v;

	if (!is_wanted(d, f, p))
		return FRAG_NONE;
	/* with DIV_O_PASS, never in a translated connection */
	if (edited)
		return tcp_is_translating(d->tcp) ? drop_one(d, f) : FRAG_NONE;
	if (d->frags == NULL) {
		if ((d->frags = calloc(1, sizeof(*d->frags))) == NULL)
			return refuse_one(d, f, DIV_REFUSE_MEMORY);
		TAILQ_INIT(&d->frags->datagrams);
	}
	if (view_fragment(p, &v) == -1)
		return drop_one(d, f);
	if ((dg = find_datagram(d, &v.key)) == NULL)
		return refuse_one(d, f, DIV_REFUSE_MEMORY);
	return add_fragment(d, dg, f, &v);
}

/* Drops what is too old: the ms until the next one is, or -1. */
int
sink_frag_tick(struct div *d)
{
	struct datagram *dg;

	if (d->frags == NULL)
		return INT_MAX;
	while ((dg = TAILQ_FIRST(&d->frags->datagrams)) != NULL) {
		if (dg->expires > d->now)
			return (int)((dg->expires - d->now) / 1000000) + 1;
		if (drop_datagram(d, dg) == -1)
			return -1;
	}
	return INT_MAX;
}

/* Drops all fragments that wait. */
int
sink_frag_flush(struct div *d)
{
	struct datagram *dg;

	if (d->frags == NULL)
		return 0;
	while ((dg = TAILQ_FIRST(&d->frags->datagrams)) != NULL)
		if (drop_datagram(d, dg) == -1)
			return -1;
	return 0;
}

/* Frees them without a verdict: the port is gone. */
void
sink_frag_free(struct div *d)
{
	struct datagram *dg;
	struct fragment *fr;

	if (d->frags == NULL)
		return;
	while ((dg = TAILQ_FIRST(&d->frags->datagrams)) != NULL) {
		while ((fr = TAILQ_FIRST(&dg->fragments)) != NULL) {
			TAILQ_REMOVE(&dg->fragments, fr, entry);
			free(fr);
		}
		forget(d->frags, dg);
	}
	free(d->frags);
}
