/* SPDX-License-Identifier: ISC */

/*
 * Parts of the formats with a line a frame: scalars (text_field.c), attributes
 * (text_attr.c), columns (text_column.c), new packets (text_new.c).
 */

#ifndef DIVIO_TEXT_H
#define DIVIO_TEXT_H

#include "internal.h"

/* Bytes of a line.  They may be overwritten once they were looked at. */
struct span {
	uint8_t *p;
	size_t n;
};

#define TEXT_QUOTE 100 /* bytes of text_quote()'s buffer */

/* all of a line but packet bytes, each of which takes at most four, or six */
#define TEXT_LINEMAX 2048

enum column { ID, DIR, IF, PROTO, SRC, DST, PAYLOAD, HDR, ATTRS, NCOLUMNS };

/*
 * The put functions return the end of what they wrote; text_put_bytes() uses
 * up to four bytes beyond it.
 */
uint8_t *text_put_string(uint8_t *, const char *);
uint8_t *text_put_dec(uint8_t *, uint64_t);
uint8_t *text_put_digits(uint8_t *, uint64_t, int);
uint8_t *text_put_time(uint8_t *, uint64_t);
uint8_t *text_put_hex(uint8_t *, const uint8_t *, size_t);
uint8_t *text_put_bytes(uint8_t *, const uint8_t *, size_t);
uint8_t *text_put_name(uint8_t *, const char[DIV_IFNAMELEN]);

/* The value of a hex digit plus one; 0: it is none. */
extern const uint8_t text_hex[256];

/*
 * The get functions return 0, or -1 when the bytes are none of the kind; then
 * the reader's error says what is wrong and where.
 */
int text_get_dec(struct div_reader *, const char *, struct span, uint64_t,
    uint64_t *);
int text_get_digits(struct div_reader *, const char *, struct span, uint64_t,
    uint64_t *);
int text_get_time(struct div_reader *, const char *, struct span, uint64_t *);
int text_get_hex(struct div_reader *, const char *, struct span, uint8_t *,
    size_t, size_t *);
int text_get_bytes(struct div_reader *, const char *, struct span, uint8_t *,
    size_t, size_t *);
int text_get_name(struct div_reader *, const char *, struct span,
    char[DIV_IFNAMELEN]);

int text_line(struct div_reader *, struct div_frame *, struct span *);
int text_is(struct span, const char *);
int text_word(struct span *, struct span *);
const char *text_quote(struct span, char[TEXT_QUOTE]);

/* What the columns between if and hdr say of a packet; not terminated. */
struct summary {
	struct {
		uint8_t text[64];
		size_t n;
	} col[DST - PROTO + 1];
	size_t split; /* of the packet into hdr and payload */
};

extern const char *const text_columns[NCOLUMNS];

void text_summarize(struct summary *, const struct div_frame *);
int text_get_proto(struct div_reader *, struct span, uint8_t *);
const char *text_dir(uint8_t);
int text_get_dir(struct div_reader *, struct span, struct div_frame *);
const char *text_verdict(const struct div_frame *);
int text_get_verdict(struct span, struct div_frame *);
int text_get_which(struct div_reader *, struct span, struct div_frame *);

/* A packet that is read, in text or JSON, which differ in how payloads look. */
struct text_packet {
	struct span col[NCOLUMNS];
	int (*payload)(struct div_reader *, const char *, struct span,
	    uint8_t *, size_t, size_t *);
	int made;           /* hdr is for us to make */
	unsigned int given; /* what is said of it: a bit for each field */
};

int text_get_bytes_of(struct div_reader *, struct text_packet *,
    struct div_frame *);
int text_get_attr(struct div_reader *, struct text_packet *, struct span,
    struct span, unsigned int *, struct div_frame *);
int
text_check(struct div_reader *, const struct text_packet *, struct div_frame *);

/* new packets without hdr */
int text_new_headers(struct div_reader *, const struct span[NCOLUMNS],
    uint8_t *, size_t *);
int text_new_attr(struct div_reader *, struct text_packet *, struct span,
    struct span, struct div_frame *);
int text_new_finish(struct div_reader *, const struct text_packet *,
    struct div_frame *);

/* attributes that a line may have a column for; each is a bit in a set */
enum { ATTR_ID, ATTR_TYPE, ATTR_DIR, ATTR_IF };

uint8_t *
text_put_attrs(uint8_t *, const struct div_frame *, const struct div_frame *);
uint8_t *
text_put_members(uint8_t *, const struct div_frame *, const struct div_frame *);
int text_get_frame_attr(struct div_reader *, struct span, struct span,
    unsigned int *, struct div_frame *);

#endif /* DIVIO_TEXT_H */
