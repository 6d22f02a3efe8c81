/* SPDX-License-Identifier: ISC */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "identity.h"

#define HDR "450000273dd64000401178ecc0000201c00002021092003500137629"
#define ENDS                                                          \
	"\"proto\":\"udp\",\"src\":\"192.0.2.1:4242\",\"dst\":\"192." \
	"0.2.2:53\""
#define REST ENDS ",\"payload\":\"foo\",\"hdr\":\"" HDR "\"}"
#define LINE "{\"id\":7," REST

static struct div_reader *
json_reader(const char *text, int *fd)
{
	struct div_reader *r;

	*fd = file_of(text, strlen(text));
	r = div_reader_new(*fd, "test", DIV_FMT_AUTO);
	assert_non_null(r);
	return r;
}

static void
objects(void **state)
{
	struct div_frame f = { .type = DIV_PACKET, .hdrlen = DIV_HDRLEN };
	size_t n;

	(void)state;
	f.packet = unhex(UDP4, &n);
	f.caplen = (uint32_t)n;
	f.origlen = 39;
	f.caplen = 31;
	f.id = 42;
	f.dir = DIV_FORWARD;
	f.mark = 16;
	f.time = 1000000001;
	f.epoch = 0xfedc;
	memcpy(f.ifname, "eth0", 4);
	memcpy(f.packet + 28, "\n\xff\"", 3);
	writes(DIV_FMT_JSON, &f,
	    "{\"type\":\"packet\",\"id\":42,\"dir\":\"fwd\",\"if\":\"eth0\"," ENDS
	    ",\"payload\":\"\\n\\u00ff\\\"\",\"hdr\":\"" HDR "\","
	    "\"epoch\":\"000000000000fedc\",\"time\":\"1.000000001\","
	    "\"mark\":16,\"origlen\":39}\n");
	free(f.packet);
	memset(&f, 0, sizeof(f));
	f.type = DIV_DROP;
	f.id = DIV_ALL;
	writes(DIV_FMT_JSON, &f, "{\"type\":\"drop\",\"id\":\"all\"}\n");
	f.type = DIV_HOLD;
	f.id = 0;
	f.time = 1500000000;
	writes(DIV_FMT_JSON, &f,
	    "{\"type\":\"hold\",\"time\":\"1.500000000\"}\n");
	f.time = 0;
	f.id = DIV_ALL;
	f.type = DIV_PACKET;
	writes(DIV_FMT_JSON, &f,
	    "{\"type\":\"packet\",\"id\":\"18446744073709551615\","
	    "\"payload\":\"\",\"hdr\":\"\",\"origlen\":0}\n");
}

/* Other spellings that scripts may use. */
static void
liberties(void **state)
{
	static const struct {
		const char *line;
		uint8_t type;
		uint64_t id;
		uint32_t caplen;
	} rows[] = {
		{ LINE, DIV_PACKET, 7, 31 },
		{ " { \"payload\" : \"\xc3\xbf\\u0000\", \"id\":\"0x10\","
		  "\"hdr\":\"" HDR "\"," ENDS "}\r",
		    DIV_PACKET, 16, 30 },
		{ "{\"type\":\"drop\",\"id\":7," REST, DIV_DROP, 7, 0 },
		{ "{\"type\":\"drop\",\"id\":7,\"ttl\":1,\"dst\":\"::1\"}",
		    DIV_DROP, 7, 0 },
		{ "{\"type\":\"pass\",\"id\":\"all\"}", DIV_PASS, DIV_ALL, 0 },
		{ "{\"type\":\"hold\",\"time\":\"2\"}", DIV_HOLD, 0, 0 },
		{ "{\"type\":9,\"id\":7}", 9, 7, 0 },
		{ "{" ENDS "}", DIV_INJECT, 0, 28 },
		{ "{" ENDS ",\"payload\":\"a\",\"mark\":\"0x5\",\"ttl\":9}",
		    DIV_INJECT, 0, 29 },
	};
	struct div_reader *r;
	struct div_frame f;
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fd = file_of(rows[i].line, strlen(rows[i].line));
		r = div_reader_new(fd, "test", DIV_FMT_JSON);
		assert_non_null(r);
		if (div_reader_next(r, &f) != 1)
			fail_msg("%s: %s", rows[i].line, div_reader_error(r));
		assert_int_equal(f.type, rows[i].type);
		assert_true(f.id == rows[i].id);
		assert_int_equal(f.caplen, rows[i].caplen);
		div_reader_free(r);
		close(fd);
	}
	assert_int_equal(f.mark, 5);
}

static const struct {
	const char *line, *message;
} bad[] = {
	{ "[1]", "no object" },
	{ "{", "the line ends inside an object; jq needs -c" },
	{ "{\"id\":7,\"id\":8}",
	    "column 12: duplicate object key near '\"id\"'" },
	{ "{\"type\":\"drop\"}", "id is missing" },
	{ "{\"type\":\"drops\",\"id\":1}",
	    "type: \"drops\" is not packet, inject, drop, pass or hold" },
	{ "{\"type\":null,\"id\":1}", "type: no string" },
	{ "{\"id\":-1," REST, "id: neither a string nor a whole number" },
	{ "{\"id\":1.5," REST, "id: neither a string nor a whole number" },
	{ "{\"id\":\"all\"," REST, "id: \"all\" is no number" },
	{ "{\"id\":7,\"dir\":\"up\"," REST,
	    "dir: \"up\" is not in, out, fwd or -" },
	{ "{\"id\":7,\"dir\":256," REST, "dir: \"256\" is out of range" },
	{ "{\"id\":7,\"if\":\"seventeenbytename\"," REST,
	    "if: more than 16 bytes" },
	{ "{\"id\":7," ENDS ",\"payload\":\"a\xe2\x82\xac\",\"hdr\":\"" HDR
	  "\"}",
	    "payload: character 2 is none of a byte" },
	{ "{\"id\":7," ENDS ",\"payload\":[],\"hdr\":\"" HDR "\"}",
	    "payload: neither a string nor a whole number" },
	{ "{\"id\":7," ENDS ",\"payload\":\"foo\"}",
	    "proto udp disagrees with hdr (-)" },
	{ "{\"id\":7,\"mark\":4294967296," REST,
	    "mark: \"4294967296\" is out of range" },
	{ "{\"proto\":\"udp\",\"src\":\"10.0.0.1\\u0000:1\","
	  "\"dst\":\"10.0.0.2:1\"}",
	    "src: \"10.0.0.1\\x00\" is no address" },
	{ "{\"id\":7,\"colour\":1," REST, "attrs: unknown key \"colour\"" },
	{ "{\"id\":7,\"attrs\":\"mark=1\"," REST,
	    "attrs: unknown key \"attrs\"" },
	{ "{\"id\":7,\"ttl\":256," REST,
	    "ttl: expected a number from 0 to 255" },
	{ "{\"id\":7,\"opaque\":\"00\"," REST,
	    "opaque: 1 bytes, not a multiple of 8" },
};

/* Each bad line stands between two good ones, which must come through. */
static void
bad_lines(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refuses(DIV_FMT_AUTO, LINE, bad[i].line, "\n", bad[i].message);
}

/* Deep, cut and changed at random: an error, or a frame that can be written. */
static void
hostile(void **state)
{
	static char deep[100000];
	struct div_writer *w;
	struct div_reader *r;
	struct div_frame f;
	char line[sizeof(LINE) + 1];
	size_t i, j, good = 0, wrong = 0;
	int fd, n, out;

	(void)state;
	memset(deep, '[', sizeof(deep) - 1);
	memcpy(deep, "{\"a\":", 5);
	r = json_reader(deep, &fd);
	assert_int_equal(div_reader_next(r, &f), -1);
	assert_int_equal(errno, EILSEQ);
	div_reader_free(r);
	close(fd);
	out = file_of("", 0);
	w = div_writer_new(out, DIV_FMT_JSON);
	assert_non_null(w);
	for (i = 0; i < 3000; i++) {
		memcpy(line, LINE "\n", sizeof(line));
		for (j = random64() % 3; j > 0; j--)
			line[random64() % (sizeof(LINE) - 1)] = random64() % 2 ?
			    (char)random64() :
			    "\"{}:,\\0a"[random64() % 8];
		fd = file_of(line,
		    random64() % 8 ? sizeof(LINE) : random64() % sizeof(LINE));
		r = div_reader_new(fd, "test", DIV_FMT_JSON);
		assert_non_null(r);
		while ((n = div_reader_next(r, &f)) != 0) {
			*(n == 1 ? &good : &wrong) += 1;
			if (n == 1)
				assert_int_equal(div_writer_put(w, &f), 0);
		}
		div_reader_free(r);
		close(fd);
	}
	assert_true(good > 500 && wrong > 500);
	div_writer_free(w);
	close(out);
}

int
main(void)
{
	static enum div_format format = DIV_FMT_JSON;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(identity_corpus, &format),
		cmocka_unit_test_prestate(identity_random, &format),
		cmocka_unit_test(objects),
		cmocka_unit_test(liberties),
		cmocka_unit_test(bad_lines),
		cmocka_unit_test(hostile),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
