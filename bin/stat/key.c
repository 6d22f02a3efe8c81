/* SPDX-License-Identifier: ISC */

/*
 * Keys that packets are grouped by: make() takes the bytes of the key from a
 * packet, print() makes its name.  A new key is a line in the table.
 */

#include <sys/types.h>
#include <sys/endian.h>
#include <netinet/in.h>

#include <err.h>
#include <stdio.h>
#include <string.h>

#include "stat.h"
#include "tool.h"

#define ADDRLEN 17 /* version and address */

static void
put_address(uint8_t *k, const struct div_packet *p, const uint8_t *addr)
{
	k[0] = p->version;
	memcpy(k + 1, addr, p->addrlen);
}

static int
make_src(uint8_t *k, const struct stat_packet *s)
{
	if (s->ip)
		put_address(k, &s->p, s->p.src);
	return s->ip;
}

static int
make_dst(uint8_t *k, const struct stat_packet *s)
{
	if (s->ip)
		put_address(k, &s->p, s->p.dst);
	return s->ip;
}

static int
make_pair(uint8_t *k, const struct stat_packet *s)
{
	int swap;

	if (!s->ip)
		return 0;
	swap = memcmp(s->p.src, s->p.dst, s->p.addrlen) > 0;
	put_address(k + swap * ADDRLEN, &s->p, s->p.src);
	put_address(k + !swap * ADDRLEN, &s->p, s->p.dst);
	return 1;
}

static void
print_address(char *buf, size_t size, const uint8_t *k)
{
	address_format(buf, size, k[0], k + 1);
}

static void
print_pair(char *buf, size_t size, const uint8_t *k)
{
	char a[64], b[64];

	print_address(a, sizeof(a), k);
	print_address(b, sizeof(b), k + ADDRLEN);
	snprintf(buf, size, "%s %s", a, b);
}

/* The lower port is mostly that of the service. */
static int
make_port(uint8_t *k, const struct stat_packet *s)
{
	if (!s->ip || (s->p.sport == 0 && s->p.dport == 0))
		return 0;
	k[0] = s->p.proto;
	be16enc(k + 1, s->p.sport < s->p.dport ? s->p.sport : s->p.dport);
	return 1;
}

static void
print_port(char *buf, size_t size, const uint8_t *k)
{
	char proto[16];

	proto_format(proto, sizeof(proto), k[0]);
	snprintf(buf, size, "%s/%u", proto, be16dec(k + 1));
}

static int
make_proto(uint8_t *k, const struct stat_packet *s)
{
	k[0] = s->p.proto;
	return s->ip;
}

static void
print_proto(char *buf, size_t size, const uint8_t *k)
{
	proto_format(buf, size, k[0]);
}

/* Ranges that double: below 20 bytes, below 40, below 80. */
static int
make_size(uint8_t *k, const struct stat_packet *s)
{
	uint64_t len = s->len / 20;

	for (k[0] = 0; len != 0; len /= 2)
		k[0]++;
	return 1;
}

static void
print_size(char *buf, size_t size, const uint8_t *k)
{
	unsigned long long top = 20ULL << k[0];

	snprintf(buf, size, "%llu-%llu", k[0] == 0 ? 0 : top / 2, top - 1);
}

static int
make_ttl(uint8_t *k, const struct stat_packet *s)
{
	if (s->ip)
		k[0] = s->p.data[s->p.version == 4 ? 8 : 7];
	return s->ip;
}

static int
make_dscp(uint8_t *k, const struct stat_packet *s)
{
	if (s->ip)
		k[0] = s->p.version == 4 ? s->p.data[1] >> 2 :
					   be16dec(s->p.data) >> 6 & 0x3f;
	return s->ip;
}

static void
print_byte(char *buf, size_t size, const uint8_t *k)
{
	snprintf(buf, size, "%u", k[0]);
}

static int
make_flags(uint8_t *k, const struct stat_packet *s)
{
	if (!s->ip || s->p.proto != IPPROTO_TCP || s->p.truncated ||
	    s->p.fragment == DIV_LATER)
		return 0;
	k[0] = s->p.data[s->p.l4 + 13];
	return 1;
}

/* The letters of tcpdump(8), but A for ACK; in the order of their bits. */
static void
print_flags(char *buf, size_t size, const uint8_t *k)
{
	static const char letters[] = "FSRPAUEW";
	char text[sizeof(letters)] = "none";
	int bit, n = 0;

	for (bit = 0; bit < 8; bit++)
		if (k[0] >> bit & 1) {
			text[n++] = letters[bit];
			text[n] = '\0';
		}
	snprintf(buf, size, "%s", text);
}

static int
make_dir(uint8_t *k, const struct stat_packet *s)
{
	k[0] = (uint8_t)row_of_direction(s->f);
	return 1;
}

static void
print_dir(char *buf, size_t size, const uint8_t *k)
{
	snprintf(buf, size, "%s", row_name((enum row)k[0]));
}

static int
make_if(uint8_t *k, const struct stat_packet *s)
{
	memcpy(k, s->f->ifname, DIV_IFNAMELEN);
	return k[0] != '\0';
}

void
key_print_if(char *buf, size_t size, const uint8_t *k)
{
	size_t i;

	for (i = 0; i < DIV_IFNAMELEN && i + 1 < size && k[i] != '\0'; i++)
		buf[i] = k[i] > ' ' && k[i] < 0x7f ? (char)k[i] : '?';
	buf[i] = '\0';
}

static int
make_mark(uint8_t *k, const struct stat_packet *s)
{
	be32enc(k, s->f->mark);
	return 1;
}

static int
make_tag(uint8_t *k, const struct stat_packet *s)
{
	be32enc(k, s->f->tag);
	return 1;
}

static void
print_word(char *buf, size_t size, const uint8_t *k)
{
	snprintf(buf, size, "%u", be32dec(k));
}

/* Flows have their own table. */
const struct key key_flow = { "flow", 0, NULL, NULL, NULL };

static const struct key keys[] = {
	{ "src", ADDRLEN, make_src, print_address, NULL },
	{ "dst", ADDRLEN, make_dst, print_address, NULL },
	{ "pair", 2 * ADDRLEN, make_pair, print_pair, NULL },
	{ "port", 3, make_port, print_port, NULL },
	{ "proto", 1, make_proto, print_proto, NULL },
	{ "size", 1, make_size, print_size, NULL },
	{ "ttl", 1, make_ttl, print_byte, NULL },
	{ "dscp", 1, make_dscp, print_byte, NULL },
	{ "flags", 1, make_flags, print_flags, NULL },
	{ "dir", 1, make_dir, print_dir, NULL },
	{ "if", DIV_IFNAMELEN, make_if, key_print_if, NULL },
	{ "mark", 4, make_mark, print_word, NULL },
	{ "tag", 4, make_tag, print_word, NULL },
	{ "dns", DNS_LEN, key_dns, key_print_dns, NULL },
	{ "name", NAME_LEN, key_host, key_print_host, key_host_init },
};

#define NKEYS (sizeof(keys) / sizeof(keys[0]))

_Static_assert(NKEYS <= NGROUPS, "each may be listed");

const struct key *
key_at(size_t i)
{
	if (i == 0)
		return &key_flow;
	return i <= NKEYS ? &keys[i - 1] : NULL;
}

const struct key *
key_find(const char *name)
{
	const struct key *key;
	size_t i;

	for (i = 0; (key = key_at(i)) != NULL; i++)
		if (strcmp(name, key->name) == 0)
			return key;
	return NULL;
}

/* The argument of an option. */
const struct key *
key_parse(int letter, const char *name)
{
	const struct key *key = key_find(name);
	char names[256];
	size_t i;

	if (key != NULL)
		return key;
	strlcpy(names, key_flow.name, sizeof(names));
	for (i = 0; i < NKEYS; i++) {
		strlcat(names, ", ", sizeof(names));
		strlcat(names, keys[i].name, sizeof(names));
	}
	errx(TOOL_USAGE, "-%c %s: no such key; there are %s", letter, name,
	    names);
}

/* The first byte of an item's key is 0 for packets that have no key. */
void
group_add(struct group *g, const struct stat_packet *s, uint32_t turn)
{
	uint8_t key[1 + KEYLEN];

	memset(key, 0, g->key->len + 1);
	key[0] = (uint8_t)g->key->make(key + 1, s);
	if (!key[0])
		memset(key, 0, g->key->len + 1);
	item_add(table_get(&g->table, key, s->time), 0, s->len, s->time, turn);
}

#define NO_KEY "-"

void
group_name(const struct key *key, const struct item *it, char *buf, size_t size)
{
	const uint8_t *k = item_key(it);

	if (key == &key_flow)
		flow_name((const struct stat_flow *)it, buf, size);
	else if (k[0]) {
		key->print(buf, size, k + 1);
		if (strcmp(buf, NO_KEY) == 0) /* a host may have that name */
			strlcpy(buf, "\\045", size);
	} else
		strlcpy(buf, NO_KEY, size);
}
