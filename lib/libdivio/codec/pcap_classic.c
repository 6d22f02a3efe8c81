/* SPDX-License-Identifier: ISC */

/*
 * Classic capture files, pcap-savefile(5).  libpcap reads them too, but with two
 * calls of fread(3) for each packet, which cost more than all other work on it.
 */

#include <errno.h>
#include <limits.h>

#include "codec/codec.h"

#define FILE_LEN 24 /* bytes of the file header */
#define TRUNCATED "truncated dump file"
#define RECORD_LEN 16 /* bytes of a packet's header */

/* A number in the byte order of the file. */
uint32_t
capture_field(const struct capture *c, const uint8_t *p)
{
	uint32_t v = get32(p);

	return c->little ? __builtin_bswap32(v) : v;
}

static int
classic_next(struct div_reader *r, struct capture_record *h)
{
	const struct capture *c = r->priv;
	char text[100];
	uint32_t len;
	uint8_t *p;
	int n;

	if (r->wpos - r->rpos < RECORD_LEN &&
	    (n = reader_fill(r, RECORD_LEN)) != 1)
		return n == -1 || r->rpos == r->wpos ?
		    n :
		    capture_truncated(r, TRUNCATED);
	len = capture_field(c, r->buf + r->rpos + 8);
	if (len > SNAPLEN) {
		r->rpos += RECORD_LEN;
		snprintf(text, sizeof(text),
		    "invalid packet capture length %u, bigger than %d", len,
		    SNAPLEN);
		return capture_fail(r, text);
	}
	if (r->wpos - r->rpos < RECORD_LEN + len &&
	    (n = reader_fill(r, RECORD_LEN + len)) != 1)
		return n == -1 ? n : capture_truncated(r, TRUNCATED);
	p = r->buf + r->rpos;
	h->time = capture_field(c, p) * UINT64_C(1000000000) +
	    (uint64_t)capture_field(c, p + 4) * c->tick;
	h->caplen = len < c->snaplen ? len : c->snaplen;
	h->len = capture_field(c, p + 12);
	h->data = p + RECORD_LEN;
	r->rpos += RECORD_LEN + len;
	return 1;
}

/* Returns 1; or 0 for files that libpcap must read, as of old versions. */
int
capture_open_classic(struct div_reader *r, struct capture *c)
{
	static const struct {
		uint32_t magic, tick;
	} kinds[] = { { 0xa1b2c3d4, 1000 }, { 0xa1b23c4d, 1 } };
	const uint8_t *p;
	int i;

	if (reader_fill(r, FILE_LEN) != 1)
		return 0;
	p = r->buf + r->rpos;
	for (i = 0; i < 4 && c->tick == 0; i++) {
		c->little = i / 2;
		if (capture_field(c, p) == kinds[i % 2].magic)
			c->tick = kinds[i % 2].tick;
	}
	if (c->tick == 0 ||
	    capture_field(c, p + 4) != (c->little ? 0x40002 : 0x20004))
		return 0;
	if ((c->link = linktype_of_file(capture_field(c, p + 20))) == NULL)
		return 0;
	c->snaplen = capture_field(c, p + 16);
	if (c->snaplen == 0 || c->snaplen > INT_MAX)
		c->snaplen = SNAPLEN;
	c->next = classic_next;
	r->rpos += FILE_LEN;
	return 1;
}
