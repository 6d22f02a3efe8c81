/* SPDX-License-Identifier: ISC */

#ifndef DIVIO_H
#define DIVIO_H

#include <sys/types.h>

#include <stddef.h>
#include <stdint.h>

#define DIV_VERSION "0.1"

#define DIV_HDRLEN 80               /* frame header without opaque part */
#define DIV_HDRMAX 256              /* frame header with opaque part */
#define DIV_PACKETMAX (1024 * 1024) /* packet in a frame */
#define DIV_IFNAMELEN 16
#define DIV_ERRLEN 256
#define DIV_MARK 0x44495646 /* of packets that we inject */
#define DIV_ALL UINT64_MAX  /* id: all pending packets */

enum div_type {
	DIV_PACKET = 1, /* a diverted packet */
	DIV_DROP = 2,   /* verdict on one: drop */
	DIV_INJECT = 3, /* a new packet */
	DIV_PASS = 4    /* verdict on one: pass as diverted */
};

enum div_dir { DIV_UNKNOWN, DIV_IN, DIV_OUT, DIV_FORWARD };

#define DIV_F_NOCSUM 1 /* checksum not filled in yet */
#define DIV_F_GSO 2    /* super-packet */
#define DIV_F_TRUNC 4  /* truncated when captured */
#define DIV_F_NEXT 8   /* new TCP data, numbered by the writer */

struct div_frame {
	uint8_t type;     /* enum div_type */
	uint8_t dir;      /* enum div_dir */
	uint8_t flags;    /* DIV_F_* */
	uint16_t hdrlen;  /* bytes, opaque part included */
	uint32_t caplen;  /* bytes of packet */
	uint32_t origlen; /* bytes of it when diverted */
	uint64_t time;    /* ns since the epoch of Unix */
	uint64_t id;      /* 0 for inject */
	uint64_t digest;  /* of the packet as diverted, or 0 */
	uint64_t epoch;   /* of the reader */
	uint32_t mark;
	uint32_t ifindex;
	uint16_t port;              /* divert port or queue number */
	uint32_t tag;               /* the firewall's */
	char ifname[DIV_IFNAMELEN]; /* NUL padded */
	const uint8_t *opaque;      /* hdrlen - DIV_HDRLEN bytes */
	uint8_t *packet;            /* caplen bytes from the IP header on */
	uint8_t *wire;              /* the frame as read, or NULL */
};

/* frames */
int div_frame_decode(struct div_frame *, uint8_t *, size_t);
size_t div_frame_encode(const struct div_frame *, uint8_t *);
uint64_t div_frame_digest(const struct div_frame *);
int div_frame_edited(const struct div_frame *);

/* packets */
struct div_packet {
	const uint8_t *data;
	size_t len;               /* captured bytes, lengths inside ignored */
	uint8_t version;          /* 4 or 6 */
	uint8_t proto;            /* of the last header understood */
	uint8_t fragment;         /* enum div_fragment */
	uint8_t truncated;        /* the headers go on past the end */
	size_t l4;                /* offset of proto's header or data */
	size_t payload;           /* offset of what the transport carries */
	const uint8_t *src, *dst; /* addrlen bytes each */
	size_t addrlen;           /* 4 or 16 */
	uint16_t sport, dport;    /* host order; 0 unless TCP or UDP */
};

enum div_fragment { DIV_WHOLE, DIV_FIRST, DIV_LATER };

int div_packet_parse(struct div_packet *, const uint8_t *, size_t);

/* what both directions of a conversation have in common */
struct div_flow_key {
	uint8_t addr[2][16]; /* of the two ends, the lesser first */
	uint16_t port[2];    /* host order */
	uint8_t version, proto;
	uint8_t zero[2];
};

int div_flow_key(struct div_flow_key *, const struct div_packet *);

/* what a sink may refuse, and why; table of texts in div_reason() */
enum div_reason {
	DIV_OK,
	DIV_REFUSE_MALFORMED, /* not IP, or headers cut or too long */
	DIV_REFUSE_FRAGMENT,  /* fragments are not edited */
	DIV_REFUSE_TRUNCATED, /* truncated packets are not edited */
	DIV_REFUSE_PROTOCOL,  /* checksum of the protocol unknown */
	DIV_REFUSE_TCPLEN,    /* TCP segment cannot change its length */
	DIV_REFUSE_PASSED,    /* TCP data had passed before */
	DIV_REFUSE_MTU,       /* IPv6 datagram grew over the MTU */
	DIV_REFUSE_TOOLONG,   /* more than an IP packet holds */
	DIV_REFUSE_NEXT,      /* DIV_F_NEXT, in no TCP connection */
	DIV_STALE,            /* another epoch or port */
	DIV_LATE,             /* verdict was given already */
	DIV_GONE,             /* only the frame had the packet */
	DIV_NOTSENT,          /* the kernel did not take it */
	DIV_NREASONS
};

const char *div_reason(enum div_reason);
enum div_reason div_editable(const struct div_frame *, struct div_packet *);
enum div_reason div_repair(uint8_t *, size_t);
enum div_reason div_repair_new(uint8_t *, size_t);

/* fields of headers by name, and the mark: "ttl=64" */
struct div_field {
	uint8_t field;    /* in a table of the library's */
	uint8_t frame;    /* of the frame's header, not of the packet */
	uint8_t addrlen;  /* 4 or 16 for an address, else 0 */
	uint8_t addr[16]; /* addrlen bytes */
	uint32_t value;   /* of other fields */
};

int div_field_parse(const char *, struct div_field *, char[DIV_ERRLEN]);
int div_field_differs(const struct div_field *, const struct div_frame *);
void div_field_set(const struct div_field *, struct div_frame *);

/* new packets that tell the ends that a packet was dropped */
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
	DIV_NFORMATS
};

/* the columns id to dst of the text format */
#define DIV_COLUMNSLEN 256
size_t div_frame_columns(const struct div_frame *, char[DIV_COLUMNSLEN]);

int div_format_parse(const char *, enum div_format *);

struct div_reader;
struct div_reader *div_reader_new(int, const char *, enum div_format);
void div_reader_tie(struct div_reader *, int (*)(void *), void *);
int div_reader_next(struct div_reader *, struct div_frame *);
const char *div_reader_error(const struct div_reader *);
uint64_t div_reader_skipped(const struct div_reader *);
void div_reader_free(struct div_reader *);

struct div_writer;
struct div_writer *div_writer_new(int, enum div_format);
int div_writer_put(struct div_writer *, const struct div_frame *);
int div_writer_drop(struct div_writer *, const struct div_frame *);
int div_writer_flush(struct div_writer *);
void div_writer_free(struct div_writer *);

/* pcap-filter(7) expressions on packets that start at the IP header */
struct div_filter;
struct div_filter *div_filter_new(const char *, char[DIV_ERRLEN]);
int div_filter_match(const struct div_filter *, const struct div_frame *);
void div_filter_free(struct div_filter *);

/* the host that a packet names */
#define DIV_HOSTLEN 1024

enum div_naming { DIV_BY_HTTP, DIV_BY_TLS, DIV_BY_DNS };

struct div_hostname {
	enum div_naming by;
	char host[DIV_HOSTLEN]; /* lower case, printable, ends with a NUL */
	size_t hostlen;
	const uint8_t *path; /* of an HTTP request, as sent; or NULL */
	size_t pathlen;
	size_t want; /* none yet, but so many more bytes may tell */
};

int div_hostname(struct div_hostname *, const struct div_packet *,
    const uint8_t *, size_t);

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

/* divert ports */
#define DIV_O_FAILOPEN 0x01 /* overflow passes */
#define DIV_O_GSO 0x02      /* take super-packets whole */
#define DIV_O_TEE 0x04      /* each packet goes on at once */
#define DIV_O_PASS 0x08     /* pass what cannot be edited */
#define DIV_O_KEEPSUM 0x10  /* leave lengths and checksums */
#define DIV_O_SHARE 0x20    /* hand the port to a writer */
#define DIV_O_NONBLOCK 0x40 /* div_recv() never waits */

struct div_options {
	unsigned int flags; /* DIV_O_* */
	uint32_t queuelen;  /* packets; 0: 8192, 1024 with GSO */
	uint32_t snaplen;   /* bytes; 0: all */
	uint32_t mark;      /* of injected packets */
	size_t memory;      /* bytes for TCP connections; 0: 64 MiB */
	uint64_t hold;      /* ns until a missing packet is dropped;
					   0: never */
};

struct div_counters {
	uint64_t received;   /* packets taken from the kernel */
	uint64_t own;        /* of these, injected by us, passed on */
	uint64_t passed;     /* verdicts: as it was */
	uint64_t edited;     /* verdicts: with new contents */
	uint64_t dropped;    /* verdicts: drop, asked for */
	uint64_t expired;    /* verdicts: drop, missing for too long */
	uint64_t injected;   /* new packets */
	uint64_t translated; /* verdicts: edited, or numbers shifted */
	uint64_t absorbed;   /* verdicts: drop, TCP had no use for it */
	uint64_t resized;    /* TCP segments with another length */
	uint64_t resent;     /* as they were sent the first time */
	uint64_t held;       /* TCP segments that waited for others */
	uint64_t reset;      /* TCP connections that could not live on */
	uint64_t evicted;    /* of these, for want of memory */
	uint64_t errors;     /* refused by the kernel */
	uint64_t reason[DIV_NREASONS];
};

/* the kernel's own counters of a port */
struct div_kernel {
	uint64_t pending;    /* packets without a verdict */
	uint64_t overflowed; /* packets for which it was too short */
	uint64_t lost;       /* packets that the reader was slow for */
};

int div_conntrack(void);

struct div;
struct div *
div_open(const char *, const struct div_options *, char[DIV_ERRLEN]);
struct div *div_join(int, const struct div_options *, char[DIV_ERRLEN]);
struct div *
div_twin(struct div *, const struct div_options *, char[DIV_ERRLEN]);
void div_tie(struct div *, int (*)(void *), void *);
int div_recv(struct div *, struct div_frame *);
int div_send(struct div *, struct div_frame *);
int div_flush(struct div *);
int div_drain(struct div *);
int div_tick(struct div *);
int div_fd(const struct div *);
int div_linefd(const struct div *);
const char *div_error(const struct div *);
const struct div_counters *div_counters(const struct div *);
int div_kernel(const struct div *, struct div_kernel *);
int div_finish(struct div *, int);
void div_close(struct div *);

/*
 * Regular expressions on bytes.  div_regex_exec(re, subject, len, start,
 * notempty, ov): notempty refuses an empty match at start, so that a global
 * substitution goes on from the end of each match with notempty set.
 */
#define DIV_RE_ICASE 1     /* letters match in both cases */
#define DIV_RE_DOTALL 2    /* . matches a new line, too */
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

/* rewriting of DNS answers, RFC 1035 */
#define DIV_DNS_PORT 53
#define DIV_DNS_MAX 65535 /* bytes of a message */

enum div_dns_field { DIV_DNS_GLOB, DIV_DNS_TYPE, DIV_DNS_VALUE, DIV_DNS_TTL };

enum div_dns_outcome {
	DIV_DNS_NONE,      /* no answer, or nothing in it fits */
	DIV_DNS_SAME,      /* it fits, and says so already */
	DIV_DNS_EDITED,    /* the new message is in out */
	DIV_DNS_MALFORMED, /* it fits or not, who knows */
	DIV_DNS_SIGNED,    /* it fits, with TSIG or SIG(0) */
	DIV_DNS_TOOLONG,   /* it would not fit into a message */
	DIV_DNS_NOUTCOMES
};

struct div_dns;
struct div_dns *
div_dns_new(const char *const[4], enum div_dns_field *, char[DIV_ERRLEN]);
enum div_dns_outcome div_dns_edit(const struct div_dns *, const uint8_t *,
    size_t, int, uint8_t[DIV_DNS_MAX], size_t *);
size_t div_dns_length(const uint8_t *, size_t);
void div_dns_free(struct div_dns *);

/*
 * TCP segments whose payloads are looked at as one where something crosses
 * their borders.  look() says what does; run() puts the frames.
 */
struct div_span {
	struct div_frame *frame; /* as the stream goes */
	size_t n;                /* frames, at least 1 */
	struct div_frame *whole; /* all as one packet, in run() */
	const uint8_t *payload;  /* of all, in one piece */
	size_t len;
	struct div_spans *spans;
};

struct div_span_ops {
	void (*look)(void *, struct div_span *);
	int (*run)(void *, struct div_writer *, struct div_span *);
};

struct div_span_counters {
	uint64_t held;    /* frames */
	uint64_t joined;  /* spans of several frames */
	uint64_t again;   /* frames whose bytes had come before */
	uint64_t expired; /* held frames whose time had come */
	uint64_t crowded; /* held frames that had to go before */
};

struct div_spans *
div_spans_new(const struct div_span_ops *, void *, unsigned int);
int div_spans_frame(struct div_spans *, struct div_writer *,
    const struct div_frame *);
int div_spans_due(struct div_spans *, struct div_writer *);
int div_spans_end(struct div_spans *, struct div_writer *);
const struct div_span_counters *div_spans_counters(const struct div_spans *);
void div_spans_free(struct div_spans *);
void div_span_look(struct div_span *, struct div_regex *);
void div_span_join(struct div_span *, size_t, size_t);
int div_span_edit(struct div_span *);
int div_span_drop(struct div_span *, struct div_writer *);

#endif /* DIVIO_H */
