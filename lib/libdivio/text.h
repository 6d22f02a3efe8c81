/* SPDX-License-Identifier: ISC */

/* parts of the text format: scalars (text_field.c), attributes (text_attr.c) */

#ifndef DIVIO_TEXT_H
#define DIVIO_TEXT_H

#include "internal.h"

/* Bytes of a line.  They may be overwritten once they were looked at. */
struct span {
	uint8_t *p;
	size_t n;
};

#define TEXT_QUOTE 100 /* bytes of text_quote()'s buffer */

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

int text_is(struct span, const char *);
int text_word(struct span *, struct span *);
const char *text_quote(struct span, char[TEXT_QUOTE]);

/* attributes that a line may have a column for; each is a bit in a set */
enum { ATTR_ID, ATTR_TYPE, ATTR_DIR, ATTR_IF };

uint8_t *
text_put_attrs(uint8_t *, const struct div_frame *, const struct div_frame *);
int text_get_attrs(struct div_reader *, struct span, unsigned int,
    struct div_frame *);

#endif /* DIVIO_TEXT_H */
