/* SPDX-License-Identifier: ISC */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "identity.h"

void
writes(enum div_format format, const struct div_frame *f, const char *want)
{
	struct named one = { "one", *f };
	uint8_t *p;

	file_read(file_of_frames(format, &one, 1), &p);
	assert_string_equal(p, want);
	free(p);
}

void
refuses(enum div_format format, const char *good, const char *bad,
    const char *end, const char *message)
{
	struct div_reader *r;
	struct div_frame f;
	char text[1000], want[DIV_ERRLEN];
	int fd;

	snprintf(text, sizeof(text), "%s\n%s%s%s\n", good, bad, end, good);
	snprintf(want, sizeof(want), "test: line 2: %s", message);
	fd = file_of(text, strlen(text));
	r = div_reader_new(fd, "test", format);
	assert_non_null(r);
	assert_int_equal(div_reader_next(r, &f), 1);
	errno = 0;
	if (div_reader_next(r, &f) != -1)
		fail_msg("taken for good: %s", bad);
	assert_int_equal(errno, EILSEQ);
	assert_string_equal(div_reader_error(r), want);
	assert_int_equal(div_reader_next(r, &f), 1);
	assert_int_equal(f.caplen, 31);
	assert_int_equal(div_reader_next(r, &f), 0);
	div_reader_free(r);
	close(fd);
}

static void
check(enum div_format format, const struct named *list, size_t n)
{
	struct div_reader *r;
	struct div_frame f;
	int fd = file_of_frames(format, list, n);
	size_t i;

	r = div_reader_new(fd, "test", DIV_FMT_AUTO);
	assert_non_null(r);
	for (i = 0; i < n; i++) {
		if (div_reader_next(r, &f) != 1)
			fail_msg("%s: %s", list[i].name, div_reader_error(r));
		frame_same(list[i].name, &f, &list[i].f);
	}
	assert_int_equal(div_reader_next(r, &f), 0);
	div_reader_free(r);
	close(fd);
}

void
identity_corpus(void **state)
{
	const struct named *list;
	size_t n;

	list = frames(&n);
	check(*(const enum div_format *)*state, list, n);
}

/* Mutants of real packets, and noise. */
void
identity_random(void **state)
{
	static struct named batch[1000];
	uint8_t *p;
	size_t n, i, j, total = 0;

	while (total < 1000000) {
		for (i = 0; i < sizeof(batch) / sizeof(batch[0]); i++) {
			p = mutant(&n);
			for (j = random64() % 4 == 0 ? 0 : n; j < n; j++)
				p[j] = (uint8_t)random64();
			frame_random(&batch[i].f, p, random64() % 8 ? n : 0);
			batch[i].name = "random";
			total += n;
		}
		check(*(const enum div_format *)*state, batch, i);
		while (i-- > 0)
			free(batch[i].f.packet);
	}
}
