/* SPDX-License-Identifier: ISC */

/*
 * Alerts as lines of JSON, in the format of Suricata's EVE: event_type
 * "alert".
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <arpa/inet.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "divmark.h"
#include "tool.h"

#define SEVERITY 3 /* Suricata's default */

/* The object of EVE for a protocol, and its key for the host name. */
static const struct {
	const char *object, *key;
} namings[] = {
	[DIV_BY_HTTP] = { "http", "hostname" },
	[DIV_BY_TLS] = { "tls", "sni" },
	[DIV_BY_DNS] = { "dns", "rrname" },
	[DIV_BY_QUIC] = { "quic", "sni" },
};

/* Valid UTF-8 is kept; other bytes are escaped. */
static json_t *
string(const char *s, size_t len)
{
	char text[4 * ALERT_TEXT + 1];
	json_t *j = json_stringn(s, len);

	return j != NULL ? j : json_string(alert_escape(s, len, text));
}

static json_t *
timestamp(uint64_t ns)
{
	char date[64], zone[16];
	time_t s = (time_t)(ns / NSEC_PER_SEC);
	struct tm tm;

	localtime_r(&s, &tm);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	strftime(zone, sizeof(zone), "%z", &tm);
	return json_sprintf("%s.%06u%s", date,
	    (unsigned int)(ns % NSEC_PER_SEC / 1000), zone);
}

static json_t *
address(const struct div_packet *p, const uint8_t *addr)
{
	char text[INET6_ADDRSTRLEN];

	return json_string(inet_ntop(p->version == 4 ? AF_INET : AF_INET6, addr,
	    text, sizeof(text)));
}

static json_t *
protocol(uint8_t proto)
{
	switch (proto) {
	case IPPROTO_ICMP:
		return json_string("ICMP");
	case IPPROTO_TCP:
		return json_string("TCP");
	case IPPROTO_UDP:
		return json_string("UDP");
	case IPPROTO_ICMPV6:
		return json_string("IPv6-ICMP");
	default:
		return json_sprintf("%03u", proto);
	}
}

static void
add_ends(json_t *j, const struct div_packet *p)
{
	int ports = p->sport != 0 || p->dport != 0;

	json_object_set_new(j, "src_ip", address(p, p->src));
	if (ports)
		json_object_set_new(j, "src_port", json_integer(p->sport));
	json_object_set_new(j, "dest_ip", address(p, p->dst));
	if (ports)
		json_object_set_new(j, "dest_port", json_integer(p->dport));
	json_object_set_new(j, "proto", protocol(p->proto));
}

static void
add_host(json_t *j, const struct div_hostname *h)
{
	json_t *o = json_object();
	char text[4 * ALERT_TEXT + 1];

	json_object_set_new(o, namings[h->by].key, json_string(h->host));
	if (h->path != NULL)
		json_object_set_new(o, "url",
		    json_string(alert_escape(h->path, h->pathlen, text)));
	json_object_set_new(j, namings[h->by].object, o);
}

/* RFC 4648, 4; text has room for four bytes of each three, and a NUL. */
static void
base64(const uint8_t *p, size_t len, char *text)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t v;
	size_t n;

	for (; len > 0; p += n, len -= n) {
		n = len < 3 ? len : 3;
		v = (uint32_t)p[0] << 16;
		v |= n > 1 ? (uint32_t)p[1] << 8 : 0;
		v |= n > 2 ? p[2] : 0;
		*text++ = digits[v >> 18];
		*text++ = digits[v >> 12 & 63];
		*text++ = n > 1 ? digits[v >> 6 & 63] : '=';
		*text++ = n > 2 ? digits[v & 63] : '=';
	}
	*text = '\0';
}

static void
add_payload(json_t *j, const struct div_packet *p)
{
	const uint8_t *data = p->data + p->payload;
	size_t len = p->len - p->payload, size = (len + 2) / 3 * 4 + 1, i;
	char *text;

	if ((text = malloc(size)) == NULL)
		return;
	base64(data, len, text);
	json_object_set_new(j, "payload", json_string(text));
	for (i = 0; i < len; i++)
		text[i] = (data[i] >= ' ' && data[i] <= '~') ||
			data[i] == '\r' || data[i] == '\n' ?
		    (char)data[i] :
		    '.';
	json_object_set_new(j, "payload_printable", json_stringn(text, len));
	free(text);
}

/* A line without the new line, to be freed; NULL when memory is short. */
char *
eve_line(const struct div_frame *f, const struct div_packet *p,
    const struct match *m, int payload)
{
	json_t *j = json_object();
	char *line;

	json_object_set_new(j, "timestamp", timestamp(f->time));
	json_object_set_new(j, "event_type", json_string("alert"));
	if (p != NULL)
		add_ends(j, p);
	json_object_set_new(j, "alert",
	    json_pack("{s:s,s:i,s:I,s:i,s:o,s:s,s:i}", "action", "allowed",
		"gid", 1, "signature_id", (json_int_t)m->line, "rev", 1,
		"signature", string(m->name, m->namelen), "category", "",
		"severity", SEVERITY));
	if (m->host != NULL)
		add_host(j, m->host);
	if (payload && p != NULL)
		add_payload(j, p);
	line = json_dumps(j, JSON_COMPACT);
	json_decref(j);
	return line;
}
