/* SPDX-License-Identifier: ISC */

#include <sys/types.h>
#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "internal.h"

#define LONG 60000 /* ms, more than a test takes */

/* Replaces each match of re, if there is one, and notes what was run. */
struct world {
	struct div_regex *re;
	const char *to;
	struct div_spans *spans;
	struct div_writer *writer;
	int version;
	uint64_t id;
	uint32_t seq;
	char runs[4096]; /* ids: + in a span, a blank between spans */
	char data[4096];
	size_t len;       /* of data: what came out, as it came */
	char frames[256]; /* payloads of frames, | between them */
};

static void
look(void *arg, struct div_span *sp)
{
	struct world *w = arg;

	assert_true(sp->n >= 1 && sp->len > 0);
	div_span_look(sp, w->re);
}

/* The whole gets another payload. */
static void
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

static int
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

static void
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

static void
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

struct seg {
	uint32_t seq;
	uint8_t flags;
	uint16_t sport;
	uint8_t type; /* of the frame */
	uint8_t fflags;
	int fragment;
	uint8_t options; /* bytes */
};

/* Hands a segment over, from memory that is gone after that. */
static void
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
static void
feed(struct world *w, const void *data, size_t len)
{
	struct seg s = { .seq = w->seq, .flags = TH_ACK };

	hand(w, &s, data, len);
	w->seq += (uint32_t)len;
}

static void
say(struct world *w, const char *s)
{
	feed(w, s, strlen(s));
}

static void
end(struct world *w)
{
	assert_int_equal(div_spans_end(w->spans, w->writer), 0);
	assert_int_equal(div_spans_due(w->spans, w->writer), -1);
}

static void
check_cuts(int version, const char *pattern, const char *to, const char *text,
    const char *want)
{
	size_t len = strlen(text), a, b;
	struct world *w = malloc(sizeof(*w));

	for (a = 1; a < len; a++) {
		for (b = a + 1; b <= len; b++) {
			open_world(w, pattern, to, LONG);
			w->version = version;
			feed(w, text, a);
			feed(w, text + a, b - a);
			if (b < len)
				feed(w, text + b, len - b);
			end(w);
			w->data[w->len] = '\0';
			assert_string_equal(w->data, want);
			close_world(w);
		}
	}
	free(w);
}

/* A match is found wherever borders cut it. */
static void
test_cuts(void **state)
{
	(void)state;
	check_cuts(4, "foo", "bar", "a foo, foofoo foo", "a bar, barbar bar");
	check_cuts(6, "foo", "", "a foo, foofoo foo", "a ,  ");
	check_cuts(4, "o+", "--->", "foooo bar oof", "f---> bar --->f");
	check_cuts(4, "\\d{4}(?!\\d)", "#", "1234 12345 56", "# 1# 56");
	check_cuts(4, "foo(?!bar)", "x", "foobar foobaz", "foobar xbaz");
	check_cuts(4, "(?s)a.*b", "", "1a23b45b6", "16");
	check_cuts(4, "\\bto\\b", "2", "to too to", "2 too 2");
	check_cuts(6, "pass: \\K\\w+", "*", "the pass: secret!",
	    "the pass: *!");
}

static void
check_runs(const char *pattern, const char *const *said, const char *runs)
{
	struct world *w = malloc(sizeof(*w));

	open_world(w, pattern, NULL, LONG);
	for (; *said != NULL; said++)
		say(w, *said);
	end(w);
	assert_string_equal(w->runs, runs);
	close_world(w);
	free(w);
}

#define RUNS(pattern, runs, ...) \
	check_runs(pattern, (const char *const[]){ __VA_ARGS__, NULL }, runs)

/* Only what a match crosses is joined. */
static void
test_joined(void **state)
{
	(void)state;
	RUNS("foo", "1 2 3", "a", "b foo", "c");
	RUNS("foo", "1+2 3", "a f", "oo", "c");
	RUNS("foo", "1 2", "a f", "ar");
	RUNS("foo", "1 2+3", "a f", "ar f", "oo");
	RUNS("foo", "1+2 3+4", "f", "oo f", "x f", "oo");
	RUNS("foo", "1+2+3", "f", "o", "of");
	RUNS("foo", "1+2+3", "f", "oof", "oo");
	RUNS("foo|of+x", "1+2", "fo", "offf");
	RUNS("foo", "1", "a f");
	RUNS("foo\\b", "1+2", "a foo", " b");
	RUNS("foo$", "1+2", "a foo", " b");
	RUNS("^foo", "1 2", "x", "foo");
	RUNS("^foo", "1+2", "f", "oo");
	RUNS("\\bfoo", "1 2", "x ", " x");
	RUNS("x*", "1 2", "a", "b");
	RUNS("\\w+@\\w", "1 2 3+4", "one tw", "o thr", "ee fo", "ur@x");
}

/* What is done goes on while the rest waits. */
static void
test_early(void **state)
{
	struct world *w = malloc(sizeof(*w));

	(void)state;
	open_world(w, "\\w+@\\w", NULL, LONG);
	say(w, "one tw");
	assert_string_equal(w->runs, "");
	say(w, "o thr");
	assert_string_equal(w->runs, "1");
	say(w, "ee fo");
	assert_string_equal(w->runs, "1 2");
	say(w, "ur@");
	assert_string_equal(w->runs, "1 2");
	say(w, "x");
	assert_string_equal(w->runs, "1 2 3+4+5");
	close_world(w);
	free(w);
}

static struct world *
begin(const char *said)
{
	struct world *w = malloc(sizeof(*w));

	open_world(w, "foo", "bar", LONG);
	say(w, said);
	return w;
}

static void
check_end(struct world *w, const char *runs, const char *data)
{
	end(w);
	w->data[w->len] = '\0';
	assert_string_equal(w->runs, runs);
	assert_string_equal(w->data, data);
	close_world(w);
	free(w);
}

static void
test_ends(void **state)
{
	struct seg s = { .flags = TH_ACK };
	struct world *w;

	(void)state;
	w = begin("f");
	s.seq = w->seq;
	s.flags = TH_FIN;
	hand(w, &s, "oo f", 4);
	assert_string_equal(w->runs, "1+2");
	check_end(w, "1+2", "bar f");
	w = begin("f");
	hand(w, &s, "", 0);
	assert_string_equal(w->runs, "1 2");
	check_end(w, "1 2", "f");
	w = begin("f");
	s.flags = TH_RST;
	s.seq += 1000;
	hand(w, &s, "", 0);
	assert_string_equal(w->runs, "1 2");
	check_end(w, "1 2", "f");
	w = begin("f");
	s.flags = TH_SYN;
	hand(w, &s, "f", 1);
	assert_string_equal(w->runs, "1 2");
	check_end(w, "1 2", "ff");
	w = begin("x");
	s.flags = TH_FIN;
	hand(w, &s, "f", 1);
	assert_string_equal(w->runs, "1 2");
	check_end(w, "1 2", "xf");
}

/* A gap, what lies before, a repetition, an overlap. */
static void
test_order(void **state)
{
	struct seg s = { .flags = TH_ACK };
	const struct div_span_counters *n;
	struct world *w;

	(void)state;
	w = begin("xfo");
	s.seq = w->seq + 2;
	hand(w, &s, "f", 1);
	s.flags = TH_FIN;
	s.seq += 3;
	hand(w, &s, "", 0);
	s.flags = TH_ACK;
	s.seq = w->seq - 9;
	hand(w, &s, "aaaaaa", 6);
	s.seq = w->seq + 3;
	hand(w, &s, "oo", 2);
	assert_string_equal(w->runs, "3 4 2+5");
	say(w, "o");
	check_end(w, "3 4 2+5 1+6", "aaaaaabarxbar");

	w = begin("xf");
	say(w, "o");
	s.seq = w->seq - 3;
	hand(w, &s, "xfo", 3);
	s.seq++;
	hand(w, &s, "f", 1);
	s.seq++;
	hand(w, &s, "o", 1);
	assert_string_equal(w->runs, "");
	n = div_spans_counters(w->spans);
	assert_int_equal(n->again, 3);
	assert_int_equal(n->held, 2);
	say(w, "o");
	assert_int_equal(n->joined, 1);
	check_end(w, "1+2+6", "xbar");

	w = begin("xfo");
	s.seq = w->seq - 1;
	hand(w, &s, "of", 2);
	assert_string_equal(w->runs, "1");
	s.seq = w->seq + 1;
	hand(w, &s, "oo", 2);
	check_end(w, "1 2+3", "xfoobar");

	w = begin("xfo");
	s.seq = w->seq - 1;
	hand(w, &s, "f", 1);
	assert_string_equal(w->runs, "1");
	check_end(w, "1 2", "xfof");

	w = begin("xfo");
	s.seq = w->seq - 1;
	s.flags = TH_FIN;
	hand(w, &s, "o", 1);
	check_end(w, "1 2", "xfoo");
}

static void
repeat(struct world *w, uint32_t off, const char *data)
{
	struct seg s = { .seq = 0xfffffff8 + off, .flags = TH_ACK };

	hand(w, &s, data, strlen(data));
}

/* What comes again alone becomes what it was in its span. */
static void
test_again(void **state)
{
	struct world *w = begin("xfo");

	(void)state;
	say(w, "ox");
	say(w, "fo");
	say(w, "o");
	w->runs[0] = '\0';
	w->len = 0;
	repeat(w, 0, "xfo");
	repeat(w, 3, "ox");
	repeat(w, 6, "o");
	repeat(w, 0, "xfooxfoo");
	repeat(w, 2, "oo");
	repeat(w, 0, "xfO");
	repeat(w, 20, "o");
	assert_string_equal(w->runs, "5 6 7 8 9 10 11");
	assert_int_equal(div_spans_counters(w->spans)->again, 5);
	check_end(w, "5 6 7 8 9 10 11", "xbarxaxbarxbararxfOo");
}

static int
run_drop(void *arg, struct div_writer *writer, struct div_span *sp)
{
	if (sp->n == 1)
		return run(arg, writer, sp);
	return div_span_drop(sp, writer);
}

static void
test_again_dropped(void **state)
{
	static const struct div_span_ops drop_ops = { look, run_drop };
	struct world *w = malloc(sizeof(*w));

	(void)state;
	open_world(w, "foo", NULL, LONG);
	div_spans_free(w->spans);
	w->spans = div_spans_new(&drop_ops, w, LONG);
	say(w, "xfo");
	say(w, "oy");
	say(w, "z");
	repeat(w, 0, "xfo");
	repeat(w, 4, "yz");
	repeat(w, 4, "Y");
	repeat(w, 5, "z");
	assert_int_equal(div_spans_counters(w->spans)->again, 2);
	check_end(w, "3 6 7", "zYz");
}

/* Only so much is known of what was. */
static void
test_again_bounds(void **state)
{
	struct world *w = begin("f");
	uint32_t i;

	(void)state;
	say(w, "oo");
	for (i = 0; i < 1024; i++) {
		repeat(w, 100 + 3 * i, "f");
		repeat(w, 101 + 3 * i, "oo");
	}
	w->runs[0] = '\0';
	w->len = 0;
	repeat(w, 1, "oo");
	repeat(w, 101, "oo");
	repeat(w, 100 + 3 * 1023, "f");
	check_end(w, "2051 2052 2053", "ooarb");
}

/* What has nothing to do with it goes its way. */
static void
test_others(void **state)
{
	struct world *w = begin("f");
	struct seg s = { .seq = w->seq, .flags = TH_ACK };

	(void)state;
	hand(w, &s, "", 0);
	s.sport = 1;
	hand(w, &s, "oo", 2);
	s.sport = 0;
	s.fragment = 1;
	hand(w, &s, "oo", 2);
	s.fragment = 0;
	s.fflags = DIV_F_TRUNC;
	hand(w, &s, "oo", 2);
	s.fflags = 0;
	s.type = DIV_INJECT;
	hand(w, &s, "oo", 2);
	assert_string_equal(w->runs, "2 3 4 5 6");
	s.type = DIV_PACKET;
	s.fflags = DIV_F_GSO;
	hand(w, &s, "oo", 2);
	check_end(w, "2 3 4 5 6 1+7", "oooooooobar");
}

static void
test_time(void **state)
{
	struct world *w = malloc(sizeof(*w));
	int ms;

	(void)state;
	open_world(w, "foo", "bar", 30);
	assert_int_equal(div_spans_due(w->spans, w->writer), -1);
	say(w, "f");
	ms = div_spans_due(w->spans, w->writer);
	assert_true(ms >= 0 && ms <= 31);
	assert_string_equal(w->runs, "");
	say(w, "o");
	while ((ms = div_spans_due(w->spans, w->writer)) >= 0)
		poll(NULL, 0, ms);
	assert_int_equal(ms, -1);
	assert_string_equal(w->runs, "1+2");
	assert_int_equal(div_spans_counters(w->spans)->expired, 2);
	say(w, "o");
	check_end(w, "1+2 3", "foo");
}

/* More than may be held goes on, the oldest first. */
static void
test_bounds(void **state)
{
	struct world *w = malloc(sizeof(*w));
	const struct div_span_counters *n;
	struct seg s = { .flags = TH_ACK };
	char *data = malloc(200000);
	int i;

	(void)state;
	memset(data, 'x', 200000);
	open_world(w, "x+y", "z", LONG);
	n = div_spans_counters(w->spans);
	for (i = 0; i < 64; i++)
		say(w, "x");
	assert_string_equal(w->runs, "");
	say(w, "x");
	assert_int_equal(strncmp(w->runs, "1+2+3+", 6), 0);
	assert_int_equal(n->crowded, 64);
	w->runs[0] = '\0';
	feed(w, data, 200000);
	assert_string_equal(w->runs, "");
	feed(w, data, 200000);
	assert_string_equal(w->runs, "65+66");
	assert_int_equal(n->crowded, 66);
	w->runs[0] = '\0';
	for (i = 1; i <= 511; i++) {
		s.sport = (uint16_t)i;
		hand(w, &s, "x", 1);
	}
	assert_string_equal(w->runs, "");
	s.sport++;
	hand(w, &s, "x", 1);
	assert_string_equal(w->runs, "67");
	for (s.sport = 1; s.sport < 80; s.sport++) {
		s.seq = 1;
		hand(w, &s, data, 200000);
	}
	assert_true(n->crowded > 68);
	end(w);
	assert_int_equal(w->id, 67 + 512 + 79);
	close_world(w);
	free(w);
	free(data);
}

/* Each frame takes as much as it had, and those that can stay do. */
static void
check_edit(const char *to, const char *want)
{
	struct world *w = malloc(sizeof(*w));

	open_world(w, "a[^z]*z", to, LONG);
	say(w, "12ab");
	say(w, "cdef");
	say(w, "gz34");
	assert_string_equal(w->runs, "1+2+3");
	assert_string_equal(w->frames, want);
	close_world(w);
	free(w);
}

static void
test_edit(void **state)
{
	(void)state;
	check_edit("abcdefgz", "12ab|cdef|gz34|");
	check_edit("ABCDEFGZ", "12AB|CDEF|GZ34|");
	check_edit("abcdefGZ", "12ab|cdef|GZ34|");
	check_edit("ABcdefgz", "12AB|cdef|gz34|");
	check_edit("abCDefgz", "12ab|CDef|gz34|");
	check_edit("abCDDDefgz", "12ab|CDDDef|gz34|");
	check_edit("abgz", "12ab||gz34|");
	check_edit("", "12||34|");
	check_edit("A", "12A||34|");
	check_edit("abcdef", "12ab|cdef|34|");
	check_edit("ABCDEFGHIJKLMN", "12AB|CDEF|GHIJKLMN34|");
	check_edit("abcdefgzcdefgz", "12ab|cdef|gzcdefgz34|");
}

static int
run_long(void *arg, struct div_writer *writer, struct div_span *sp)
{
	static uint8_t text[DIV_PACKETMAX];

	assert_int_equal(sp->n, 2);
	change(sp, text, sizeof(text));
	assert_int_equal(sp->whole->caplen, sizeof(text));
	errno = 0;
	assert_int_equal(div_span_edit(sp), -1);
	assert_int_equal(errno, EMSGSIZE);
	assert_int_equal(run(arg, writer, sp), 0);
	sp->whole->caplen -= 19;
	assert_int_equal(div_span_edit(sp), 0);
	assert_int_equal(sp->frame[0].caplen, 41);
	assert_int_equal(sp->frame[1].caplen, sizeof(text));
	return 0;
}

/* What fits into no frame changes nothing. */
static void
test_edit_long(void **state)
{
	static const struct div_span_ops long_ops = { look, run_long };
	struct seg s = { .flags = TH_ACK, .options = 20 };
	struct world *w = malloc(sizeof(*w));

	(void)state;
	open_world(w, "foo", NULL, LONG);
	div_spans_free(w->spans);
	w->spans = div_spans_new(&long_ops, w, LONG);
	say(w, "f");
	s.seq = w->seq;
	hand(w, &s, "oo", 2);
	check_end(w, "1+2", "foo");
}

static int
run_headers(void *arg, struct div_writer *writer, struct div_span *sp)
{
	size_t i;

	assert_int_equal(sp->n, 3);
	sp->whole->mark = 7;
	sp->whole->packet[8] = 64;
	memcpy(sp->whole->packet + sp->whole->caplen - 3, "BAR", 3);
	assert_int_equal(div_span_edit(sp), 0);
	for (i = 0; i < 3; i++) {
		assert_int_equal(sp->frame[i].mark, 7);
		assert_int_equal(sp->frame[i].packet[8], 64);
		assert_int_equal(get32(sp->frame[i].packet + 24),
		    0xfffffff8 + i);
	}
	return run(arg, writer, sp);
}

/* All headers change as those of the whole do. */
static void
test_headers(void **state)
{
	static const struct div_span_ops headers_ops = { look, run_headers };
	struct world *w = malloc(sizeof(*w));

	(void)state;
	open_world(w, "foo", NULL, LONG);
	div_spans_free(w->spans);
	w->spans = div_spans_new(&headers_ops, w, LONG);
	say(w, "f");
	say(w, "o");
	say(w, "o");
	check_end(w, "1+2+3", "BAR");
}

static int
run_fail(void *arg, struct div_writer *writer, struct div_span *sp)
{
	(void)arg;
	(void)writer;
	(void)sp;
	errno = EPIPE;
	return -1;
}

/* A filter that fails ends it; what is held is freed. */
static void
test_fail(void **state)
{
	static const struct div_span_ops fail_ops = { look, run_fail };
	struct world *w = malloc(sizeof(*w));
	int ms;

	(void)state;
	open_world(w, "foo", NULL, LONG);
	div_spans_free(w->spans);
	w->spans = div_spans_new(&fail_ops, w, 1);
	say(w, "f");
	while ((ms = div_spans_due(w->spans, w->writer)) >= 0)
		poll(NULL, 0, ms);
	assert_int_equal(ms, -2);
	assert_int_equal(errno, EPIPE);
	say(w, "f");
	assert_int_equal(div_spans_end(w->spans, w->writer), -1);
	say(w, "f");
	close_world(w);
	free(w);
	div_spans_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cuts),
		cmocka_unit_test(test_joined),
		cmocka_unit_test(test_early),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_again_dropped),
		cmocka_unit_test(test_again_bounds),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_edit),
		cmocka_unit_test(test_edit_long),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_fail),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
