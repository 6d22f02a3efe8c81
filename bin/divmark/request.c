/* SPDX-License-Identifier: ISC */

/*
 * Requests that passed before their names could be told, one for each direction
 * of a TCP connection: their bytes are kept, so that the segment that completes a
 * name gets the mark, in whatever order and however late segments come.  From a
 * SYN on, the first segments may come in any order.  Of bytes that come twice the
 * first ones count, as they do for most receivers; if they differ, the request is
 * undecided.
 */

#include <sys/types.h>
#include <netinet/in.h>

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "divmark.h"
#include "base/base.h"

#define REQUESTS 65536       /* at once */
#define BYTES_MAX (16 << 20) /* of them all */
#define TH_SYN 0x02
#define TH_RST 0x04

enum { AT_SYN, WITH_DATA, NLISTS };

struct mark_request {
	struct mark_key {
		struct div_flow_key flow;
		uint64_t side; /* of the sender */
	} key;
	uint32_t seq; /* of its first byte */
	struct sparse passed;
	int unclear; /* bytes came again, and differ */
};

static struct div_table *requests;
static size_t bytes; /* allocated */

void
request_init(void)
{
	struct div_table_options opt = {
		.size = sizeof(struct mark_request),
		.keylen = sizeof(struct mark_key),
		.max = REQUESTS,
		.lists = NLISTS,
	};

	if ((requests = div_table_new(&opt)) == NULL)
		err(1, NULL);
}

static uint8_t
flags(const struct div_packet *p)
{
	return p->data[p->l4 + 13];
}

/* The sequence number of a packet's payload, or of a part of it. */
static uint32_t
payload_seq(const struct div_packet *p)
{
	const uint8_t *tcp = p->data + p->l4;
	uint32_t seq = (uint32_t)tcp[4] << 24 | (uint32_t)tcp[5] << 16 |
	    (uint32_t)tcp[6] << 8 | tcp[7];

	seq += (uint32_t)(p->payload - p->l4 - (tcp[12] >> 4) * (size_t)4);
	return flags(p) & TH_SYN ? seq + 1 : seq;
}

static int
is_segment(const struct div_packet *p)
{
	return requests != NULL && p->proto == IPPROTO_TCP &&
	    p->fragment == DIV_WHOLE && !p->truncated;
}

static struct mark_request *
find(const struct div_packet *p)
{
	struct mark_key key;

	key.side = (uint64_t)div_flow_key(&key.flow, p);
	return div_table_find(requests, &key);
}

static void
forget(struct mark_request *r)
{
	bytes -= r->passed.size;
	sparse_free(&r->passed);
	div_table_remove(requests, r);
}

/* The oldest goes; those with data after those without. */
static void
forget_oldest(unsigned int list)
{
	struct mark_request *r;

	for (; list < NLISTS; list++) {
		if ((r = div_table_oldest(requests, list)) != NULL) {
			forget(r);
			return;
		}
	}
}

static struct mark_request *
begin(const struct div_packet *p)
{
	struct mark_key key;
	struct mark_request *r = find(p);

	if (r != NULL)
		forget(r);
	if (div_table_count(requests) == REQUESTS)
		forget_oldest(AT_SYN);
	key.side = (uint64_t)div_flow_key(&key.flow, p);
	r = div_table_add(requests, &key);
	r->seq = payload_seq(p);
	return r;
}

/* A payload's range within the request: len is 0 if there is none. */
struct mark_part {
	const uint8_t *data;
	size_t off, len;
};

static struct mark_part
part_of(const struct mark_request *r, const struct div_packet *p)
{
	int64_t off = (int32_t)(payload_seq(p) - r->seq);
	struct mark_part part = { p->data + p->payload, 0,
		p->len - p->payload };

	if (off <= -(int64_t)part.len || off >= HOST_MAX)
		part.len = 0;
	else if (off < 0) {
		part.data -= off;
		part.len -= (size_t)-off;
	} else
		part.off = (size_t)off;
	if (part.len > HOST_MAX - part.off)
		part.len = HOST_MAX - part.off;
	return part;
}

/*
 * Writes a part to where no bytes are, without counting it yet; -1 if there is
 * none, or when memory is short.
 */
static int
place(struct mark_request *r, const struct mark_part *part)
{
	size_t size = r->passed.size;
	int differ;

	if (part->len == 0)
		return -1;
	differ = sparse_write(&r->passed, part->off, part->data, part->len);
	if (differ == -1)
		return -1;
	r->unclear |= differ;
	if (r->passed.size != size) {
		bytes += r->passed.size - size;
		div_table_move(requests, r, WITH_DATA);
	}
	return 0;
}

static void
trim(void)
{
	while (bytes > BYTES_MAX)
		forget_oldest(WITH_DATA);
}

/*
 * The names of a request that this payload goes on with, as div_hostnames() finds
 * them; 0 if it is none.
 */
int
request_hosts(struct div_hostname *h, const struct div_packet *p,
    int (*found)(void *, const struct div_hostname *), void *arg,
    enum div_host *named)
{
	struct mark_request *r;
	struct mark_part part;
	size_t end;

	if (!is_segment(p) || div_table_count(requests) == 0)
		return 0;
	trim();
	if ((r = find(p)) == NULL)
		return 0;
	part = part_of(r, p);
	end = part.off + part.len;
	if (part.off > r->passed.have || end <= r->passed.have ||
	    place(r, &part) == -1)
		return 0;
	while (sparse_has(&r->passed, end))
		end++;
	*named = div_hostnames(h, p, r->passed.data, end, found, arg);
	if (end == HOST_MAX)
		h->want = 0;
	if (*named == DIV_HOST_NONE && r->unclear)
		*named = DIV_HOST_UNDECIDED;
	return 1;
}

static void
keep(struct mark_request *r, const struct div_packet *p)
{
	struct mark_part part = part_of(r, p);

	if (place(r, &part) == -1)
		return;
	sparse_note(&r->passed, part.off, part.len);
	trim();
}

/* A packet passes that does not match. */
void
request_pass(const struct div_packet *p)
{
	struct mark_request *r;

	if (!is_segment(p))
		return;
	if (tool_is_syn(p))
		begin(p);
	if (div_table_count(requests) == 0 || (r = find(p)) == NULL)
		return;
	if (flags(p) & TH_RST)
		forget(r);
	else
		keep(r, p);
}

/*
 * A request begins with this payload, incomplete; unless it is within another, of
 * which earlier segments are missing.  The payload may be held: it does not count
 * until it passes.
 */
void
request_begin(const struct div_packet *p)
{
	struct mark_request *r;

	if (!is_segment(p))
		return;
	if ((r = find(p)) == NULL || part_of(r, p).len == 0)
		begin(p);
}

/* The request to which this payload belongs has all its names. */
void
request_end(const struct div_packet *p)
{
	struct mark_request *r;

	if (is_segment(p) && (r = find(p)) != NULL)
		forget(r);
}

void
request_free(void)
{
	if (requests == NULL)
		return;
	while (div_table_count(requests) > 0)
		forget_oldest(AT_SYN);
	div_table_free(requests);
	requests = NULL;
}
