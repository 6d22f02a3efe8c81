/* SPDX-License-Identifier: ISC */

/* Memory that a reader shares with its pipeline, and frames by reference. */

#include <sys/mman.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "codec/codec.h"
#include "corpus.h"

#define N 70
#define EPOCH 0xe000000000000001
#define AT 300 /* a packet's offset in its slot */

static struct div_slots *owner, *filter, *sink;

static struct div_slots *
borrow(int returned)
{
	return slots_map(dup(owner->fd), returned ? dup(owner->returnedfd) : -1,
	    EPOCH);
}

static int
set_up(void **state)
{
	(void)state;
	assert_non_null(owner = slots_new(N, DIV_SLOT_SIZE, EPOCH));
	assert_non_null(filter = borrow(0));
	assert_non_null(sink = borrow(1));
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	div_slots_free(owner);
	div_slots_free(filter);
	div_slots_free(sink);
	return 0;
}

/* A packet of the port, in a slot. */
static struct div_frame
receive(uint64_t id, uint32_t len)
{
	struct div_frame f = { .type = DIV_PACKET,
		.hdrlen = DIV_HDRLEN,
		.caplen = len,
		.origlen = len,
		.id = id,
		.epoch = EPOCH };

	f.slot = slots_take(owner);
	assert_int_not_equal(f.slot, 0);
	f.packet = slots_at(owner, f.slot) + AT;
	memset(f.packet, (int)id, len);
	return f;
}

static struct div_frame
emit(uint64_t id, uint32_t len)
{
	struct div_frame f = receive(id, len);

	slots_publish(owner, &f);
	return f;
}

/* The frame as it comes out of the pipe, with what stands for its packet. */
static struct div_frame
reference_to(const struct div_frame *put, uint64_t slot)
{
	struct div_frame f = *put;

	f.flags |= SLOTS_FLAG;
	f.digest = slot;
	f.slot = f.caplen = 0;
	f.packet = NULL;
	return f;
}

static struct div_frame
reference(const struct div_frame *emitted)
{
	return reference_to(emitted, emitted->slot);
}

static void
test_lowest(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 1; i <= N; i++)
		assert_int_equal(slots_take(owner), i);
	assert_int_equal(slots_take(owner), 0);
	slots_release(owner, 66);
	slots_release(owner, 3);
	assert_int_equal(slots_take(owner), 3);
	assert_int_equal(slots_take(owner), 66);
	assert_int_equal(slots_take(owner), 0);
}

/* Only the owner writes, and nobody takes the memory away. */
static void
test_sealed(void **state)
{
	int fd = dup(owner->fd);
	void *p;

	(void)state;
	p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_ptr_equal(p, MAP_FAILED);
	assert_int_equal(mprotect(filter->entries, 4096,
			     PROT_READ | PROT_WRITE),
	    -1);
	assert_int_equal(pwrite(fd, "x", 1, 0), -1);
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_int_equal(fallocate(fd,
			     FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
			     4096),
	    -1);
	close(fd);
	assert_int_equal(ftruncate(owner->returnedfd, 0), -1);
}

static struct div_slots *
map_other(size_t size, unsigned int seals, struct slots_head head)
{
	int fd = memfd_create("other", MFD_ALLOW_SEALING);

	if (size >= sizeof(head))
		assert_int_equal(write(fd, &head, sizeof(head)), sizeof(head));
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return slots_map(fd, -1, EPOCH);
}

/* A file that may shrink, or be written, or has another size, is none. */
static void
test_other_files(void **state)
{
	const struct slots_head head = { .n = 2, .size = 512 };
	const size_t size = 64 + 2 * 512; /* the entries end at 40 */
	const unsigned int all = F_SEAL_SHRINK | F_SEAL_GROW |
	    F_SEAL_FUTURE_WRITE;
	struct div_slots *s;

	(void)state;
	assert_non_null(s = map_other(size, all, head));
	assert_int_equal(s->n, 2);
	assert_ptr_equal(slots_at(s, 2), (uint8_t *)s->file + 64 + 512);
	div_slots_free(s);
	assert_null(map_other(size, F_SEAL_GROW | F_SEAL_FUTURE_WRITE, head));
	assert_null(map_other(size, F_SEAL_GROW | F_SEAL_SHRINK, head));
	assert_null(map_other(size + 1, all, head));
	assert_null(map_other(size - 1, all, head));
	assert_null(map_other(8, all, head));
	assert_null(map_other(0, all, head));
	assert_null(map_other(64, all, (struct slots_head){ 0, 512 }));
	assert_null(map_other(64, all, (struct slots_head){ 2, UINT32_MAX }));
	assert_null(map_other(16, all, (struct slots_head){ UINT32_MAX, 512 }));
	assert_null(map_other(64 + 2 * (size_t)(DIV_SLOT_SIZE + 1), all,
	    (struct slots_head){ 2, DIV_SLOT_SIZE + 1 }));
	assert_null(map_other(64 + (SLOTS_MAX + (size_t)4) * (16 + 512), all,
	    (struct slots_head){ SLOTS_MAX + 4, 512 }));
}

static void
test_resolve(void **state)
{
	struct div_frame f = emit(7, 1500), g = reference(&f);

	(void)state;
	assert_true(slots_resolve(filter, &g));
	assert_int_equal(g.caplen, 1500);
	assert_int_equal(g.slot, f.slot);
	assert_int_equal(g.digest, 0);
	assert_int_equal(g.flags, 0);
	assert_memory_equal(g.packet, f.packet, 1500);
	assert_false(div_frame_edited(&g));
	assert_true(slots_holds(filter, &g));
}

static void
refused(struct div_frame f)
{
	assert_false(slots_resolve(filter, &f));
	assert_false(slots_resolve(sink, &f));
}

static void
test_forged(void **state)
{
	struct div_frame f = emit(7, 1500), other = emit(8, 1500), g;

	(void)state;
	emit(9, 100);
	for (g = reference(&f); g.digest <= SLOTS_MAX + 70; g.digest++)
		if (g.digest != f.slot)
			refused(g);
	g.digest = UINT64_MAX;
	refused(g);
	g.digest = 0;
	refused(g);
	g.digest = (1ULL << 32) + f.slot;
	refused(g);
	g = reference(&f);
	g.id = other.id;
	refused(g);
	g.id = 0;
	refused(g);
	g = reference(&f);
	g.epoch++;
	refused(g);
	g = reference(&f);
	g.type = DIV_INJECT;
	refused(g);
	g = reference(&f);
	g.caplen = 1;
	refused(g);
	/* received, but not emitted */
	f = receive(10, 100);
	refused(reference(&f));
}

/* The reader is another process: what it says of a packet is checked, too. */
static void
test_bounds(void **state)
{
	struct div_frame f = emit(7, 1500);
	struct slots_entry *e = &owner->entries[f.slot - 1];

	(void)state;
	e->at = DIV_SLOT_SIZE;
	e->len = 0;
	assert_true(slots_resolve(filter,
	    &(struct div_frame){ .type = DIV_PACKET,
		.id = 7,
		.epoch = EPOCH,
		.digest = f.slot }));
	e->len = 1;
	refused(reference(&f));
	e->at = UINT32_MAX;
	refused(reference(&f));
	e->at = 2;
	e->len = UINT32_MAX;
	refused(reference(&f));
}

/* A slot is free when its packet has returned, and not before. */
static void
test_returned(void **state)
{
	struct div_frame a = emit(1, 100), b = emit(2, 100), c;

	(void)state;
	slots_sweep(owner, UINT_MAX);
	assert_int_equal(owner->busy[0], 3);
	slots_return(sink, 2);
	slots_return(filter, 1); /* cannot */
	slots_return(NULL, 1);
	slots_sweep(owner, UINT_MAX);
	assert_int_equal(owner->busy[0], 1);
	refused(reference(&b));
	c = emit(3, 100);
	assert_int_equal(c.slot, b.slot);
	refused(reference(&b));
	slots_sweep(owner, UINT_MAX);
	assert_int_equal(owner->busy[0], 3);
	slots_return(sink, 1);
	slots_return(sink, 3);
	slots_sweep(owner, UINT_MAX);
	assert_int_equal(owner->busy[0], 0);
	refused(reference(&a));
	/* the bit of 1 is that of this id, too */
	emit(1 + SLOTS_IDS, 100);
	slots_sweep(owner, UINT_MAX);
	assert_int_equal(owner->busy[0], 1);
}

/* The lowest slots are looked at, until enough of them are free. */
static void
test_sweep(void **state)
{
	uint64_t id;

	(void)state;
	for (id = 1; id <= N; id++)
		emit(id, 100);
	slots_return(sink, 3);
	slots_return(sink, 5);
	slots_return(sink, N);
	slots_sweep(owner, 2);
	assert_int_equal(slots_take(owner), 3);
	assert_int_equal(slots_take(owner), 5);
	assert_int_equal(slots_take(owner), 0);
	slots_sweep(owner, 1);
	assert_int_equal(slots_take(owner), N);
	slots_release(owner, 2);
	assert_int_equal(slots_take(owner), 2);
}

/* A call looks at some, and the next one goes on. */
static void
test_sweep_on(void **state)
{
	struct div_frame f = { .type = DIV_PACKET, .caplen = 10 };
	struct div_slots *many = slots_new(3000, 64, EPOCH);

	(void)state;
	assert_non_null(many);
	for (f.id = 1; (f.slot = slots_take(many)) != 0; f.id++) {
		f.packet = slots_at(many, f.slot);
		slots_publish(many, &f);
	}
	assert_int_equal(f.id, 3001);
	slots_return(many, 2900);
	slots_sweep(many, 1);
	assert_int_equal(slots_take(many), 0);
	slots_sweep(many, 1);
	assert_int_equal(slots_take(many), 2900);
	slots_return(many, 2);
	slots_sweep(many, 1);
	assert_int_equal(slots_take(many), 2);
	div_slots_free(many);
}

static int pipes[2];

/* A process that reads the pipe, and takes references of these slots, or not. */
static pid_t
start_reader(struct div_slots *slots, int hold[2])
{
	struct div_reader *r;
	char byte;
	pid_t pid;

	assert_int_equal(pipe(hold), 0);
	if ((pid = fork()) != 0) {
		assert_int_not_equal(pid, -1);
		close(hold[0]);
		return pid;
	}
	close(hold[1]);
	close(pipes[1]);
	r = reader_new(pipes[0], "pipe", &codec_frame);
	if (slots != NULL && div_reader_refer(r, slots) == -1)
		_exit(1);
	(void)!write(pipes[0], "", 1);
	_exit(read(hold[0], &byte, 1) == 0 ? 0 : 1);
}

static void
end_reader(pid_t pid, int hold[2])
{
	int status;

	close(hold[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* Until the other process has its lock, or for a while. */
static int
flush_until(struct div_writer *w, int refers)
{
	int tries;

	for (tries = 0; tries < 500 && w->refers != refers; tries++) {
		assert_int_equal(div_writer_flush(w), 0);
		usleep(10000);
	}
	return w->refers;
}

static size_t
put(struct div_writer *w, const struct div_frame *f)
{
	static uint8_t buf[DIV_SLOT_SIZE];

	assert_int_equal(div_writer_put(w, f), 0);
	assert_int_equal(div_writer_flush(w), 0);
	return (size_t)read(pipes[0], buf, sizeof(buf));
}

/* References while the next process takes them, packets otherwise. */
static void
test_pipe(void **state)
{
	struct div_writer *w;
	struct div_frame f;
	int hold[2];
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	w = writer_new(pipes[1], &codec_frame);
	div_writer_refer(w, owner);
	f = receive(1, 500);
	assert_int_equal(put(w, &f), DIV_HDRLEN + 500);
	assert_false(slots_is_published(owner, f.slot));

	pid = start_reader(filter, hold);
	assert_int_equal(flush_until(w, 1), 1);
	assert_int_equal(owner->refers, 1);
	assert_int_equal(put(w, &f), DIV_HDRLEN);
	assert_true(slots_is_published(owner, f.slot));
	/* not its packet, no packet of the port, or none in a slot */
	f = receive(2, 500);
	f.packet = slots_at(owner, f.slot - 1) + AT;
	assert_int_equal(put(w, &f), DIV_HDRLEN + 500);
	f.type = DIV_INJECT;
	assert_int_equal(put(w, &f), DIV_HDRLEN + 500);
	f.type = DIV_PACKET;
	f.slot = 0;
	assert_int_equal(put(w, &f), DIV_HDRLEN + 500);
	end_reader(pid, hold);

	f = receive(3, 500);
	assert_int_equal(flush_until(w, 0), 0);
	assert_int_equal(owner->refers, 0);
	assert_int_equal(put(w, &f), DIV_HDRLEN + 500);
	div_writer_free(w);
	close(pipes[0]);
	close(pipes[1]);
}

/* Whose references they are matters. */
static void
test_other_reader(void **state)
{
	struct div_slots *other = slots_new(2, DIV_SLOT_SIZE, EPOCH + 1);
	struct div_writer *w;
	int hold[2];
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	w = writer_new(pipes[1], &codec_frame);
	div_writer_refer(w, owner);
	pid = start_reader(other, hold);
	div_writer_refer(w, other);
	assert_int_equal(flush_until(w, 1), 1);
	div_writer_refer(w, owner);
	assert_int_equal(div_writer_flush(w), 0);
	assert_int_equal(w->refers, 0);
	end_reader(pid, hold);
	div_writer_free(w);
	div_slots_free(other);
	close(pipes[0]);
	close(pipes[1]);
}

/* No lock on what is not a pipe. */
static void
test_file(void **state)
{
	FILE *file = tmpfile();
	struct div_reader *r = reader_new(fileno(file), "file", &codec_frame);

	(void)state;
	assert_int_equal(div_reader_refer(r, filter), -1);
	assert_int_equal(div_reader_refer(r, NULL), -1);
	div_reader_free(r);
	fclose(file);
}

/* What was put by reference is read; a filter passes it on, edited or not. */
static void
test_filter(void **state)
{
	struct div_frame f = emit(5, 900), g = reference(&f);
	uint8_t own[DIV_SLOT_SIZE];
	struct div_writer *w;
	struct div_reader *r;
	uint64_t digest = div_frame_digest(&f);

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	w = writer_new(pipes[1], &codec_frame);
	r = reader_new(pipes[0], "pipe", &codec_frame);
	r->slots = w->slots = filter;
	assert_true(slots_resolve(filter, &g));
	w->refers = 1;
	assert_int_equal(div_writer_put(w, &g), 0);
	assert_int_equal(div_writer_flush(w), 0);
	assert_int_equal(div_reader_next(r, &f), 1);
	assert_int_equal(f.id, 5);
	assert_int_equal(f.slot, g.slot);
	/* the next process takes none: the packet, with its digest */
	w->refers = 0;
	assert_int_equal(div_writer_put(w, &f), 0);
	assert_int_equal(div_writer_flush(w), 0);
	assert_int_equal(div_reader_next(r, &f), 1);
	assert_int_equal(f.slot, 0);
	assert_int_equal(f.caplen, 900);
	assert_int_equal(f.digest, digest);
	assert_false(div_frame_edited(&f));
	/* an edit */
	w->refers = 1;
	div_frame_own(&g, own);
	assert_int_equal(g.slot, 0);
	assert_int_equal(g.digest, digest);
	assert_false(div_frame_edited(&g));
	g.packet[0] ^= 1;
	assert_int_equal(div_writer_put(w, &g), 0);
	assert_int_equal(div_writer_flush(w), 0);
	assert_int_equal(div_reader_next(r, &f), 1);
	assert_int_equal(f.slot, 0);
	assert_true(div_frame_edited(&f));
	/* a forged one ends the stream */
	g = reference(&g);
	g.digest = N;
	g.packet = own;
	assert_int_equal(write(pipes[1], own, div_frame_encode(&g, own)),
	    DIV_HDRLEN);
	assert_int_equal(div_reader_next(r, &f), -1);
	assert_int_equal(errno, EBADMSG);
	div_reader_free(r);
	div_writer_free(w);
	close(pipes[0]);
	close(pipes[1]);
}

#define EDITS 2 /* slots of a filter */

/* The second filter has its memory, the sink that of all. */
static void
lend_edits(void)
{
	uint32_t i;

	slots_new_edits(owner, EDITS);
	slots_map_edits(filter, 2, dup(owner->editsfd[1]));
	filter->filter = 2;
	assert_false(slots_has_edits(filter));
	for (i = 0; i < SLOTS_FILTERS; i++) {
		assert_false(slots_has_edits(sink));
		slots_map_edits(sink, i + 1, dup(owner->editsfd[i]));
	}
	assert_true(slots_has_edits(sink));
}

static struct div_frame
edited(uint64_t id, uint8_t *packet, uint32_t len)
{
	memset(packet, (int)id, len);
	return (struct div_frame){ .type = DIV_PACKET,
		.hdrlen = DIV_HDRLEN,
		.id = id,
		.epoch = EPOCH,
		.digest = DIV_EDITED,
		.packet = packet,
		.caplen = len };
}

static void
test_edits(void **state)
{
	static uint8_t packet[DIV_SLOT_SIZE + 1], copy[DIV_SLOT_SIZE];
	struct div_frame f, g;
	uint64_t slot;

	(void)state;
	lend_edits();
	f = edited(7, packet, DIV_SLOT_SIZE);
	assert_int_equal(slot = slots_put_edit(filter, &f), 2ULL << 32 | 1);
	g = reference_to(&f, slot);
	assert_true(slots_take_edit(sink, &g, copy));
	assert_int_equal(g.digest, DIV_EDITED);
	assert_int_equal(g.flags, 0);
	assert_int_equal(g.slot, 0);
	assert_int_equal(g.caplen, DIV_SLOT_SIZE);
	assert_memory_equal(g.packet, packet, DIV_SLOT_SIZE);
	assert_true(div_frame_edited(&g));
	/* once */
	g = reference_to(&f, slot);
	assert_false(slots_take_edit(sink, &g, copy));
	/* as long as there are slots */
	assert_int_equal(slots_put_edit(filter, &f), 2ULL << 32 | 1);
	assert_int_equal(slots_put_edit(filter, &f), 2ULL << 32 | 2);
	assert_int_equal(slots_put_edit(filter, &f), 0);
	g = reference_to(&f, 2ULL << 32 | 2);
	assert_true(slots_take_edit(sink, &g, copy));
	/* not what is no edit, or too long, or short */
	f.caplen++;
	assert_int_equal(slots_put_edit(filter, &f), 0);
	f.caplen = 1023;
	assert_int_equal(slots_put_edit(filter, &f), 0);
	f.caplen = 1024;
	f.digest = 5;
	assert_int_equal(slots_put_edit(filter, &f), 0);
	f.digest = DIV_EDITED;
	f.type = DIV_INJECT;
	assert_int_equal(slots_put_edit(filter, &f), 0);
	f.type = DIV_PACKET;
	f.epoch++;
	assert_int_equal(slots_put_edit(filter, &f), 0);
	f.epoch--;
	f.id = 0;
	assert_int_equal(slots_put_edit(filter, &f), 0);
	f.id = 8;
	assert_int_equal(slots_put_edit(filter, &f), 2ULL << 32 | 2);
}

static void
not_taken(const struct div_frame *put, uint64_t slot)
{
	static uint8_t copy[DIV_SLOT_SIZE];
	struct div_frame f = reference_to(put, slot);

	assert_false(slots_take_edit(sink, &f, copy));
	/* nor does a filter take it */
	assert_false(slots_resolve(filter, &f));
}

/* The filter writes its memory as it likes. */
static void
test_forged_edits(void **state)
{
	static uint8_t packet[1500], copy[DIV_SLOT_SIZE];
	struct div_frame f = edited(7, packet, sizeof(packet)), g;
	struct slots_entry *e;
	uint64_t slot;

	(void)state;
	lend_edits();
	slot = slots_put_edit(filter, &f);
	not_taken(&f, slot + 1);
	not_taken(&f, slot - 1);
	not_taken(&f, slot + EDITS);
	not_taken(&f, (slot & UINT32_MAX) | 1ULL << 32);
	not_taken(&f, (slot & UINT32_MAX) | 9ULL << 32);
	not_taken(&f, slot | 1ULL << 63);
	not_taken(&f, UINT64_MAX);
	g = f;
	g.id = 8;
	not_taken(&g, slot);
	g.id = 0;
	not_taken(&g, slot);
	g = f;
	g.epoch++;
	not_taken(&g, slot);
	e = &filter->edits[1]->entries[0];
	filter->edits[1]->file->n = filter->edits[1]->file->size = UINT32_MAX;
	e->at = DIV_SLOT_SIZE;
	not_taken(&f, slot);
	e->at = UINT32_MAX;
	not_taken(&f, slot);
	e->at = 1;
	e->len = DIV_SLOT_SIZE;
	not_taken(&f, slot);
	e->len--;
	g = reference_to(&f, slot);
	assert_true(slots_take_edit(sink, &g, copy));
	assert_int_equal(g.caplen, DIV_SLOT_SIZE - 1);
}

/* Only the sink takes edited packets, and only with the memory of all filters. */
static void
test_edits_pipe(void **state)
{
	static uint8_t packet[4000];
	struct div_frame f = edited(7, packet, sizeof(packet));
	struct div_writer *w;
	int hold[2], of_sink;
	pid_t pid;

	(void)state;
	lend_edits();
	for (of_sink = 0; of_sink < 2; of_sink++) {
		assert_int_equal(pipe(pipes), 0);
		w = writer_new(pipes[1], &codec_frame);
		div_writer_refer(w, filter);
		pid = start_reader(of_sink ? sink : filter, hold);
		assert_int_equal(flush_until(w, 1), 1);
		assert_int_equal(w->edits, of_sink);
		assert_int_equal(put(w, &f),
		    of_sink ? DIV_HDRLEN : DIV_HDRLEN + sizeof(packet));
		end_reader(pid, hold);
		assert_int_equal(flush_until(w, 0), 0);
		assert_int_equal(w->edits, 0);
		div_writer_free(w);
		close(pipes[0]);
		close(pipes[1]);
	}
}

/* What a reader of another format has decoded stays where it is. */
static void
test_other_format(void **state)
{
	uint8_t packet[60] = { 0x45, [9] = 200 };
	struct div_frame f = { .type = DIV_PACKET,
		.hdrlen = DIV_HDRLEN,
		.caplen = sizeof(packet),
		.packet = packet };
	struct div_writer *w;
	struct div_reader *r;
	const uint8_t *decoded;

	(void)state;
	lend_edits();
	assert_int_equal(pipe(pipes), 0);
	w = div_writer_new(pipes[1], DIV_FMT_JSON);
	r = div_reader_new(pipes[0], "pipe", DIV_FMT_JSON);
	assert_int_equal(div_writer_put(w, &f), 0);
	assert_int_equal(div_writer_flush(w), 0);
	assert_int_equal(div_reader_next(r, &f), 1);
	decoded = r->packet;
	assert_non_null(decoded);
	assert_int_equal(div_reader_refer(r, sink), 0);
	assert_ptr_equal(r->packet, decoded);
	assert_null(r->edit);
	div_reader_free(r);
	div_writer_free(w);
	close(pipes[0]);
	close(pipes[1]);
}

/* The flag in a frame from elsewhere makes no reference of it. */
static void
test_flag(void **state)
{
	uint8_t packet[20] = { 0x45 }, own[DIV_HDRLEN];
	struct div_frame f = { .type = DIV_PACKET,
		.hdrlen = DIV_HDRLEN,
		.flags = 0xff,
		.caplen = 20,
		.packet = packet };
	struct div_writer *w;
	struct div_reader *r;

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	w = writer_new(pipes[1], &codec_frame);
	assert_int_equal(put(w, &f), DIV_HDRLEN + 20);
	f.caplen = 0;
	w->refers = 1;
	assert_int_equal(div_writer_put(w, &f), 0);
	assert_int_equal(div_writer_flush(w), 0);
	assert_int_equal(write(pipes[1], own, div_frame_encode(&f, own)),
	    DIV_HDRLEN);
	f.type = DIV_DROP;
	assert_int_equal(write(pipes[1], own, div_frame_encode(&f, own)),
	    DIV_HDRLEN);
	r = reader_new(pipes[0], "pipe", &codec_frame);
	assert_int_equal(div_reader_next(r, &f), 1);
	assert_int_equal(f.slot, 0);
	assert_int_equal(f.flags, 0xff & ~SLOTS_FLAG);
	assert_int_equal(div_reader_next(r, &f), 1);
	assert_int_equal(f.flags, 0xff);
	r->slots = filter;
	assert_int_equal(div_reader_next(r, &f), 1);
	assert_int_equal(f.slot, 0);
	div_reader_free(r);
	div_writer_free(w);
	close(pipes[0]);
	close(pipes[1]);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_lowest),
		TEST(test_sealed),
		TEST(test_other_files),
		TEST(test_resolve),
		TEST(test_forged),
		TEST(test_bounds),
		TEST(test_returned),
		TEST(test_sweep),
		TEST(test_sweep_on),
		TEST(test_pipe),
		TEST(test_other_reader),
		TEST(test_file),
		TEST(test_filter),
		TEST(test_edits),
		TEST(test_forged_edits),
		TEST(test_edits_pipe),
		TEST(test_other_format),
		TEST(test_flag),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
