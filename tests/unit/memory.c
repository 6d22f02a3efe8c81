/* SPDX-License-Identifier: ISC */

/*
 * Each allocation of a sink fails in turn: it goes on, and the packet that needed
 * it is dropped and counted, or passes as diverted.  The linker puts the
 * functions named __wrap_* before those of the library.
 */

#include <netinet/in.h>

#include "sink_lab.h"
#include "sim.h"

#if defined(__SANITIZE_ADDRESS__)
#define RUNS 300
#else
#define RUNS 3000
#endif

static uint64_t count;       /* allocations so far */
static uint64_t fail_at;     /* this one fails */
static uint32_t fail_chance; /* or so many of 1000 */
static struct rng rng = { 1 };
static int inside; /* the library, on behalf of a packet */
static const struct tcp_ops *outside;

void *__real_malloc(size_t);
void *__real_calloc(size_t, size_t);
struct tcp_table *__real_tcp_new(size_t, const struct tcp_ops *, void *);
int __real_div_send(struct div *, struct div_frame *);
enum tcp_action __real_tcp_input(struct tcp_table *, struct div_frame *,
    const struct div_packet *, int, uint64_t);

void *__wrap_malloc(size_t);
void *__wrap_calloc(size_t, size_t);
struct tcp_table *__wrap_tcp_new(size_t, const struct tcp_ops *, void *);
int __wrap_div_send(struct div *, struct div_frame *);
enum tcp_action __wrap_tcp_input(struct tcp_table *, struct div_frame *,
    const struct div_packet *, int, uint64_t);

static int
fails(void)
{
	if (!inside)
		return 0;
	return ++count == fail_at || rng_chance(&rng, fail_chance);
}

void *
__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

static int
verdict(void *arg, struct div_frame *f, enum tcp_verdict v)
{
	int was = inside, result;

	inside = 0;
	result = outside->verdict(arg, f, v);
	inside = was;
	return result;
}

static int
inject(void *arg, struct div_frame *f)
{
	int was = inside, result;

	inside = 0;
	result = outside->inject(arg, f);
	inside = was;
	return result;
}

/* The model allocates when it gets a packet. */
struct tcp_table *
__wrap_tcp_new(size_t memory, const struct tcp_ops *ops, void *arg)
{
	static struct tcp_ops own = { .verdict = verdict, .inject = inject };

	outside = ops;
	own.gather = ops->gather;
	return __real_tcp_new(memory, &own, arg);
}

int
__wrap_div_send(struct div *d, struct div_frame *f)
{
	int result;

	inside++;
	result = __real_div_send(d, f);
	inside--;
	return result;
}

enum tcp_action
__wrap_tcp_input(struct tcp_table *tbl, struct div_frame *f,
    const struct div_packet *p, int edited, uint64_t now)
{
	enum tcp_action action;

	inside++;
	action = __real_tcp_input(tbl, f, p, edited, now);
	inside--;
	return action;
}

static void
begin(uint64_t at, uint32_t chance)
{
	count = 0;
	fail_at = at;
	fail_chance = chance;
}

/* Runs a simulated connection: its ends get what is right, or are told. */
static void
run(uint64_t seed, uint64_t at, uint32_t chance)
{
	char error[SIM_ERRLEN];
	struct sim_counters n = { 0 };

	begin(at, chance);
	sim_scarce = 1;
	if (sim_run(seed, &n, error) == -1)
		fail_msg("seed %llu, allocation %llu: %s",
		    (unsigned long long)seed, (unsigned long long)at, error);
}

static void
test_each(void **state)
{
	uint64_t seed, at, runs = 0;

	(void)state;
	for (seed = 1; runs < RUNS; seed++)
		for (at = 1; at == 1 || at <= count + 1; at++, runs++)
			run(seed, at, 0);
	begin(0, 0);
}

/* A tenth of all fails, for as long as a connection lives. */
static void
test_many(void **state)
{
	uint64_t seed;

	(void)state;
	for (seed = 1; seed <= RUNS / 10; seed++)
		run(seed, 0, 100);
	begin(0, 0);
}

/* A packet of the story, which may grow; the sink must go on. */
static void
tell(struct div *d, int side, uint32_t seq, uint32_t ack, size_t n, size_t grow)
{
	uint8_t p[2048];

	assert_int_not_equal(give(d, p, segment(p, side, seq, ack, n), grow),
	    -1);
}

static void
tell_fragments(struct div *d, uint32_t seq)
{
	uint8_t p[2048];
	size_t len = segment(p, 0, seq, 5010, SEGMENT);

	ident++;
	assert_int_not_equal(fragment(d, p, len, 0, 400), -1);
	assert_int_not_equal(fragment(d, p, len, 400, len - 420), -1);
}

/*
 * A connection that is met in the middle, edited, with a gap that is filled, and
 * fragments.
 */
static void
story(struct div *d)
{
	tell(d, 0, 1000, 5000, 10, 0);
	tell(d, 1, 5000, 1010, 10, 0);
	tell(d, 0, 1010, 5010, 10, 3);
	tell(d, 0, 1030, 5010, 10, 0);
	tell(d, 0, 1020, 5010, 10, 0);
	tell(d, 0, 1020, 5010, 30, 0);
	tell_fragments(d, 1050);
	tell(d, 1, 5010, 1010, 0, 5);
}

static void
test_sink(void **state)
{
	struct div *d;
	uint64_t at, i, lost, dropped;

	(void)state;
	for (at = 1, count = at; at <= count; at++) {
		d = sink(4, 0);
		begin(at, 0);
		story(d);
		begin(0, 0);
		lost = d->n.reason[DIV_REFUSE_MEMORY];
		assert_in_range(lost, 0, 1);
		assert_int_equal(div_finish(d, -1), 0);
		for (i = 1, dropped = 0; i <= id; i++) {
			assert_int_not_equal(noted[i].len, UINT32_MAX);
			dropped += noted[i].v == DROP;
		}
		assert_true(lost == 0 || dropped > 0);
		div_close(d);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_sink),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
