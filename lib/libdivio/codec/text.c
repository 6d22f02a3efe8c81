/* SPDX-License-Identifier: ISC */

/*
 * The text format, divio(5): a line a frame, columns separated by tabs, for people,
 * awk(1) and expect(1).  A line that is read back gives the same frame.
 */

#include <errno.h>
#include <string.h>

#include "codec/codec.h"

/* The columns from id to dst, each with a tab behind it. */
static uint8_t *
put_head(uint8_t *out, const struct div_frame *f, const struct div_frame *base,
    struct text_summary *s)
{
	int i;

	text_summarize(s, f);
	if (base->type == DIV_INJECT)
		*out++ = '-';
	else
		out = text_put_dec(out, f->id);
	*out++ = '\t';
	out = text_put_string(out, text_dir(base->dir));
	*out++ = '\t';
	out = text_put_name(out, f->ifname);
	*out++ = '\t';
	for (i = 0; i <= DST - PROTO; i++) {
		memcpy(out, s->col[i].text, s->col[i].n);
		out += s->col[i].n;
		*out++ = '\t';
	}
	return out;
}

static uint8_t *
put_columns(uint8_t *out, const struct div_frame *f,
    const struct div_frame *base)
{
	struct text_summary s;

	out = put_head(out, f, base, &s);
	if (s.split == f->caplen)
		*out++ = '-';
	else
		out = text_put_bytes(out, f->packet + s.split,
		    f->caplen - s.split);
	*out++ = '\t';
	if (s.split == 0)
		*out++ = '-';
	else
		out = text_put_hex(out, f->packet, s.split);
	*out++ = '\t';
	return out;
}

/* The columns id to dst as a string; returns its length. */
size_t
div_frame_columns(const struct div_frame *f, char buf[DIV_COLUMNSLEN])
{
	struct div_frame base = *f;
	struct text_summary s;
	uint8_t *end;

	if (text_dir(base.dir) == NULL)
		base.dir = DIV_UNKNOWN;
	end = put_head((uint8_t *)buf, f, &base, &s);
	*--end = '\0';
	return (size_t)((char *)end - buf);
}

/*
 * base is the frame that a line without attributes would be read as; fields that
 * differ become attributes.  origlen always does, because an edit of the payload
 * would change its default.
 */
static uint8_t *
put_packet(uint8_t *out, const struct div_frame *f)
{
	struct div_frame base = { .type = DIV_PACKET, .id = f->id };
	uint8_t *attrs;

	if (f->type == DIV_INJECT) {
		base.type = DIV_INJECT;
		base.id = 0;
	}
	base.dir = text_dir(f->dir) != NULL ? f->dir : DIV_UNKNOWN;
	memcpy(base.ifname, f->ifname, DIV_IFNAMELEN);
	base.origlen = f->type == DIV_PACKET ? ~f->origlen : f->caplen;

	attrs = put_columns(out, f, &base);
	out = text_put_attrs(attrs, f, &base);
	if (out == attrs)
		*out++ = '-';
	return out;
}

static uint8_t *
put_verdict(uint8_t *out, const struct div_frame *f, const char *verdict)
{
	struct div_frame base = { .type = f->type };
	uint8_t *attrs;

	out = text_put_string(out, verdict);
	*out++ = ' ';
	if (f->type == DIV_HOLD)
		base.time = f->time;
	else
		base.id = f->id;
	if (f->type == DIV_HOLD)
		out = text_put_time(out, f->time);
	else if (f->id == DIV_ALL)
		out = text_put_string(out, "all");
	else
		out = text_put_dec(out, f->id);
	*out = '\t';
	attrs = text_put_attrs(out + 1, f, &base);
	return attrs == out + 1 ? out : attrs;
}

static int
text_put(struct div_writer *w, const struct div_frame *f)
{
	const char *verdict = text_verdict(f);
	uint8_t *line, *p;

	line = writer_reserve(w, 4 * (size_t)f->caplen + TEXT_LINEMAX);
	if (line == NULL)
		return -1;
	if (verdict != NULL)
		p = put_verdict(line, f, verdict);
	else
		p = put_packet(line, f);
	*p++ = '\n';
	return writer_commit(w, (size_t)(p - line));
}

static int
get_id(struct div_reader *r, struct text_slice s, unsigned int *seen,
    struct div_frame *f)
{
	f->type = DIV_INJECT;
	if (text_is(s, "-"))
		return 0;
	f->type = DIV_PACKET;
	*seen |= 1U << ATTR_ID;
	return text_get_dec(r, text_columns[ID], s, UINT64_MAX, &f->id);
}

static int
get_dir(struct div_reader *r, struct text_slice s, unsigned int *seen,
    struct div_frame *f)
{
	if (!text_is(s, "-"))
		*seen |= 1U << ATTR_DIR;
	return text_get_dir(r, s, f);
}

static int
get_if(struct div_reader *r, struct text_slice s, unsigned int *seen,
    struct div_frame *f)
{
	if (!text_is(s, "-"))
		*seen |= 1U << ATTR_IF;
	return text_get_name(r, text_columns[IF], s, f->ifname);
}

static int
get_attrs(struct div_reader *r, struct text_packet *p, struct text_slice s,
    unsigned int seen, struct div_frame *f)
{
	struct text_slice word, key, value;
	char q[TEXT_QUOTE];
	uint8_t *eq;

	if (text_is(s, "-"))
		return 0;
	while (text_word(&s, &word)) {
		key = word;
		if ((eq = memchr(word.p, '=', word.n)) == NULL)
			return reader_fail(r, EILSEQ,
			    "attrs: \"%s\" is not key=value",
			    text_quote(word, q));
		key.n = (size_t)(eq - word.p);
		value.p = eq + 1;
		value.n = word.n - key.n - 1;
		if (text_get_attr(r, p, key, value, &seen, f) == -1)
			return -1;
	}
	return 0;
}

static int
split(struct div_reader *r, struct text_slice line,
    struct text_slice s[NCOLUMNS])
{
	uint8_t *tab, *end = line.p + line.n;
	char q[TEXT_QUOTE];
	int i;

	if (line.n == 0)
		return reader_fail(r, EILSEQ, "empty line");
	if (memchr(line.p, '\t', line.n) == NULL)
		return reader_fail(r, EILSEQ,
		    "\"%s\" is no verdict, and tabs between fields are missing",
		    text_quote(line, q));
	for (i = 0; i < NCOLUMNS; i++) {
		if (line.p == NULL)
			return reader_fail(r, EILSEQ, "%s is missing",
			    text_columns[i]);
		tab = memchr(line.p, '\t', (size_t)(end - line.p));
		s[i].p = line.p;
		s[i].n = (size_t)((tab == NULL ? end : tab) - line.p);
		if (s[i].n == 0)
			return reader_fail(r, EILSEQ, "%s is empty, not \"-\"",
			    text_columns[i]);
		line.p = tab == NULL ? NULL : tab + 1;
	}
	if (line.p != NULL)
		return reader_fail(r, EILSEQ, "more than %d fields", NCOLUMNS);
	return 0;
}

static int
get_packet(struct div_reader *r, struct text_slice line, struct div_frame *f)
{
	struct text_packet p = { .payload = text_get_bytes };
	unsigned int seen = 0;

	if (split(r, line, p.col) == -1 ||
	    get_id(r, p.col[ID], &seen, f) == -1 ||
	    get_dir(r, p.col[DIR], &seen, f) == -1 ||
	    get_if(r, p.col[IF], &seen, f) == -1 ||
	    text_get_packet(r, &p, f) == -1 ||
	    get_attrs(r, &p, p.col[ATTRS], seen, f) == -1 ||
	    text_check(r, &p, f) == -1)
		return -1;
	return 1;
}

/* line is the rest behind the word drop, pass or hold. */
static int
get_verdict(struct div_reader *r, struct text_slice line, struct div_frame *f)
{
	struct text_packet none = { .made = 0 };
	unsigned int seen = 1U << ATTR_TYPE;
	struct text_slice what;
	int hold = f->type == DIV_HOLD;

	if (!text_word(&line, &what))
		return reader_fail(r, EILSEQ, "%s is missing",
		    hold ? "time" : "id");
	seen |= 1U << (hold ? ATTR_TIME : ATTR_ID);
	if ((hold ? text_get_time(r, "time", what, &f->time) :
		    text_get_which(r, what, f)) == -1)
		return -1;
	return line.p != NULL && get_attrs(r, &none, line, seen, f) == -1 ? -1 :
									    1;
}

static int
text_next(struct div_reader *r, struct div_frame *f)
{
	struct text_slice line, rest, word;
	int n;

	if ((n = text_line(r, f, &line)) != 1)
		return n;
	rest = line;
	text_word(&rest, &word);
	if (text_get_verdict(word, f))
		return get_verdict(r, rest, f);
	return get_packet(r, line, f);
}

const struct codec codec_text = {
	.name = "text",
	.next = text_next,
	.put = text_put,
};
