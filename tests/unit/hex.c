/* SPDX-License-Identifier: ISC */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "corpus.h"

static struct div_reader *
hex_reader(const char *text, int *fd)
{
	struct div_reader *r;

	*fd = file_of(text, strlen(text));
	r = div_reader_new(*fd, "test", DIV_FMT_HEX);
	assert_non_null(r);
	return r;
}

/* Only packets that are not empty can be written in hex. */
static void
identity(void **state)
{
	const struct named *list;
	struct div_reader *r;
	struct div_frame f, want;
	size_t n, i;
	int fd;

	(void)state;
	list = frames(&n);
	fd = file_of_frames(DIV_FMT_HEX, list, n);
	r = div_reader_new(fd, "test", DIV_FMT_HEX);
	assert_non_null(r);
	for (i = 0; i < n; i++) {
		memset(&want, 0, sizeof(want));
		want.type = DIV_INJECT;
		want.hdrlen = DIV_HDRLEN;
		want.packet = list[i].f.packet;
		want.caplen = want.origlen = list[i].f.caplen;
		if (want.caplen == 0 ||
		    (list[i].f.type != DIV_PACKET &&
			list[i].f.type != DIV_INJECT))
			continue;
		assert_int_equal(div_reader_next(r, &f), 1);
		frame_same(list[i].name, &f, &want);
	}
	assert_int_equal(div_reader_next(r, &f), 0);
	div_reader_free(r);
	close(fd);
}

static void
lines(void **state)
{
	struct div_reader *r;
	struct named one = { .name = "one" };
	uint8_t *p;
	int fd;

	(void)state;
	r = hex_reader("45 0a Bc fF \r\n00", &fd);
	assert_int_equal(div_reader_next(r, &one.f), 1);
	assert_int_equal(one.f.caplen, 4);
	file_read(file_of_frames(DIV_FMT_HEX, &one, 1), &p);
	assert_string_equal(p, "45 0A BC FF\n");
	free(p);
	assert_int_equal(div_reader_next(r, &one.f), 1);
	assert_int_equal(one.f.caplen, 1);
	assert_int_equal(one.f.packet[0], 0);
	assert_int_equal(div_reader_next(r, &one.f), 0);
	div_reader_free(r);
	close(fd);
}

static void
bad_lines(void **state)
{
	static const struct {
		const char *line, *message;
	} bad[] = {
		{ "", "empty line" },
		{ "4", "column 1: odd number of digits" },
		{ "45 0", "column 4: odd number of digits" },
		{ "4 00", "column 1: odd number of digits" },
		{ "45 0g", "column 5: 'g' is no hex digit" },
		{ "45 g0", "column 4: 'g' is no hex digit" },
		{ "45  00", "column 4: \\x20 is no hex digit" },
		{ " 45", "column 1: \\x20 is no hex digit" },
		{ " ", "empty line" },
		{ "45  ", "column 3: \\x20 is no blank" },
		{ "4500", "column 3: '0' is no blank" },
		{ "450", "column 3: '0' is no blank" },
		{ "45\t00", "column 3: \\x09 is no blank" },
		{ "0x45", "column 2: 'x' is no hex digit" },
	};
	struct div_reader *r;
	struct div_frame f;
	char text[100], want[100];
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "45\n%s\n45\n", bad[i].line);
		snprintf(want, sizeof(want), "test: line 2: %s",
		    bad[i].message);
		r = hex_reader(text, &fd);
		assert_int_equal(div_reader_next(r, &f), 1);
		errno = 0;
		assert_int_equal(div_reader_next(r, &f), -1);
		assert_int_equal(errno, EILSEQ);
		assert_string_equal(div_reader_error(r), want);
		assert_int_equal(div_reader_next(r, &f), 1);
		assert_int_equal(div_reader_next(r, &f), 0);
		div_reader_free(r);
		close(fd);
	}
}

static void
too_long(void **state)
{
	static char line[3 * (DIV_PACKETMAX + 1) + 1];
	struct div_reader *r;
	struct div_frame f;
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < sizeof(line) - 1; i++)
		line[i] = "45 "[i % 3];
	line[i - 1] = '\n';
	r = hex_reader(line, &fd);
	assert_int_equal(div_reader_next(r, &f), -1);
	assert_int_equal(errno, EILSEQ);
	assert_string_equal(div_reader_error(r),
	    "test: line 1: packet longer than 1048576 bytes");
	div_reader_free(r);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(identity),
		cmocka_unit_test(lines),
		cmocka_unit_test(bad_lines),
		cmocka_unit_test(too_long),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
