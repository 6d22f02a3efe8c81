/* SPDX-License-Identifier: ISC */

/*
 * Formats other than frames, described in divio(5): each is a struct codec of
 * stream/stream.h.
 *
 *   format.c        formats by name; recognition of the input's format
 *   compressed.c    what to do with files of gzip and others
 *   pcap.c          captures, read by libpcap
 *   pcapng.c        pcapng, written without it
 *   pcapng_read.c   pcapng, read without it
 *   pcap_classic.c  classic pcap files, read without it
 *   pcap_nano.c, pcap_micro.c  libpcap's precision
 *   pcap_link.c     link types: removal of what precedes the IP header
 *   pcap_link_ethertype.c  what lies between the link's header and that of IP
 *   pcap_link_firewall.c, pcap_link_wifi.c  link types of several fields
 *   hex.c           hexinject's format
 *   text.c          the text format: a line of columns a frame
 *   json.c          an object a frame
 *   short.c         a line a packet for people, output only
 *   text_field.c    numbers, names and bytes, shared by text and JSON
 *   text_attr.c     attributes, likewise
 *   text_column.c   columns, likewise
 *   text_new.c      headers that columns and attributes set, likewise
 */

#ifndef DIVIO_CODEC_H
#define DIVIO_CODEC_H

#include <stdio.h>

#include <pcap.h>

#include "packet/packet.h"
#include "stream/stream.h"

extern const struct codec codec_pcap, codec_pcapng, codec_text, codec_hex,
    codec_json, codec_short, codec_colour;

/* Bytes of a line in the reader's buffer; parsers may overwrite them. */
struct text_slice {
	uint8_t *p;
	size_t n;
};

#define TEXT_QUOTE 100 /* bytes of text_quote()'s buffer */

/* bytes of a line without those of the packet: 4 for each in text, 6 in JSON */
#define TEXT_LINEMAX 2048

enum text_column {
	ID,
	DIR,
	IF,
	PROTO,
	SRC,
	DST,
	PAYLOAD,
	HDR,
	ATTRS,
	NCOLUMNS
};

/*
 * The put functions return the end of their output; text_put_bytes() needs four
 * bytes more behind it.
 */
uint8_t *text_put_string(uint8_t *, const char *);
uint8_t *text_put_dec(uint8_t *, uint64_t);
uint8_t *text_put_digits(uint8_t *, uint64_t, int);
uint8_t *text_put_time(uint8_t *, uint64_t);
uint8_t *text_put_hex(uint8_t *, const uint8_t *, size_t);
uint8_t *text_put_bytes(uint8_t *, const uint8_t *, size_t);
uint8_t *text_put_name(uint8_t *, const char[DIV_IFNAMELEN]);

/* The value of a hex digit plus one; 0 for other bytes. */
extern const uint8_t text_hex[256];

/*
 * The get functions return 0, or -1 with a text in the reader's error, in which
 * the string names the field.
 */
int text_get_dec(struct div_reader *, const char *, struct text_slice, uint64_t,
    uint64_t *);
int text_get_digits(struct div_reader *, const char *, struct text_slice,
    uint64_t, uint64_t *);
int
text_get_time(struct div_reader *, const char *, struct text_slice, uint64_t *);
int text_get_hex(struct div_reader *, const char *, struct text_slice,
    uint8_t *, size_t, size_t *);
int text_get_bytes(struct div_reader *, const char *, struct text_slice,
    uint8_t *, size_t, size_t *);
int text_get_name(struct div_reader *, const char *, struct text_slice,
    char[DIV_IFNAMELEN]);

int text_line(struct div_reader *, struct div_frame *, struct text_slice *);
int text_is(struct text_slice, const char *);
int text_word(struct text_slice *, struct text_slice *);
const char *text_quote(struct text_slice, char[TEXT_QUOTE]);

/* The columns proto, src and dst of a packet, not NUL-terminated. */
struct text_summary {
	struct {
		uint8_t text[64];
		size_t n; /* bytes */
	} col[DST - PROTO + 1];
	size_t split; /* offset of the payload */
};

extern const char *const text_columns[NCOLUMNS];

void text_summarize(struct text_summary *, const struct div_frame *);
int text_get_proto(struct div_reader *, struct text_slice, uint8_t *);
const char *text_dir(uint8_t);
int text_get_dir(struct div_reader *, struct text_slice, struct div_frame *);
const char *text_verdict(const struct div_frame *);
int text_get_verdict(struct text_slice, struct div_frame *);
int text_get_which(struct div_reader *, struct text_slice, struct div_frame *);

/* A packet that is read; text and JSON differ in the payload's escapes. */
struct text_packet {
	struct text_slice col[NCOLUMNS];
	int (*payload)(struct div_reader *, const char *, struct text_slice,
	    uint8_t *, size_t, size_t *);
	int made;           /* there is no hdr: headers are made */
	unsigned int given; /* attributes of headers: a bit for each */
};

int
text_get_packet(struct div_reader *, struct text_packet *, struct div_frame *);
int text_get_attr(struct div_reader *, struct text_packet *, struct text_slice,
    struct text_slice, unsigned int *, struct div_frame *);
int
text_check(struct div_reader *, const struct text_packet *, struct div_frame *);

/* what sets headers: of new packets without hdr, and of others */
struct text_host {
	uint8_t addr[16];
	int family;
	uint16_t port;
};

int text_get_host(struct div_reader *, enum text_column, struct text_slice, int,
    struct text_host *);
int text_new_headers(struct div_reader *, const struct text_slice[NCOLUMNS],
    uint8_t *, size_t *);
int text_header_attr(struct div_reader *, struct text_packet *,
    struct text_slice, struct text_slice, struct div_frame *);
int text_new_finish(struct div_reader *, const struct text_packet *,
    struct div_frame *);

/* attributes that a line may have columns for, as bits of a set */
enum { ATTR_ID, ATTR_TYPE, ATTR_DIR, ATTR_IF, ATTR_EPOCH, ATTR_TIME };

uint8_t *
text_put_attrs(uint8_t *, const struct div_frame *, const struct div_frame *);
uint8_t *
text_put_members(uint8_t *, const struct div_frame *, const struct div_frame *);
int text_get_frame_attr(struct div_reader *, struct text_slice,
    struct text_slice, unsigned int *, struct div_frame *);

/* What outputs that are not read back say of a packet. */
static inline int
frame_is_edited(const struct div_frame *f)
{
	return f->digest != 0 && div_frame_edited(f);
}

/* The packets of a capture are new as well, but have a time. */
static inline int
frame_is_new(const struct div_frame *f)
{
	return f->type == DIV_INJECT && f->time == 0;
}

/* Bytes of the packet, of one that was truncated as it was. */
static inline uint32_t
frame_length(const struct div_frame *f)
{
	return f->flags & DIV_F_TRUNC && f->origlen > f->caplen ? f->origlen :
								  f->caplen;
}

int codec_refuse_compressed(struct div_reader *);

/* Captures. */
#define SNAPLEN 262144 /* bytes of a packet that libpcap reads */

/* A record of a capture. */
struct capture_record {
	uint32_t caplen, len;
	uint64_t time; /* ns */
	uint8_t *data; /* caplen bytes */
};

/* A record from which headers are removed. */
struct linktype_rest {
	uint8_t *p;
	uint32_t n, wire;    /* bytes that were captured, and that there were */
	struct div_frame *f; /* its fields that a header tells are set */
};

/* A link type: strip() removes its header and returns the ethertype behind. */
struct linktype {
	uint32_t type; /* LINKTYPE_ number, in files */
	int dlt;       /* DLT_ number, libpcap's */
	uint16_t (*strip)(struct linktype_rest *);
	int pads; /* short packets have padding */
};

enum {
	TYPE_NONE, /* no IP, or too short */
	TYPE_LLC = 4,
	TYPE_IPV4 = 0x0800, /* or any IP, from links that do not tell */
	TYPE_IPV6 = 0x86dd,
	TYPE_MPLS = 0x8847
};

static inline int
linktype_skip(struct linktype_rest *l, size_t n)
{
	if (l->n < n)
		return -1;
	l->p += n;
	l->n -= (uint32_t)n;
	l->wire -= (uint32_t)n;
	return 0;
}

/* the codec's own part of a reader */
struct capture {
	int (*next)(struct div_reader *, struct capture_record *);
	const struct linktype *link; /* NULL: no IP in this record */
	struct div_frame frame;      /* fields that all frames share */
	uint64_t packets;            /* read so far */

	/* classic files */
	int little;       /* byte order is little-endian */
	uint32_t snaplen; /* bytes */
	uint32_t tick;    /* unit of fractions of a second, ns */

	struct pcapng *ng; /* of pcapng_read.c, or NULL */

	/* other files, with tick */
	FILE *fp;
	pcap_t *pcap;
	int error; /* errno of a read that failed */
};

const struct linktype *linktype_of_file(uint32_t);
const struct linktype *linktype_of_dlt(int);
int linktype_strip(const struct linktype *, const struct capture_record *,
    struct div_frame *);
int linktype_is_family(uint8_t);
uint32_t linktype_ip_length(const uint8_t *, uint32_t);
uint16_t linktype_loopback(struct linktype_rest *);
uint16_t linktype_enc(struct linktype_rest *);
uint16_t linktype_nflog(struct linktype_rest *);
uint16_t linktype_pflog(struct linktype_rest *);
uint16_t linktype_ppp_hdlc(struct linktype_rest *);
uint16_t linktype_pppoe(struct linktype_rest *);
uint16_t linktype_radiotap(struct linktype_rest *);
uint16_t linktype_wifi(struct linktype_rest *);
int linktype_strip_ethertype(struct linktype_rest *, uint16_t);
int capture_open_classic(struct div_reader *, struct capture *);
int capture_open_pcapng(struct div_reader *, struct capture *);
void capture_free_pcapng(struct capture *);
uint32_t capture_field(const struct capture *, const uint8_t *);
int capture_link_fail(struct div_reader *, int);
int capture_fail(struct div_reader *, const char *);
int capture_truncated(struct div_reader *, const char *);
int capture_next_frame(struct div_reader *, struct div_frame *);
void capture_done(struct div_reader *);
int capture_wants_repair(const struct div_frame *, int);
void capture_open_libpcap(struct capture *, char *);

#endif /* DIVIO_CODEC_H */
