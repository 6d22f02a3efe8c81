/* SPDX-License-Identifier: ISC */

/*
 * The numbers of translated connections, in memory that outlives the process:
 * whoever shares it resets them when the sink was killed, for without it their
 * ends would take the bytes that follow for others.
 */

#include <string.h>

#include "tcp/tcp.h"

#define PROBES 64   /* places looked at for a new connection */
#define RST_MAX 128 /* bytes: IP and TCP headers, timestamps */

/* From now on translated connections are noted there. */
void
tcp_save_to(struct tcp_table *tbl, struct tcp_saved *saved)
{
	tbl->saved = saved;
}

static struct tcp_saved_conn *
place(struct tcp_table *tbl)
{
	struct tcp_saved_conn *sc;
	int i;

	for (i = 0; i < PROBES; i++) {
		sc = &tbl->saved->conn[tbl->next_saved++ % TCP_SAVED];
		if (!sc->used)
			return sc;
	}
	return NULL;
}

/* What a half's receiver expects while the verdict on its newest segment waits. */
static uint32_t
newest(const struct tcp_half *h)
{
	return h->map.count == 0 ? h->snd_una :
				   seqmap_at(&h->map, h->map.count - 1)->eseq;
}

void
tcp_save(struct tcp_table *tbl, struct tcp_conn *conn)
{
	struct tcp_saved_conn *sc = conn->saved;
	int i;

	if (tbl->saved == NULL || conn->closed)
		return;
	if (sc == NULL) {
		if ((sc = conn->saved = place(tbl)) == NULL)
			return;
		sc->key = conn->entry->key;
		atomic_fetch_add(&tbl->saved->n, 1);
	}
	for (i = 0; i < 2; i++) {
		if (!sc->used)
			sc->sent[i] = newest(&conn->half[i]);
		else if (sc->flushes != tbl->saved->flushes)
			sc->sent[i] = sc->nxt[i];
		sc->una[i] = conn->half[i].snd_una;
		sc->nxt[i] = conn->half[i].snd_nxt;
		sc->ack[i] = conn->half[i].ack;
		sc->mark[i] = conn->half[i].mark | tcp_mark(tbl, conn);
		sc->ifindex[i] = conn->half[i].ifindex;
		sc->dir[i] = conn->half[i].dir;
	}
	sc->flushes = tbl->saved->flushes;
	sc->used = 1;
}

void
tcp_unsave(struct tcp_table *tbl, struct tcp_conn *conn)
{
	if (conn->saved == NULL)
		return;
	conn->saved->used = 0;
	conn->saved = NULL;
	atomic_fetch_sub(&tbl->saved->n, 1);
}

/*
 * A connection as it was saved, as far as an RST needs it: verdicts on the last
 * segments may have been lost with the sink.
 */
static void
restore(struct tcp_conn *conn, struct tcp_entry *entry,
    const struct tcp_saved_conn *sc)
{
	struct tcp_half *h;
	int i;

	memset(conn, 0, sizeof(*conn));
	entry->key = sc->key;
	conn->entry = entry;
	for (i = 0; i < 2; i++) {
		h = &conn->half[i];
		h->hdrlen = DIV_HDRLEN;
		h->acked = 1;
		h->snd_una = sc->una[i];
		h->snd_nxt = sc->sent[i];
		h->map.write_seq = sc->nxt[i];
		h->ack = sc->ack[i];
		h->mark = sc->mark[i];
		h->ifindex = sc->ifindex[i];
		h->dir = sc->dir[i];
	}
}

static int
is_sound(const struct tcp_saved_conn *sc)
{
	return sc->used && (sc->key.version == 4 || sc->key.version == 6);
}

/*
 * Resets all connections that a killed sink has left, by inject() of ops.
 * Returns how many.  Nothing is allocated: it must not fail.
 */
uint32_t
tcp_reset_saved(struct tcp_saved *saved, const struct tcp_ops *ops, void *arg)
{
	uint8_t buf[RST_MAX];
	struct tcp_table tbl = { .ops = ops, .arg = arg, .buf = buf };
	struct tcp_entry entry;
	struct tcp_conn conn;
	uint32_t i, n = 0;

	if (atomic_load(&saved->n) == 0)
		return 0;
	for (i = 0; i < TCP_SAVED; i++) {
		if (!is_sound(&saved->conn[i]))
			continue;
		restore(&conn, &entry, &saved->conn[i]);
		(void)tcp_send_rst(&tbl, &conn, 0);
		(void)tcp_send_rst(&tbl, &conn, 1);
		saved->conn[i].used = 0;
		n++;
	}
	atomic_store(&saved->n, 0);
	return n;
}
