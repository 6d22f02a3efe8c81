/* SPDX-License-Identifier: ISC */

/* A reader passes its queue to one writer; a socket pair is the queue. */

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
#include "nfqueue/nfq.h"

#define PORT 8000

static struct div reader, writer, other;
static int queue[2];
static struct nfq nfq;
static struct id_page *ids;
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
	memset(&nfq, 0, sizeof(nfq));
	nfq.fd = queue[0];
	nfq.raw.fd[0] = nfq.raw.fd[1] = nfq.raw.link = nfq.raw.frame = -1;
	assert_int_equal(path_open(&nfq.paths, &reader.opt), 0);
	ids = nfq.ids = idpage_new(&nfq.idfd);
	assert_non_null(ids);
	nfq.conns = connpage_new(&nfq.connfd);
	assert_non_null(nfq.conns);
	reader.slots = slots_new(8, DIV_SLOT_SIZE, reader.epoch);
	assert_non_null(reader.slots);
	h = handover_serve(&reader, &nfq);
	assert_non_null(h);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	idpage_unmap(ids);
	close(nfq.idfd);
	connpage_unmap(nfq.conns);
	close(nfq.connfd);
	path_close(&nfq.paths);
	div_slots_free(reader.slots);
	close(queue[0]);
	close(queue[1]);
	return 0;
}

/* Joins as the writer: its connection.  It gets the queue and the id page. */
static int
join(void)
{
	struct tcp_saved *conns;
	struct div_slots *slots;
	struct id_page *seen;
	uint64_t expired = 1;
	char text[8];
	int conn, passed[HANDOVER_FDS];

	conn = handover_join(&writer, passed, &expired);
	assert_int_not_equal(conn, -1);
	assert_int_equal(expired, 0);
	assert_int_equal(write(passed[0], "verdict", 8), 8);
	assert_int_equal(read(queue[1], text, 8), 8);
	assert_string_equal(text, "verdict");
	close(passed[0]);
	close(passed[HANDOVER_OWN]);
	close(passed[HANDOVER_OWN + 1]);
	seen = idpage_map(passed[1]);
	assert_non_null(seen);
	ids->top = 7;
	assert_int_equal(seen->top, 7);
	idpage_unmap(seen);
	conns = connpage_map(passed[2]);
	assert_non_null(conns);
	conns->n = 2;
	assert_int_equal(nfq.conns->n, 2);
	conns->n = 0;
	connpage_unmap(conns);
	slots = slots_map(passed[3], passed[4], reader.epoch);
	assert_non_null(slots);
	assert_int_equal(slots->n, 8);
	div_slots_free(slots);
	return conn;
}

/* The next message of the reader. */
static enum handover_state
next_state(int conn)
{
	struct pollfd pfd = { .fd = conn, .events = POLLIN };

	assert_int_equal(poll(&pfd, 1, 10000), 1);
	return handover_poll(conn);
}

static void
join_fails(struct div *d, int error, const char *text)
{
	uint64_t expired;
	int passed[HANDOVER_FDS];

	assert_int_equal(handover_join(d, passed, &expired), -1);
	assert_int_equal(errno, error);
	assert_string_equal(d->error, text);
}

/* The reader stays while the writer has connections to reset. */
static void
test_translated(void **state)
{
	struct pollfd pfd = { .events = POLLIN };
	int conn = join();

	(void)state;
	nfq.conns->n = 1;
	handover_drained(h);
	assert_int_equal(next_state(conn), HANDOVER_DRAINED);
	pfd.fd = conn;
	assert_int_equal(poll(&pfd, 1, 200), 0);
	nfq.conns->n = 0;
	assert_int_equal(handover_finish(h, 1), 1);
	assert_int_equal(next_state(conn), HANDOVER_BROKEN);
	close(conn);
}

/* A killed writer's connections are no longer translated. */
static void
test_killed(void **state)
{
	int conn = join();

	(void)state;
	nfq.conns->n = 1;
	nfq.conns->conn[7].used = 1;
	nfq.conns->conn[7].key.version = 4;
	handover_drained(h);
	close(conn);
	assert_int_equal(handover_finish(h, 1), 1);
	assert_int_equal(nfq.conns->n, 0);
	assert_int_equal(nfq.conns->conn[7].used, 0);
}

static void
test_drained(void **state)
{
	int conn = join();

	(void)state;
	assert_int_equal(writer.drained, 0);
	assert_int_equal(handover_poll(conn), HANDOVER_NONE);
	handover_drained(h);
	assert_int_equal(next_state(conn), HANDOVER_DRAINED);
	assert_int_equal(handover_finish(h, 1), 1);
	assert_int_equal(next_state(conn), HANDOVER_BROKEN);
	close(conn);
}

/*
 * A writer that joins a drained reader with pending packets learns it at once.
 */
static void
test_late(void **state)
{
	int conn;

	(void)state;
	ids->top = 1;
	handover_drained(h);
	conn = join();
	assert_int_equal(writer.drained, 1);
	assert_int_equal(next_state(conn), HANDOVER_DRAINED);
	assert_int_equal(handover_finish(h, 1), 1);
	close(conn);
}

/* Filters borrow the memory, as many as there are. */
static void
test_lend(void **state)
{
	struct div_slots *slots;
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		slots = div_slots_join(div_slots_connect(PORT, reader.epoch),
		    reader.epoch);
		assert_non_null(slots);
		assert_int_equal(slots->n, 8);
		assert_null(slots->returned);
		div_slots_free(slots);
	}
	assert_int_equal(div_slots_connect(PORT, reader.epoch + 1), -1);
	assert_int_equal(div_slots_connect(PORT + 1, reader.epoch), -1);
	assert_null(div_slots_join(-1, reader.epoch));
	assert_int_equal(handover_finish(h, 0), 0);
	assert_int_equal(div_slots_connect(PORT, reader.epoch), -1);
}

static void
test_second(void **state)
{
	int conn = join();

	(void)state;
	join_fails(&other, EBUSY, "port 8000 has a writer already");
	assert_int_equal(handover_poll(conn), HANDOVER_NONE);
	assert_int_equal(handover_finish(h, 0), 1);
	close(conn);
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

/* Nothing is pending: the reader does not wait for a writer. */
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

/* A reader that sends len bytes, and passes no descriptors. */
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
		TEST(test_translated),
		TEST(test_killed),
		TEST(test_late),
		TEST(test_lend),
		TEST(test_second),
		TEST(test_writer_gone),
		TEST(test_nobody),
		TEST(test_impostor),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
