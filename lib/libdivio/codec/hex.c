/* SPDX-License-Identifier: ISC */

/* hexinject's format: a packet a line, "45 00 00 3C ...". */

#include <errno.h>
#include <string.h>

#include "codec/codec.h"

static int
bad_byte(struct div_reader *r, uint8_t c, size_t i, const char *want)
{
	if (c > ' ' && c <= '~')
		return reader_fail(r, EILSEQ, "column %zu: '%c' is no %s",
		    i + 1, c, want);
	return reader_fail(r, EILSEQ, "column %zu: \\x%02x is no %s", i + 1, c,
	    want);
}

/* Decodes pairs of digits with single blanks between them, in place. */
static int
decode(struct div_reader *r, uint8_t *line, size_t len)
{
	size_t i;
	unsigned int hi, lo;

	for (i = 0; i < len; i += 3) {
		if (i > 0 && line[i - 1] != ' ')
			return bad_byte(r, line[i - 1], i - 1, "blank");
		if ((hi = text_hex[line[i]]) == 0)
			return bad_byte(r, line[i], i, "hex digit");
		if (i + 1 == len || line[i + 1] == ' ')
			return reader_fail(r, EILSEQ,
			    "column %zu: odd number of digits", i + 1);
		if ((lo = text_hex[line[i + 1]]) == 0)
			return bad_byte(r, line[i + 1], i + 1, "hex digit");
		line[i / 3] = (uint8_t)((hi - 1) << 4 | (lo - 1));
	}
	return i == len ? bad_byte(r, line[i - 1], i - 1, "blank") : 0;
}

static int
hex_next(struct div_reader *r, struct div_frame *f)
{
	uint8_t *line;
	size_t len;
	int n;

	if ((n = reader_line(r, &line, &len)) != 1)
		return n;
	if (len > 0 && line[len - 1] == ' ') /* as sed 's/../& /g' leaves it */
		len--;
	if (len == 0)
		return reader_fail(r, EILSEQ, "empty line");
	if (len / 3 >= DIV_PACKETMAX)
		return reader_fail(r, EILSEQ, "packet longer than %d bytes",
		    DIV_PACKETMAX);
	if (decode(r, line, len) == -1)
		return -1;
	memset(f, 0, sizeof(*f));
	f->type = DIV_INJECT;
	f->hdrlen = DIV_HDRLEN;
	f->packet = line;
	f->caplen = f->origlen = (uint32_t)(len + 1) / 3;
	return 1;
}

/* Drop records and empty packets have no representation in hex. */
static int
hex_put(struct div_writer *w, const struct div_frame *f)
{
	static const uint8_t digits[16] = "0123456789ABCDEF";
	size_t i;
	uint8_t *p;

	if ((f->type != DIV_PACKET && f->type != DIV_INJECT) || f->caplen == 0)
		return 0;
	if ((p = writer_reserve(w, 3 * (size_t)f->caplen)) == NULL)
		return -1;
	for (i = 0; i < f->caplen; i++) {
		p[3 * i] = digits[f->packet[i] >> 4];
		p[3 * i + 1] = digits[f->packet[i] & 15];
		p[3 * i + 2] = ' ';
	}
	p[3 * i - 1] = '\n';
	return writer_commit(w, 3 * (size_t)f->caplen);
}

const struct codec codec_hex = {
	.name = "hex",
	.next = hex_next,
	.put = hex_put,
};
