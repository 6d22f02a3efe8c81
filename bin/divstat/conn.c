/* SPDX-License-Identifier: ISC */

/*
 * -E: one line for each flow, with the fields, connection states and history of
 * Zeek's conn.log, as columns or JSON.
 */

#include <sys/types.h>
#include <netinet/in.h>

#include <string.h>

#include <xxhash.h>

#include "divstat.h"

enum conn_type { TEXT, NUMBER };

struct conn_field {
	const char *name, *type;
	enum conn_type json;
	void (*print)(char *, size_t, const struct stat_flow *);
};

static void
print_ts(char *buf, size_t size, const struct stat_flow *flow)
{
	snprintf(buf, size, "%.6f", (double)flow->item.first / 1e9);
}

/* Zeek's form of an id: "C" and digits of base 62. */
static void
print_uid(char *buf, size_t size, const struct stat_flow *flow)
{
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz";
	uint64_t n = XXH3_64bits_withSeed(&flow->key, sizeof(flow->key),
	    flow->item.first);
	size_t i;

	buf[0] = 'C';
	for (i = 1; i < 12 && i + 1 < size; i++, n /= 62)
		buf[i] = digits[n % 62];
	buf[i] = '\0';
}

static void
print_orig_h(char *buf, size_t size, const struct stat_flow *flow)
{
	address_format(buf, size, flow->key.version,
	    flow->key.addr[flow->orig]);
}

static void
print_resp_h(char *buf, size_t size, const struct stat_flow *flow)
{
	address_format(buf, size, flow->key.version,
	    flow->key.addr[!flow->orig]);
}

static void
print_orig_p(char *buf, size_t size, const struct stat_flow *flow)
{
	snprintf(buf, size, "%u", flow->key.port[flow->orig]);
}

static void
print_resp_p(char *buf, size_t size, const struct stat_flow *flow)
{
	snprintf(buf, size, "%u", flow->key.port[!flow->orig]);
}

static void
print_proto(char *buf, size_t size, const struct stat_flow *flow)
{
	switch (flow->key.proto) {
	case IPPROTO_TCP:
		strlcpy(buf, "tcp", size);
		break;
	case IPPROTO_UDP:
		strlcpy(buf, "udp", size);
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		strlcpy(buf, "icmp", size);
		break;
	default:
		strlcpy(buf, "unknown_transport", size);
	}
}

static void
print_duration(char *buf, size_t size, const struct stat_flow *flow)
{
	snprintf(buf, size, "%.6f",
	    (double)(flow->item.last - flow->item.first) / 1e9);
}

static void
print_number(char *buf, size_t size, uint64_t n)
{
	snprintf(buf, size, "%llu", (unsigned long long)n);
}

static void
print_orig_bytes(char *buf, size_t size, const struct stat_flow *flow)
{
	print_number(buf, size, flow->half[flow->orig].data);
}

static void
print_resp_bytes(char *buf, size_t size, const struct stat_flow *flow)
{
	print_number(buf, size, flow->half[!flow->orig].data);
}

static void
print_orig_pkts(char *buf, size_t size, const struct stat_flow *flow)
{
	print_number(buf, size, flow->item.all[0].packets);
}

static void
print_orig_ip_bytes(char *buf, size_t size, const struct stat_flow *flow)
{
	print_number(buf, size, flow->item.all[0].bytes);
}

static void
print_resp_pkts(char *buf, size_t size, const struct stat_flow *flow)
{
	print_number(buf, size, flow->item.all[1].packets);
}

static void
print_resp_ip_bytes(char *buf, size_t size, const struct stat_flow *flow)
{
	print_number(buf, size, flow->item.all[1].bytes);
}

#define HAS(letters, letter) ((letters) >> LETTER_##letter & 1)

/*
 * States after a handshake; o and r are the letters of originator and
 * responder.
 */
static const char *
state_of_open(unsigned int o, unsigned int r)
{
	if (HAS(o, FIN) && HAS(r, FIN))
		return "SF";
	if (HAS(o, RST))
		return "RSTO";
	if (HAS(r, RST))
		return "RSTR";
	return HAS(o, FIN) ? "S2" : HAS(r, FIN) ? "S3" : "S1";
}

static const char *
state_of_tcp(unsigned int o, unsigned int r)
{
	if (HAS(o, SYN) && HAS(r, SYNACK))
		return state_of_open(o, r);
	if (HAS(o, SYN)) {
		if (HAS(r, RST))
			return "REJ";
		return HAS(o, RST) ? "RSTOS0" : HAS(o, FIN) ? "SH" : "S0";
	}
	if (HAS(r, SYNACK) && HAS(r, RST))
		return "RSTRH";
	return HAS(r, SYNACK) && HAS(r, FIN) ? "SHR" : "OTH";
}

static void
print_state(char *buf, size_t size, const struct stat_flow *flow)
{
	unsigned int o = flow->half[flow->orig].letters;
	unsigned int r = flow->half[!flow->orig].letters;
	const char *state = "OTH";

	if (flow->key.proto == IPPROTO_TCP)
		state = state_of_tcp(o, r);
	else if (flow->key.proto == IPPROTO_UDP)
		state = r == 0 ? "S0" : "SF";
	strlcpy(buf, state, size);
}

/* Capitals for the originator; ^ if the ends were flipped. */
static void
print_history(char *buf, size_t size, const struct stat_flow *flow)
{
	static const char letters[2][NLETTERS + 1] = { "SHADFRWT", "shadfrwt" };
	unsigned int i, code;
	size_t n = 0;

	if (flow->flipped)
		buf[n++] = '^';
	for (i = 0; i < flow->nhistory && n + 1 < size; i++) {
		code = flow->history >> 4 * i & 15;
		buf[n++] = letters[code & 1][code >> 1];
	}
	buf[n] = '\0';
}

static const struct conn_field fields[] = {
	{ "ts", "time", NUMBER, print_ts },
	{ "uid", "string", TEXT, print_uid },
	{ "id.orig_h", "addr", TEXT, print_orig_h },
	{ "id.orig_p", "port", NUMBER, print_orig_p },
	{ "id.resp_h", "addr", TEXT, print_resp_h },
	{ "id.resp_p", "port", NUMBER, print_resp_p },
	{ "proto", "enum", TEXT, print_proto },
	{ "duration", "interval", NUMBER, print_duration },
	{ "orig_bytes", "count", NUMBER, print_orig_bytes },
	{ "resp_bytes", "count", NUMBER, print_resp_bytes },
	{ "conn_state", "string", TEXT, print_state },
	{ "history", "string", TEXT, print_history },
	{ "orig_pkts", "count", NUMBER, print_orig_pkts },
	{ "orig_ip_bytes", "count", NUMBER, print_orig_ip_bytes },
	{ "resp_pkts", "count", NUMBER, print_resp_pkts },
	{ "resp_ip_bytes", "count", NUMBER, print_resp_ip_bytes },
};

#define NFIELDS (sizeof(fields) / sizeof(fields[0]))

static void
print_header(FILE *fp, const struct delimited *d)
{
	size_t i;

	for (i = 0; i < NFIELDS; i++)
		fprintf(fp, "%s%c", fields[i].name,
		    i == NFIELDS - 1 ? '\n' : d->separator);
}

/* The header of a log of Zeek, by which tools find the columns. */
void
conn_begin_tsv(FILE *fp)
{
	size_t i;

	fputs("#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n"
	      "#unset_field\t-\n#path\tconn\n#fields\t",
	    fp);
	print_header(fp, &report_tab);
	fputs("#types", fp);
	for (i = 0; i < NFIELDS; i++)
		fprintf(fp, "\t%s", fields[i].type);
	fputc('\n', fp);
}

void
conn_begin_csv(FILE *fp)
{
	print_header(fp, &report_comma);
}

static void
print_line(FILE *fp, const struct delimited *d, const struct stat_flow *flow)
{
	char buf[64];
	size_t i;

	for (i = 0; i < NFIELDS; i++) {
		fields[i].print(buf, sizeof(buf), flow);
		report_field(fp, d, buf[0] == '\0' ? d->none : buf);
		fputc(i == NFIELDS - 1 ? '\n' : d->separator, fp);
	}
}

void
conn_tsv(FILE *fp, const struct stat_flow *flow)
{
	print_line(fp, &report_tab, flow);
}

void
conn_csv(FILE *fp, const struct stat_flow *flow)
{
	print_line(fp, &report_comma, flow);
}

void
conn_json(FILE *fp, const struct stat_flow *flow)
{
	char buf[64];
	size_t i;

	for (i = 0; i < NFIELDS; i++) {
		fields[i].print(buf, sizeof(buf), flow);
		fprintf(fp, "%s\"%s\":", i == 0 ? "{" : ",", fields[i].name);
		if (fields[i].json == NUMBER)
			fputs(buf, fp);
		else
			report_string(fp, buf);
	}
	fputs("}\n", fp);
}
