/* SPDX-License-Identifier: ISC */

/* Makes the view of an interval: rates, curves, and the list in its order. */

#include <stdlib.h>
#include <string.h>

#include "divtop.h"

static enum top_field sort_by;
static size_t keylen; /* of the lines */

/* The largest first, then by key, so that the order is stable. */
static int
compare(const void *a, const void *b)
{
	const struct top_line *x = a, *y = b;
	double m = x->value[sort_by], n = y->value[sort_by];

	return m > n ? -1 :
	    m < n    ? 1 :
		       memcmp(item_key(&x->item), item_key(&y->item), keylen);
}

void
view_sort(struct view *v, enum top_field field)
{
	v->sort = sort_by = field;
	v->first = 0;
	qsort(v->lines, v->nlines, sizeof(v->lines[0]), compare);
}

static uint32_t turn;
static int is_flow;

static double
mean(const struct mean *m)
{
	return m->n == 0 ? 0 : (double)m->sum / (double)m->n;
}

static double
flow_value(const struct stat_flow *flow, enum top_field field)
{
	return field == F_RETRANSMITTED ?
	    flow->health[RETRANSMISSION] :
	    mean(&flow->half[0].rtt) + mean(&flow->half[1].rtt);
}

static double
item_value(const struct item *it, enum top_field field)
{
	const struct count *now = item_now(it, turn), *all = it->all;

	switch (field) {
	case F_BITS:
		return (double)(now[0].bytes + now[1].bytes) * 8;
	case F_PACKETS:
		return (double)(now[0].packets + now[1].packets);
	case F_ALL_BYTES:
		return (double)(all[0].bytes + all[1].bytes);
	case F_ALL_PACKETS:
		return (double)(all[0].packets + all[1].packets);
	default:
		return is_flow ?
		    flow_value((const struct stat_flow *)it, field) :
		    0;
	}
}

static int
compare_items(const void *a, const void *b)
{
	const struct item *x = *(const struct item *const *)a;
	const struct item *y = *(const struct item *const *)b;
	double m = item_value(x, sort_by), n = item_value(y, sort_by);

	return m > n ? -1 : m < n;
}

static void
take_line(struct top_line *l, const struct item *it, double seconds)
{
	int i;

	memcpy(l->bytes, it,
	    is_flow ? sizeof(l->flow) : sizeof(l->item) + keylen);
	for (i = 0; i < NFIELDS; i++)
		l->value[i] = item_value(it, (enum top_field)i);
	l->value[F_BITS] /= seconds;
	l->value[F_PACKETS] /= seconds;
}

static void
take_lines(struct view *v, const struct table *table, double seconds)
{
	const struct item *top[NLINES];
	size_t i;

	v->items = div_table_count(table->items);
	v->forgotten = table->forgotten;
	v->nlines = table_top(table, compare_items, top, NLINES);
	for (i = 0; i < v->nlines; i++)
		take_line(&v->lines[i], top[i], seconds);
	qsort(v->lines, v->nlines, sizeof(v->lines[0]), compare);
}

static size_t
take_rows(struct bar *bars, const struct totals *t, enum row from, enum row to,
    double seconds)
{
	size_t n = 0;
	int i;

	for (i = from; i <= (int)to; i++) {
		strlcpy(bars[n].name, row_name((enum row)i),
		    sizeof(bars[n].name));
		bars[n++].packets = (double)t->rows[i].packets / seconds;
	}
	return n;
}

/* The key size is one byte, which is the index of the bar. */
static size_t
take_sizes(struct bar *bars, const struct group *g, double seconds)
{
	const struct item *it = NULL;
	char name[NAMELEN];
	size_t at, n = 0;

	memset(bars, 0, NBARS * sizeof(*bars));
	while ((it = div_table_next(g->table.items, it)) != NULL) {
		at = item_key(it)[1];
		if (at >= NBARS)
			continue;
		group_name(g->key, it, name, sizeof(name));
		strlcpy(bars[at].name, name, sizeof(bars[at].name));
		bars[at].packets = (double)item_now(it, turn)[0].packets /
		    seconds;
	}
	for (at = 0; at < NBARS; at++)
		if (bars[at].name[0] != '\0')
			bars[n++] = bars[at];
	return n;
}

/* Adds the totals of the interval to the curves. */
void
view_history(struct view *v, const struct totals *t)
{
	const double value[NCURVES] = {
		[PACKETS] = (double)t->rows[TOTAL].packets,
		[BITS] = (double)t->rows[TOTAL].bytes * 8,
		[DROPS] = (double)t->rows[DROPPED].packets,
		[EDITS] = (double)t->rows[EDITED].packets,
	};
	int i;

	for (i = 0; i < NCURVES; i++) {
		memmove(&v->history[i][1], &v->history[i][0],
		    (NHISTORY - 1) * sizeof(double));
		v->history[i][0] = value[i] / v->seconds;
	}
	v->nhistory += v->nhistory < NHISTORY;
}

/* Takes all but the curves, of the interval with these totals. */
void
view_take(struct view *v, const struct stats *st, const struct totals *t)
{
	turn = st->turn;
	sort_by = v->sort;
	is_flow = v->key == &key_flow;
	keylen = is_flow ? sizeof(struct div_flow_key) : 1 + v->key->len;
	v->nprotocols = take_rows(v->protocols, t, TCP, OTHER, v->seconds);
	v->ndirections = take_rows(v->directions, t, IN, INJECTED, v->seconds);
	v->nsizes = take_sizes(v->sizes, &st->groups[0], v->seconds);
	take_lines(v, is_flow ? &st->flows : &st->groups[1].table, v->seconds);
}
