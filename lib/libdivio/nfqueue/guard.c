/* SPDX-License-Identifier: ISC */

/*
 * Rules of the firewall drop what has not passed the writer in a translated
 * connection.  They save a bit of the mark to the connection's mark, by which
 * the writer knows that they are there: when send(2) returns, its packet has
 * passed them.
 */

#include <string.h>

#include "nfqueue/nfq.h"

#define CHECK_INTERVAL 1000000000 /* ns */

static int
set_key(struct path *path, const struct div_frame *f)
{
	struct div_packet p;

	memset(path, 0, sizeof(*path));
	path->key.dir = f->dir;
	return div_packet_parse(&p, f->packet, f->caplen) == 0 &&
	    tuple_of(&path->key.t, &p);
}

/*
 * True if the rules take the packet's connection for a translated one.  Where
 * both of its ends are behind NAT, this would be a search of all connections.
 */
int
guard_noted(struct div *d, const struct div_frame *f)
{
	struct nfq *q = d->priv;
	struct conntrack ct;
	struct path path;

	return set_key(&path, f) && path_entry(&q->paths, &path, &ct) != -1 &&
	    ct.mark & d->bit;
}

/* The packet of a connection that was not translated before is on its way. */
void
guard_watch(struct div *d, const struct div_frame *f)
{
	struct nfq *q = d->priv;

	if (q->watching ||
	    (q->watched_at != 0 && d->now - q->watched_at < CHECK_INTERVAL))
		return;
	q->watching = set_key(&q->watched, f) != 0;
	q->watched.key.ifindex = f->ifindex;
	q->watched.time = q->watched_at = d->now;
}

/* The packet has passed the rules: has its connection the bit? */
static void
check(struct div *d)
{
	struct nfq *q = d->priv;
	struct conntrack ct;
	uint64_t unasked = q->paths.unasked;
	int found;

	if (!q->watching)
		return;
	q->watching = 0;
	found = path_entry(&q->paths, &q->watched, &ct) != -1;
	if (q->paths.unasked == unasked && !q->watched.unknown &&
	    !(found && ct.mark & d->bit))
		d->n.unguarded++;
}

/* Sends the gathered verdicts, and looks what became of a watched one. */
int
guard_flush(struct div *d)
{
	if (nfq_flush(d) == -1)
		return -1;
	check(d);
	return 0;
}
