/* SPDX-License-Identifier: ISC */

/* A reader gives its queue to one writer: any socket may stand for the queue. */

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "corpus.h"
#include "nfq.h"

#define PORT 8000

static struct div reader, writer, other;
static int queue[2], page;
static struct emitted *emitted;
static struct handover *h;

static int
set_up(void **state)
{
	(void)state;
	memset(&reader, 0, sizeof(reader));
	reader.port = PORT;
	reader.epoch = random64();
	writer = other = reader;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, queue), 0);
	emitted = emitted_new(&page);
	assert_non_null(emitted);
	h = handover_serve(&reader, queue[0], page, emitted);
	assert_non_null(h);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	emitted_unmap(emitted);
	close(page);
	close(queue[0]);
	close(queue[1]);
	return 0;
}

/* The writer's line; it has the queue and the page. */
static int
join(void)
{
	struct emitted *seen;
	uint64_t expired = 1;
	char text[8];
	int line, passed[2];

	line = handover_join(&writer, passed, &expired);
	assert_int_not_equal(line, -1);
	assert_int_equal(expired, 0);
	assert_int_equal(write(passed[0], "verdict", 8), 8);
	assert_int_equal(read(queue[1], text, 8), 8);
	assert_string_equal(text, "verdict");
	close(passed[0]);
	seen = emitted_map(passed[1]);
	assert_non_null(seen);
	emitted->top = 7;
	assert_int_equal(seen->top, 7);
	emitted_unmap(seen);
	return line;
}

/* The next that the reader says. */
static enum handover_news
news(int line)
{
	struct pollfd pfd = { .fd = line, .events = POLLIN };

	assert_int_equal(poll(&pfd, 1, 10000), 1);
	return handover_hear(line);
}

static void
join_fails(struct div *d, int error, const char *text)
{
	uint64_t expired;
	int passed[2];

	assert_int_equal(handover_join(d, passed, &expired), -1);
	assert_int_equal(errno, error);
	assert_string_equal(d->error, text);
}

static void
test_drained(void **state)
{
	int line = join();

	(void)state;
	assert_int_equal(writer.drained, 0);
	assert_int_equal(handover_hear(line), HANDOVER_NONE);
	handover_drained(h);
	assert_int_equal(news(line), HANDOVER_DRAINED);
	assert_int_equal(handover_finish(h, 1), 1);
	assert_int_equal(news(line), HANDOVER_BROKEN);
	close(line);
}

/* A writer that comes when all was emitted, and pends, is told so at once. */
static void
test_late(void **state)
{
	int line;

	(void)state;
	emitted->top = 1;
	handover_drained(h);
	line = join();
	assert_int_equal(writer.drained, 1);
	assert_int_equal(news(line), HANDOVER_DRAINED);
	assert_int_equal(handover_finish(h, 1), 1);
	close(line);
}

static void
test_second(void **state)
{
	int line = join();

	(void)state;
	join_fails(&other, EBUSY, "port 8000 has a writer already");
	assert_int_equal(handover_hear(line), HANDOVER_NONE);
	assert_int_equal(handover_finish(h, 0), 1);
	close(line);
}

static void
test_writer_gone(void **state)
{
	struct pollfd pfd = { .fd = handover_event(h), .events = POLLIN };

	(void)state;
	close(join());
	assert_int_equal(poll(&pfd, 1, 10000), 1);
	assert_int_equal(handover_gone(h), 1);
	assert_int_equal(handover_gone(h), 0);
	assert_int_equal(handover_finish(h, 0), 1);
}

/* Nothing is pending: nobody is waited for. */
static void
test_nobody(void **state)
{
	(void)state;
	assert_int_equal(handover_finish(h, 1), 0);
	join_fails(&writer, ECONNREFUSED,
	    "nobody reads port 8000 (any more): Connection refused");
}

static int listener;
static struct {
	uint64_t word[2];
	size_t len;
} said;

static void *
pretend(void *arg)
{
	int fd = accept(listener, NULL, NULL);

	if (said.len > 0)
		send(fd, said.word, said.len, MSG_NOSIGNAL);
	close(fd);
	return arg;
}

/* A reader that says len bytes, and gives nothing. */
static void
impostor(size_t len, const char *text)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	pthread_t thread;
	int n;

	said.len = len;
	n = snprintf(sun.sun_path + 1, sizeof(sun.sun_path) - 1,
	    "divert-%d-%016llx", PORT, (unsigned long long)other.epoch);
	listener = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&sun,
			     (socklen_t)(offsetof(struct sockaddr_un,
					     sun_path) +
				 1 + (size_t)n)),
	    0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(pthread_create(&thread, NULL, pretend, NULL), 0);
	join_fails(&other, EIO, text);
	pthread_join(thread, NULL);
	close(listener);
}

static void
test_impostor(void **state)
{
	(void)state;
	other.epoch++;
	impostor(0, "the reader of port 8000 does not answer");
	impostor(7, "the reader of port 8000 does not answer");
	impostor(16, "the reader of port 8000 gave no socket");
	assert_int_equal(handover_finish(h, 0), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_drained),
		TEST(test_late),
		TEST(test_second),
		TEST(test_writer_gone),
		TEST(test_nobody),
		TEST(test_impostor),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
