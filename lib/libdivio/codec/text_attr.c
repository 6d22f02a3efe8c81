/* SPDX-License-Identifier: ISC */

/*
 * Attributes, key=value: fields of the frame without a column, by a table of their
 * names, places in struct div_frame, and representations.
 */

#include <errno.h>
#include <string.h>

#include "codec/codec.h"

enum attr_kind { DEC, MARK, DIGITS, TIME, NAME, OPAQUE };

#define ROW(name, field, kind)                                   \
	{                                                        \
		name, offsetof(struct div_frame, field),         \
		    sizeof(((struct div_frame *)0)->field), kind \
	}

/* in the order of output */
static const struct attr {
	const char *name;
	size_t offset, size; /* in struct div_frame, bytes */
	enum attr_kind kind;
} attrs[] = {
	[ATTR_ID] = ROW("id", id, DEC),
	[ATTR_TYPE] = ROW("type", type, DEC),
	[ATTR_DIR] = ROW("dir", dir, DEC),
	[ATTR_IF] = ROW("if", ifname, NAME),
	[ATTR_EPOCH] = ROW("epoch", epoch, DIGITS),
	[ATTR_TIME] = ROW("time", time, TIME),
	ROW("mark", mark, MARK),
	ROW("port", port, DEC),
	ROW("origlen", origlen, DEC),
	ROW("digest", digest, DIGITS),
	ROW("flags", flags, DEC),
	ROW("ifindex", ifindex, DEC),
	ROW("tag", tag, DEC),
	ROW("opaque", opaque, OPAQUE),
};

#define NATTRS (sizeof(attrs) / sizeof(attrs[0]))

static uint64_t
load(const struct attr *a, const struct div_frame *f)
{
	const uint8_t *p = (const uint8_t *)f + a->offset;
	uint16_t v16;
	uint32_t v32;
	uint64_t v64;

	switch (a->size) {
	case 1:
		return *p;
	case 2:
		memcpy(&v16, p, 2);
		return v16;
	case 4:
		memcpy(&v32, p, 4);
		return v32;
	default:
		memcpy(&v64, p, 8);
		return v64;
	}
}

static void
store(const struct attr *a, struct div_frame *f, uint64_t v)
{
	uint8_t *p = (uint8_t *)f + a->offset;
	uint16_t v16 = (uint16_t)v;
	uint32_t v32 = (uint32_t)v;

	switch (a->size) {
	case 1:
		*p = (uint8_t)v;
		break;
	case 2:
		memcpy(p, &v16, 2);
		break;
	case 4:
		memcpy(p, &v32, 4);
		break;
	default:
		memcpy(p, &v, 8);
		break;
	}
}

static int
same(const struct attr *a, const struct div_frame *f,
    const struct div_frame *other)
{
	switch (a->kind) {
	case NAME:
		return memcmp(f->ifname, other->ifname, DIV_IFNAMELEN) == 0;
	case OPAQUE:
		return f->hdrlen <= DIV_HDRLEN;
	default:
		return load(a, f) == load(a, other);
	}
}

static uint8_t *
put_value(uint8_t *out, const struct attr *a, const struct div_frame *f)
{
	switch (a->kind) {
	case DEC:
		return text_put_dec(out, load(a, f));
	case MARK:
		*out++ = '0';
		*out++ = 'x';
		return text_put_digits(out, load(a, f), 8);
	case DIGITS:
		return text_put_digits(out, load(a, f), 16);
	case TIME:
		return text_put_time(out, load(a, f));
	case NAME:
		return text_put_name(out, f->ifname);
	case OPAQUE:
		return text_put_hex(out, f->opaque, f->hdrlen - DIV_HDRLEN);
	}
	return out;
}

/* Writes the attributes in which f differs from the frame of its columns. */
uint8_t *
text_put_attrs(uint8_t *out, const struct div_frame *f,
    const struct div_frame *columns)
{
	const struct attr *a;
	uint8_t *start = out;

	for (a = attrs; a < attrs + NATTRS; a++) {
		if (same(a, f, columns))
			continue;
		if (out != start)
			*out++ = ' ';
		out = text_put_string(out, a->name);
		*out++ = '=';
		out = put_value(out, a, f);
	}
	return out;
}

/*
 * The same as members of a JSON object.  Only numbers of at most 32 bits are JSON
 * numbers: all programs represent them exactly.
 */
uint8_t *
text_put_members(uint8_t *out, const struct div_frame *f,
    const struct div_frame *columns)
{
	const struct attr *a;
	int number;

	for (a = attrs; a < attrs + NATTRS; a++) {
		if (same(a, f, columns))
			continue;
		number = a->kind == MARK || a->kind == DEC;
		out = text_put_string(out, ",\"");
		out = text_put_string(out, a->name);
		out = text_put_string(out, number ? "\":" : "\":\"");
		if (number)
			out = text_put_dec(out, load(a, f));
		else
			out = put_value(out, a, f);
		if (!number)
			*out++ = '"';
	}
	return out;
}

/* The bytes stay in the line, which is valid as long as the frame. */
static int
get_opaque(struct div_reader *r, const struct attr *a, struct text_slice s,
    struct div_frame *f)
{
	size_t n;

	if (text_get_hex(r, a->name, s, s.p, DIV_HDRMAX - DIV_HDRLEN, &n) == -1)
		return -1;
	if (n % 8 != 0)
		return reader_fail(r, EILSEQ,
		    "%s: %zu bytes, "
		    "not a multiple of 8",
		    a->name, n);
	f->opaque = s.p;
	f->hdrlen = (uint16_t)(DIV_HDRLEN + n);
	return 0;
}

static int
get_value(struct div_reader *r, const struct attr *a, struct text_slice s,
    struct div_frame *f)
{
	uint64_t max = a->size < 8 ? (UINT64_C(1) << 8 * a->size) - 1 :
				     UINT64_MAX;
	uint64_t v = 0;
	int error = 0;

	switch (a->kind) {
	case DEC:
	case MARK:
		error = text_get_dec(r, a->name, s, max, &v);
		break;
	case DIGITS:
		error = text_get_digits(r, a->name, s, max, &v);
		break;
	case TIME:
		error = text_get_time(r, a->name, s, &v);
		break;
	case NAME:
		return text_get_name(r, a->name, s, f->ifname);
	case OPAQUE:
		return get_opaque(r, a, s, f);
	}
	if (error == 0)
		store(a, f, v);
	return error;
}

int
text_get_frame_attr(struct div_reader *r, struct text_slice key,
    struct text_slice value, unsigned int *seen, struct div_frame *f)
{
	char q[TEXT_QUOTE];
	size_t i;

	for (i = 0; i < NATTRS && !text_is(key, attrs[i].name); i++)
		continue;
	if (i == NATTRS)
		return reader_fail(r, EILSEQ, "attrs: unknown key \"%s\"",
		    text_quote(key, q));
	if (*seen & 1U << i)
		return reader_fail(r, EILSEQ, "attrs: second value for %s",
		    attrs[i].name);
	*seen |= 1U << i;
	return get_value(r, &attrs[i], value, f);
}
