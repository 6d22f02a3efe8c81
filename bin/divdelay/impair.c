/* SPDX-License-Identifier: ISC */

/*
 * What becomes of a packet: copies, damage, the queue of a link, a delay, its
 * turn.  Live packets wait; those of a capture have the time of the capture, and
 * leave with another one at once.
 */

#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <unistd.h>

#include "divdelay.h"
#include "selection.h"
#include "tool.h"

#define LAST_WAIT (2 * NSEC_PER_SEC) /* after the end and a signal */

static enum { UNKNOWN, LIVE, CAPTURE } source;

static struct delay_event overtaking, duplication;
static uint64_t gap, turn; /* of overtaking */
static int xflag, quiet;

static struct delayed *at_gate; /* waits for its turn: slot.c */
static uint64_t deadline;       /* ns, when all leave; 0: never */
static int ended;               /* the input */

static const struct field fields[] = {
	FIELD_PART("probability"),
	FIELD_PART("correlation"),
	{ "gap", UNIT_COUNT, 0, 1e9, "a number of packets" },
};

void
overtake_parse(const char *arg)
{
	struct value v[3];

	fields_parse('o', arg, fields, 3, v);
	event_set(&overtaking, 'o', &v[0], &v[1]);
	gap = (uint64_t)v[2].v;
}

void
duplicate_parse(const char *arg)
{
	struct value v[2];

	fields_parse('u', arg, fields, 2, v);
	event_set(&duplication, 'u', &v[0], &v[1]);
}

void
impair_overtaking(void)
{
	xflag = 1;
}

void
impair_quiet(void)
{
	quiet = 1;
}

int
impair_given(void)
{
	return overtaking.letter != 0 || duplication.letter != 0 ||
	    corrupt_given() || delay_longest() != 0 || link_given() ||
	    slot_given();
}

void
impair_init(void)
{
	struct stat st;

	if (fstat(STDIN_FILENO, &st) == 0 && S_ISREG(st.st_mode))
		source = CAPTURE;
	delay_init();
	link_init();
	order_init();
	corrupt_init();
	queue_init();
}

/* Whether the order of a flow may change, as the receiver sees it. */
int
impair_disorders(void)
{
	return xflag || overtaking.letter != 0 || corrupt_is_kept();
}

/* How long a packet may wait, ns. */
uint64_t
impair_longest(void)
{
	uint64_t link = link_longest(), slot = slot_longest();
	uint64_t delay = delay_longest();

	if (link > DIV_HOLDMAX || slot > DIV_HOLDMAX ||
	    delay + link + slot > DIV_HOLDMAX)
		return DIV_HOLDMAX;
	return delay + link + slot;
}

/* New packets that have a time do not come live, and nor does a file. */
static void
set_source(const struct div_frame *f)
{
	if (source == UNKNOWN)
		source = f->type == DIV_INJECT && f->epoch == 0 &&
			f->time != 0 ?
		    CAPTURE :
		    LIVE;
}

static uint64_t
now_of(const struct div_frame *f)
{
	return source == CAPTURE ? tool_clock(f->time) :
				   div_clock(CLOCK_MONOTONIC);
}

static int
put_delayed(struct div_writer *w, struct delayed *d, uint64_t now)
{
	int error;

	if (source == CAPTURE) {
		now = d->time;
		d->frame.time += d->time - d->arrived;
	}
	count_left(now - d->arrived, now > d->time ? now - d->time : 0);
	error = div_writer_put(w, &d->frame);
	pool_free(d);
	return error;
}

/* The next packet whose time has come, or NULL. */
static struct delayed *
next_due(uint64_t now)
{
	struct delayed *d;

	if (at_gate == NULL && queue_first() <= now && queue_first() != NEVER) {
		at_gate = queue_pop();
		at_gate->time = slot_time(at_gate->time, at_gate->frame.caplen);
	}
	if ((d = at_gate) == NULL || d->time > now)
		return NULL;
	at_gate = NULL;
	return d;
}

/* Packets leave that are due at a time; all of them at NEVER. */
static int
release(struct div_writer *w, uint64_t due, uint64_t now)
{
	struct delayed *d;

	while ((d = next_due(due)) != NULL)
		if (put_delayed(w, d, now) == -1)
			return -1;
	return 0;
}

/* A copy that is dropped needs no verdict: the packet has its own. */
static int
drop(struct div_writer *w, const struct div_frame *f, int copy, uint64_t *count)
{
	++*count;
	return copy ? 0 : div_writer_drop(w, f);
}

static int
drop_unqueued(struct div_writer *w, const struct div_frame *f, int copy)
{
	if (counts.no_room == 0 && !quiet)
		warnx("more packets wait than %d, or %d MiB: some are dropped",
		    QUEUE_MAX, POOL_BYTES >> 20);
	return drop(w, f, copy, &counts.no_room);
}

static int
enqueue(struct div_writer *w, const struct div_frame *f, int copy, uint64_t now,
    uint64_t t)
{
	struct delayed *d;

	if ((d = pool_new(f)) == NULL)
		return errno == ENOBUFS ? drop_unqueued(w, f, copy) : -1;
	d->arrived = now;
	d->time = t;
	if (queue_push(d) == -1) {
		pool_free(d);
		return drop_unqueued(w, f, copy);
	}
	counts.delayed++;
	return 0;
}

/* As in netem: only behind gap - 1 packets that did not overtake. */
static int
overtakes(void)
{
	if (++turn < gap || !event_hit(&overtaking))
		return 0;
	turn = 0;
	counts.overtook++;
	return 1;
}

/*
 * Every decision is made for every packet, so that what a link drops, which
 * depends on the time, does not change the others.
 */
static int
admit(struct div_writer *w, struct div_frame *f, int copy, uint64_t now)
{
	uint64_t t = now, delay = delay_draw();
	int first = overtakes();

	counts.damaged += (uint64_t)corrupt(f);
	switch (link_send(f, now, &t)) {
	case LINK_SENT:
		break;
	case LINK_FULL:
		return drop(w, f, copy, &counts.full);
	case LINK_CODEL:
		return drop(w, f, copy, &counts.codel);
	}
	if (!first) {
		t += delay;
		t = xflag ? t : order_keep(f, t);
	}
	if (t - now > DIV_HOLDMAX)
		return drop(w, f, copy, &counts.too_long);
	if (t > now || slot_given())
		return enqueue(w, f, copy, now, t);
	return div_writer_put(w, f);
}

/*
 * A copy has the id of its packet: the writer sends a second one with it as a new
 * packet, but knows that its data belongs to the stream already.
 */
int
impair_frame(struct div_writer *w, struct div_frame *f)
{
	struct div_frame copy;
	uint64_t now;
	int selected, copied;

	set_source(f);
	counts.packets++;
	selected = select_matches(f);
	if (!selected && source == LIVE)
		return div_writer_put(w, f);
	now = now_of(f);
	if (release(w, now, now) == -1)
		return -1;
	if (!selected)
		return div_writer_put(w, f);
	counts.selected++;
	copied = event_hit(&duplication);
	/* the first of them to leave frees the slot */
	if (copied)
		div_frame_detach(f);
	copy = *f;
	if (admit(w, f, 0, now) == -1)
		return -1;
	if (!copied)
		return 0;
	counts.duplicated++;
	copy.wire = NULL;
	return admit(w, &copy, 1, now);
}

/* Verdicts come from a live reader. */
void
impair_other(const struct div_frame *f)
{
	if (f->epoch != 0)
		set_source(f);
}

void
impair_ended(void)
{
	ended = 1;
}

/* The second signal, or some time after the first one: all leave. */
static int
is_hurried(uint64_t now)
{
	if (tool_stop > 1)
		return 1;
	if (!ended || !tool_stop)
		return 0;
	if (deadline == 0)
		deadline = now + LAST_WAIT;
	return now >= deadline;
}

int64_t
impair_due(struct div_writer *w)
{
	uint64_t now, next;

	if (source != LIVE)
		return -1;
	now = div_clock(CLOCK_MONOTONIC);
	if (release(w, is_hurried(now) ? NEVER : now, now) == -1)
		return -2;
	next = at_gate != NULL ? at_gate->time : queue_first();
	if (next == NEVER)
		return -1;
	if (deadline != 0 && deadline < next)
		next = deadline;
	return next > now ? (int64_t)(next - now) : 0;
}

/* Of a capture, what waits leaves with its time. */
int
impair_end(struct div_writer *w)
{
	return release(w, NEVER, div_clock(CLOCK_MONOTONIC));
}
