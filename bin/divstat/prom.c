/* SPDX-License-Identifier: ISC */

/*
 * The text format of Prometheus, version 0.0.4.  A metric counts each packet once,
 * so that sum() over its labels is the total: protocols, directions and keys are
 * metrics of their own.
 */

#include <string.h>

#include "divstat.h"

#define PREFIX "divio_divstat_"

struct metric {
	const char *name;
	const char *by;    /* of the lines that it takes */
	const char *line;  /* the name of one; NULL: all */
	const char *label; /* names of lines are its values; or NULL */
	int column;
	int back; /* the other direction's, with a label; 0: none */
	const char *help;
};

#define TCP_HEALTH(name, event, help)                                       \
	{ "tcp_" name, "health", NULL, NULL, C_HEALTH + (event), 0, help }, \
	{                                                                   \
		"flow_" name, "flow", NULL, "flow", C_HEALTH + (event), 0,  \
		    help                                                    \
	}

static const struct metric metrics[] = {
	{ "packets", "total", NULL, NULL, C_PACKETS, 0, "Packets." },
	{ "bytes", "total", NULL, NULL, C_BYTES, 0,
	    "Bytes from the IP header on." },
	{ "protocol_packets", "protocol", NULL, "protocol", C_PACKETS, 0,
	    "Packets by protocol." },
	{ "protocol_bytes", "protocol", NULL, "protocol", C_BYTES, 0,
	    "Bytes by protocol." },
	{ "direction_packets", "direction", NULL, "direction", C_PACKETS, 0,
	    "Packets by direction." },
	{ "direction_bytes", "direction", NULL, "direction", C_BYTES, 0,
	    "Bytes by direction." },
	{ "edited_packets", "pipeline", "edited", NULL, C_PACKETS, 0,
	    "Packets that an earlier filter edited." },
	{ "edited_bytes", "pipeline", "edited", NULL, C_BYTES, 0,
	    "Bytes of packets that an earlier filter edited." },
	{ "dropped_packets", "pipeline", "dropped", NULL, C_PACKETS, 0,
	    "Packets that an earlier filter dropped." },
	{ "dropped_bytes", "pipeline", "dropped", NULL, C_BYTES, 0,
	    "Bytes of packets that an earlier filter dropped." },
	{ "table_items", "memory", NULL, "table", C_ITEMS, 0,
	    "Names in a table." },
	{ "table_forgotten", "memory", NULL, "table", C_FORGOTTEN, 0,
	    "Names evicted from a table." },
	{ "flow_packets", "flow", NULL, "flow", C_PACKETS, C_PACKETS_BACK,
	    "Packets of the largest flows." },
	{ "flow_bytes", "flow", NULL, "flow", C_BYTES, C_BYTES_BACK,
	    "Bytes of the largest flows." },
	{ "flow_handshake", "flow", NULL, "flow", C_HANDSHAKE, 0,
	    "Time of the TCP handshake." },
	{ "flow_rtt", "flow", NULL, "flow", C_RTT, C_RTT_BACK,
	    "Mean time from here to an end and back." },
	TCP_HEALTH("retransmissions", RETRANSMISSION,
	    "TCP segments retransmitted."),
	TCP_HEALTH("out_of_order", OUT_OF_ORDER,
	    "TCP segments that arrived out of order."),
	TCP_HEALTH("duplicate_acks", DUPLICATE_ACK,
	    "Duplicate TCP acknowledgements."),
	TCP_HEALTH("zero_windows", ZERO_WINDOW,
	    "TCP segments with a zero window."),
	TCP_HEALTH("resets", RESET, "TCP segments with RST."),
};

#define NMETRICS (sizeof(metrics) / sizeof(metrics[0]))

static const char *const ends[] = { "responder", "originator" };

static const struct metric *current;
static int has_samples;

static const char *
unit(int column)
{
	static const char *const units[] = {
		[COUNTER] = "_total",
		[GAUGE] = "",
		[TIME] = "_seconds",
	};

	return units[columns[column].kind];
}

static void
print_type(FILE *fp, const char *name, const char *suffix, const char *help,
    const char *type)
{
	fprintf(fp,
	    "# HELP " PREFIX "%s%s %s\n"
	    "# TYPE " PREFIX "%s%s %s\n",
	    name, suffix, help, name, suffix, type);
}

/*
 * The labels of a line; end: index of an end, or -1.  Ports may be used again, and
 * samples have to differ: so flows have their begin.
 */
static void
print_labels(FILE *fp, const struct stat_line *l, int end)
{
	if (current->label == NULL)
		return;
	fprintf(fp, "{%s=", current->label);
	report_string(fp, l->name);
	if (l->begin != 0)
		fprintf(fp, ",begin=\"%.6f\"", (double)l->begin / 1e9);
	if (end != -1)
		fprintf(fp, ",to=\"%s\"", ends[end]);
	fputc('}', fp);
}

static void
print_sample(FILE *fp, const struct stat_line *l, int column, int end)
{
	if (!(l->has >> column & 1))
		return;
	if (!has_samples)
		print_type(fp, current->name, unit(column), current->help,
		    columns[column].kind == COUNTER ? "counter" : "gauge");
	has_samples = 1;
	fprintf(fp, PREFIX "%s%s", current->name, unit(column));
	print_labels(fp, l, end);
	fputc(' ', fp);
	report_value(fp, column, l);
	fputc('\n', fp);
}

static void
metric_line(FILE *fp, const struct report *r, const struct stat_line *l)
{
	(void)r;
	if (strcmp(l->by, current->by) != 0 ||
	    (current->line != NULL && strcmp(l->name, current->line) != 0))
		return;
	print_sample(fp, l, current->column, current->back != 0 ? 0 : -1);
	if (current->back != 0)
		print_sample(fp, l, current->back, 1);
}

/* All samples of a metric must be in one group. */
static void
print_metric(FILE *fp, const struct report *r, const struct metric *m)
{
	current = m;
	has_samples = 0;
	report_by(fp, r, m->by, metric_line);
}

/* A key has two metrics, and a label with its own name. */
static void
print_key(FILE *fp, const struct report *r, const char *key)
{
	char packets[64], bytes[64];
	struct metric m = { packets, key, NULL, key, C_PACKETS, 0,
		"Packets of the names with the most bytes." };

	snprintf(packets, sizeof(packets), "%s_packets", key);
	snprintf(bytes, sizeof(bytes), "%s_bytes", key);
	print_metric(fp, r, &m);
	m.name = bytes;
	m.column = C_BYTES;
	m.help = "Bytes of the names with the most bytes.";
	print_metric(fp, r, &m);
}

static void
print_sum(FILE *fp, const char *name, const char *labels, uint64_t sum,
    uint64_t n)
{
	fprintf(fp, PREFIX "%s_sum%s %.9f\n" PREFIX "%s_count%s %llu\n", name,
	    labels, (double)sum / 1e9, name, labels, (unsigned long long)n);
}

/* The rates of _sum and _count give the mean of any time. */
static void
print_round_trips(FILE *fp, const struct totals *t)
{
	char labels[64];
	int i;

	print_type(fp, "tcp_handshake_seconds", "", "Time of TCP handshakes.",
	    "summary");
	print_sum(fp, "tcp_handshake_seconds", "", t->handshake.sum,
	    t->handshake.n);
	print_type(fp, "tcp_rtt_seconds", "",
	    "Time from here to an end and back.", "summary");
	for (i = 0; i < 2; i++) {
		snprintf(labels, sizeof(labels), "{to=\"%s\"}", ends[i]);
		print_sum(fp, "tcp_rtt_seconds", labels, t->rtt[i].sum,
		    t->rtt[i].n);
	}
}

/* Bounds are powers of 4 in ns, which are bounds of the histogram, too. */
static void
print_latency(FILE *fp, const struct report *r)
{
	const uint64_t *count = r->totals->latency;
	unsigned int i = 0, shift, bound;
	uint64_t n = 0;

	print_type(fp, "latency_seconds", "", "Time from diversion to here.",
	    "histogram");
	for (shift = 10; shift <= 34; shift += 2) {
		bound = histogram_bucket(UINT64_C(1) << shift, LATENCY_BITS);
		for (; i < bound; i++)
			n += count[i];
		fprintf(fp,
		    PREFIX "latency_seconds_bucket{le=\"%.11g\"} %llu\n",
		    (double)(UINT64_C(1) << shift) / 1e9,
		    (unsigned long long)n);
	}
	for (; i < NLATENCIES; i++)
		n += count[i];
	fprintf(fp, PREFIX "latency_seconds_bucket{le=\"+Inf\"} %llu\n",
	    (unsigned long long)n);
	print_sum(fp, "latency_seconds", "", r->totals->latency_sum, n);
	print_type(fp, "latency_max_seconds", "",
	    "Greatest time from diversion to here.", "gauge");
	fprintf(fp, PREFIX "latency_max_seconds %.9f\n",
	    (double)r->stats->latency_max[0] / 1e9);
}

void
report_prom(FILE *fp, const struct report *r)
{
	size_t i;

	for (i = 0; i < NMETRICS; i++)
		print_metric(fp, r, &metrics[i]);
	for (i = 0; i < r->stats->ngroups; i++)
		print_key(fp, r, r->stats->groups[i].key->name);
	print_round_trips(fp, r->totals);
	print_latency(fp, r);
}
