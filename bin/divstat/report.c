/* SPDX-License-Identifier: ISC */

/*
 * The lines of a report, in their order: totals, TCP, latency, memory, and for
 * each key the names with the most bytes.
 */

#include <sys/types.h>
#include <netinet/in.h>

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "divstat.h"

const struct column columns[NCOLUMNS] = {
	[C_PACKETS] = { "packets", COUNTER },
	[C_BYTES] = { "bytes", COUNTER },
	[C_PACKETS_BACK] = { "packets_back", COUNTER },
	[C_BYTES_BACK] = { "bytes_back", COUNTER },
	[C_HEALTH + RETRANSMISSION] = { "retransmissions", COUNTER },
	[C_HEALTH + OUT_OF_ORDER] = { "out_of_order", COUNTER },
	[C_HEALTH + DUPLICATE_ACK] = { "duplicate_acks", COUNTER },
	[C_HEALTH + ZERO_WINDOW] = { "zero_windows", COUNTER },
	[C_HEALTH + RESET] = { "resets", COUNTER },
	[C_HANDSHAKE] = { "handshake", TIME },
	[C_RTT] = { "rtt", TIME },
	[C_RTT_BACK] = { "rtt_back", TIME },
	[C_P50] = { "latency_p50", TIME },
	[C_P99] = { "latency_p99", TIME },
	[C_MAX] = { "latency_max", TIME },
	[C_ITEMS] = { "items", GAUGE },
	[C_FORGOTTEN] = { "forgotten", COUNTER },
};

static const struct item **top;

/* Allocates what sorts n lines of each key. */
void
report_init(size_t n)
{
	if ((top = calloc(n + 1, sizeof(*top))) == NULL)
		err(1, NULL);
}

static void
line_init(struct stat_line *l, const char *by, const char *name)
{
	l->by = by;
	l->has = 0;
	l->begin = 0;
	strlcpy(l->name, name, sizeof(l->name));
}

static void
set(struct stat_line *l, int column, uint64_t value)
{
	l->value[column] = value;
	l->has |= UINT32_C(1) << column;
}

static void
set_count(struct stat_line *l, int column, const struct count *c)
{
	set(l, column, c->packets);
	set(l, column + 1, c->bytes);
}

static void
set_mean(struct stat_line *l, int column, const struct mean *m)
{
	if (m->n != 0)
		set(l, column, m->sum / m->n);
}

static const char *
by_of_row(enum row row)
{
	return row < IN  ? "protocol" :
	    row < EDITED ? "direction" :
	    row < TOTAL  ? "pipeline" :
			   "total";
}

static void
rows(FILE *fp, const struct report *r, line_fn *write, struct stat_line *l)
{
	int i;

	for (i = 0; i < NROWS; i++) {
		line_init(l, by_of_row((enum row)i), row_name((enum row)i));
		if (i != EDITED || r->stats->edits)
			set_count(l, C_PACKETS, &r->totals->rows[i]);
		write(fp, r, l);
	}
}

static void
health(FILE *fp, const struct report *r, line_fn *write, struct stat_line *l)
{
	int i;

	line_init(l, "health", "tcp");
	for (i = 0; i < NHEALTHS; i++)
		set(l, C_HEALTH + i, r->totals->health[i]);
	set_mean(l, C_HANDSHAKE, &r->totals->handshake);
	set_mean(l, C_RTT, &r->totals->rtt[0]);
	set_mean(l, C_RTT_BACK, &r->totals->rtt[1]);
	write(fp, r, l);
}

static void
latency(FILE *fp, const struct report *r, line_fn *write, struct stat_line *l)
{
	uint64_t n = 0, max = r->stats->latency_max[r->interval];
	int i;

	line_init(l, "latency", "total");
	for (i = 0; i < NLATENCIES; i++)
		n += r->totals->latency[i];
	if (n != 0) {
		set(l, C_P50, stats_latency(r->totals, 0.5));
		set(l, C_P99, stats_latency(r->totals, 0.99));
		set(l, C_MAX, max);
	}
	write(fp, r, l);
}

static void
memory(FILE *fp, const struct report *r, line_fn *write, struct stat_line *l)
{
	const struct stats *st = r->stats;
	const struct table *t;
	size_t i;

	for (i = 0; i <= st->ngroups; i++) {
		t = i == 0 ? &st->flows : &st->groups[i - 1].table;
		line_init(l, "memory",
		    i == 0 ? key_flow.name : st->groups[i - 1].key->name);
		set(l, C_ITEMS, div_table_count(t->items));
		set(l, C_FORGOTTEN, t->forgotten);
		write(fp, r, l);
	}
}

static void
set_flow(struct stat_line *l, const struct stat_flow *flow)
{
	int i;

	if (flow->key.proto != IPPROTO_TCP)
		return;
	for (i = 0; i < NHEALTHS; i++)
		set(l, C_HEALTH + i, flow->health[i]);
	if (flow->handshake != 0)
		set(l, C_HANDSHAKE, flow->handshake);
	set_mean(l, C_RTT, &flow->half[flow->orig].rtt);
	set_mean(l, C_RTT_BACK, &flow->half[!flow->orig].rtt);
}

static const struct report *sorted;

/* The most bytes in the time of the report first, then the older. */
static int
more(const void *a, const void *b)
{
	const struct item *x = *(const struct item *const *)a;
	const struct item *y = *(const struct item *const *)b;
	uint32_t turn = sorted->stats->turn;
	const struct count *m, *n;
	uint64_t i, j;

	m = sorted->interval ? item_now(x, turn) : x->all;
	n = sorted->interval ? item_now(y, turn) : y->all;
	i = m[0].bytes + m[1].bytes;
	j = n[0].bytes + n[1].bytes;
	if (i != j)
		return i > j ? -1 : 1;
	return x->first < y->first ? -1 : x->first > y->first;
}

static void
group(FILE *fp, const struct report *r, line_fn *write, struct stat_line *l,
    const struct key *key, const struct table *table)
{
	const struct count *c;
	size_t i, n;

	sorted = r;
	n = table_top(table, more, top, r->top);
	for (i = 0; i < n; i++) {
		c = r->interval ? item_now(top[i], r->stats->turn) :
				  top[i]->all;
		if (c[0].packets + c[1].packets == 0)
			break;
		line_init(l, key->name, "");
		group_name(key, top[i], l->name, sizeof(l->name));
		set_count(l, C_PACKETS, &c[0]);
		if (key == &key_flow) {
			l->begin = top[i]->first;
			set_count(l, C_PACKETS_BACK, &c[1]);
			set_flow(l, (const struct stat_flow *)top[i]);
		}
		write(fp, r, l);
	}
}

/*
 * Calls write() for the lines of one key, or of all that is no key, or for each line
 * if by is NULL.  A line is valid during the call.
 */
void
report_by(FILE *fp, const struct report *r, const char *by, line_fn *write)
{
	static struct stat_line l;
	struct stats *st = r->stats;
	const struct group *g;

	if (by == NULL || key_find(by) == NULL) {
		rows(fp, r, write, &l);
		health(fp, r, write, &l);
		latency(fp, r, write, &l);
		memory(fp, r, write, &l);
	}
	if (r->flows && (by == NULL || strcmp(by, key_flow.name) == 0))
		group(fp, r, write, &l, &key_flow, &st->flows);
	for (g = st->groups; g < st->groups + st->ngroups; g++)
		if (by == NULL || strcmp(by, g->key->name) == 0)
			group(fp, r, write, &l, g->key, &g->table);
}
