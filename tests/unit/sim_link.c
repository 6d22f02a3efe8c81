/* SPDX-License-Identifier: ISC */

/* Networks with loss, duplication, delay, reordering, damage and an MTU. */

#include <netinet/in.h>

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

#define QUOTE 64 /* bytes behind the IP header, in an ICMP error */

/* A test may make malloc(3) and calloc(3) fail in the library. */
void *
sim_alloc(size_t n)
{
	void *p;

	if (posix_memalign(&p, sizeof(max_align_t), n) != 0)
		abort();
	return p;
}

static int
earlier(const struct event *a, const struct event *b)
{
	return a->at != b->at ? a->at < b->at : a->n < b->n;
}

void
heap_put(struct world *w, struct event ev)
{
	size_t i, up;

	if (w->nheap == w->size) {
		w->size = w->size == 0 ? 64 : 2 * w->size;
		w->heap = realloc(w->heap, w->size * sizeof(*w->heap));
		if (w->heap == NULL)
			abort();
	}
	for (i = w->nheap++; i > 0; i = up) {
		up = (i - 1) / 2;
		if (!earlier(&ev, &w->heap[up]))
			break;
		w->heap[i] = w->heap[up];
	}
	w->heap[i] = ev;
}

struct event
heap_get(struct world *w)
{
	struct event first = w->heap[0], last = w->heap[--w->nheap];
	size_t i, down;

	for (i = 0; (down = 2 * i + 1) < w->nheap; i = down) {
		if (down + 1 < w->nheap &&
		    earlier(&w->heap[down + 1], &w->heap[down]))
			down++;
		if (!earlier(&w->heap[down], &last))
			break;
		w->heap[i] = w->heap[down];
	}
	w->heap[i] = last;
	return first;
}

/* One bit, in any header or the data. */
static void
damage(struct world *w, uint8_t *p, size_t len)
{
	p[rng_below(&w->rng, (uint32_t)len)] ^= (uint8_t)(1
	    << rng_below(&w->rng, 8));
	w->n->damaged++;
}

static void
travel(struct world *w, const struct link *l, enum place place, int side,
    const uint8_t *p, size_t len)
{
	struct event ev = { .place = place,
		.side = side,
		.len = len,
		.forged = w->forged };
	int copies = 1 + rng_chance(&w->rng, l->twice);

	if (rng_chance(&w->rng, l->loss))
		return;
	while (copies-- > 0) {
		ev.at = w->now + l->delay * MS;
		if (rng_chance(&w->rng, l->late))
			ev.at += rng_below(&w->rng, l->jitter) * MS;
		ev.n = w->count++;
		ev.packet = sim_alloc(len);
		memcpy(ev.packet, p, len);
		if (!w->damaged && rng_chance(&w->rng, l->damage))
			damage(w, ev.packet, len);
		heap_put(w, ev);
	}
}

static size_t
put_icmp(uint8_t *icmp, const uint8_t *packet, size_t len, uint32_t mtu)
{
	int v4 = packet[0] >> 4 == 4;
	size_t ip = v4 ? V4_HDRLEN : V6_HDRLEN, n = ip + QUOTE;
	size_t addr = v4 ? 4 : 16;
	uint8_t *h = icmp + ip;

	if (n > len)
		n = len;
	memset(icmp, 0, ip + 8);
	icmp[0] = packet[0];
	icmp[v4 ? 9 : 6] = v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	icmp[ip - addr - 1] = 99; /* a router */
	memcpy(icmp + ip - addr, packet + ip - 2 * addr, addr);
	h[0] = v4 ? 3 : 2;
	h[1] = v4 ? 4 : 0;
	if (v4)
		put16(h + 6, (uint16_t)mtu);
	else
		put32(h + 4, mtu);
	memcpy(h + 8, packet, n);
	(void)div_repair_new(icmp, ip + 8 + n);
	return ip + 8 + n;
}

/*
 * A router of the network tells the sender: at once on its own side of the host,
 * through the host on the other.
 */
static void
too_big(struct world *w, const struct link *l, enum place place, int side,
    const uint8_t *p, size_t len)
{
	uint8_t icmp[V6_HDRLEN + 8 + V6_HDRLEN + QUOTE];
	size_t n = put_icmp(icmp, p, len, l->mtu);

	travel(w, l, place == AT_HOST ? AT_END : AT_HOST, !side, icmp, n);
}

/* Towards the host, or from there to the other end. */
void
link_send(struct world *w, enum place place, int side, const uint8_t *p,
    size_t len)
{
	const struct link *l = &w->link[place == AT_HOST ? side : !side];

	if (len <= l->mtu)
		travel(w, l, place, side, p, len);
	else if (!l->hole)
		too_big(w, l, place, side, p, len);
}

/* The route is another one. */
void
link_time(struct world *w, struct link *l)
{
	static const uint16_t mtu[] = { 1500, 1500, 1492, 1400, 1280, 576 };

	if (l->change_at > w->now)
		return;
	l->change_at = rng_chance(&w->rng, 300) ?
	    w->now + rng_below(&w->rng, 5000) * MS :
	    NEVER;
	l->mtu = mtu[rng_below(&w->rng, w->end[0].version == 4 ? 6 : 5)];
	l->delay = 1 + rng_below(&w->rng, 30);
}
