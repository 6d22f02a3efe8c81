/* SPDX-License-Identifier: ISC */

/*
 * Application protocols: the host that a packet names, lists of host names, and
 * DNS answers.
 *
 *   hostname.c       which of these a payload is
 *   hostname_http.c  Host fields and targets of requests (RFC 9112)
 *   hostname_http_line.c  lines, as lenient servers split them
 *   hostname_tls.c   server name indication in a ClientHello (RFC 6066, 8446)
 *   quic.c           ClientHellos of QUIC connections (RFC 9001)
 *   quic_packet.c    Initial packets and their frames (RFC 9000)
 *   quic_keys_*.c    their keys and ciphers
 *   hostname_dns.c   the first question of a message (RFC 1035)
 *   names.c          lists of host names, looked up by suffix
 *   names_parse.c    their text
 *   names_adblock.c  lines of filter lists in it
 *   names_zone.c     lines of response policy zones in it
 *   dns.c            rewriting of answers: what a rule does to a message
 *   dns_rule.c       rules, and the records that they match
 *   dns_answer.c     addresses in answers
 *   dns_list.c       rules of a list, whose lines say what becomes of a name
 *   dns_message.c    sections and records of a message (RFC 1035 4.1)
 *   dns_compose.c    the new message, compressed as the old one
 *   dns_svcb.c       parameters of HTTPS and SVCB records (RFC 9460)
 *   dns_text.c       domain names as text (RFC 1035 5.1)
 *
 * Names in DNS messages are walked by packet/dns_name.c only.
 */

#ifndef DIVIO_PROTO_H
#define DIVIO_PROTO_H

#include "packet/packet.h"

#define HOSTNAME_MAX 255 /* bytes of a name as sent; RFC 1035 */

#define HOSTNAMES_MAX 64 /* of one payload; more are undecided */

/* A search for the names of a payload. */
struct hostname_scan {
	struct div_hostname *h; /* the name in the works */
	int (*found)(void *, const struct div_hostname *); /* or NULL */
	void *arg;
	const uint8_t *data; /* the payload */
	size_t names;        /* seen so far */
	int unclear;         /* servers differ about the name, or have none */
	enum div_naming by;  /* of a ClientHello */
};

/* hostname_*.c: each returns as div_hostnames() does. */
enum div_host hostname_http(struct hostname_scan *, const uint8_t *, size_t);
enum div_host hostname_tls(struct hostname_scan *, const uint8_t *, size_t);
enum div_host hostname_hello(struct hostname_scan *, const uint8_t *, size_t);
enum div_host hostname_dns(struct hostname_scan *, const uint8_t *, size_t);
enum div_host hostname_dns_tcp(struct hostname_scan *, const uint8_t *, size_t);

/* hostname_http_line.c */
struct http_text {
	const uint8_t *p;
	size_t len; /* bytes */
};

int http_is_blank(uint8_t);
struct http_text http_trim(struct http_text);
struct http_text http_cut(struct http_text *, size_t);
size_t http_span(struct http_text, const char *);
int http_next_line(struct http_text *, struct http_text *);
int http_may_begin(struct http_text);
int http_request_line(struct http_text, struct http_text *, int *);

/* hostname.c */
void hostname_begin(struct hostname_scan *);
void hostname_put(struct hostname_scan *, uint8_t);
void hostname_escape(struct hostname_scan *, uint8_t);
int hostname_end(struct hostname_scan *, enum div_naming, const uint8_t *);
enum div_host hostname_undecided(struct hostname_scan *, size_t);

/* QUIC. */
#define QUIC_SAMPLE 16 /* bytes, of header protection */
#define QUIC_TAG 16    /* bytes, of AES-GCM */
#define QUIC_NVERSIONS 2

struct quic_version {
	uint32_t number;
	uint8_t initial, retry; /* types of packets */
	uint8_t salt[20];
	const char *key, *iv, *hp; /* labels */
};

extern const struct quic_version quic_versions[QUIC_NVERSIONS];

struct quic_keys {
	uint8_t key[16], iv[12], hp[16];
};

/* A long header packet. */
struct quic_packet {
	const struct quic_version *version;
	const uint8_t *start, *pn, *end;
	const uint8_t *dcid;
	uint8_t dcidlen;
};

/* quic_packet.c */
int quic_packet_next(const uint8_t **, const uint8_t *, struct quic_packet *);
ssize_t quic_packet_open(const struct quic_packet *, const struct quic_keys *,
    uint64_t *, uint8_t *, uint8_t *);
void quic_packet_frames(const uint8_t *, size_t,
    void (*)(void *, uint64_t, const uint8_t *, size_t), void *);

/* quic_keys_openssl.c, quic_keys_none.c */
int quic_keys_init(void);
int quic_keys_derive(struct quic_keys *, const struct quic_version *,
    const uint8_t *, size_t);
int quic_keys_mask(const struct quic_keys *, const uint8_t[QUIC_SAMPLE],
    uint8_t[QUIC_SAMPLE]);
int quic_keys_open(const struct quic_keys *, uint64_t, const uint8_t *, size_t,
    const uint8_t *, size_t, uint8_t *);
void quic_keys_free(void);

/* Lists of host names. */
#define NAMES_PATH_MAXLEN 1023 /* bytes */

#define NAMES_ENTRY_LISTED 1
#define NAMES_ENTRY_EXCEPT 2
#define NAMES_ENTRY_PATHS 4 /* there are prefixes on this host */
#define NAMES_ENTRY_EXACT 8 /* not the hosts below it */
#define NAMES_ENTRY_WILD 16 /* there is an entry *.host */
#define NAMES_ENTRY_SAYS 32 /* its line says what becomes of it */
#define NAMES_ENTRY_MORE 64 /* and so do others */

struct names_entry {
	uint32_t text; /* offset of host or host/path */
	uint32_t line;
	uint16_t len;
	uint8_t flags; /* ENTRY_*; 0: there are names below */
};

struct names_slot {
	uint32_t hash;
	uint32_t entry; /* its index + 1; 0: free */
};

/* A further line that says what becomes of an entry. */
struct names_more {
	uint32_t entry; /* its index */
	uint32_t text;  /* offset of a byte in the line */
};

struct div_names {
	char *text;
	size_t textlen; /* bytes */
	struct names_entry *entries;
	size_t nentries;
	struct names_slot *slots;
	size_t nslots; /* a power of two */
	struct names_more *more;
	size_t nmore, maxmore;
	uint64_t seed;
	uint8_t lengths[NAMES_PATH_MAXLEN + 1]; /* that prefixes have */
};

/* A word of a list: hostlen bytes of host, and of len the rest is a path. */
struct names_word {
	const char *text;
	size_t hostlen, len;
	size_t line;
	int listed;       /* or an exception */
	int exact;        /* not the hosts below it */
	int wild;         /* text begins with *. and means the hosts below */
	const char *says; /* line that says what becomes of it, or NULL */
};

/* The rest of a line. */
struct names_cursor {
	char *p, *end;
	size_t line;     /* its number, from 1 */
	const char *why; /* error text, for the byte at p */
	size_t skipped;  /* lines that are not for a list of names */
	char *first;     /* of them */
	int open; /* in a record of a zone that goes on behind the line */
	const char *origin; /* of a zone, without a dot at its end */
	size_t originlen;
	struct names_word owner; /* of the last record; len is 0 for none */
};

/* names_zone.c: what becomes of the answers for a name */
enum names_act {
	NAMES_ACT_NONE,   /* the line does not say */
	NAMES_ACT_ZONE,   /* SOA */
	NAMES_ACT_SERVER, /* NS */
	NAMES_ACT_OTHER,  /* what cannot be done here */
	NAMES_ACT_NX,
	NAMES_ACT_NODATA,
	NAMES_ACT_PASS,
	NAMES_ACT_DROP,
	NAMES_ACT_A, /* addr */
	NAMES_ACT_AAAA
};

struct names_action {
	enum names_act act;
	uint8_t addr[16];
};

int names_is_address(const char *, size_t, int, uint8_t[16]);
int names_zone_skips(struct names_cursor *, char *, char *);
int names_zone_line(struct div_names *, struct names_cursor *);
void names_action(const struct div_names *, size_t, struct names_action *);

/* names_adblock.c */
enum names_line { NAMES_WORDS, NAMES_COMMENT, NAMES_SKIPPED };

enum names_line names_adblock(const char *, const char *);
void names_adblock_trim(char **, char **, int *);

/* names.c */
int names_add(struct div_names *, const struct names_word *);
const struct names_entry *names_find(const struct div_names *, const char *,
    size_t, const struct div_hostname *);
size_t names_lines(const struct div_names *, const struct names_entry *,
    const struct names_more **);

/* names_parse.c */
ssize_t names_host_len(struct names_cursor *, const char *);
int names_parse(struct div_names *, size_t *, char[DIV_ERRLEN]);

/* Rewriting of DNS answers. */
#define DNS_TEXTLEN 1025 /* of a name as people write it, with its NUL */
#define DNS_COUNTS 4     /* offset of the records' numbers in the header */
#define DNS_QFIXED 4     /* bytes of a question behind its name */
#define DNS_RRFIXED 10   /* and of a record: type, class, TTL, length of data */
#define DNS_CLASS_IN 1

enum dns_section {
	DNS_QUESTION,
	DNS_ANSWER,
	DNS_AUTHORITY,
	DNS_ADDITIONAL,
	DNS_NSECTIONS
};

/* types of records: IANA, "Domain Name System (DNS) Parameters" */
enum dns_type {
	DNS_NONE, /* of no record: a rule's, for the whole answer */
	DNS_A = 1,
	DNS_NS = 2,
	DNS_MD = 3,
	DNS_MF = 4,
	DNS_CNAME = 5,
	DNS_SOA = 6,
	DNS_MB = 7,
	DNS_MG = 8,
	DNS_MR = 9,
	DNS_PTR = 12,
	DNS_MINFO = 14,
	DNS_MX = 15,
	DNS_TXT = 16,
	DNS_RP = 17,
	DNS_AFSDB = 18,
	DNS_RT = 21,
	DNS_SIG = 24,
	DNS_PX = 26,
	DNS_AAAA = 28,
	DNS_NXT = 30,
	DNS_SRV = 33,
	DNS_NAPTR = 35,
	DNS_OPT = 41,
	DNS_RRSIG = 46,
	DNS_SVCB = 64,
	DNS_HTTPS = 65,
	DNS_TSIG = 250
};

/* RFC 1035, 4.1.1 */
#define DNS_NOERROR 0
#define DNS_NXDOMAIN 3
#define DNS_REFUSED 5

/* What becomes of the records of a rule's type. */
enum dns_action {
	DNS_REPLACE, /* one or more with the rule's data */
	DNS_REMOVE,
	DNS_STRIP,   /* they lose parameters */
	DNS_RESPOND, /* the answer becomes an empty one with a code */
	DNS_LISTED   /* the list says what the answer becomes */
};

/* A rule: the answers that it changes, and what they become. */
struct div_dns {
	char *glob;
	const struct div_names *names; /* in place of the glob, or NULL */
	uint16_t type;                 /* enum dns_type */
	enum dns_action action;
	uint8_t add;  /* where there is no record, put one in */
	uint8_t code; /* of DNS_RESPOND */
	uint16_t
	    strip; /* SvcParamKeys that HTTPS and SVCB records lose, bits */
	uint16_t rdlen; /* bytes of each record */
	uint16_t records;
	uint8_t *rdata; /* of all of them */
	int64_t ttl;    /* seconds; or -1 to leave it */
};

struct dns_message {
	const uint8_t *data;
	size_t len;
	uint16_t count[DNS_NSECTIONS]; /* of records */
	size_t records;                /* offset behind the question */
};

/* A record's place in a message: offsets in bytes. */
struct dns_record {
	size_t owner; /* of its name */
	size_t fixed; /* of type, class, TTL and length of the data */
	uint16_t type, class;
	uint32_t ttl;        /* seconds */
	size_t rdata, rdlen; /* rdlen: bytes */
};

/* dns_message.c */
int dns_message_open(struct dns_message *, const uint8_t *, size_t);
int dns_record_next(const struct dns_message *, size_t *, struct dns_record *);

/* dns_text.c */
int dns_name_print(const struct dns_message *, size_t, char[DNS_TEXTLEN]);
size_t dns_name_parse(const char *, uint8_t[DNS_NAMEMAX]);

/* dns_list.c */
enum dns_listed { DNS_LIST_NOT, DNS_LIST_DROP, DNS_LIST_EMPTY, DNS_LIST_ADDED };

#define DNS_ADDRS_MAX 64 /* in one answer */

int dns_list_has(const struct div_names *, const char *,
    const struct names_entry **);
int dns_list_answer(const struct div_dns *, const struct dns_message *,
    struct div_dns *, uint8_t[16 * DNS_ADDRS_MAX]);

/* dns_rule.c */
enum dns_match { DNS_KEEP, DNS_EDIT, DNS_TRIM };

int dns_rule_asked(const struct div_dns *, const struct dns_message *);
int dns_rule_matches(const struct div_dns *, const struct dns_message *,
    const struct dns_record *, int, char[DNS_TEXTLEN]);

/* dns_svcb.c */
uint16_t dns_svcb_key(const char *, size_t);
size_t dns_svcb_strip(uint8_t *, size_t, uint16_t);

/* dns_compose.c */
enum dns_form {
	DNS_FORM_EDITED, /* its records, edited */
	DNS_FORM_ADDED,  /* the rule's records only */
	DNS_FORM_EMPTY   /* none */
};

enum div_dns_outcome
dns_compose(const struct div_dns *, const struct dns_message *, enum dns_form,
    int, int, uint8_t[DIV_DNS_MAX], size_t *);

#endif /* DIVIO_PROTO_H */
