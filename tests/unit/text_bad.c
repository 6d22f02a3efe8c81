/* SPDX-License-Identifier: ISC */

/* A bad line is refused, and those after it are read. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "identity.h"
#include "text_lab.h"

static const struct {
	const char *line, *message;
} bad[] = {
	{ "", "empty line" },
	{ "foo", "\"foo\" is no verdict, and tabs between fields are missing" },
	{ "7\tin\teth0\t" ADDRS "\tfoo\t" HDR, "attrs is missing" },
	{ "7\tin\teth0\tudp", "src is missing" },
	{ LINE "\t-", "more than 9 fields" },
	{ "7\tin\t\t" ADDRS "\tfoo\t" HDR "\t-", "if is empty, not \"-\"" },
	{ "7\tin\teth0\t" ADDRS "\t\t" HDR "\t-",
	    "payload is empty, not \"-\"" },
	{ "7\tin\teth0\t" ADDRS "\tfoo\t" HDR "\t",
	    "attrs is empty, not \"-\"" },
	{ "x\tin\teth0\t" ADDRS "\tfoo\t" HDR "\t-", "id: \"x\" is no number" },
	{ "-1\tin\teth0\t" ADDRS "\tfoo\t" HDR "\t-",
	    "id: \"-1\" is no number" },
	{ "0x\tin\teth0\t" ADDRS "\tfoo\t" HDR "\t-",
	    "id: \"0x\" is no number" },
	{ "18446744073709551616\tin\teth0\t" ADDRS "\tfoo\t" HDR "\t-",
	    "id: \"18446744073709551616\" is out of range" },
	{ "7\tup\teth0\t" ADDRS "\tfoo\t" HDR "\t-",
	    "dir: \"up\" is not in, out, fwd or -" },
	{ "7\tin\tseventeenbytename\t" ADDRS "\tfoo\t" HDR "\t-",
	    "if: more than 16 bytes" },
	{ "7\tin\te\\h\t" ADDRS "\tfoo\t" HDR "\t-",
	    "if: bad escape \"\\h\" at 2" },
	{ "7\tin\teth0\ttcp\t192.0.2.1:4242\t192.0.2.2:53\tfoo\t" HDR "\t-",
	    "proto tcp disagrees with hdr (udp)" },
	{ "7\tin\teth0\tudp\t[fd00::1]:80\t192.0.2.2:53\tfoo\t" HDR "\t-",
	    "src [fd00::1]:80 disagrees with hdr (192.0.2.1:4242)" },
	{ "7\tin\teth0\tudp\t192.0.2.1:4242\t192.0.2.2\tfoo\t" HDR "\t-",
	    "dst: \"192.0.2.2\" has no port" },
	{ "7\tin\teth0\tudp\t192.0.2.1:4242\t-\tfoo\t" HDR "\t-",
	    "dst: \"-\" has no port" },
	{ "7\tin\teth0\tudp\t192.0.2.1:4242\tlocalhost:53\tfoo\t" HDR "\t-",
	    "dst: \"localhost\" is no address" },
	{ "7\tin\teth0\t" ADDRS "\tfoo\t-\t-",
	    "proto udp disagrees with hdr (-)" },
	{ "7\tin\teth0\t" ADDRS "\tfo\\o\t" HDR "\t-",
	    "payload: bad escape \"\\o\" at 3" },
	{ "7\tin\teth0\t" ADDRS "\tfo\\0\t" HDR "\t-",
	    "payload: bad escape \"\\0\" at 3" },
	{ "7\tin\teth0\t" ADDRS "\t\\\t" HDR "\t-",
	    "payload: bad escape \"\\\" at 1" },
	{ "7\tin\teth0\t" ADDRS "\t\\x4\t" HDR "\t-",
	    "payload: bad escape \"\\x4\" at 1" },
	{ "7\tin\teth0\t" ADDRS "\t\\x4g\t" HDR "\t-",
	    "payload: bad escape \"\\x4g\" at 1" },
	{ "7\tin\teth0\t" ADDRS "\t\\X41\t" HDR "\t-",
	    "payload: bad escape \"\\X\" at 1" },
	{ "7\tin\teth0\t" ADDRS "\tf\x7f\t" HDR "\t-",
	    "payload: '\\x7f' at 2 must be escaped" },
	{ "7\tin\teth0\t" ADDRS "\tf\ro\t" HDR "\t-",
	    "payload: '\\r' at 2 must be escaped" },
	{ "7\tin\teth0\t" ADDRS "\tfoo\t" HDR "0\t-",
	    "hdr: odd number of hex digits (57)" },
	{ "7\tin\teth0\t" ADDRS "\tfoo\t45x0\t-",
	    "hdr: 'x' at 3 is no hex digit" },
	{ "7\tin\teth0\t" ADDRS "\tfoo\t45 00\t-",
	    "hdr: ' ' at 3 is no hex digit" },
	{ "7\tin\teth0\t" ADDRS "\tfoo\t" HDR "\tcolour=1",
	    "attrs: unknown key \"colour\"" },
	{ "7\tin\teth0\t" ADDRS "\tfoo\t" HDR "\tttl=1 ttl=2",
	    "attrs: second value for ttl" },
	{ "7\tin\teth0\t" ADDRS "\tfoo\t" HDR "\tttl=256",
	    "ttl: expected a number from 0 to 255" },
	{ "7\tin\teth0\t" ADDRS "\tfoo\t" HDR "\tseq=1",
	    "attrs: seq is of TCP" },
	{ "7\tin\teth0\t" ADDRS "\tfoo\t" HDR "\tflags=S",
	    "attrs: flags is of TCP" },
	{ "7\tin\teth0\t" ADDRS "\tfoo\t" HDR "\tflags=4 ttl=1",
	    "attrs: ttl: truncated packets are not edited" },
	{ "7\tin\teth0\t-\t-\t-\tfoo\t-\tttl=1",
	    "attrs: ttl: not an IP packet with whole headers" },
	{ "7\tin\teth0\t" ADDRS "\tfoo\t" HDR "\tmark",
	    "attrs: \"mark\" is not key=value" },
	{ "7\tin\teth0\t" ADDRS "\tfoo\t" HDR "\tmark=1  tag=1",
	    "attrs: \"\" is not key=value" },
	{ "7\tin\teth0\t" ADDRS "\tfoo\t" HDR "\tmark=1 mark=2",
	    "attrs: second value for mark" },
	{ "7\tin\teth0\t" ADDRS "\tfoo\t" HDR "\tdir=1",
	    "attrs: second value for dir" },
	{ "7\tin\teth0\t" ADDRS "\tfoo\t" HDR "\tid=7",
	    "attrs: second value for id" },
	{ "7\tin\teth0\t" ADDRS "\tfoo\t" HDR "\tif=eth0",
	    "attrs: second value for if" },
	{ "drop 7 id=8", "attrs: second value for id" },
	{ "drop 7 type=1", "attrs: second value for type" },
	{ "7\tin\teth0\t" ADDRS "\tfoo\t" HDR "\tmark=",
	    "mark: \"\" is no number" },
	{ "7\tin\teth0\t" ADDRS "\tfoo\t" HDR "\tmark=0x100000000",
	    "mark: \"0x100000000\" is out of range" },
	{ "7\tin\teth0\t" ADDRS "\tfoo\t" HDR "\tport=65536",
	    "port: \"65536\" is out of range" },
	{ "7\tin\teth0\t" ADDRS "\tfoo\t" HDR "\tflags=256",
	    "flags: \"256\" is out of range" },
	{ "7\tin\teth0\t" ADDRS "\tfoo\t" HDR "\toriglen=4294967296",
	    "origlen: \"4294967296\" is out of range" },
	{ "7\tin\teth0\t" ADDRS "\tfoo\t" HDR "\tepoch=0x1",
	    "epoch: \"0x1\" is no hex number" },
	{ "7\tin\teth0\t" ADDRS "\tfoo\t" HDR "\tdigest=10000000000000000",
	    "digest: \"10000000000000000\" is out of range" },
	{ "7\tin\teth0\t" ADDRS "\tfoo\t" HDR "\ttime=1.0000000000",
	    "time: \"1.0000000000\" is finer than nanoseconds" },
	{ "7\tin\teth0\t" ADDRS "\tfoo\t" HDR "\ttime=1.",
	    "time: \"\" is no number" },
	{ "7\tin\teth0\t" ADDRS "\tfoo\t" HDR "\ttime=18446744073.709551616",
	    "time: \"18446744073.709551616\" is out of range" },
	{ "7\tin\teth0\t" ADDRS "\tfoo\t" HDR "\topaque=00",
	    "opaque: 1 bytes, not a multiple of 8" },
	{ "7\tin\teth0\t" ADDRS "\tfoo\t" HDR "\topaque=0",
	    "opaque: odd number of hex digits (1)" },
	{ "drop", "id is missing" },
	{ "hold", "time is missing" },
	{ "hold all", "time: \"all\" is no number" },
	{ "hold 1 time=2", "attrs: second value for time" },
	{ "pass x", "id: \"x\" is no number" },
	{ "pass  1", "id: \"\" is no number" },
	{ "drop 1 ", "attrs: \"\" is not key=value" },
	{ "drop 1 2", "attrs: \"2\" is not key=value" },
	{ "drops 1",
	    "\"drops 1\" is no verdict, and tabs between fields are missing" },
};

/* Each bad line stands between two good ones, which must come through. */
static void
bad_lines(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refuses(DIV_FMT_TEXT, LINE, bad[i].line, "\r\n",
		    bad[i].message);
}

/* Too many bytes, in one part and in both together. */
static void
too_long(void **state)
{
	static char line[3 * DIV_PACKETMAX];
	struct div_reader *r;
	struct div_frame f;
	size_t i;
	int fd, n;

	(void)state;
	for (i = 0; i < 2; i++) {
		n = snprintf(line, sizeof(line), "-\t-\t-\t-\t-\t-\t%s\t",
		    i == 0 ? "-" : "a");
		memset(line + n, 'f', 2 * DIV_PACKETMAX + 2);
		n += 2 * DIV_PACKETMAX + (i == 0 ? 2 : 0);
		n += snprintf(line + n, 4, "\t-\n");
		r = text_reader(line, (size_t)n, &fd);
		assert_int_equal(div_reader_next(r, &f), -1);
		assert_int_equal(errno, EILSEQ);
		assert_string_equal(div_reader_error(r),
		    i == 0 ? "test: line 1: hdr: more than 1048576 bytes" :
			     "test: line 1: payload: more than 0 bytes");
		div_reader_free(r);
		close(fd);
	}
}

/* A file of lines, of which some have a few bytes changed. */
static int
mutate(void)
{
	const struct named *list;
	uint8_t *p;
	size_t n, i, j, len;
	int fd = file_of("", 0);

	list = frames(&n);
	for (i = 0; i < 20 * n; i++) {
		if (list[i % n].f.caplen > 1000)
			continue;
		len = file_read(file_of_frames(DIV_FMT_TEXT, &list[i % n], 1),
		    &p);
		for (j = random64() % 3; j > 0; j--)
			p[random64() % len] = random64() % 2 ?
			    (uint8_t)random64() :
			    (uint8_t) "\t -=\\x0a\n"[random64() % 9];
		assert_int_equal(write(fd, p, len), len);
		free(p);
	}
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

/* Text from text; the first file is closed.  Counts what was read, and bad. */
static int
copy_text(int in, size_t count[2])
{
	int n, out = file_of("", 0);
	struct div_reader *r = div_reader_new(in, "test", DIV_FMT_TEXT);
	struct div_writer *w = div_writer_new(out, DIV_FMT_TEXT);
	struct div_frame f;

	assert_true(r != NULL && w != NULL);
	while ((n = div_reader_next(r, &f)) != 0) {
		count[n == -1]++;
		if (n == -1)
			assert_int_equal(errno, EILSEQ);
		else
			assert_int_equal(div_writer_put(w, &f), 0);
	}
	assert_int_equal(div_writer_flush(w), 0);
	assert_int_equal(lseek(out, 0, SEEK_SET), 0);
	div_reader_free(r);
	div_writer_free(w);
	close(in);
	return out;
}

/* A line that is read is written so that it reads as the same frame. */
static void
mutated_lines(void **state)
{
	size_t first[2] = { 0, 0 }, second[2] = { 0, 0 }, n, m;
	uint8_t *p, *q;
	int fd;

	(void)state;
	fd = copy_text(mutate(), first);
	assert_true(first[0] > 500 && first[1] > 500);
	n = file_read(dup(fd), &p);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	m = file_read(copy_text(fd, second), &q);
	assert_int_equal(second[0], first[0]);
	assert_int_equal(second[1], 0);
	assert_int_equal(n, m);
	assert_memory_equal(p, q, n);
	free(p);
	free(q);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_lines),
		cmocka_unit_test(too_long),
		cmocka_unit_test(mutated_lines),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
