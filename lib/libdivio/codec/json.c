/* SPDX-License-Identifier: ISC */

/*
 * JSON (RFC 8259): an object a frame, each on a line of its own, for jq(1) and
 * scripts.  Members are the columns and attributes of the text format.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "codec/codec.h"

#define EXACT (UINT64_C(1) << 53) /* integers below it are exact as doubles */
#define VALUES 2048               /* bytes of all values but proto to hdr */

/* the memory behind the slices of a packet */
struct json_object {
	json_t *root;
	uint8_t values[VALUES];
	size_t used; /* bytes of values */
	int inside;  /* an object that goes on over several lines */
};

static uint8_t *
put_escape(uint8_t *out, uint8_t c)
{
	static const char names[] = "\"\\\n\r\t", letters[] = "\"\\nrt";
	const char *name = c == '\0' ? NULL : strchr(names, c);

	*out++ = '\\';
	if (name != NULL) {
		*out++ = (uint8_t)letters[name - names];
		return out;
	}
	*out++ = 'u';
	return text_put_digits(out, c, 4);
}

/* Each byte is the character U+0000 to U+00FF of its value. */
static uint8_t *
put_bytes(uint8_t *out, const uint8_t *p, size_t n)
{
	size_t i;

	*out++ = '"';
	for (i = 0; i < n; i++) {
		if (p[i] >= ' ' && p[i] <= '~' && p[i] != '"' && p[i] != '\\')
			*out++ = p[i];
		else
			out = put_escape(out, p[i]);
	}
	*out++ = '"';
	return out;
}

static uint8_t *
put_key(uint8_t *out, const char *key)
{
	*out++ = ',';
	*out++ = '"';
	out = text_put_string(out, key);
	*out++ = '"';
	*out++ = ':';
	return out;
}

static uint8_t *
put_id(uint8_t *out, const struct div_frame *f)
{
	if ((f->type == DIV_INJECT || f->type == DIV_HOLD) && f->id == 0)
		return out;
	out = put_key(out, text_columns[ID]);
	if (f->id == DIV_ALL && text_verdict(f) != NULL)
		return text_put_string(out, "\"all\"");
	if (f->id < EXACT)
		return text_put_dec(out, f->id);
	*out++ = '"';
	out = text_put_dec(out, f->id);
	*out++ = '"';
	return out;
}

static const char *
type_name(const struct div_frame *f)
{
	if (f->type == DIV_PACKET)
		return "packet";
	return f->type == DIV_INJECT ? "inject" : text_verdict(f);
}

static uint8_t *
put_type(uint8_t *out, const struct div_frame *f)
{
	const char *type = type_name(f);

	out = text_put_string(out, "{\"type\":");
	if (type == NULL)
		return text_put_dec(out, f->type);
	return put_bytes(out, (const uint8_t *)type, strlen(type));
}

static uint8_t *
put_place(uint8_t *out, const struct div_frame *f)
{
	const char *dir = text_dir(f->dir);
	size_t n = DIV_IFNAMELEN;

	if (f->dir != DIV_UNKNOWN) {
		out = put_key(out, text_columns[DIR]);
		if (dir == NULL)
			out = text_put_dec(out, f->dir);
		else
			out = put_bytes(out, (const uint8_t *)dir, strlen(dir));
	}
	while (n > 0 && f->ifname[n - 1] == '\0')
		n--;
	if (n == 0)
		return out;
	out = put_key(out, text_columns[IF]);
	return put_bytes(out, (const uint8_t *)f->ifname, n);
}

static uint8_t *
put_packet(uint8_t *out, const struct div_frame *f)
{
	struct text_summary s;
	int i;

	text_summarize(&s, f);
	for (i = PROTO; i <= DST && s.col[0].text[0] != '-'; i++) {
		out = put_key(out, text_columns[i]);
		out = put_bytes(out, s.col[i - PROTO].text, s.col[i - PROTO].n);
	}
	out = put_key(out, text_columns[PAYLOAD]);
	out = put_bytes(out, f->packet + s.split, f->caplen - s.split);
	out = put_key(out, text_columns[HDR]);
	*out++ = '"';
	out = text_put_hex(out, f->packet, s.split);
	*out++ = '"';
	return out;
}

/* base is the frame that the members before the attributes describe: text.c. */
static int
json_put(struct div_writer *w, const struct div_frame *f)
{
	struct div_frame base = *f;
	uint8_t *line, *p;

	line = writer_reserve(w, 6 * (size_t)f->caplen + TEXT_LINEMAX);
	if (line == NULL)
		return -1;
	p = put_place(put_id(put_type(line, f), f), f);
	if (text_verdict(f) == NULL)
		p = put_packet(p, f);
	base.epoch = base.time = base.digest = 0;
	base.mark = base.ifindex = base.tag = 0;
	base.port = base.flags = 0;
	base.origlen = 0;
	if (f->type == DIV_PACKET)
		base.origlen = ~f->origlen;
	else if (text_verdict(f) == NULL)
		base.origlen = f->caplen;
	p = text_put_members(p, f, &base);
	*p++ = '}';
	*p++ = '\n';
	return writer_commit(w, (size_t)(p - line));
}

/* Decodes UTF-8 that libjansson has checked. */
static int
get_bytes(struct div_reader *r, const char *what, struct text_slice s,
    uint8_t *out, size_t max, size_t *n)
{
	size_t i;
	uint8_t c;

	*n = 0;
	for (i = 0; i < s.n; i++) {
		c = s.p[i];
		if (c > 0xc3)
			return reader_fail(r, EILSEQ,
			    "%s: character %zu is none of a byte", what,
			    *n + 1);
		if (c >= 0x80)
			c = (uint8_t)(c << 6 | (s.p[++i] & 0x3f));
		if (*n == max)
			return reader_fail(r, EILSEQ, "%s: more than %zu bytes",
			    what, max);
		out[(*n)++] = c;
	}
	return 0;
}

/* The value as in the text format; strings stay in libjansson's memory. */
static int
get_value(struct div_reader *r, struct json_object *o, const char *key,
    const json_t *value, struct text_slice *s)
{
	size_t room = VALUES - o->used, n;
	uint8_t *p = o->values + o->used;

	if (json_is_string(value)) {
		s->p = (uint8_t *)json_string_value(value);
		s->n = json_string_length(value);
		return 0;
	}
	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return reader_fail(r, EILSEQ,
		    "%s: neither a string nor a whole number", key);
	n = (size_t)snprintf((char *)p, room, "%" JSON_INTEGER_FORMAT,
	    json_integer_value(value));
	if (n >= room)
		return reader_fail(r, EILSEQ, "too many members");
	s->p = p;
	s->n = n;
	o->used += n;
	return 0;
}

static int
get_name(struct div_reader *r, struct text_slice s, struct div_frame *f)
{
	size_t n;

	return get_bytes(r, text_columns[IF], s, (uint8_t *)f->ifname,
	    DIV_IFNAMELEN, &n);
}

static int
get_dir(struct div_reader *r, struct text_slice s, struct div_frame *f)
{
	uint64_t v;

	if (s.n == 0 || s.p[0] < '0' || s.p[0] > '9')
		return text_get_dir(r, s, f);
	if (text_get_dec(r, text_columns[DIR], s, UINT8_MAX, &v) == -1)
		return -1;
	f->dir = (uint8_t)v;
	return 0;
}

/* Without a type, an object with an id is a packet, others are new packets. */
static int
get_type(struct div_reader *r, const json_t *root, struct div_frame *f)
{
	const json_t *type = json_object_get(root, "type");
	struct text_slice s;
	char q[TEXT_QUOTE];

	f->type = json_object_get(root, "id") == NULL ? DIV_INJECT : DIV_PACKET;
	if (type == NULL)
		return 0;
	if (json_is_integer(type) && json_integer_value(type) >= 0 &&
	    json_integer_value(type) <= UINT8_MAX) {
		f->type = (uint8_t)json_integer_value(type);
		return 0;
	}
	if (!json_is_string(type))
		return reader_fail(r, EILSEQ, "type: no string");
	s.p = (uint8_t *)json_string_value(type);
	s.n = json_string_length(type);
	if (text_is(s, "packet"))
		f->type = DIV_PACKET;
	else if (text_is(s, "inject"))
		f->type = DIV_INJECT;
	else if (!text_get_verdict(s, f))
		return reader_fail(r, EILSEQ,
		    "type: \"%s\" is not packet, inject, drop, pass or hold",
		    text_quote(s, q));
	return 0;
}

static int
get_id(struct div_reader *r, struct text_slice s, int verdict,
    struct div_frame *f)
{
	if (verdict)
		return text_get_which(r, s, f);
	return text_get_dec(r, text_columns[ID], s, UINT64_MAX, &f->id);
}

static enum text_column
column_of(const char *key)
{
	int c;

	for (c = ID; c < ATTRS && strcmp(text_columns[c], key) != 0; c++)
		continue;
	return (enum text_column)c;
}

static void
clear_columns(struct text_packet *p)
{
	static uint8_t none[] = "-";
	int c;

	for (c = ID; c < NCOLUMNS; c++) {
		p->col[c].p = none;
		p->col[c].n = c != PAYLOAD && c != IF;
	}
}

/* A filter may make a verdict of a packet's object and leave its members. */
static int
get_columns(struct div_reader *r, struct text_packet *p, int verdict,
    struct div_frame *f)
{
	if (!text_is(p->col[ID], "-") &&
	    get_id(r, p->col[ID], verdict, f) == -1)
		return -1;
	if (get_dir(r, p->col[DIR], f) == -1 ||
	    get_name(r, p->col[IF], f) == -1)
		return -1;
	return verdict ? 0 : text_get_packet(r, p, f);
}

static int
get_object(struct div_reader *r, struct json_object *o, struct div_frame *f)
{
	struct text_packet p = { .payload = get_bytes };
	unsigned int seen = 0;
	struct text_slice k, v;
	const char *key;
	json_t *value;
	int verdict;

	clear_columns(&p);
	if (get_type(r, o->root, f) == -1)
		return -1;
	json_object_foreach(o->root, key, value)
	{
		if (column_of(key) < ATTRS &&
		    get_value(r, o, key, value, &p.col[column_of(key)]) == -1)
			return -1;
	}
	verdict = text_verdict(f) != NULL &&
	    json_is_string(json_object_get(o->root, "type"));
	if (f->type != DIV_INJECT && f->type != DIV_HOLD &&
	    text_is(p.col[ID], "-"))
		return reader_fail(r, EILSEQ, "id is missing");
	if (get_columns(r, &p, verdict, f) == -1)
		return -1;
	json_object_foreach(o->root, key, value)
	{
		if (column_of(key) < ATTRS || strcmp(key, "type") == 0)
			continue;
		k.p = (uint8_t *)key;
		k.n = strlen(key);
		if (get_value(r, o, key, value, &v) == -1 ||
		    text_get_attr(r, &p, k, v, &seen, f) == -1)
			return -1;
	}
	return verdict ? 1 : text_check(r, &p, f) == -1 ? -1 : 1;
}

/* The next line; not the rest of an object that was refused at its first one. */
static int
next_line(struct div_reader *r, struct json_object *o, struct div_frame *f,
    struct text_slice *line)
{
	int n;

	while ((n = text_line(r, f, line)) == 1 && o->inside) {
		if (line->n > 0 && line->p[0] == '{')
			o->inside = 0;
		if (!o->inside)
			break;
		o->inside = !text_is(*line, "}");
	}
	return n;
}

static int
json_next(struct div_reader *r, struct div_frame *f)
{
	struct json_object *o = r->priv;
	struct text_slice line;
	json_error_t error;
	int n;

	if (o == NULL && (o = r->priv = calloc(1, sizeof(*o))) == NULL)
		return reader_fail(r, ENOMEM, "%s", strerror(ENOMEM));
	if ((n = next_line(r, o, f, &line)) != 1)
		return n;
	json_decref(o->root);
	o->used = 0;
	/* otherwise it opens /dev/urandom, which the sandbox forbids */
	json_object_seed((size_t)arc4random() | 1);
	o->root = json_loadb((char *)line.p, line.n,
	    JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &error);
	o->inside = o->root == NULL &&
	    json_error_code(&error) == json_error_premature_end_of_input;
	if (o->inside)
		return reader_fail(r, EILSEQ,
		    "the line ends inside an object; jq needs -c");
	if (o->root == NULL)
		return reader_fail(r, EILSEQ, "column %d: %s", error.column,
		    error.text);
	if (!json_is_object(o->root))
		return reader_fail(r, EILSEQ, "no object");
	return get_object(r, o, f);
}

static void
json_done(struct div_reader *r)
{
	struct json_object *o = r->priv;

	if (o != NULL)
		json_decref(o->root);
	free(o);
}

const struct codec codec_json = {
	.name = "json",
	.next = json_next,
	.done = json_done,
	.put = json_put,
};
