/* SPDX-License-Identifier: ISC */

/*
 * -E -o eve: lines of EVE, Suricata's log: event_type "flow" for each flow that
 * has finished, and "dns" for each DNS message over UDP.
 */

#include <sys/types.h>
#include <sys/endian.h>
#include <netinet/in.h>

#include <string.h>

#include "divstat.h"
#include "eve.h"

#define DNS_QR 0x8000
#define DNS_AA 0x0400
#define DNS_TC 0x0200
#define DNS_RD 0x0100
#define DNS_RA 0x0080

/* The members that all events have; from: index of the sender. */
static void
put_head(FILE *fp, const char *type, uint64_t time, const char *ifname,
    const struct div_flow_key *key, int from)
{
	char text[EVE_TIMELEN], addr[64], id[COMMUNITY_IDLEN], name[64];
	int ports = key->port[0] != 0 || key->port[1] != 0, i;

	eve_time(text, time);
	fprintf(fp, "{\"timestamp\":\"%s\",\"flow_id\":%llu", text,
	    (unsigned long long)eve_flow_id(key));
	key_print_if(name, sizeof(name), (const uint8_t *)ifname);
	if (name[0] != '\0') {
		fputs(",\"in_iface\":", fp);
		report_string(fp, name);
	}
	fprintf(fp, ",\"event_type\":\"%s\"", type);
	for (i = 0; i < 2; i++, from = !from) {
		address_format(addr, sizeof(addr), key->version,
		    key->addr[from]);
		fprintf(fp, ",\"%s_ip\":\"%s\"", i == 0 ? "src" : "dest", addr);
		if (ports)
			fprintf(fp, ",\"%s_port\":%u", i == 0 ? "src" : "dest",
			    key->port[from]);
	}
	eve_proto(text, key->proto);
	fprintf(fp, ",\"proto\":\"%s\"", text);
	if (community_of_flow(id, key) == 0)
		fprintf(fp, ",\"community_id\":\"%s\"", id);
}

static const char *
state(const struct stat_flow *flow)
{
	unsigned int mask = 1 << LETTER_SYN | 1 << LETTER_SYNACK;
	unsigned int both = flow->half[0].letters | flow->half[1].letters;

	if (flow->closed)
		return "closed";
	if (flow->key.proto == IPPROTO_TCP)
		return (both & mask) == mask ? "established" : "new";
	return flow->item.all[1].packets != 0 ? "established" : "new";
}

/* Flags that were seen; the others are left out. */
static void
put_tcp(FILE *fp, const struct stat_flow *flow)
{
	static const struct {
		const char *name;
		unsigned int letters;
	} flags[] = {
		{ "syn", 1 << LETTER_SYN | 1 << LETTER_SYNACK },
		{ "fin", 1 << LETTER_FIN },
		{ "rst", 1 << LETTER_RST },
		{ "ack", 1 << LETTER_ACK | 1 << LETTER_SYNACK },
	};
	unsigned int both = flow->half[0].letters | flow->half[1].letters;
	const char *comma = "";
	size_t i;

	fputs(",\"tcp\":{", fp);
	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if ((both & flags[i].letters) == 0)
			continue;
		fprintf(fp, "%s\"%s\":true", comma, flags[i].name);
		comma = ",";
	}
	fputc('}', fp);
}

void
eve_begin(FILE *fp)
{
	(void)fp;
	sha1_init();
}

void
eve_flow(FILE *fp, const struct stat_flow *flow)
{
	const struct item *it = &flow->item;
	char start[EVE_TIMELEN], end[EVE_TIMELEN];

	put_head(fp, "flow", it->last, flow->ifname, &flow->key, flow->orig);
	eve_time(start, it->first);
	eve_time(end, it->last);
	fprintf(fp,
	    ",\"flow\":{\"pkts_toserver\":%llu,\"pkts_toclient\":%llu,"
	    "\"bytes_toserver\":%llu,\"bytes_toclient\":%llu,"
	    "\"start\":\"%s\",\"end\":\"%s\",\"age\":%llu,"
	    "\"state\":\"%s\"}",
	    (unsigned long long)it->all[0].packets,
	    (unsigned long long)it->all[1].packets,
	    (unsigned long long)it->all[0].bytes,
	    (unsigned long long)it->all[1].bytes, start, end,
	    (unsigned long long)((it->last - it->first) / 1000000000),
	    state(flow));
	if (flow->key.proto == IPPROTO_TCP)
		put_tcp(fp, flow);
	fputs("}\n", fp);
}

static void
put_rrtype(FILE *fp, unsigned int type)
{
	static const struct {
		unsigned int type;
		const char *name;
	} names[] = {
		{ 1, "A" },
		{ 2, "NS" },
		{ 5, "CNAME" },
		{ 6, "SOA" },
		{ 12, "PTR" },
		{ 15, "MX" },
		{ 16, "TXT" },
		{ 28, "AAAA" },
		{ 33, "SRV" },
		{ 35, "NAPTR" },
		{ 43, "DS" },
		{ 46, "RRSIG" },
		{ 48, "DNSKEY" },
		{ 64, "SVCB" },
		{ 65, "HTTPS" },
		{ 255, "ANY" },
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].type == type) {
			fprintf(fp, ",\"rrtype\":\"%s\"", names[i].name);
			return;
		}
	}
	fprintf(fp, ",\"rrtype\":\"TYPE%u\"", type); /* RFC 3597, 5 */
}

static void
put_rcode(FILE *fp, unsigned int rcode)
{
	static const char *const names[] = { "NOERROR", "FORMERR", "SERVFAIL",
		"NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET",
		"NXRRSET", "NOTAUTH", "NOTZONE" };

	if (rcode < sizeof(names) / sizeof(names[0]))
		fprintf(fp, ",\"rcode\":\"%s\"", names[rcode]);
	else
		fprintf(fp, ",\"rcode\":\"%u\"", rcode);
}

struct addresses {
	FILE *fp;
	size_t len; /* of those that are wanted */
	const char *begin;
};

static void
put_address(void *arg, const struct div_dns_address *a)
{
	struct addresses *w = arg;
	char text[64];

	if (a->len != w->len)
		return;
	address_format(text, sizeof(text), a->len == 4 ? 4 : 6, a->addr);
	fprintf(w->fp, "%s\"%s\"", w->begin, text);
	w->begin = ",";
}

static int
put_addresses(FILE *fp, const char *begin, size_t addrlen, const uint8_t *msg,
    size_t len)
{
	struct addresses w = { fp, addrlen, begin };

	div_dns_addresses(msg, len, put_address, &w);
	if (w.begin == begin)
		return 0;
	fputc(']', fp);
	return 1;
}

static void
put_answer(FILE *fp, const uint8_t *msg, size_t len)
{
	static const struct {
		unsigned int bit;
		const char *name;
	} bits[] = { { DNS_QR, "qr" }, { DNS_AA, "aa" }, { DNS_TC, "tc" },
		{ DNS_RD, "rd" }, { DNS_RA, "ra" } };
	unsigned int flags = be16dec(msg + 2);
	int some;
	size_t i;

	fprintf(fp, ",\"flags\":\"%x\"", flags);
	for (i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		if (flags & bits[i].bit)
			fprintf(fp, ",\"%s\":true", bits[i].name);
	put_rcode(fp, flags & 15);
	some = put_addresses(fp, ",\"grouped\":{\"A\":[", 4, msg, len);
	some |= put_addresses(fp,
	    some ? ",\"AAAA\":[" : ",\"grouped\":{\"AAAA\":[", 16, msg, len);
	if (some)
		fputc('}', fp);
}

/* A message with a question: Suricata takes the client for the source. */
static void
put_dns(FILE *fp, const char *ifname, uint64_t time, const struct div_packet *p,
    const uint8_t *wire, size_t namelen)
{
	const uint8_t *msg = p->data + p->payload;
	unsigned int flags = be16dec(msg + 2);
	struct div_flow_key key;
	char name[NAMELEN];
	int side = div_flow_key(&key, p);

	put_head(fp, "dns", time, ifname, &key, flags & DNS_QR ? !side : side);
	key_print_dns(name, sizeof(name), wire);
	fprintf(fp, ",\"dns\":{\"type\":\"%s\",\"id\":%u",
	    flags & DNS_QR ? "answer" : "query", be16dec(msg));
	fprintf(fp, ",\"opcode\":%u,\"rrname\":", flags >> 11 & 15);
	report_string(fp, name);
	put_rrtype(fp, be16dec(msg + DIV_DNS_HDRLEN + namelen));
	if (flags & DNS_QR)
		put_answer(fp, msg, p->len - p->payload);
	fputs("}}\n", fp);
}

void
eve_packet(FILE *fp, const struct div_frame *f, uint64_t time)
{
	struct stat_packet s = { .f = f, .ip = 1 };
	uint8_t wire[DNS_LEN] = { 0 };
	size_t len, namelen;

	if (div_packet_parse(&s.p, f->packet, f->caplen) == -1 ||
	    !key_dns(wire, &s))
		return;
	len = s.p.len - s.p.payload;
	namelen = div_dns_question(s.p.data + s.p.payload, len);
	if (DIV_DNS_HDRLEN + namelen + 4 <= len)
		put_dns(fp, (const char *)f->ifname, time, &s.p, wire, namelen);
}
