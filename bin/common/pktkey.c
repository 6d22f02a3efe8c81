/* SPDX-License-Identifier: ISC */

/* -k: packets by source, destination, flow or port. */

#include <err.h>
#include <string.h>

#include <xxhash.h>

#include "pktkey.h"
#include "tool.h"

/* fields that make a key */
#define SRC 1
#define DST 2
#define SPORT 4
#define DPORT 8
#define PROTO 16

static const struct {
	const char *name;
	int fields;
} keys[] = {
	{ "src", SRC },
	{ "dst", DST },
	{ "flow", PKTKEY_FLOW },
	{ "port", DPORT | PROTO },
};

#define NKEYS (sizeof(keys) / sizeof(keys[0]))

_Static_assert(PKTKEY_FLOW == (SRC | DST | SPORT | DPORT | PROTO),
    "a direction of a flow");

/* The fields of a key, or exits. */
int
pktkey_parse(int letter, const char *arg)
{
	size_t i;

	for (i = 0; i < NKEYS; i++)
		if (strcmp(arg, keys[i].name) == 0)
			return keys[i].fields;
	errx(TOOL_USAGE, "-%c %s: expected src, dst, flow or port", letter,
	    arg);
}

/* The key of a packet; 0 if there are no fields, or no IP headers. */
uint64_t
pktkey_hash(int fields, const struct div_frame *f, uint64_t seed)
{
	struct {
		uint8_t src[16], dst[16];
		uint16_t sport, dport;
		uint8_t version, proto;
	} key;
	struct div_packet p;

	memset(&key, 0, sizeof(key));
	if (fields == 0 || div_packet_parse(&p, f->packet, f->caplen) == -1)
		return 0;
	if (fields & SRC)
		memcpy(key.src, p.src, p.addrlen);
	if (fields & DST)
		memcpy(key.dst, p.dst, p.addrlen);
	if (fields & (SRC | DST))
		key.version = p.version;
	if (fields & SPORT)
		key.sport = p.sport;
	if (fields & DPORT)
		key.dport = p.dport;
	if (fields & PROTO)
		key.proto = p.proto;
	return XXH3_64bits_withSeed(&key, sizeof(key), seed);
}
