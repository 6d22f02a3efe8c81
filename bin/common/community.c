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

#define SHA1_LEN 20
#define SHA1_ONE 55 /* bytes of a message of one block */

static uint32_t
rotate(uint32_t x, unsigned int n)
{
	return x << n | x >> (32 - n);
}

static uint32_t
sha1_round(int t, uint32_t b, uint32_t c, uint32_t d)
{
	if (t < 20)
		return ((b & c) | (~b & d)) + 0x5a827999;
	if (t < 40)
		return (b ^ c ^ d) + 0x6ed9eba1;
	if (t < 60)
		return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
	return (b ^ c ^ d) + 0xca62c1d6;
}

/* FIPS 180-4, 6.1, of a message that fits into one block. */
static void
sha1(uint8_t digest[SHA1_LEN], const uint8_t *msg, size_t len)
{
	static const uint32_t initial[5] = { 0x67452301, 0xefcdab89, 0x98badcfe,
		0x10325476, 0xc3d2e1f0 };
	uint32_t w[80], h[5], next;
	uint8_t block[64] = { 0 };
	int t;

	memcpy(block, msg, len);
	block[len] = 0x80;
	be16enc(block + 62, (uint16_t)(len * 8));
	for (t = 0; t < 16; t++)
		w[t] = be32dec(block + t * 4);
	for (; t < 80; t++)
		w[t] = rotate(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
	memcpy(h, initial, sizeof(h));
	for (t = 0; t < 80; t++) {
		next = rotate(h[0], 5) + sha1_round(t, h[1], h[2], h[3]) +
		    h[4] + w[t];
		h[4] = h[3];
		h[3] = h[2];
		h[2] = rotate(h[1], 30);
		h[1] = h[0];
		h[0] = next;
	}
	for (t = 0; t < 5; t++)
		be32enc(digest + t * 4, h[t] + initial[t]);
}

/* The ends of key in their order there, which is that of the standard. */
static void
hash(char text[COMMUNITY_IDLEN], const struct div_flow_key *key, int has_ports)
{
	size_t addrlen = key->version == 4 ? 4 : 16;
	uint8_t msg[SHA1_ONE] = { 0 }, digest[SHA1_LEN];
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
	sha1(digest, msg, (size_t)(p - msg));
	strlcpy(text, "1:", COMMUNITY_IDLEN);
	eve_base64(text + 2, digest, sizeof(digest));
}

/* -1 if the key lacks what belongs to the id: ports, or types of ICMP. */
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
	hash(text, key, has_ports);
	return 0;
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
	hash(text, &key, 1);
	return 0;
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
