/* SPDX-License-Identifier: ISC */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "identity.h"
#include "text_lab.h"

/* One line must give a frame; the packet and opaque part stay with r. */
static struct div_reader *
text_one(const char *line, struct div_frame *f)
{
	struct div_reader *r;
	int fd;

	r = text_reader(line, strlen(line), &fd);
	if (div_reader_next(r, f) != 1)
		fail_msg("%s: %s", line, div_reader_error(r));
	close(fd);
	return r;
}

static void
lines(void **state)
{
	static uint8_t opaque[8] = { 0xab };
	struct div_frame f = { .type = DIV_PACKET, .hdrlen = DIV_HDRLEN };
	size_t n;

	(void)state;
	f.packet = unhex(UDP4, &n);
	f.caplen = f.origlen = (uint32_t)n;
	f.id = 42;
	f.dir = DIV_FORWARD;
	memcpy(f.ifname, "eth0", 4);
	writes(DIV_FMT_TEXT, &f,
	    "42\tfwd\teth0\t" ADDRS "\thello, foo!\t" HDR "\toriglen=39\n");
	f.type = DIV_INJECT;
	f.dir = DIV_OUT;
	f.packet[28] = '\n';
	f.packet[29] = 0xfe;
	writes(DIV_FMT_TEXT, &f,
	    "-\tout\teth0\t" ADDRS "\t\\n\\xfello, foo!\t" HDR "\tid=42\n");
	f.type = 9;
	f.dir = 4;
	f.caplen = 2;
	f.ifname[0] = '\0';
	writes(DIV_FMT_TEXT, &f,
	    "42\t-\t\\x00th0\t-\t-\t-\t-\t4500\ttype=9 dir=4 "
	    "origlen=39\n");
	f.type = DIV_DROP;
	f.caplen = 0;
	f.dir = DIV_IN;
	f.epoch = 0xfedc;
	f.time = 1000000001;
	f.mark = 0x10;
	f.flags = 5;
	f.hdrlen = DIV_HDRLEN + 8;
	f.opaque = opaque;
	writes(DIV_FMT_TEXT, &f,
	    "drop 42\tdir=1 if=\\x00th0 epoch=000000000000fedc "
	    "time=1.000000001 mark=0x00000010 origlen=39 flags=5 "
	    "opaque=ab00000000000000\n");
	free(f.packet);
	memset(&f, 0, sizeof(f));
	f.type = DIV_PASS;
	f.id = DIV_ALL;
	writes(DIV_FMT_TEXT, &f, "pass all\n");
	f.type = DIV_HOLD;
	f.id = 0;
	f.time = 1500000000;
	f.epoch = 1;
	writes(DIV_FMT_TEXT, &f, "hold 1.500000000\tepoch=0000000000000001\n");
	f.time = f.epoch = 0;
	f.type = DIV_PACKET;
	f.id = 0;
	writes(DIV_FMT_TEXT, &f, "0\t-\t-\t-\t-\t-\t-\t-\toriglen=0\n");
	f.type = DIV_INJECT;
	writes(DIV_FMT_TEXT, &f, "-\t-\t-\t-\t-\t-\t-\t-\t-\n");
}

static void
addresses(void **state)
{
	static const struct {
		const char *hex, *want;
	} rows[] = {
		{ TCP6_SYN, "tcp\t[2001:db8::1]:51474\t[2001:db8::2]:80\t-" },
		{ ICMP4_ECHO, "icmp\t192.0.2.1\t192.0.2.2\tping foo" },
		{ ICMP6_ECHO, "icmp6\t2001:db8::1\t2001:db8::2\tfoo bar" },
		{ FRAG4_FIRST,
		    "udp\t192.0.2.1:4242\t192.0.2.2:53\t"
		    "ffffffffffffffff" },
		{ FRAG4_LATER, "udp\t192.0.2.1\t192.0.2.2\tffffffffffffffff" },
		{ FRAG6_LATER,
		    "udp\t2001:db8::1\t2001:db8::2\t"
		    "ffffffffffffffff" },
		{ "4500001400000000408400007f000001ffffffff",
		    "132\t127.0.0.1\t255.255.255.255\t-" },
		{ "4500001400000000400600007f000001ffffffff",
		    "tcp\t127.0.0.1\t255.255.255.255\t-" },
	};
	struct div_frame f = { .type = DIV_INJECT, .hdrlen = DIV_HDRLEN };
	char line[400];
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		f.packet = unhex(rows[i].hex, &n);
		f.caplen = f.origlen = (uint32_t)n;
		n -= strcmp(strrchr(rows[i].want, '\t'), "\t-") == 0 ?
		    0 :
		    strlen(strrchr(rows[i].want, '\t') + 1);
		snprintf(line, sizeof(line), "-\t-\t-\t%s\t%.*s\t-\n",
		    rows[i].want, (int)(2 * n), rows[i].hex);
		writes(DIV_FMT_TEXT, &f, line);
		free(f.packet);
	}
}

/* Other spellings that people and scripts may use. */
static void
liberties(void **state)
{
	struct div_reader *r;
	struct div_frame f;

	(void)state;
	r = text_one(
	    "0x7\tin\t\\x65th0\t" ADDRS "\t\\x4Aoo\\x2d\t"
	    "450000273DD64000401178ecc0000201c00002021092003500137629\t"
	    "mark=17 time=3.5 tag=0xA epoch=f",
	    &f);
	assert_int_equal(f.type, DIV_PACKET);
	assert_int_equal(f.id, 7);
	assert_memory_equal(f.packet + 28, "Joo-", 4);
	assert_int_equal(f.caplen, 32);
	assert_int_equal(f.origlen, 32);
	assert_int_equal(f.mark, 17);
	assert_true(f.time == 3500000000);
	assert_int_equal(f.tag, 10);
	assert_int_equal(f.epoch, 15);
	assert_string_equal(f.ifname, "eth0");
	div_reader_free(r);

	r = text_one("drop\t17 mark=1\tport=8000", &f);
	assert_int_equal(f.type, DIV_DROP);
	assert_int_equal(f.id, 17);
	assert_int_equal(f.mark, 1);
	assert_int_equal(f.port, 8000);
	assert_int_equal(f.caplen, 0);
	div_reader_free(r);

	r = text_one("pass all\r\n", &f);
	assert_int_equal(f.type, DIV_PASS);
	assert_true(f.id == DIV_ALL);
	div_reader_free(r);

	r = text_one("drop 1\t-", &f);
	assert_int_equal(f.id, 1);
	div_reader_free(r);
}

/* Each payload in turn replaces foo; the original length must stay. */
static void
edits(void **state)
{
	static const struct {
		const char *payload, *bytes;
	} rows[] = {
		{ "-", "" },
		{ "\\x2d", "-" },
		{ "f", "f" },
		{ "a b", "a b" },
		{ "a longer payload\\r\\n", "a longer payload\r\n" },
	};
	struct div_reader *r;
	struct div_frame f;
	char line[400];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(line, sizeof(line),
		    "7\tin\teth0\t" ADDRS "\t%s\t" HDR "\toriglen=31\n",
		    rows[i].payload);
		r = text_one(line, &f);
		assert_int_equal(f.caplen, 28 + strlen(rows[i].bytes));
		assert_memory_equal(f.packet + 28, rows[i].bytes,
		    f.caplen - 28);
		assert_int_equal(f.origlen, 31);
		div_reader_free(r);
	}
}

/* div_frame_columns() returns the beginning of the line. */
static void
test_columns(void **state)
{
	const struct named *list;
	char columns[DIV_COLUMNSLEN];
	uint8_t *line;
	size_t i, n, len;

	(void)state;
	list = frames(&n);
	for (i = 0; i < n; i++) {
		if (list[i].f.type != DIV_PACKET &&
		    list[i].f.type != DIV_INJECT)
			continue;
		len = div_frame_columns(&list[i].f, columns);
		assert_int_equal(len, strlen(columns));
		file_read(file_of_frames(DIV_FMT_TEXT, &list[i], 1), &line);
		assert_memory_equal(line, columns, len);
		assert_int_equal(line[len], '\t');
		free(line);
	}
}

int
main(void)
{
	static enum div_format format = DIV_FMT_TEXT;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_prestate(identity_corpus, &format),
		cmocka_unit_test_prestate(identity_random, &format),
		cmocka_unit_test(lines),
		cmocka_unit_test(addresses),
		cmocka_unit_test(liberties),
		cmocka_unit_test(edits),
		cmocka_unit_test(test_columns),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
