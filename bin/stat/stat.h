/* SPDX-License-Identifier: ISC */

/*
 * What is counted of packets: in total, by flow, and by whatever else; what
 * divstat(1) and divtop(1) share.
 */

#ifndef STAT_H
#define STAT_H

#include "divio.h"

struct count {
	uint64_t packets, bytes;
};

struct mean {
	uint64_t n, sum;
};

/*
 * A bounded hash table.  An item is followed by its key, and by whatever the
 * table's user keeps.  Each lies on one of the lists, the longest idle first.
 */
enum idle { IDLE_OVER, IDLE_SHORT, IDLE_LONG, NIDLES };

enum state { ITEM_VACANT, ITEM_USED, ITEM_DETACHED };

struct item {
	uint32_t chain, older, newer; /* indexes, 0 for none */
	uint32_t turn;                /* interval that now is of */
	uint32_t second;              /* when it became the newest, s */
	struct count all[2], now[2];  /* there, back */
	uint64_t first, last;         /* time, ns */
	uint8_t list;                 /* enum idle */
	uint8_t state;
};

struct table {
	uint8_t *arena;
	uint32_t *buckets;
	size_t stride, keylen;
	uint32_t max, made, items, vacant, mask;
	struct {
		uint32_t oldest, newest;
	} lists[NIDLES];
	uint64_t seed;
	uint64_t forgotten; /* items that had to go */
	void (*gone)(struct item *);
};

int table_init(struct table *, size_t, size_t, size_t);
struct item *table_get(struct table *, const void *, uint64_t);
struct item *table_next(const struct table *, const struct item *);
struct item *table_oldest(const struct table *, enum idle);
void table_list(struct table *, struct item *, enum idle);
void table_detach(struct table *, struct item *);
void table_forget(struct table *, struct item *);
void table_clear(struct table *);
size_t table_top(const struct table *, int (*)(const void *, const void *),
    const struct item **, size_t);

static inline const uint8_t *
item_key(const struct item *it)
{
	return (const uint8_t *)(it + 1);
}

/* A packet that is looked at. */
struct seen {
	const struct div_frame *f;
	struct div_packet p;
	int ip;        /* p is valid */
	uint64_t time; /* of the frame; of the one before if it has none */
	uint64_t len;  /* bytes that were on their way, from the IP header on */
};

/* What can be wrong with TCP. */
enum health {
	RETRANSMISSION,
	OUT_OF_ORDER,
	DUPLICATE_ACK,
	ZERO_WINDOW,
	RESET,
	NHEALTHS
};

/* What is first seen of an end of a flow, in the letters of Zeek's history. */
enum letter {
	LETTER_SYN,
	LETTER_SYNACK,
	LETTER_ACK,
	LETTER_DATA,
	LETTER_FIN,
	LETTER_RST,
	LETTER_WINDOW,
	LETTER_AGAIN,
	NLETTERS
};

/* What one end of a flow sends. */
struct half {
	uint64_t data;     /* bytes of payload, each counted once */
	uint64_t nexttime; /* when next last grew */
	uint64_t acktime;
	uint64_t timed; /* when what ends at timedseq went by; 0: nothing */
	struct mean rtt;
	uint32_t base;      /* number of its SYN */
	uint32_t next, ack; /* newest */
	uint32_t timedseq;
	uint16_t window;
	uint8_t dupacks;
	uint8_t known;   /* KNOWN_* */
	uint8_t last;    /* LAST_*: its last segment */
	uint8_t letters; /* mask of those that it has in the history */
};

struct flow {
	struct item item; /* there: from the originator */
	struct div_flow_key key;
	struct half half[2]; /* as in key */
	uint64_t syn;        /* time of the last one */
	uint64_t handshake;  /* ns from it to its end */
	uint64_t history;    /* four bits each: letter, and who */
	uint32_t health[NHEALTHS];
	uint8_t nhistory;
	uint8_t orig;    /* which end began */
	uint8_t flipped; /* the first packet was not the originator's */
	uint8_t over;
};

/* What a segment told. */
struct tcp_news {
	unsigned int health; /* mask */
	uint64_t handshake;  /* ns, or 0 */
	uint64_t rtt;        /* ns, or 0: of what the other end had sent */
};

enum row {
	TCP,
	UDP,
	ICMP,
	ICMP6,
	OTHER,
	IN,
	OUT,
	FORWARD,
	UNKNOWN,
	INJECTED,
	EDITED,
	DROPPED,
	TOTAL,
	NROWS
};

/* Sixteen steps to each power of two. */
#define NLATENCIES (16 * 61)

/* Made of uint64_t only. */
struct totals {
	struct count rows[NROWS];
	uint64_t health[NHEALTHS];
	struct mean handshake, rtt[2]; /* to the originator, from it */
	uint64_t latency[NLATENCIES];
};

#define NGROUPS 8
#define DNS_LEN 256
#define KEYLEN DNS_LEN /* of the longest key */
#define NAMELEN 1100

/* What to group by. */
struct key {
	const char *name;
	size_t len;
	int (*make)(uint8_t *, const struct seen *); /* 0: has none */
	void (*print)(char *, size_t, const uint8_t *);
};

struct group {
	const struct key *key;
	struct table table;
};

struct stats {
	struct totals all;
	uint64_t latency_max[2]; /* ns: ever, in this interval */
	uint64_t first, last;    /* time of frames, ns */
	uint64_t time;           /* of the newest packet */
	uint64_t clock;          /* time of day; 0: to be asked again */
	uint32_t turn;           /* number of the interval */
	int edits;               /* count them, by a digest of each packet */
	struct table flows;
	struct group groups[NGROUPS];
	size_t ngroups;
};

#define STATS_MEMORY 64     /* MiB, unless said otherwise */
#define STATS_MEMORY_MIN 16 /* MiB */

void stats_init(struct stats *, size_t, const struct key *const *, size_t);
uint64_t stats_time(const struct stats *, const struct div_frame *);
void stats_frame(struct stats *, const struct div_frame *);
void stats_turn(struct stats *);
void stats_clear(struct stats *);
void stats_since(struct totals *, const struct totals *, const struct totals *);
uint64_t stats_latency(const struct totals *, double);
double stats_seconds(const struct stats *);
const char *row_name(enum row);
enum row row_of_direction(const struct div_frame *);

extern const struct key key_flow;

const struct key *key_find(const char *);
const struct key *key_named(int, const char *); /* or exit */
void group_add(struct group *, const struct seen *, uint32_t);
void group_name(const struct key *, const struct item *, char *, size_t);
int key_dns(uint8_t *, const struct seen *);
void key_print_dns(char *, size_t, const uint8_t *);

struct flow *flow_add(struct stats *, const struct seen *);
void flow_expire(struct table *, uint64_t);
void flow_name(const struct flow *, char *, size_t);
void flow_letter(struct flow *, int, enum letter);
void tcp_add(struct flow *, int, const struct seen *, struct tcp_news *);
int tcp_reused(const struct flow *, int, const struct seen *);

void item_add(struct item *, int, uint64_t, uint64_t, uint32_t);
const struct count *item_now(const struct item *, uint32_t);

/* text */
void rate_format(char *, size_t, double);
void time_format(char *, size_t, uint64_t);
void address_format(char *, size_t, int, const uint8_t *);
void port_format(char *, size_t, int, const uint8_t *, uint16_t);
void proto_format(char *, size_t, uint8_t);

#endif /* STAT_H */
