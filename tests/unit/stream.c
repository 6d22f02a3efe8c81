/* SPDX-License-Identifier: ISC */

/* Readers and writers of frames, over files and pipes. */

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "corpus.h"
#include "codec/codec.h"

#define NFRAMES 5000

struct feed {
	int fd;
	const uint8_t *p;
	size_t n, piece;
};

/* Writes in pieces, so that frames are cut everywhere. */
static void *
feeder(void *arg)
{
	struct feed *feed = arg;
	size_t n;
	ssize_t w;

	while (feed->n > 0) {
		n = feed->piece < feed->n ? feed->piece : feed->n;
		if ((w = write(feed->fd, feed->p, n)) == -1)
			break;
		feed->p += w;
		feed->n -= (size_t)w;
	}
	close(feed->fd);
	return NULL;
}

static void
make_frame(struct div_frame *f, uint8_t *packet, uint64_t i)
{
	uint32_t j;

	memset(f, 0, sizeof(*f));
	f->type = DIV_PACKET;
	f->hdrlen = DIV_HDRLEN;
	f->id = i;
	f->caplen = (uint32_t)(i * 37 % 2000);
	f->packet = packet;
	for (j = 0; j < f->caplen; j++)
		packet[j] = (uint8_t)(i + j);
}

static uint8_t *
stream(size_t *len)
{
	static uint8_t packet[2000];
	struct div_writer *w;
	struct div_frame f;
	uint8_t *p;
	uint64_t i;
	int fd = file_of("", 0);

	w = div_writer_new(fd, DIV_FMT_FRAME);
	assert_non_null(w);
	for (i = 0; i < NFRAMES; i++) {
		make_frame(&f, packet, i);
		assert_int_equal(div_writer_put(w, &f), 0);
	}
	assert_int_equal(div_writer_flush(w), 0);
	div_writer_free(w);
	*len = file_read(fd, &p);
	close(fd);
	return p;
}

static void
read_back(const uint8_t *p, size_t len, size_t piece)
{
	struct feed feed = { .p = p, .n = len, .piece = piece };
	uint8_t packet[2000];
	struct div_reader *r;
	struct div_frame f, want;
	pthread_t thread;
	uint64_t i;
	int fds[2];

	assert_int_equal(pipe(fds), 0);
	feed.fd = fds[1];
	assert_int_equal(pthread_create(&thread, NULL, feeder, &feed), 0);
	r = div_reader_new(fds[0], "test", DIV_FMT_AUTO);
	assert_non_null(r);
	for (i = 0; i < NFRAMES; i++) {
		assert_int_equal(div_reader_next(r, &f), 1);
		make_frame(&want, packet, i);
		assert_true(f.id == i && f.caplen == want.caplen);
		assert_memory_equal(f.packet, packet, f.caplen);
	}
	assert_int_equal(div_reader_next(r, &f), 0);
	div_reader_free(r);
	close(fds[0]);
	pthread_join(thread, NULL);
}

static void
test_pieces(void **state)
{
	static const size_t pieces[] = { 1, 7, 81, 4096, 65536, 1000003 };
	uint8_t *p;
	size_t i, len;

	(void)state;
	p = stream(&len);
	for (i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
		read_back(p, len, pieces[i]);
	free(p);
}

struct tied {
	struct div_writer *w;
	int calls;
};

static int
flush(void *arg)
{
	struct tied *tied = arg;

	tied->calls++;
	return div_writer_flush(tied->w);
}

/* Unchanged frames are written from the read buffer, others are copied. */
static void
test_pass_on(void **state)
{
	struct tied tied = { NULL, 0 };
	struct div_reader *r;
	struct div_frame f;
	uint8_t *p, *q, swallowed[2000];
	size_t len, out;
	int in, fd = file_of("", 0);

	(void)state;
	p = stream(&len);
	in = file_of(p, len);
	r = div_reader_new(in, "in", DIV_FMT_FRAME);
	tied.w = div_writer_new(fd, DIV_FMT_FRAME);
	div_reader_on_reuse(r, flush, &tied);
	while (div_reader_next(r, &f) == 1) {
		if (f.id % 3 == 0) {
			memcpy(swallowed, f.packet, f.caplen);
			f.packet = swallowed;
		}
		assert_int_equal(div_writer_put(tied.w, &f), 0);
	}
	assert_int_equal(div_writer_flush(tied.w), 0);
	assert_in_range(tied.calls, len / (256 * 1024), NFRAMES / 10);
	out = file_read(fd, &q);
	assert_true(out == len);
	assert_memory_equal(p, q, len);
	div_reader_free(r);
	div_writer_free(tied.w);
	close(in);
	close(fd);
	free(p);
	free(q);
}

static void
test_drop(void **state)
{
	static uint8_t packet[2000];
	struct div_writer *w;
	struct div_reader *r;
	struct div_frame f, g;
	int fd = file_of("", 0);

	(void)state;
	w = div_writer_new(fd, DIV_FMT_FRAME);
	make_frame(&f, packet, 17);
	f.epoch = 99;
	assert_int_equal(div_writer_drop(w, &f), 0);
	assert_int_equal(div_writer_flush(w), 0);
	lseek(fd, 0, SEEK_SET);
	r = div_reader_new(fd, "drop", DIV_FMT_AUTO);
	assert_int_equal(div_reader_next(r, &g), 1);
	assert_int_equal(g.type, DIV_DROP);
	assert_int_equal(g.caplen, 0);
	assert_true(g.id == 17 && g.epoch == 99);
	div_reader_free(r);
	lseek(fd, 0, SEEK_SET);
	assert_int_equal(div_writer_hold(w, &f, 5, 0), 0);
	g.type = DIV_HOLD;
	g.time = 7;
	assert_int_equal(div_writer_hold(w, &g, 5, 1), 0);
	g.time = UINT64_MAX - 1;
	assert_int_equal(div_writer_hold(w, &g, 5, 2), 0);
	assert_int_equal(div_writer_flush(w), 0);
	lseek(fd, 0, SEEK_SET);
	r = div_reader_new(fd, "hold", DIV_FMT_AUTO);
	assert_int_equal(div_reader_next(r, &g), 1);
	assert_true(g.type == DIV_HOLD && g.id == 0 && g.epoch == 99);
	assert_true(g.caplen == 0 && g.time == 5);
	assert_int_equal(div_reader_next(r, &g), 1);
	assert_true(g.time == 12 && g.flags == 1);
	assert_int_equal(div_reader_next(r, &g), 1);
	assert_true(g.time == UINT64_MAX);
	div_reader_free(r);
	div_writer_free(w);
	close(fd);
}

static void
fails_with(const void *p, size_t len, const char *text)
{
	struct div_reader *r;
	struct div_frame f;
	int fd = file_of(p, len), n;

	r = div_reader_new(fd, "x", DIV_FMT_FRAME);
	while ((n = div_reader_next(r, &f)) == 1)
		continue;
	assert_int_equal(n, -1);
	assert_int_equal(errno, EBADMSG);
	assert_string_equal(div_reader_error(r), text);
	div_reader_free(r);
	close(fd);
}

static void
test_bad(void **state)
{
	struct div_frame f = {
		.type = DIV_PACKET,
		.hdrlen = DIV_HDRLEN,
		.caplen = 20,
	};
	uint8_t buf[2 * 100] = "";

	(void)state;
	div_frame_encode(&f, buf);
	div_frame_encode(&f, buf + 100);
	fails_with(buf, 150, "x: byte 100: truncated frame");
	fails_with(buf, 103, "x: byte 100: truncated frame");
	buf[100] = 'X';
	fails_with(buf, 200, "x: byte 100: bad magic, no frame here");
	fails_with(buf, 101, "x: byte 100: bad magic, no frame here");
	buf[100] = 'D';
	buf[104] = 2;
	fails_with(buf, 200,
	    "x: byte 100: frame version 2, this program knows 1");
	buf[104] = 1;
	buf[108] = 0x7f;
	fails_with(buf, 200,
	    "x: byte 100: absurd length: "
	    "header 80, packet 2130706452 bytes");
}

static void
sniffed(const void *p, size_t len, const struct codec *codec)
{
	struct div_reader *r;
	struct div_frame f;
	int fd = file_of(p, len);

	r = div_reader_new(fd, "x", DIV_FMT_AUTO);
	div_reader_next(r, &f);
	if (codec == NULL)
		assert_null(r->codec->name); /* still the one that sniffs */
	else
		assert_ptr_equal(r->codec, codec);
	div_reader_free(r);
	close(fd);
}

static void
test_sniff_none(void **state)
{
	struct div_reader *r;
	struct div_frame f;
	int fd = file_of("\x1f\x8c\x08", 3);

	(void)state;
	r = div_reader_new(fd, "x", DIV_FMT_AUTO);
	assert_int_equal(div_reader_next(r, &f), -1);
	assert_int_equal(errno, EBADMSG);
	assert_string_equal(div_reader_error(r),
	    "x: byte 0: neither frames nor a capture, nor text, json or hex: "
	    "\"\\x1f\\x8c\\x08\"");
	div_reader_free(r);
	close(fd);
}

static void
test_sniff(void **state)
{
	(void)state;
	sniffed("", 0, NULL);
	sniffed("DIVF", 4, &codec_frame);
	sniffed("DI", 2, &codec_frame);
	sniffed("\xd4\xc3\xb2\xa1", 4, &codec_pcap);
	sniffed("\x0a\x0d\x0d\x0a", 4, &codec_pcap);
	sniffed("45 00 00", 8, &codec_hex);
	sniffed("DE AD", 5, &codec_hex);
	sniffed("45\n", 3, &codec_hex);
	sniffed("45\tin", 5, &codec_text);
	sniffed("1234567\tin", 10, &codec_text);
	sniffed("-\tin", 4, &codec_text);
	sniffed("drop 7\n", 7, &codec_text);
	sniffed("pass all\n", 9, &codec_text);
	sniffed("garbage", 7, &codec_frame);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_pass_on),
		cmocka_unit_test(test_drop),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_sniff_none),
		cmocka_unit_test(test_sniff),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
