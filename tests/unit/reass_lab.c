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

#include "reass_lab.h"

void
search_run(void *arg, struct div_run *run)
{
	struct reass_world *w = arg;

	assert_true(run->n >= 1 && run->len > 0);
	div_run_search(run, w->re);
}

/* Gives the whole another payload. */
void
change(struct div_run *run, const uint8_t *text, size_t len)
{
	static uint8_t out[DIV_PACKETMAX];
	struct div_frame *f = run->whole;
	struct div_packet p;

	assert_int_equal(div_packet_parse(&p, f->packet, f->caplen), 0);
	assert_int_equal(p.len - p.payload, run->len);
	assert_memory_equal(p.data + p.payload, run->payload, run->len);
	if (len > DIV_PACKETMAX - p.payload)
		len = DIV_PACKETMAX - p.payload;
	memcpy(out, f->packet, p.payload);
	memcpy(out + p.payload, text, len);
	f->packet = out;
	f->caplen = (uint32_t)(p.payload + len);
}

static void
replace(struct reass_world *w, struct div_run *run)
{
	static uint8_t out[DIV_PACKETMAX];
	size_t ov[2 * DIV_RE_GROUPS], done = 0, n = 0, tolen = strlen(w->to);
	int found = 0;

	while ((found = div_regex_exec(w->re, run->payload, run->len, done,
		    found, ov)) == 1) {
		memcpy(out + n, run->payload + done, ov[0] - done);
		n += ov[0] - done;
		memcpy(out + n, w->to, tolen);
		n += tolen;
		done = ov[1];
	}
	memcpy(out + n, run->payload + done, run->len - done);
	n += run->len - done;
	change(run, out, n);
	assert_int_equal(div_run_edit(run), 0);
}

int
note_run(void *arg, struct div_writer *writer, struct div_run *run)
{
	struct reass_world *w = arg;
	struct div_packet p;
	size_t i, n, used;

	assert_ptr_equal(writer, w->writer);
	if (run->payload != NULL && run->len > 0 && w->to != NULL)
		replace(w, run);
	assert_int_equal(div_run_put(run, writer), 0);
	for (i = 0; i < run->n; i++) {
		used = strlen(w->runs);
		snprintf(w->runs + used, sizeof(w->runs) - used, "%s%llu",
		    used == 0  ? "" :
			i == 0 ? " " :
				 "+",
		    (unsigned long long)run->frame[i].id);
		assert_int_equal(div_packet_parse(&p, run->frame[i].packet,
				     run->frame[i].caplen),
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

static void
lab_search(void *arg, struct div_run *run)
{
	const struct reass_world *w = arg;

	w->ops->search(arg, run);
}

static int
lab_run(void *arg, struct div_writer *writer, struct div_run *run)
{
	const struct reass_world *w = arg;

	return w->ops->run(arg, writer, run);
}

static const struct div_reass_ops ops = { search_run, note_run };
static const struct div_reass_ops lab_ops = { lab_search, lab_run };

/* The connection's SYN; what was noted of it is forgotten. */
static void
connect_world(struct reass_world *w)
{
	struct lab_segment s = { .seq = w->seq - 1, .flags = TH_SYN };

	hand(w, &s, "", 0);
	w->id = 0;
	w->runs[0] = w->frames[0] = '\0';
	w->len = 0;
}

void
open_world(struct reass_world *w, const char *pattern, const char *to,
    unsigned int ms)
{
	char err[DIV_ERRLEN];
	size_t where;

	memset(w, 0, sizeof(*w));
	w->re = div_regex_new(pattern, strlen(pattern), 0, &where, err);
	assert_non_null(w->re);
	w->to = to;
	w->ops = &ops;
	w->version = 4;
	w->seq = 0xfffffff8; /* wraps soon */
	w->reass = div_reass_new(&lab_ops, w, ms);
	w->writer = div_writer_new(open("/dev/null", O_WRONLY), DIV_FMT_FRAME);
	assert_true(w->reass != NULL && w->writer != NULL);
	connect_world(w);
}

/* From now on, the filter is another one. */
void
reopen_reass(struct reass_world *w, const struct div_reass_ops *other,
    unsigned int ms)
{
	div_reass_free(w->reass);
	w->reass = div_reass_new(&lab_ops, w, ms);
	assert_non_null(w->reass);
	w->ops = &ops;
	connect_world(w);
	w->ops = other;
}

void
close_world(struct reass_world *w)
{
	div_regex_free(w->re);
	div_reass_free(w->reass);
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

/* Swaps source and destination. */
static void
turn(uint8_t *pkt, int version, size_t l4)
{
	size_t n = version == 4 ? 4 : 16, at = version == 4 ? 12 : 8;
	uint8_t old[36];

	memcpy(old, pkt + at, 2 * n);
	memcpy(pkt + at, old + n, n);
	memcpy(pkt + at + n, old, n);
	memcpy(old, pkt + l4, 4);
	memcpy(pkt + l4, old + 2, 2);
	memcpy(pkt + l4 + 2, old, 2);
}

/* Hands a segment over, in memory that is freed afterwards. */
void
hand(struct reass_world *w, const struct lab_segment *s, const void *data,
    size_t len)
{
	static const uint8_t opaque[8] = "opaque!";
	struct div_frame f;
	uint8_t *pkt = calloc(1, 100 + len);
	size_t l4 = make_ip(pkt, w->version), head = l4 + 20 + s->options;

	put16(pkt + l4, s->sport);
	put16(pkt + l4 + 2, 80);
	put32(pkt + l4 + 4, s->seq);
	put32(pkt + l4 + 8, s->ack);
	put16(pkt + l4 + 14, s->window);
	put16(pkt + l4 + 18, s->urgent);
	pkt[l4 + 12] = (uint8_t)((20 + s->options) / 4 << 4);
	pkt[l4 + 13] = s->flags;
	if (s->fragment)
		put16(pkt + 6, 0x2000);
	memcpy(pkt + head, data, len);
	if (s->back)
		turn(pkt, w->version, l4);
	if (s->sum != 0) {
		assert_int_equal(div_repair(pkt, head + len), DIV_OK);
		pkt[l4 + 16] ^= s->sum < 0;
	}
	memset(&f, 0, sizeof(f));
	f.type = s->type == 0 ? DIV_PACKET : s->type;
	f.flags = s->fflags;
	f.id = ++w->id;
	f.hdrlen = DIV_HDRLEN + sizeof(opaque);
	f.opaque = opaque;
	f.packet = pkt;
	f.caplen = f.origlen = (uint32_t)(head + len);
	assert_int_equal(div_reass_frame(w->reass, w->writer, &f), 0);
	assert_int_equal(div_writer_flush(w->writer), 0);
	free(pkt);
}

/* The next bytes of the stream. */
void
feed(struct reass_world *w, const void *data, size_t len)
{
	struct lab_segment s = { .seq = w->seq, .flags = TH_ACK };

	hand(w, &s, data, len);
	w->seq += (uint32_t)len;
}

void
say(struct reass_world *w, const char *s)
{
	feed(w, s, strlen(s));
}

void
end_input(struct reass_world *w)
{
	assert_int_equal(div_reass_end(w->reass, w->writer), 0);
	assert_int_equal(div_reass_due(w->reass, w->writer), -1);
}

struct reass_world *
begin(const char *said)
{
	struct reass_world *w = malloc(sizeof(*w));

	open_world(w, "foo", "bar", LONG);
	if (*said != '\0')
		say(w, said);
	return w;
}

void
check_end(struct reass_world *w, const char *runs, const char *data)
{
	end_input(w);
	w->data[w->len] = '\0';
	assert_string_equal(w->runs, runs);
	assert_string_equal(w->data, data);
	close_world(w);
	free(w);
}
