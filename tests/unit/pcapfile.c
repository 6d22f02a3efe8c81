/* SPDX-License-Identifier: ISC */

/* A file in place of a port, and what can be wrong with it. */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "corpus.h"
#include "port.h"

#define IN "/tmp/divio-pcapfile.pcap"

static const struct div_options none;

/* With one packet. */
static int
set_up(void **state)
{
	struct div_frame f = { .type = DIV_INJECT, .hdrlen = DIV_HDRLEN };
	struct div_writer *w;
	size_t len;
	int fd;

	(void)state;
	f.packet = unhex(UDP4, &len);
	f.caplen = f.origlen = (uint32_t)len;
	fd = open(IN, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	w = div_writer_new(fd, DIV_FMT_PCAP);
	assert_int_equal(div_writer_put(w, &f), 0);
	assert_int_equal(div_writer_flush(w), 0);
	div_writer_free(w);
	free(f.packet);
	return close(fd);
}

static int
tear_down(void **state)
{
	(void)state;
	return unlink(IN);
}

static struct div *
port(const char *where)
{
	char err[DIV_ERRLEN];
	struct div *d = div_open(where, &none, err);

	assert_non_null(d);
	return d;
}

static void
open_fails(const char *where, int error, const char *text)
{
	char err[DIV_ERRLEN];

	assert_null(div_open(where, &none, err));
	assert_int_equal(errno, error);
	assert_string_equal(err, text);
}

static void
test_open(void **state)
{
	(void)state;
	open_fails("/nonexistent/x.pcap", ENOENT,
	    "/nonexistent/x.pcap: No such file or directory");
	open_fails(IN ",/nonexistent/y.pcap", ENOENT,
	    "/nonexistent/y.pcap: No such file or directory");
}

static void
test_twin(void **state)
{
	struct div *d = port(IN);
	char err[DIV_ERRLEN];

	(void)state;
	assert_null(div_twin(d, &none, err));
	assert_int_equal(errno, EINVAL);
	assert_string_equal(err, "a file has no sink of its own");
	div_close(d);
}

/* Nobody wants to know what becomes of the packets. */
static void
test_no_output(void **state)
{
	struct div *d = port(IN);
	struct div_frame f;

	(void)state;
	assert_int_equal(div_recv(d, &f), 1);
	assert_int_equal(div_send(d, &f), DIV_OK);
	assert_int_equal(div_drain(d), 0);
	assert_int_equal(div_finish(d, dup(0)), 0);
	div_close(d);
}

static void
test_full(void **state)
{
	struct div *d = port(IN ",/dev/full");
	struct div_frame f;

	(void)state;
	assert_int_equal(div_recv(d, &f), 1);
	assert_int_equal(div_send(d, &f), DIV_OK);
	assert_int_equal(div_flush(d), -1);
	assert_int_equal(errno, ENOSPC);
	assert_string_equal(div_error(d), "write: No space left on device");
	div_close(d);
}

static void
test_damaged(void **state)
{
	struct div *d;
	struct div_frame f;

	(void)state;
	assert_int_equal(truncate(IN, 50), 0);
	d = port(IN);
	assert_int_equal(div_recv(d, &f), -1);
	assert_int_equal(errno, EBADMSG);
	assert_non_null(strstr(div_error(d), IN ": "));
	div_close(d);
}

static int
tie(void *arg)
{
	++*(int *)arg;
	errno = EPIPE;
	return -1;
}

static void
test_tie(void **state)
{
	struct div *d = port(IN);
	struct div_frame f;
	int calls = 0;

	(void)state;
	div_tie(d, tie, &calls);
	assert_int_equal(div_recv(d, &f), -1);
	assert_int_equal(errno, EPIPE);
	assert_int_equal(calls, 1);
	div_close(d);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_open),
		TEST(test_twin),
		TEST(test_no_output),
		TEST(test_full),
		TEST(test_damaged),
		TEST(test_tie),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
