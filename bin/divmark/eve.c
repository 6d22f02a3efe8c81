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

#include "divmark.h"
#include "eve.h"
#include "tool.h"

#define SEVERITY 3 /* Suricata's default */

/* The object of EVE for app_proto, and its key for the host name. */
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
address(const struct div_packet *p, const uint8_t *addr)
{
	char text[INET6_ADDRSTRLEN];

	return json_string(inet_ntop(p->version == 4 ? AF_INET : AF_INET6, addr,
	    text, sizeof(text)));
}

static void
add_icmp(json_t *j, const uint8_t *icmp)
{
	json_object_set_new(j, "icmp_type", json_integer(icmp[0]));
	json_object_set_new(j, "icmp_code", json_integer(icmp[1]));
}

static void
add_ends(json_t *j, const struct div_packet *p)
{
	int ports = p->sport != 0 || p->dport != 0;
	char proto[EVE_PROTOLEN];

	json_object_set_new(j, "src_ip", address(p, p->src));
	if (ports)
		json_object_set_new(j, "src_port", json_integer(p->sport));
	json_object_set_new(j, "dest_ip", address(p, p->dst));
	if (ports)
		json_object_set_new(j, "dest_port", json_integer(p->dport));
	eve_proto(proto, p->proto);
	json_object_set_new(j, "proto", json_string(proto));
	if ((p->proto == IPPROTO_ICMP || p->proto == IPPROTO_ICMPV6) &&
	    p->fragment != DIV_LATER && p->len >= p->l4 + 2)
		add_icmp(j, p->data + p->l4);
}

/*
 * Who is the server is told by the ports: its port is the lesser one.  Nothing is
 * kept of flows.
 */
static void
add_flow(json_t *j, const struct div_packet *p)
{
	struct div_flow_key key;
	char id[COMMUNITY_IDLEN];

	div_flow_key(&key, p);
	json_object_set_new(j, "flow_id",
	    json_integer((json_int_t)eve_flow_id(&key)));
	if (community_of_packet(id, p) == 0)
		json_object_set_new(j, "community_id", json_string(id));
	if (p->sport != p->dport)
		json_object_set_new(j, "direction",
		    json_string(
			p->dport < p->sport ? "to_server" : "to_client"));
}

/* The name is any bytes. */
static void
add_interface(json_t *j, const struct div_frame *f)
{
	if (f->ifname[0] != '\0')
		json_object_set_new(j, "in_iface",
		    string((const char *)f->ifname,
			strnlen((const char *)f->ifname, DIV_IFNAMELEN)));
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
	json_object_set_new(j, "app_proto", json_string(namings[h->by].object));
	json_object_set_new(j, namings[h->by].object, o);
}

static void
add_payload(json_t *j, const struct div_packet *p)
{
	const uint8_t *data = p->data + p->payload;
	size_t len = p->len - p->payload, size = (len + 2) / 3 * 4 + 1, i;
	char *text;

	if ((text = malloc(size)) == NULL)
		return;
	eve_base64(text, data, len);
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
	char time[EVE_TIMELEN], *line;

	eve_time(time, f->time);
	json_object_set_new(j, "timestamp", json_string(time));
	add_interface(j, f);
	json_object_set_new(j, "event_type", json_string("alert"));
	if (p != NULL) {
		add_ends(j, p);
		add_flow(j, p);
	}
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
