/* SPDX-License-Identifier: ISC */

/*
 * The report as a picture: the rate over time, the sizes of packets, round trips,
 * and for flows and each key the names with the most bytes.
 */

#include <string.h>

#include "divstat.h"
#include "svg.h"

#define WIDTH 900
#define LEFT 70      /* of areas, with room for the labels of their axes */
#define RIGHT 30     /* beside them */
#define TOP_RATE 110 /* of the area */
#define HEIGHT_RATE 200
#define TOP_HALVES 430 /* of two areas side by side */
#define HEIGHT_HALVES 180
#define GAP 80
#define WIDTH_HALF ((WIDTH - LEFT - RIGHT - GAP) / 2.0)
#define TOP_LISTS 665
#define LIST_HEAD 50 /* above the first line */
#define LIST_STEP 38
#define XTICKS 8
#define SIZES "size" /* the key that is drawn as a histogram */
#define NSIZES 64
#define FIRST_SIZE UINT64_C(20) /* bytes; each range is twice the one before */

static void
nothing(FILE *fp, const struct svg_plot *p, const char *why)
{
	svg_text(fp, p->x + p->width / 2, p->y + p->height / 2, SVG_MIDDLE,
	    "small", why);
}

/* The unit of an axis that is so many seconds long, and its seconds. */
static double
time_unit(double seconds, const char **name)
{
	static const struct {
		double from, unit;
		const char *name;
	} units[] = {
		{ 3 * 86400, 86400, "days" },
		{ 3 * 3600, 3600, "hours" },
		{ 10 * 60, 60, "minutes" },
		{ 2, 1, "seconds" },
		{ 0, 1e-3, "milliseconds" },
	};
	size_t i = 0;

	while (seconds < units[i].from)
		i++;
	*name = units[i].name;
	return units[i].unit;
}

static void
draw_times(FILE *fp, const struct svg_plot *p, double max)
{
	double step = round_number(max / XTICKS);
	char text[32];
	int i;

	for (i = 0; i * step <= max; i++) {
		snprintf(text, sizeof(text), "%.6g", i * step);
		svg_tick(fp, p, i * step / max * p->width, text);
	}
}

/* Each bucket is a step of the curve. */
static void
draw_curve(FILE *fp, const struct svg_plot *p, const struct series *s)
{
	double width = (double)s->width / 1e9, dx = p->width / (double)s->n, y;
	size_t i;

	fprintf(fp, "<path class=\"curve\" d=\"M%.1f %.1f", p->x, svg_y(p, 0));
	for (i = 0; i < s->n; i++) {
		y = svg_y(p, (double)s->bytes[i] * 8 / width);
		fprintf(fp, "L%.1f %.1fL%.1f %.1f", p->x + (double)i * dx, y,
		    p->x + (double)(i + 1) * dx, y);
	}
	fprintf(fp, "L%.1f %.1fZ\"/>\n", p->x + p->width, svg_y(p, 0));
}

static void
chart_rate(FILE *fp)
{
	const struct series *s = series_get();
	double width = (double)s->width / 1e9, max = 0, unit;
	char xlabel[64];
	const char *name;
	struct svg_plot p = { "Rate", xlabel, "bits/s", LEFT, TOP_RATE,
		WIDTH - LEFT - RIGHT, HEIGHT_RATE, 0 };
	size_t i;

	for (i = 0; i < s->n; i++)
		if ((double)s->bytes[i] * 8 / width > max)
			max = (double)s->bytes[i] * 8 / width;
	unit = time_unit(width * (double)s->n, &name);
	snprintf(xlabel, sizeof(xlabel), "time since the first packet (%s)",
	    name);
	svg_frame(fp, &p, max, 1);
	if (s->n == 0) {
		nothing(fp, &p, "no packets");
		return;
	}
	draw_times(fp, &p, width * (double)s->n / unit);
	draw_curve(fp, &p, s);
}

/* The packets of each range of sizes; returns the number of ranges. */
static size_t
get_sizes(const struct stats *st, uint64_t packets[NSIZES])
{
	const struct item *it = NULL;
	const struct group *g = st->groups;
	size_t n = 0, range;

	while (strcmp(g->key->name, SIZES) != 0)
		g++;
	memset(packets, 0, NSIZES * sizeof(*packets));
	while ((it = div_table_next(g->table.items, it)) != NULL) {
		range = item_key(it)[1];
		packets[range] = it->all[0].packets;
		if (range >= n)
			n = range + 1;
	}
	return n;
}

static void
draw_sizes(FILE *fp, const struct svg_plot *p, const uint64_t *packets,
    size_t n)
{
	double dx = p->width / (double)n, y;
	size_t i, every = n > 10 ? 2 : 1;
	char text[32];

	for (i = 0; i < n; i++) {
		y = svg_y(p, (double)packets[i]);
		svg_bar(fp, "one", p->x + (double)i * dx + 1, y, dx - 2,
		    p->y + p->height - y);
	}
	for (i = 0; i <= n; i += every) {
		number_format(text, sizeof(text),
		    i == 0 ? 0 : (double)(FIRST_SIZE << (i - 1)), "");
		svg_tick(fp, p, (double)i * dx, text);
	}
}

static void
chart_sizes(FILE *fp, const struct stats *st)
{
	struct svg_plot p = { "Sizes", "bytes from the IP header on", "packets",
		LEFT, TOP_HALVES, WIDTH_HALF, HEIGHT_HALVES, 0 };
	uint64_t packets[NSIZES], max = 0;
	size_t i, n = get_sizes(st, packets);

	for (i = 0; i < n; i++)
		if (packets[i] > max)
			max = packets[i];
	svg_frame(fp, &p, (double)max, 1);
	if (n == 0)
		nothing(fp, &p, "no packets");
	else
		draw_sizes(fp, &p, packets, n);
}

/* The buckets of both histograms from the first to the last in use. */
struct rtt_range {
	unsigned int first, end;
	uint64_t max;
};

static struct rtt_range
get_range(const struct totals *t)
{
	struct rtt_range r = { NRTTS, 0, 0 };
	unsigned int i, end;
	uint64_t n;

	for (i = 0; i < NRTTS; i++)
		for (end = 0; end < 2; end++) {
			if ((n = t->rtts[end][i]) == 0)
				continue;
			r.first = i < r.first ? i : r.first;
			r.end = i + 1;
			r.max = n > r.max ? n : r.max;
		}
	/* a few alone would be broad */
	while (r.end != 0 && r.end - r.first < 12) {
		r.first -= r.first > 0;
		r.end += r.end < NRTTS;
	}
	return r;
}

/* Where a time lies in the buckets, which are nearly logarithmic. */
static double
place(uint64_t ns)
{
	unsigned int i = histogram_bucket(ns, RTT_BITS);
	uint64_t low = histogram_low(i, RTT_BITS);

	return i +
	    (double)(ns - low) / (double)(histogram_low(i + 1, RTT_BITS) - low);
}

static void
draw_decades(FILE *fp, const struct svg_plot *p, const struct rtt_range *r)
{
	static const unsigned int digits[] = { 1, 2, 5 };
	size_t step = r->end - r->first > 20 ? 3 : 1, i;
	double dx = p->width / (r->end - r->first), x;
	uint64_t decade;
	char text[32];

	for (decade = 1; decade <= UINT64_C(1000000000000); decade *= 10)
		for (i = 0; i < 3; i += step) {
			x = (place(decade * digits[i]) - r->first) * dx;
			if (x < 0 || x > p->width)
				continue;
			time_format(text, sizeof(text), decade * digits[i]);
			svg_tick(fp, p, x, text);
		}
}

static void
draw_round_trips(FILE *fp, const struct svg_plot *p, const struct totals *t,
    const struct rtt_range *r)
{
	double dx = p->width / (r->end - r->first), y;
	static const char *const classes[] = { "one", "two" };
	unsigned int i, end;

	for (i = r->first; i < r->end; i++)
		for (end = 0; end < 2; end++) {
			if (t->rtts[end][i] == 0)
				continue;
			y = svg_y(p, (double)t->rtts[end][i]);
			svg_bar(fp, classes[end],
			    p->x + (i - r->first + end * 0.5) * dx, y,
			    dx / 2 - 0.5, p->y + p->height - y);
		}
}

static void
chart_round_trips(FILE *fp, const struct totals *t)
{
	static const char *const ends[] = { "responder", "originator" };
	struct svg_plot p = { "Round trips of TCP from here",
		"time from a segment to its acknowledgement", "segments",
		LEFT + WIDTH_HALF + GAP, TOP_HALVES, WIDTH_HALF, HEIGHT_HALVES,
		0 };
	struct rtt_range r = get_range(t);

	svg_frame(fp, &p, (double)r.max, 1);
	svg_legend(fp, &p, ends);
	if (r.end == 0) {
		nothing(fp, &p, "none was measured");
		return;
	}
	draw_decades(fp, &p, &r);
	draw_round_trips(fp, &p, t, &r);
}

/* The list that is being drawn. */
static struct list {
	double y, most; /* bytes of the first line */
	int n;          /* lines */
} list;

static double
bytes_of(const struct stat_line *l)
{
	double bytes = (double)l->value[C_BYTES];

	if (l->has & 1 << C_BYTES_BACK)
		bytes += (double)l->value[C_BYTES_BACK];
	return bytes;
}

static void
count_line(FILE *fp, const struct report *r, const struct stat_line *l)
{
	(void)fp;
	(void)r;
	if (list.n++ == 0)
		list.most = bytes_of(l);
}

static double
list_height(const struct report *r, const char *key)
{
	list.n = 0;
	list.most = 0;
	report_by(NULL, r, key, count_line);
	return LIST_HEAD + list.n * LIST_STEP;
}

/* A name, and a bar below it: of a flow, both directions. */
static void
draw_line(FILE *fp, const struct report *r, const struct stat_line *l)
{
	double scale = list.most > 0 ? (WIDTH - LEFT - RIGHT) / list.most : 0;
	double there = (double)l->value[C_BYTES] * scale;
	char text[32];

	(void)r;
	number_format(text, sizeof(text), bytes_of(l), "B");
	svg_text(fp, LEFT, list.y + 12, SVG_START, "name", l->name);
	svg_text(fp, LEFT - 6, list.y + 26, SVG_END, "small", text);
	svg_bar(fp, "one", LEFT, list.y + 17, there, 11);
	if (l->has & 1 << C_BYTES_BACK)
		svg_bar(fp, "two", LEFT + there, list.y + 17,
		    (double)l->value[C_BYTES_BACK] * scale, 11);
	list.y += LIST_STEP;
}

/* Returns where the next one begins. */
static double
chart_list(FILE *fp, const struct report *r, const char *key, double y)
{
	static const char *const ways[] = { "from the originator",
		"to the originator" };
	struct svg_plot p = { .x = LEFT,
		.y = y + LIST_HEAD,
		.width = WIDTH - LEFT - RIGHT };
	double end = y + list_height(r, key);
	char title[64];

	snprintf(title, sizeof(title), "Most bytes by %s", key);
	svg_text(fp, LEFT, p.y - 10, SVG_START, "title", title);
	if (strcmp(key, key_flow.name) == 0)
		svg_legend(fp, &p, ways);
	list.y = p.y;
	report_by(fp, r, key, draw_line);
	return end;
}

/* The keys that are shown as lists: n is 0 for the first; NULL behind the last. */
static const char *
list_key(const struct stats *st, size_t n)
{
	size_t i;

	if (n == 0)
		return key_flow.name;
	for (i = 0; i < st->ngroups; i++)
		if (strcmp(st->groups[i].key->name, SIZES) != 0 && --n == 0)
			return st->groups[i].key->name;
	return NULL;
}

static void
heading(FILE *fp, const struct report *r)
{
	const struct count *c = &r->totals->rows[TOTAL];
	char bytes[32], text[128];

	number_format(bytes, sizeof(bytes), (double)c->bytes, "B");
	snprintf(text, sizeof(text), "%llu packets, %s in %.4g s",
	    (unsigned long long)c->packets, bytes, r->seconds);
	svg_text(fp, LEFT, 40, SVG_START, "head", text);
}

void
report_svg(FILE *fp, const struct report *r)
{
	double height = TOP_LISTS, y = TOP_LISTS;
	const char *key;
	size_t i;

	for (i = 0; (key = list_key(r->stats, i)) != NULL; i++)
		height += list_height(r, key);
	svg_begin(fp, WIDTH, height + RIGHT);
	heading(fp, r);
	chart_rate(fp);
	chart_sizes(fp, r->stats);
	chart_round_trips(fp, r->totals);
	for (i = 0; (key = list_key(r->stats, i)) != NULL; i++)
		y = chart_list(fp, r, key, y);
	svg_end(fp);
}
