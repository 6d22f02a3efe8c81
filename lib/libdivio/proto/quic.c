/* SPDX-License-Identifier: ISC */

/*
 * The host names in the ClientHellos of QUIC (RFC 9001, 4): a client's Initial
 * packets carry them in CRYPTO frames, in any order and over several datagrams.
 * Their keys follow from the connection id of the first one, and remain when the
 * server has chosen another id.  A client may open several connections from one
 * port.
 */

#include <sys/types.h>
#include <netinet/in.h>

#include <stdlib.h>
#include <string.h>

#include "proto/proto.h"

#define FLOWS 4096       /* at once */
#define CONNS 4          /* of a flow */
#define HELLO_MAX 32768  /* bytes */
#define DATAGRAMS_MAX 16 /* of a ClientHello, then it is undecided */
#define PACKETS_MAX 8    /* Initial ones of a datagram */
#define DATAGRAM_MAX (64 * 1024)
#define HEADER_MAX (DATAGRAM_MAX + 64) /* a token may be all of it */

struct quic_conn {
	const struct quic_version *version;
	uint8_t dcid[20], dcidlen;
	struct quic_keys keys;
	uint64_t largest; /* packet number; UINT64_MAX: none */
	struct sparse hello;
	unsigned int datagrams;
	int unclear; /* bytes came again, and differ, or are too many */
};

struct quic_flow {
	struct quic_flow_key {
		struct div_flow_key flow;
		uint64_t side; /* of the client */
	} key;
	struct quic_conn conn[CONNS];
	unsigned int next; /* to be reused */
};

struct div_quic {
	struct div_table *flows;
	size_t bytes, limit; /* of ClientHellos */
	uint8_t frames[DATAGRAM_MAX], header[HEADER_MAX];
};

/* Up to limit bytes of ClientHellos; NULL and errno, EOPNOTSUPP without libcrypto. */
struct div_quic *
div_quic_new(size_t limit)
{
	struct div_table_options opt = {
		.size = sizeof(struct quic_flow),
		.keylen = sizeof(struct quic_flow_key),
		.max = FLOWS,
	};
	struct div_quic *q;

	if (quic_keys_init() == -1 || (q = calloc(1, sizeof(*q))) == NULL)
		return NULL;
	q->limit = limit;
	if ((q->flows = div_table_new(&opt)) == NULL) {
		free(q);
		return NULL;
	}
	return q;
}

static void
conn_clear(struct div_quic *q, struct quic_conn *c)
{
	q->bytes -= c->hello.size;
	sparse_free(&c->hello);
	memset(c, 0, sizeof(*c));
	c->largest = UINT64_MAX;
}

static void
flow_remove(struct div_quic *q, struct quic_flow *fl)
{
	size_t i;

	for (i = 0; i < CONNS; i++)
		conn_clear(q, &fl->conn[i]);
	div_table_remove(q->flows, fl);
}

void
div_quic_free(struct div_quic *q)
{
	struct quic_flow *fl;

	if (q == NULL)
		return;
	while ((fl = div_table_oldest(q->flows, 0)) != NULL)
		flow_remove(q, fl);
	div_table_free(q->flows);
	quic_keys_free();
	free(q);
}

/* The flow of a client's packet, or NULL. */
static struct quic_flow *
flow_find(struct div_quic *q, const struct quic_flow_key *key)
{
	struct quic_flow *fl = div_table_find(q->flows, key);

	if (fl != NULL)
		div_table_touch(q->flows, fl);
	return fl;
}

static struct quic_flow *
flow_new(struct div_quic *q, const struct quic_flow_key *key)
{
	if (div_table_count(q->flows) == FLOWS)
		flow_remove(q, div_table_oldest(q->flows, 0));
	return div_table_add(q->flows, key);
}

struct quic_place {
	struct div_quic *q;
	struct quic_conn *c;
};

/* Of bytes that come twice the first count. */
static void
place(void *arg, uint64_t off, const uint8_t *data, size_t len)
{
	struct quic_place *to = arg;
	struct quic_conn *c = to->c;
	size_t size = c->hello.size;
	int differ = -1;

	if (off <= HELLO_MAX && len <= HELLO_MAX - off)
		differ = sparse_write(&c->hello, (size_t)off, data, len);
	c->unclear |= differ != 0;
	if (differ == -1)
		return;
	sparse_note(&c->hello, (size_t)off, len);
	to->q->bytes += c->hello.size - size;
}

static int
same_id(const struct quic_conn *c, const struct quic_packet *pk)
{
	return c->version == pk->version && c->dcidlen == pk->dcidlen &&
	    memcmp(c->dcid, pk->dcid, pk->dcidlen) == 0;
}

static ssize_t
conn_open(struct div_quic *q, struct quic_conn *c, const struct quic_packet *pk)
{
	return quic_packet_open(pk, &c->keys, &c->largest, q->header,
	    q->frames);
}

/* A connection that begins with this packet, in place of an older one. */
static struct quic_conn *
conn_new(struct div_quic *q, struct quic_flow *fl,
    const struct quic_flow_key *key, const struct quic_packet *pk, ssize_t *len)
{
	struct quic_conn c = { .version = pk->version, .largest = UINT64_MAX };
	struct quic_conn *to;

	if (quic_keys_derive(&c.keys, pk->version, pk->dcid, pk->dcidlen) ==
		-1 ||
	    (*len = conn_open(q, &c, pk)) == -1 ||
	    (fl == NULL && (fl = flow_new(q, key)) == NULL))
		return NULL;
	c.dcidlen = pk->dcidlen;
	memcpy(c.dcid, pk->dcid, pk->dcidlen);
	to = &fl->conn[fl->next++ % CONNS];
	conn_clear(q, to);
	*to = c;
	return to;
}

/*
 * The connection of an Initial packet, which is opened: the one with its id, one
 * whose server has chosen another, or a new one.  NULL if it is a server's.
 */
static struct quic_conn *
conn_find(struct div_quic *q, const struct quic_flow_key *key,
    const struct quic_packet *pk, ssize_t *len)
{
	struct quic_flow *fl = flow_find(q, key);
	struct quic_conn *c;
	int other;

	for (other = 0; fl != NULL && other < 2; other++)
		for (c = fl->conn; c < fl->conn + CONNS; c++)
			if (c->version == pk->version &&
			    same_id(c, pk) != other &&
			    (*len = conn_open(q, c, pk)) != -1)
				return c;
	return conn_new(q, fl, key, pk, len);
}

static enum div_host
conn_hosts(struct hostname_scan *scan, const struct quic_conn *c)
{
	enum div_host named;

	scan->data = c->hello.data;
	named = hostname_hello(scan, c->hello.data, c->hello.have);
	if (named == DIV_HOST_NAMED)
		return named;
	if (c->unclear || c->datagrams > DATAGRAMS_MAX) {
		scan->h->want = 0;
		return DIV_HOST_UNDECIDED;
	}
	return named;
}

static enum div_host
input(struct div_quic *q, const struct div_packet *p,
    struct hostname_scan *scan)
{
	const uint8_t *at = p->data + p->payload, *end = p->data + p->len;
	enum div_host named = DIV_HOST_NONE, n;
	struct quic_place to = { q, NULL };
	struct quic_flow_key key;
	struct quic_packet pk;
	int initial, i;
	ssize_t len;

	for (i = 0; i < PACKETS_MAX && named != DIV_HOST_NAMED &&
	     (initial = quic_packet_next(&at, end, &pk)) != -1;
	     i++) {
		if (!initial)
			continue;
		key.side = (uint64_t)div_flow_key(&key.flow, p);
		if ((to.c = conn_find(q, &key, &pk, &len)) == NULL)
			continue;
		to.c->datagrams += to.c->datagrams <= DATAGRAMS_MAX;
		quic_packet_frames(q->frames, (size_t)len, place, &to);
		if ((n = conn_hosts(scan, to.c)) != DIV_HOST_NONE)
			named = n;
	}
	return named;
}

/*
 * Calls found for each host that a datagram's ClientHello names, as
 * div_hostnames() does.  DIV_HOST_UNDECIDED with h->want other than 0: more
 * datagrams are to come.
 */
enum div_host
div_quic_hosts(struct div_quic *q, struct div_hostname *h,
    const struct div_packet *p,
    int (*found)(void *, const struct div_hostname *), void *arg)
{
	struct hostname_scan scan = {
		.h = h,
		.found = found,
		.arg = arg,
		.by = DIV_BY_QUIC,
	};
	enum div_host named;

	h->hostlen = h->pathlen = h->end = h->want = 0;
	h->host[0] = '\0';
	h->path = NULL;
	if (p->proto != IPPROTO_UDP || p->fragment != DIV_WHOLE || p->truncated)
		return DIV_HOST_NONE;
	named = input(q, p, &scan);
	if (named != DIV_HOST_NAMED)
		h->hostlen = 0;
	while (q->bytes > q->limit)
		flow_remove(q, div_table_oldest(q->flows, 0));
	return named;
}
