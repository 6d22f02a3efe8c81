/* SPDX-License-Identifier: ISC */

#include <sys/types.h>
#include <netinet/in.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "span_lab.h"

void
look(void *arg, struct div_span *sp)
{
	struct world *w = arg;

	assert_true(sp->n >= 1 && sp->len > 0);
	div_span_look(sp, w->re);
}

/* The whole gets another payload. */
void
change(struct div_span *sp, const uint8_t *text, size_t len)
{
	static uint8_t out[DIV_PACKETMAX];
	struct div_frame *f = sp->whole;
	struct div_packet p;

	assert_int_equal(div_packet_parse(&p, f->packet, f->caplen), 0);
	assert_int_equal(p.len - p.payload, sp->len);
	assert_memory_equal(p.data + p.payload, sp->payload, sp->len);
	if (len > DIV_PACKETMAX - p.payload)
		len = DIV_PACKETMAX - p.payload;
	memcpy(out, f->packet, p.payload);
	memcpy(out + p.payload, text, len);
	f->packet = out;
	f->caplen = (uint32_t)(p.payload + len);
}

static void
replace(struct world *w, struct div_span *sp)
{
	static uint8_t out[DIV_PACKETMAX];
	size_t ov[2 * DIV_RE_GROUPS], done = 0, n = 0, tolen = strlen(w->to);
	int found = 0;

	while ((found = div_regex_exec(w->re, sp->payload, sp->len, done, found,
		    ov)) == 1) {
		memcpy(out + n, sp->payload + done, ov[0] - done);
		n += ov[0] - done;
		memcpy(out + n, w->to, tolen);
		n += tolen;
		done = ov[1];
	}
	memcpy(out + n, sp->payload + done, sp->len - done);
	n += sp->len - done;
	change(sp, out, n);
	assert_int_equal(div_span_edit(sp), 0);
}

int
run(void *arg, struct div_writer *writer, struct div_span *sp)
{
	struct world *w = arg;
	struct div_packet p;
	size_t i, n, used;

	assert_ptr_equal(writer, w->writer);
	if (sp->payload != NULL && sp->len > 0 && w->to != NULL)
		replace(w, sp);
	for (i = 0; i < sp->n; i++) {
		used = strlen(w->runs);
		snprintf(w->runs + used, sizeof(w->runs) - used, "%s%llu",
		    used == 0  ? "" :
			i == 0 ? " " :
				 "+",
		    (unsigned long long)sp->frame[i].id);
		assert_int_equal(div_packet_parse(&p, sp->frame[i].packet,
				     sp->frame[i].caplen),
		    0);
		n = p.len - p.payload;
		if (n >= sizeof(w->data) - w->len)
			continue;
		memcpy(w->data + w->len, p.data + p.payload, n);
		w->len += n;
		used = strlen(w->frames);
		snprintf(w->frames + used, sizeof(w->frames) - used, "%.*s|",
		    (int)n, (const char *)p.data + p.payload);
	}
	return 0;
}

static const struct div_span_ops ops = { look, run };

void
open_world(struct world *w, const char *pattern, const char *to,
    unsigned int ms)
{
	char err[DIV_ERRLEN];
	size_t where;

	memset(w, 0, sizeof(*w));
	w->re = div_regex_new(pattern, strlen(pattern), 0, &where, err);
	assert_non_null(w->re);
	w->to = to;
	w->version = 4;
	w->seq = 0xfffffff8; /* soon over the top */
	w->spans = div_spans_new(&ops, w, ms);
	w->writer = div_writer_new(open("/dev/null", O_WRONLY), DIV_FMT_FRAME);
	assert_true(w->spans != NULL && w->writer != NULL);
}

/* From now on something else is done with spans. */
void
respan(struct world *w, const struct div_span_ops *other, unsigned int ms)
{
	div_spans_free(w->spans);
	w->spans = div_spans_new(other, w, ms);
	assert_non_null(w->spans);
}

void
close_world(struct world *w)
{
	div_regex_free(w->re);
	div_spans_free(w->spans);
	div_writer_free(w->writer);
}

static size_t
make_ip(uint8_t *pkt, int version)
{
	static const uint8_t addrs[32] = { 10, 0, 0, 1, 10, 0, 0, 2 };

	if (version == 4) {
		pkt[0] = 0x45;
		pkt[9] = IPPROTO_TCP;
		memcpy(pkt + 12, addrs, 8);
		return V4_HDRLEN;
	}
	pkt[0] = 0x60;
	pkt[6] = IPPROTO_TCP;
	memcpy(pkt + 8, addrs, 32);
	return V6_HDRLEN;
}

/* Hands a segment over, from memory that is gone after that. */
void
hand(struct world *w, const struct seg *s, const void *data, size_t len)
{
	static const uint8_t opaque[8] = "opaque!";
	struct div_frame f;
	uint8_t *pkt = calloc(1, 100 + len);
	size_t l4 = make_ip(pkt, w->version), head = l4 + 20 + s->options;

	put16(pkt + l4, s->sport);
	put16(pkt + l4 + 2, 80);
	put32(pkt + l4 + 4, s->seq);
	pkt[l4 + 12] = (uint8_t)((20 + s->options) / 4 << 4);
	pkt[l4 + 13] = s->flags;
	if (s->fragment)
		put16(pkt + 6, 0x2000);
	memcpy(pkt + head, data, len);
	memset(&f, 0, sizeof(f));
	f.type = s->type == 0 ? DIV_PACKET : s->type;
	f.flags = s->fflags;
	f.id = ++w->id;
	f.hdrlen = DIV_HDRLEN + sizeof(opaque);
	f.opaque = opaque;
	f.packet = pkt;
	f.caplen = f.origlen = (uint32_t)(head + len);
	assert_int_equal(div_spans_frame(w->spans, w->writer, &f), 0);
	assert_int_equal(div_writer_flush(w->writer), 0);
	free(pkt);
}

/* The next bytes of the stream. */
void
feed(struct world *w, const void *data, size_t len)
{
	struct seg s = { .seq = w->seq, .flags = TH_ACK };

	hand(w, &s, data, len);
	w->seq += (uint32_t)len;
}

void
say(struct world *w, const char *s)
{
	feed(w, s, strlen(s));
}

void
end_input(struct world *w)
{
	assert_int_equal(div_spans_end(w->spans, w->writer), 0);
	assert_int_equal(div_spans_due(w->spans, w->writer), -1);
}

struct world *
begin(const char *said)
{
	struct world *w = malloc(sizeof(*w));

	open_world(w, "foo", "bar", LONG);
	say(w, said);
	return w;
}

void
check_end(struct world *w, const char *runs, const char *data)
{
	end_input(w);
	w->data[w->len] = '\0';
	assert_string_equal(w->runs, runs);
	assert_string_equal(w->data, data);
	close_world(w);
	free(w);
}
