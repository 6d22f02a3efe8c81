/* SPDX-License-Identifier: ISC */

/*
 * Community ID, version 1, by which Zeek, Suricata and Wireshark name the same
 * flow: the SHA-1 of its addresses, protocol and ports, in base64.  The seed is 0.
 */

#include <sys/types.h>
#include <sys/endian.h>
#include <netinet/in.h>

#include <string.h>

#include "eve.h"

#define MESSAGE_LEN (2 + 16 + 16 + 2 + 2 + 2)

/* The ends of key in their order there, which is that of the standard. */
static int
hash(char text[COMMUNITY_IDLEN], const struct div_flow_key *key, int has_ports)
{
	size_t addrlen = key->version == 4 ? 4 : 16;
	uint8_t msg[MESSAGE_LEN] = { 0 }, digest[SHA1_LEN];
	uint8_t *p = msg + sizeof(uint16_t); /* behind the seed */

	memcpy(p, key->addr[0], addrlen);
	memcpy(p + addrlen, key->addr[1], addrlen);
	p += 2 * addrlen;
	*p = key->proto;
	p += 2;
	if (has_ports) {
		be16enc(p, key->port[0]);
		be16enc(p + 2, key->port[1]);
		p += 4;
	}
	if (sha1(digest, msg, (size_t)(p - msg)) == -1)
		return -1;
	strlcpy(text, "1:", COMMUNITY_IDLEN);
	eve_base64(text + 2, digest, sizeof(digest));
	return 0;
}

/* -1 if the key lacks what belongs to the id, ports or types of ICMP; or SHA-1. */
int
community_of_flow(char text[COMMUNITY_IDLEN], const struct div_flow_key *key)
{
	int has_ports = key->port[0] != 0 || key->port[1] != 0;

	switch (key->proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
		if (!has_ports)
			return -1;
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
	case 132: /* SCTP */
		return -1;
	}
	return hash(text, key, has_ports);
}

/* Types of ICMP that ask and answer: each is the other's port. */
static const struct {
	uint8_t proto, type[2];
} dialogues[] = {
	{ IPPROTO_ICMP, { 8, 0 } },       /* echo */
	{ IPPROTO_ICMP, { 10, 9 } },      /* router */
	{ IPPROTO_ICMP, { 13, 14 } },     /* timestamp */
	{ IPPROTO_ICMP, { 15, 16 } },     /* information */
	{ IPPROTO_ICMP, { 17, 18 } },     /* mask */
	{ IPPROTO_ICMPV6, { 128, 129 } }, /* echo */
	{ IPPROTO_ICMPV6, { 130, 131 } }, /* multicast listener */
	{ IPPROTO_ICMPV6, { 133, 134 } }, /* router */
	{ IPPROTO_ICMPV6, { 135, 136 } }, /* neighbour */
	{ IPPROTO_ICMPV6, { 139, 140 } }, /* node information */
	{ IPPROTO_ICMPV6, { 144, 145 } }, /* home agent */
};

/* The type that goes the other way, or -1. */
static int
opposite(uint8_t proto, uint8_t type)
{
	size_t i;

	for (i = 0; i < sizeof(dialogues) / sizeof(dialogues[0]); i++)
		if (dialogues[i].proto == proto &&
		    (type == dialogues[i].type[0] ||
			type == dialogues[i].type[1]))
			return dialogues[i].type[type == dialogues[i].type[0]];
	return -1;
}

static int
community_of_icmp(char text[COMMUNITY_IDLEN], const struct div_packet *p)
{
	struct div_packet with_ports = *p;
	struct div_flow_key key;
	int other;

	if (p->fragment == DIV_LATER || p->len < p->l4 + 2)
		return -1;
	other = opposite(p->proto, p->data[p->l4]);
	with_ports.sport = p->data[p->l4];
	with_ports.dport = p->data[p->l4 + 1];
	if (other != -1)
		with_ports.dport = (uint16_t)other;
	div_flow_key(&key, &with_ports);
	if (other == -1) { /* what goes one way is not put into order */
		memcpy(key.addr[0], p->src, p->addrlen);
		memcpy(key.addr[1], p->dst, p->addrlen);
		key.port[0] = with_ports.sport;
		key.port[1] = with_ports.dport;
	}
	return hash(text, &key, 1);
}

int
community_of_packet(char text[COMMUNITY_IDLEN], const struct div_packet *p)
{
	struct div_flow_key key;

	if (p->proto == IPPROTO_ICMP || p->proto == IPPROTO_ICMPV6)
		return community_of_icmp(text, p);
	div_flow_key(&key, p);
	return community_of_flow(text, &key);
}
