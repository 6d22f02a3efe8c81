/* SPDX-License-Identifier: ISC */

/*
 * Statistics for divstat(1) and divtop(1).  stats_frame() counts each frame in
 * the totals, in its flow (flow.c, tcp.c), and in one group for each key
 * (key.c).  Tables are bounded (table.c); nothing is allocated for a packet.
 * Counters are kept since the start ("all") and for the current interval
 * ("now").
 */

#ifndef STAT_H
#define STAT_H

#include "divio.h"
#include "histogram.h"

struct count {
	uint64_t packets, bytes;
};

struct mean {
	uint64_t n, sum;
};

/* The lists of a table: how long an item may be idle. */
enum idle { IDLE_CLOSED, IDLE_SHORT, IDLE_LONG, NIDLES };

/* Followed by its key, and by more for a flow. */
struct item {
	uint32_t turn;               /* interval of now */
	uint32_t second;             /* when it became the newest, s */
	struct count all[2], now[2]; /* from and to the originator */
	uint64_t first, last;        /* time of packets, ns */
};

struct table {
	struct div_table *items;
	uint64_t forgotten;          /* items evicted */
	void (*gone)(struct item *); /* called before one is removed */
};

int table_init(struct table *, size_t, size_t, size_t);
struct item *table_get(struct table *, const void *, uint64_t);
void table_forget(struct table *, struct item *);
void table_clear(struct table *);
size_t table_top(const struct table *, int (*)(const void *, const void *),
    const struct item **, size_t);

static inline const uint8_t *
item_key(const struct item *it)
{
	return (const uint8_t *)(it + 1);
}

/* A packet that is being counted. */
struct stat_packet {
	const struct div_frame *f;
	struct div_packet p;
	int ip; /* p is valid */
	uint64_t
	    time;     /* ns, of the frame, or of the last one that had a time */
	uint64_t len; /* bytes from the IP header on, before truncation */
};

/* Events of TCP, as Wireshark's tcp.analysis. */
enum health {
	RETRANSMISSION,
	OUT_OF_ORDER,
	DUPLICATE_ACK,
	ZERO_WINDOW,
	RESET,
	NHEALTHS
};

/* Zeek's history of a connection: the first event of each kind of each end. */
enum letter {
	LETTER_SYN,
	LETTER_SYNACK,
	LETTER_ACK,
	LETTER_DATA,
	LETTER_FIN,
	LETTER_RST,
	LETTER_WINDOW,
	LETTER_RETRANSMISSION,
	NLETTERS
};

/* A half-connection, or half-flow; names as in Wireshark's packet-tcp.c. */
struct stat_half {
	uint64_t data; /* bytes of payload, retransmissions not counted */
	uint64_t nextseqtime; /* ns, when nextseq last grew */
	uint64_t lastacktime; /* ns */
	uint64_t rtt_start;   /* ns, of the timed segment; 0: none is timed */
	struct mean rtt;      /* ns */
	uint32_t base_seq;    /* of its SYN, or the first one seen */
	uint32_t nextseq;     /* highest sequence number and length */
	uint32_t lastack;
	uint32_t rtt_seq; /* the timed segment ends here */
	uint16_t window;  /* not scaled */
	uint8_t dupacknum;
	uint8_t has;       /* HAS_*: valid fields */
	uint8_t last_kind; /* LAST_*: of its last segment */
	uint8_t letters;   /* mask of enum letter */
};

struct stat_flow {
	struct item item; /* first, for casts */
	struct div_flow_key key;
	struct stat_half half[2]; /* as in key */
	uint64_t syn;             /* ns, time of the last one */
	uint64_t handshake;       /* ns from it to the ACK of the SYN-ACK */
	uint64_t history;         /* four bits each: letter and end */
	uint32_t health[NHEALTHS];
	uint8_t nhistory;
	uint8_t orig;               /* index of the originator */
	uint8_t flipped;            /* the first packet was the responder's */
	uint8_t closed;             /* by FINs or RST */
	char ifname[DIV_IFNAMELEN]; /* of the first packet */
};

/* What was learned from a segment. */
struct stat_tcp_event {
	unsigned int health; /* mask */
	uint64_t handshake;  /* ns, or 0 */
	uint64_t rtt;        /* ns, or 0: of a segment that it acknowledges */
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

#define LATENCY_BITS 4
#define RTT_BITS 1
#define NRTTS HISTOGRAM_BUCKETS(RTT_BITS)
#define NLATENCIES HISTOGRAM_BUCKETS(LATENCY_BITS)

/* Members are uint64_t only, for stats_since(). */
struct totals {
	struct count rows[NROWS];
	uint64_t health[NHEALTHS];
	struct mean handshake, rtt[2]; /* to responder, to originator */
	uint64_t rtts[2][NRTTS];
	uint64_t latency[NLATENCIES], latency_sum;
};

#define NGROUPS 16
#define DNS_LEN 256
#define NAME_LEN 512
#define KEYLEN NAME_LEN /* of the longest key */
#define NAMELEN 1100

/* A way to group packets: the bytes that make the key, and its name. */
struct key {
	const char *name;
	size_t len;
	int (*make)(uint8_t *, const struct stat_packet *); /* 0: no key */
	void (*print)(char *, size_t, const uint8_t *);
	void (*init)(void); /* before the sandbox is entered; or NULL */
};

struct group {
	const struct key *key;
	struct table table;
	size_t share; /* bytes that it may use */
};

struct stats {
	struct totals all;
	uint64_t latency_max[2]; /* ns: since the start, in the interval */
	uint64_t first, last;    /* time of frames, ns */
	uint64_t time;           /* of the last packet */
	uint64_t clock;          /* ns, CLOCK_REALTIME; 0: read it again */
	uint32_t turn;           /* number of the interval */
	int edits;               /* count edited packets, by their digest */
	struct table flows;
	struct group groups[NGROUPS];
	size_t ngroups;
};

#define STATS_MEMORY 64     /* MiB, the default of -M */
#define STATS_MEMORY_MIN 16 /* MiB */

void stats_init(struct stats *, size_t, const struct key *const *, size_t);
uint64_t stats_time(const struct stats *, const struct div_frame *);
uint64_t stats_length(const struct div_frame *);
void stats_frame(struct stats *, const struct div_frame *);
void group_change(struct group *, const struct key *);
void stats_turn(struct stats *);
void stats_clear(struct stats *);
void stats_since(struct totals *, const struct totals *, const struct totals *);
uint64_t stats_latency(const struct totals *, double);
double stats_seconds(const struct stats *);
const char *row_name(enum row);
enum row row_of_direction(const struct div_frame *);

extern const struct key key_flow;

const struct key *key_at(size_t); /* NULL behind the last */
const struct key *key_find(const char *);
const struct key *key_parse(int, const char *); /* or exit */
void group_add(struct group *, const struct stat_packet *, uint32_t);
void group_name(const struct key *, const struct item *, char *, size_t);
int key_dns(uint8_t *, const struct stat_packet *);
void key_print_dns(char *, size_t, const uint8_t *);
void key_print_if(char *, size_t, const uint8_t *);
void key_host_init(void);
int key_host(uint8_t *, const struct stat_packet *);
void key_print_host(char *, size_t, const uint8_t *);

struct stat_flow *flow_add(struct stats *, const struct stat_packet *);
void flow_expire(struct table *, uint64_t);
void flow_name(const struct stat_flow *, char *, size_t);
void flow_letter(struct stat_flow *, int, enum letter);
void stat_tcp_add(struct stat_flow *, int, const struct stat_packet *,
    struct stat_tcp_event *);
int stat_tcp_reused(const struct stat_flow *, int, const struct stat_packet *);

void item_add(struct item *, int, uint64_t, uint64_t, uint32_t);
const struct count *item_now(const struct item *, uint32_t);

/* frame_clock.c */
/* ns: when the time of frames steps back by more, intervals restart */
#define STEP_BACK UINT64_C(10000000000)
uint64_t frame_clock_start(void);
void frame_clock_seen(void);
uint64_t frame_clock_now(const struct stats *);

/* format.c */
void rate_format(char *, size_t, double);
void number_format(char *, size_t, double, const char *);
double round_number(double);
void time_format(char *, size_t, uint64_t);
/* Of this IP version: the name to show instead, or NULL; none without this. */
extern const char *(*address_name)(int, const uint8_t *);
void address_format(char *, size_t, int, const uint8_t *);
void port_format(char *, size_t, int, const uint8_t *, uint16_t);
void proto_format(char *, size_t, uint8_t);

#endif /* STAT_H */
