/* SPDX-License-Identifier: ISC */

/*
 * Frames, packets and divert ports: libdivio(3) describes each function, divio(5)
 * the formats, divio(7) the terms.
 */

#ifndef DIVIO_H
#define DIVIO_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define DIV_VERSION "0.1"

#define DIV_HDRLEN 80               /* bytes of a header without opaque part */
#define DIV_HDRMAX 256              /* bytes of a header with opaque part */
#define DIV_PACKETMAX (1024 * 1024) /* bytes of a packet in a frame */
#define DIV_IFNAMELEN 16
#define DIV_ERRLEN 256
#define DIV_MARK 0x44495646               /* default mark of injected packets */
#define DIV_ALL UINT64_MAX                /* id: all pending packets */
#define DIV_HOLDMAX UINT64_C(60000000000) /* ns that filters hold a packet */

enum div_type {
	DIV_PACKET = 1, /* a diverted packet */
	DIV_DROP = 2,   /* verdict: drop */
	DIV_INJECT = 3, /* a new packet */
	DIV_PASS = 4,   /* verdict: pass as diverted */
	DIV_HOLD = 5    /* filters hold packets for up to its time */
};

enum div_dir { DIV_UNKNOWN, DIV_IN, DIV_OUT, DIV_FORWARD };

#define DIV_F_NOCSUM 1    /* checksum not filled in yet */
#define DIV_F_GSO 2       /* super-packet */
#define DIV_F_TRUNC 4     /* truncated when captured */
#define DIV_F_NEXT 8      /* new TCP data, the sink sets its number */
#define DIV_F_BADSUM 16   /* damaged: a checksum is wrong */
#define DIV_F_KEEPSUM 32  /* damaged by a filter, and to stay so */
#define DIV_F_DISORDER 64 /* hold record: a filter changes the order */
#define DIV_F_DONE 128    /* its flow need not come: see tag */

struct div_frame {
	uint8_t type;     /* enum div_type */
	uint8_t dir;      /* enum div_dir */
	uint8_t flags;    /* DIV_F_* */
	uint16_t hdrlen;  /* bytes, opaque part included */
	uint32_t caplen;  /* bytes of packet */
	uint32_t origlen; /* bytes of the packet when diverted */
	uint64_t time;    /* ns since the epoch of Unix */
	uint64_t id;      /* unique in port and epoch; 0: injected */
	uint64_t digest; /* of the packet as diverted; 0: unknown; DIV_EDITED */
	uint64_t epoch;  /* the reader's random number */
	uint32_t mark;
	uint32_t ifindex;
	uint16_t port; /* divert port or queue number */
	uint32_t tag;  /* the firewall's rule, or 0; DIV_F_DONE: a pipe's id */
	char ifname[DIV_IFNAMELEN]; /* NUL padded */
	const uint8_t *opaque;      /* hdrlen - DIV_HDRLEN bytes */
	uint8_t *packet;            /* caplen bytes from the IP header on */
	uint8_t *wire;              /* the frame as read, or NULL */
	uint32_t slot;              /* where packet lies, read-only; or 0 */
};

/* ns of a clock, clock_gettime(2) */
uint64_t div_clock(clockid_t);

/* frames */
int div_frame_decode(struct div_frame *, uint8_t *, size_t);
size_t div_frame_encode(const struct div_frame *, uint8_t *);
uint64_t div_frame_digest(const struct div_frame *);
int div_frame_edited(const struct div_frame *);
#define DIV_EDITED 1 /* a digest: of a packet that was edited */
void div_frame_replace(struct div_frame *, uint8_t *, uint32_t);
void div_frame_detach(struct div_frame *);
void div_frame_own(struct div_frame *, uint8_t *);

#define DIV_ANYPIPE UINT32_MAX /* a tag: whoever passed the frame agreed */
uint32_t div_pipe_id(int);

/* packets */
struct div_packet {
	const uint8_t *data;
	size_t len;               /* captured bytes */
	uint8_t version;          /* 4 or 6 */
	uint8_t proto;            /* of the last header understood */
	uint8_t fragment;         /* enum div_fragment */
	uint8_t truncated;        /* the headers are cut */
	size_t l4;                /* offset of proto's header or data */
	size_t payload;           /* offset of the transport's payload */
	const uint8_t *src, *dst; /* addrlen bytes each */
	size_t addrlen;           /* 4 or 16 */
	uint16_t sport, dport;    /* host order; 0 unless TCP or UDP */
};

enum div_fragment { DIV_WHOLE, DIV_FIRST, DIV_LATER };

int div_packet_parse(struct div_packet *, const uint8_t *, size_t);

/* the key of both directions of a flow */
struct div_flow_key {
	uint8_t addr[2][16]; /* of the ends, the lesser first */
	uint16_t port[2];    /* host order */
	uint8_t version, proto;
	uint8_t zero[2];
};

int div_flow_key(struct div_flow_key *, const struct div_packet *);

/*
 * Bounded hash tables, of flows or of other keys.  An item begins zeroed but for
 * its key, and lies in one of the lists: the longest untouched is the oldest.
 */
#define DIV_TABLE_LISTS 255   /* at most */
#define DIV_TABLE_OVERHEAD 28 /* bytes that an item takes beside its own */

struct div_table_options {
	size_t size;        /* bytes of an item */
	size_t key, keylen; /* offset in it, and bytes */
	size_t max;         /* items */
	unsigned int lists; /* 0: 1 */
};

struct div_table;
struct div_table *div_table_new(const struct div_table_options *);
void *div_table_get(struct div_table *, const void *);
void *div_table_find(const struct div_table *, const void *);
void *div_table_add(struct div_table *, const void *);
void div_table_touch(struct div_table *, void *);
void div_table_move(struct div_table *, void *, unsigned int);
void *div_table_oldest(const struct div_table *, unsigned int);
void *div_table_next(const struct div_table *, const void *);
void div_table_detach(struct div_table *, void *);
void div_table_remove(struct div_table *, void *);
size_t div_table_count(const struct div_table *);
size_t div_table_length(const struct div_table *, unsigned int);
void div_table_free(struct div_table *);

/* reasons why a sink refuses a frame or an edit; texts: div_reason() */
enum div_reason {
	DIV_OK,
	DIV_REFUSE_MALFORMED,    /* not IP, or headers cut or too long */
	DIV_REFUSE_FRAGMENT,     /* fragments are not edited */
	DIV_REFUSE_TRUNCATED,    /* truncated packets are not edited */
	DIV_REFUSE_DAMAGED,      /* nor those with a wrong checksum */
	DIV_REFUSE_REASSEMBLY,   /* fragments overlap, or some are missing */
	DIV_REFUSE_PROTOCOL,     /* the protocol's checksum is unknown */
	DIV_REFUSE_TCPLEN,       /* TCP length: one direction was not seen */
	DIV_REFUSE_SYN,          /* data inserted into a SYN */
	DIV_REFUSE_CLOSED,       /* TCP length behind a FIN, or of an RST */
	DIV_REFUSE_SIGNED,       /* TCP-MD5 or TCP-AO */
	DIV_REFUSE_MPTCP,        /* Multipath TCP, handshake not seen */
	DIV_REFUSE_CRYPT,        /* tcpcrypt */
	DIV_REFUSE_UNACCEPTABLE, /* the receiver would not accept it */
	DIV_REFUSE_MEMORY,       /* no memory for a TCP connection */
	DIV_REFUSE_PASSED,       /* TCP data was sent unedited before */
	DIV_REFUSE_MTU,          /* IPv6 datagram grew over the MTU */
	DIV_REFUSE_TOOLONG,      /* longer than an IP packet can be */
	DIV_REFUSE_NEXT,         /* DIV_F_NEXT without a TCP connection */
	DIV_STALE,               /* another epoch or port */
	DIV_NOPACKET,            /* no packet has this id */
	DIV_LATE,                /* the packet has a verdict already */
	DIV_EXPIRED,             /* it was missing for too long */
	DIV_GONE,                /* pass as diverted, without the packet */
	DIV_NOTSENT,             /* the kernel refused it */
	DIV_NREASONS
};

const char *div_reason(enum div_reason);
enum div_reason div_editable(const struct div_frame *, struct div_packet *);
enum div_reason div_repair(uint8_t *, size_t);
enum div_reason div_repair_new(uint8_t *, size_t);

/* header fields by name, and the mark: "ttl=64" */
struct div_field {
	uint8_t field;    /* index in the library's table */
	uint8_t frame;    /* in the frame's header, not the packet's */
	uint8_t addrlen;  /* 4 or 16 for an address, else 0 */
	uint8_t addr[16]; /* addrlen bytes */
	uint32_t value;   /* of other fields */
	uint32_t mask;    /* bits of the mark that it sets */
};

int div_field_parse(const char *, struct div_field *, char[DIV_ERRLEN]);
int div_field_differs(const struct div_field *, const struct div_frame *);
void div_field_set(const struct div_field *, struct div_frame *);

/* RST, ICMP and DNS errors to the ends of a dropped packet */
#define DIV_REJECTMAX 2    /* packets */
#define DIV_REJECTLEN 1280 /* bytes of them all */
int div_reject(const struct div_frame *, struct div_frame[DIV_REJECTMAX],
    uint8_t[DIV_REJECTLEN]);

/* streams */
enum div_format {
	DIV_FMT_AUTO,
	DIV_FMT_FRAME,
	DIV_FMT_PCAP,
	DIV_FMT_TEXT,
	DIV_FMT_HEX,
	DIV_FMT_JSON,
	DIV_FMT_PCAPNG,
	DIV_FMT_SHORT, /* for output only, as the next */
	DIV_FMT_COLOUR,
	DIV_NFORMATS
};

/* the columns id to dst of the text format, with their NUL */
#define DIV_COLUMNSLEN 256
size_t div_frame_columns(const struct div_frame *, char[DIV_COLUMNSLEN]);

int div_format_parse(const char *, enum div_format *);

struct div_reader;
struct div_reader *div_reader_new(int, const char *, enum div_format);
void div_reader_on_reuse(struct div_reader *, int (*)(void *), void *);
int div_reader_next(struct div_reader *, struct div_frame *);
const char *div_reader_error(const struct div_reader *);
uint64_t div_reader_skipped(const struct div_reader *);
void div_reader_free(struct div_reader *);

struct div_writer;
struct div_writer *div_writer_new(int, enum div_format);
int div_writer_put(struct div_writer *, const struct div_frame *);
int div_writer_drop(struct div_writer *, const struct div_frame *);
int div_writer_hold(struct div_writer *, const struct div_frame *, uint64_t,
    uint8_t);
int div_writer_flush(struct div_writer *);
uint64_t div_writer_clamped(const struct div_writer *);
void div_writer_free(struct div_writer *);

/* frames by reference: memory that a port shares with its pipeline */
#define DIV_SLOT_SIZE (68 * 1024) /* bytes of the longest packet, at most */
struct div_slots;
int div_slots_connect(uint16_t, uint64_t);
struct div_slots *div_slots_join(int, uint64_t);
int div_reader_refer(struct div_reader *, struct div_slots *);
void div_writer_refer(struct div_writer *, struct div_slots *);
void div_slots_free(struct div_slots *);

/* pcap-filter(7) expressions on packets that start at the IP header */
struct div_filter;
struct div_filter *div_filter_new(const char *, char[DIV_ERRLEN]);
int div_filter_match(const struct div_filter *, const struct div_frame *);
void div_filter_free(struct div_filter *);

/* the host that a packet names */
#define DIV_HOSTLEN 1024

enum div_naming { DIV_BY_HTTP, DIV_BY_TLS, DIV_BY_DNS, DIV_BY_QUIC };

enum div_host {
	DIV_HOST_NONE,     /* the payload begins no request */
	DIV_HOST_NAMED,    /* the name was found */
	DIV_HOST_UNDECIDED /* a request, but the name cannot be told */
};

struct div_hostname {
	enum div_naming by;
	char host[DIV_HOSTLEN]; /* lower case, printable, ends with a NUL */
	size_t hostlen;
	const uint8_t *path; /* of an HTTP request, as sent; or NULL */
	size_t pathlen;
	size_t end;  /* bytes of the payload up to behind the name */
	size_t want; /* incomplete: bytes to wait for, or 0 */
};

enum div_host div_hostname(struct div_hostname *, const struct div_packet *,
    const uint8_t *, size_t);
enum div_host
div_hostnames(struct div_hostname *, const struct div_packet *, const uint8_t *,
    size_t, int (*)(void *, const struct div_hostname *), void *);

struct div_quic;
struct div_quic *div_quic_new(size_t); /* bytes */
enum div_host div_quic_hosts(struct div_quic *, struct div_hostname *,
    const struct div_packet *, int (*)(void *, const struct div_hostname *),
    void *);
void div_quic_free(struct div_quic *);

/* lists of host names */
struct div_entry {
	const char *text; /* of the list; len bytes, without the ! */
	size_t len;
	size_t line; /* counted from 1 */
	int listed;  /* or an exception */
};

struct div_names;
struct div_names *div_names_new(char *, size_t, size_t *, char[DIV_ERRLEN]);
int div_names_find(const struct div_names *, const struct div_hostname *,
    struct div_entry *);
void div_names_free(struct div_names *);

/* lists of prefixes */
struct div_prefixes;
struct div_prefixes *
div_prefixes_new(char *, size_t, size_t *, char[DIV_ERRLEN]);
int div_prefixes_find(const struct div_prefixes *, const uint8_t *, size_t,
    struct div_entry *);
void div_prefixes_free(struct div_prefixes *);

/* divert ports */
#define DIV_O_FAILOPEN 0x01 /* packets pass when the queue is full */
#define DIV_O_GSO 0x02      /* receive super-packets unsegmented */
#define DIV_O_TEE 0x04      /* pass each packet at once, emit copies */
#define DIV_O_PASS 0x08     /* pass packets whose edit is refused */
#define DIV_O_KEEPSUM 0x10  /* leave lengths and checksums */
#define DIV_O_SHARE 0x20    /* hand the port to a writer */
#define DIV_O_NONBLOCK 0x40 /* div_recv() does not block */
#define DIV_O_MPTCP 0x80    /* leave the offer of Multipath TCP */
#define DIV_O_DAMAGED 0x100 /* receive damaged packets, too */
#define DIV_O_STREAM 0x200  /* keep all data until acknowledged */
#define DIV_O_BALANCE 0x400 /* one of several readers of a port */
#define DIV_O_ANYPORT 0x800 /* any port that is free */
#define DIV_O_LETGO 0x1000  /* rules accept flows with DIV_F_DONE */
#define DIV_O_LATE 0x2000   /* packets that are missing pass */
#define DIV_O_NEXT 0x4000   /* packets that pass go to another port */
#define DIV_O_REPEAT 0x8000 /* they go through the hook's rules again */

#define DIV_KEEP 2 /* descriptors */

#define DIV_HOOK_INPUT 1
#define DIV_HOOK_FORWARD 2
#define DIV_HOOK_OUTPUT 4

struct div_options {
	unsigned int flags; /* DIV_O_* */
	uint32_t queuelen;  /* packets; 0: 8192, 1024 with GSO */
	uint32_t snaplen;   /* bytes; 0: all */
	uint32_t mark;      /* of injected packets */
	uint32_t markmask;  /* bits of it; 0: all */
	size_t memory;      /* bytes for TCP connections; 0: 64 MiB */
	uint64_t hold;      /* ns, missing packets are judged; 0: never */
	uint64_t count;     /* packets, then the port drains; 0: no limit */
	uint16_t next;      /* DIV_O_NEXT: that port */
	int (*connect)(uint16_t, uint64_t); /* NULL: div_connect() */
	int keep[DIV_KEEP]; /* descriptors that the writer gets, too; 0: none */
	const char *match;  /* pcap-filter(7): rules of its own; or NULL */
	const char *except; /* of these, packets that are not diverted */
	unsigned int hooks; /* DIV_HOOK_* of the rules; 0: all */
};

struct div_counters {
	uint64_t received;   /* packets from the kernel */
	uint64_t own;        /* of these, injected before, and passed */
	uint64_t damaged;    /* of these, with a wrong checksum */
	uint64_t looped;     /* of these, again and again the same */
	uint64_t split;      /* super-packets of UDP, received again cut */
	uint64_t passed;     /* verdicts: accept, as diverted */
	uint64_t letgo;      /* of these, and their flows from then on */
	uint64_t edited;     /* verdicts: accept, with new contents */
	uint64_t dropped;    /* verdicts: drop, by a filter */
	uint64_t expired;    /* verdicts: frame missing (hold) */
	uint64_t injected;   /* new packets */
	uint64_t translated; /* verdicts: numbers translated, or in order */
	uint64_t absorbed;   /* verdicts: drop, redundant TCP segments */
	uint64_t resized;    /* TCP segments with another length */
	uint64_t resent;     /* TCP retransmissions of edited data */
	uint64_t held;       /* TCP segments in an out-of-order queue */
	uint64_t reset;      /* TCP connections that were reset */
	uint64_t evicted;    /* of these, for lack of memory */
	uint64_t plain;      /* SYNs without their offer of Multipath TCP */
	uint64_t invalid;    /* TCP segments that no receiver accepts */
	uint64_t narrow;     /* TCP paths that took less than the MSS */
	uint64_t unasked;    /* conntrack did not say what NAT does */
	uint64_t unguarded;  /* TCP translated, and no rule has noted it */
	uint64_t strict;     /* connections that conntrack finds invalid */
	uint64_t errors;     /* operations that the kernel refused */
	uint64_t reason[DIV_NREASONS];
};

/* the kernel's counters of a port */
struct div_kernel {
	uint64_t pending;    /* packets without a verdict */
	uint64_t overflowed; /* packets when the queue was full */
	uint64_t lost;       /* packets when the socket buffer was full */
	uint64_t letgo;      /* packets of flows that were let go */
	uint64_t letgo_bytes;
};

/* the TCP connections of a sink */
struct div_connections {
	uint64_t known;        /* now, translated or not */
	uint64_t translated;   /* so far */
	uint64_t memory, most; /* bytes: in use, and the limit */
};

int div_conntrack(void);
uint32_t div_translated_bit(const struct div_options *);

struct div;
struct div *div_open(uint16_t, const struct div_options *, char[DIV_ERRLEN]);
struct div *div_attach(int, const struct div_options *, char[DIV_ERRLEN]);
struct div *
div_open_writer(struct div *, const struct div_options *, char[DIV_ERRLEN]);
int div_connect(uint16_t, uint64_t);
void div_on_reuse(struct div *, int (*)(void *), void *);
int div_recv(struct div *, struct div_frame *);
int div_send(struct div *, struct div_frame *);
int div_flush(struct div *);
int div_drain(struct div *);
int div_tick(struct div *);
uint16_t div_port(const struct div *);
const char *div_rules(const struct div *);
int div_fd(const struct div *);
int div_peerfd(const struct div *);
const char *div_error(const struct div *);
const struct div_counters *div_counters(const struct div *);
int div_kernel(const struct div *, struct div_kernel *);
void div_connections(const struct div *, struct div_connections *);
struct div_slots *div_port_slots(const struct div *);
int div_finish(struct div *, int);
void div_close(struct div *);

/*
 * Regular expressions on bytes.  div_regex_exec(re, subject, len, start,
 * notempty, ov): notempty refuses an empty match at start; a global substitution
 * sets it to continue at the end of each match.
 */
#define DIV_RE_ICASE 1     /* letters match in both cases */
#define DIV_RE_DOTALL 2    /* . matches a newline, too */
#define DIV_RE_EXTENDED 4  /* blanks and # comments in the pattern */
#define DIV_RE_MULTILINE 8 /* ^ and $ match at each line */
#define DIV_RE_GROUPS 10   /* the whole match and \1 to \9 */

struct div_regex;
struct div_regex *
div_regex_new(const char *, size_t, unsigned int, size_t *, char[DIV_ERRLEN]);
int div_regex_exec(struct div_regex *, const uint8_t *, size_t, size_t, int,
    size_t[2 * DIV_RE_GROUPS]);
void div_regex_ready(struct div_regex *);
int div_regex_partial(struct div_regex *, const uint8_t *, size_t, size_t, int,
    size_t[2 * DIV_RE_GROUPS]);
unsigned int div_regex_groups(const struct div_regex *);
void div_regex_free(struct div_regex *);

/* the time limit of many searches together; zero it before the first */
struct div_timelimit {
	unsigned int searches;
	uint64_t wall, cpu; /* ns, when it began */
};

int div_overdue(struct div_timelimit *);

/* rewriting of DNS answers, RFC 1035 */
#define DIV_DNS_PORT 53
#define DIV_DNS_MAX 65535 /* bytes of a message */
#define DIV_DNS_HDRLEN 12 /* bytes of its header */

size_t div_dns_question(const uint8_t *, size_t);

enum div_dns_field { DIV_DNS_GLOB, DIV_DNS_TYPE, DIV_DNS_VALUE, DIV_DNS_TTL };

enum div_dns_outcome {
	DIV_DNS_NONE,      /* not a response, or no match in it */
	DIV_DNS_SAME,      /* a match that has the rule's data already */
	DIV_DNS_EDITED,    /* the new message is in out */
	DIV_DNS_MALFORMED, /* not a message */
	DIV_DNS_SIGNED,    /* a match, but signed by TSIG or SIG(0) */
	DIV_DNS_TOOLONG,   /* the new message would be too long */
	DIV_DNS_DROPPED,   /* a match that is not to be answered */
	DIV_DNS_NOUTCOMES
};

struct div_dns;
int div_dns_takes_value(const char *);
struct div_dns *div_dns_new(const char *const[4], const struct div_names *,
    enum div_dns_field *, char[DIV_ERRLEN]);
void div_dns_set_names(struct div_dns *, const struct div_names *);
enum div_dns_outcome div_dns_edit(const struct div_dns *, const uint8_t *,
    size_t, int, uint8_t[DIV_DNS_MAX], size_t *);
struct div_dns_address {
	const char *name; /* in the question, as text */
	const uint8_t *addr;
	size_t len; /* 4 or 16 bytes */
	uint32_t ttl;
};

int div_dns_addresses(const uint8_t *, size_t,
    void (*)(void *, const struct div_dns_address *), void *);
size_t div_dns_length(const uint8_t *, size_t);
void div_dns_free(struct div_dns *);

/* why a run goes on although not all that it may contain was searched */
enum div_undecided {
	DIV_DECIDED,
	DIV_UNDECIDED_MATCH, /* a match may go on behind it: time or room is over */
	DIV_UNDECIDED_GAP,      /* data before it has not come */
	DIV_UNDECIDED_FRAGMENT, /* of a segment, or too many headers */
	DIV_UNDECIDED_INVALID,  /* its receiver does not accept it */
	DIV_NUNDECIDED
};

/*
 * Reassembly of TCP segments for a filter.  search() joins those that a match
 * crosses; run() gets joined ones as one packet, and puts or drops the frames.
 */
struct div_run {
	struct div_frame *frame; /* in the stream's order */
	size_t n;                /* frames, at least 1 */
	struct div_frame *whole; /* all as one packet, in run() */
	const uint8_t *payload;  /* of all, contiguous */
	size_t len;              /* bytes of payload */
	size_t passed;           /* of these, bytes that have gone on already */
	enum div_undecided undecided;
	struct div_reass *reass;
};

struct div_reass_ops {
	void (*search)(void *, struct div_run *);
	int (*run)(void *, struct div_writer *, struct div_run *);
};

struct div_reass_counters {
	uint64_t held;    /* frames */
	uint64_t joined;  /* runs of several frames */
	uint64_t again;   /* frames of bytes that came before */
	uint64_t expired; /* held frames whose time was over */
	uint64_t crowded; /* held frames released for lack of room */
	uint64_t limited; /* searches that reached a limit */
	uint64_t gaps;    /* frames held behind a gap */
	uint64_t dupacks; /* new packets: duplicate ACKs for these */
	uint64_t changed; /* frames in which bytes or URG were normalised */
	uint64_t undecided[DIV_NUNDECIDED]; /* frames */
};

struct div_reass *
div_reass_new(const struct div_reass_ops *, void *, unsigned int);
int div_reass_frame(struct div_reass *, struct div_writer *,
    const struct div_frame *);
int div_reass_due(struct div_reass *, struct div_writer *);
int div_reass_end(struct div_reass *, struct div_writer *);
const struct div_reass_counters *div_reass_counters(const struct div_reass *);
void div_reass_free(struct div_reass *);
void div_run_search(struct div_run *, struct div_regex *);
void div_run_join(struct div_run *, size_t, size_t);
int div_run_edit(struct div_run *);
int div_run_put(struct div_run *, struct div_writer *);
size_t div_run_offset(const struct div_run *, size_t);
int div_run_drop(struct div_run *, struct div_writer *);

#endif /* DIVIO_H */
