/* SPDX-License-Identifier: ISC */

/* Each byte of a stream has one version, also where no length changes. */

#include "tcp_lab.h"

/* The retransmission of edited data is cut so that no filter would find it. */
static void
test_edited(void **state)
{
	(void)state;
	handshake();
	give(0, 0, 101, 501, .text = "a foo", .edit = "a bar");
	expect(0, 0, 101, "a bar");
	give(0, 0, 101, 501, .text = "a f");
	expect(0, 0, 101, "a bar");
	give(1, 0, 501, 104);
	expect(0, 1, 501, "");
	give(0, 0, 104, 501, .text = "oo");
	expect(0, 0, 101, "a bar");
	give(1, 0, 501, 106);
	assert_int_equal(give(0, 0, 106, 501, .text = "b"), TCP_PASS);
	assert_int_equal(resets, 0);
}

/* Data passed unedited; an edit of its retransmission would come in part. */
static void
test_passed(void **state)
{
	(void)state;
	tcp_queue_all(fs);
	handshake();
	assert_int_equal(give(0, 0, 101, 501, .text = "f"), TCP_STOLEN);
	expect(0, 0, 101, "f");
	give(0, 0, 101, 501, .text = "foo", .edit = "bar");
	expect(0, 0, 101, "f");
	give(1, 0, 501, 102);
	give(0, 0, 102, 501, .text = "oo");
	expect(0, 0, 102, "oo");
}

/* A segment begins inside of a queued one, and has new data. */
static void
test_overlap(void **state)
{
	(void)state;
	handshake();
	give(0, 0, 101, 501, .text = "sec", .edit = "XXX");
	expect(0, 0, 101, "XXX");
	give(0, 0, 102, 501, .text = "ecret", .edit = "XXXXX");
	expect(0, 0, 101, "XXX");
	expect(1, 0, 104, "XXX");
	give(0, 0, 106, 501, .text = "too", .edit = "Yoo");
	expect(0, 0, 104, "XXX");
	assert_int_equal(outs, 1);
}

/* Of a super-packet only what the sender retransmits is sent again. */
static void
test_super(void **state)
{
	char text[4001] = "", edit[4001] = "";

	(void)state;
	memset(text, 'a', 4000);
	memset(edit, 'b', 4000);
	window = 30000;
	handshake();
	give(0, 0, 101, 501, .text = text, .edit = edit, .gso = 1);
	assert_int_equal(outs, 1);
	give(0, 0, 1101, 501, .text = "aaaa");
	assert_int_equal(outs, 1);
	expect(0, 0, 1101, "bbbb");
}

/* Without the option only the second version is edited, and both go on. */
static void
test_not_queued(void **state)
{
	(void)state;
	handshake();
	assert_int_equal(give(0, 0, 101, 501, .text = "f"), TCP_PASS);
	assert_int_equal(give(0, 0, 101, 501, .text = "foo", .edit = "bar"),
	    TCP_PASS);
}

/* A connection whose other end is not seen is left as it is. */
static void
test_one_way(void **state)
{
	(void)state;
	tcp_queue_all(fs);
	assert_int_equal(give(0, 0, 101, 501, .text = "foo", .edit = "bar"),
	    TCP_PASS);
	assert_int_equal(give(0, 0, 104, 501, .text = "foo"), TCP_PASS);
}

/* What was edited may be retransmitted; what waits needs the sink. */
static void
test_leave(void **state)
{
	(void)state;
	handshake();
	assert_true(may_leave);
	give(0, 0, 101, 501, .text = "a foo");
	assert_true(may_leave);
	give(0, 0, 106, 501, .text = "foo", .edit = "bar");
	assert_false(may_leave);
}

static void
test_leave_gap(void **state)
{
	(void)state;
	handshake();
	give(0, 0, 102, 501, .text = "foo");
	assert_false(may_leave);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT(test_edited),
		UNIT(test_passed),
		UNIT(test_overlap),
		UNIT(test_super),
		UNIT(test_not_queued),
		UNIT(test_one_way),
		UNIT(test_leave),
		UNIT(test_leave_gap),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
