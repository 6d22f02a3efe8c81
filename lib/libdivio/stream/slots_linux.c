/* SPDX-License-Identifier: ISC */

/*
 * The memory of slots: a memfd, sealed so that it neither shrinks nor can be
 * written through any other mapping than that of its owner, and a second one, in
 * which the sink returns ids.  That of a filter's edited packets neither shrinks
 * nor grows.  A process that takes references holds a lock on the pipe that it
 * reads (fcntl(2), F_SETLK), of two bytes if it takes them to edited packets: the
 * process that writes to it sees that, nobody else can set it, and the lock ends
 * with its process.
 */

#include <sys/mman.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "stream/stream.h"

#define SEALS_EDITS (F_SEAL_SHRINK | F_SEAL_GROW)
#define SEALS (SEALS_EDITS | F_SEAL_FUTURE_WRITE)
#define SEALS_ALL (SEALS | F_SEAL_WRITE) /* that matter */
#define RETURNED (SLOTS_IDS / 8)

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

/* The offset of the slots in the file, whole cache lines. */
static size_t
slots_offset(const struct div_slots *s)
{
	return (sizeof(struct slots_head) + s->n * sizeof(*s->entries) + 63) /
	    64 * 64;
}

static size_t
slots_bytes(const struct div_slots *s)
{
	return slots_offset(s) + (size_t)s->n * s->size;
}

/* Whether the file is one of slots, which nobody can take away. */
static int
slots_measure(struct div_slots *s, int fd, int seals)
{
	struct slots_head head;
	off_t size;
	int got = fcntl(fd, F_GET_SEALS);

	if (got == -1 || (got & (SEALS_ALL)) != seals ||
	    (size = lseek(fd, 0, SEEK_END)) == -1 ||
	    pread(fd, &head, sizeof(head), 0) != sizeof(head) ||
	    head.n > SLOTS_MAX || head.size > DIV_SLOT_SIZE)
		return 0;
	s->n = head.n;
	s->size = head.size;
	return s->n != 0 && slots_bytes(s) == (size_t)size;
}

static void *
map(int fd, size_t size, int prot)
{
	void *p;

	p = mmap(NULL, size, prot, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return NULL;
	return p;
}

static int
make_file(const char *name, size_t size)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd != -1 && ftruncate(fd, (off_t)size) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

static int
map_slots(struct div_slots *s, int fd, int prot)
{
	if ((s->file = map(fd, slots_bytes(s), prot)) == NULL)
		return -1;
	s->entries = (struct slots_entry *)(void *)(s->file + 1);
	s->memory = (uint8_t *)s->file + slots_offset(s);
	return 0;
}

static int
make_slots(struct div_slots *s)
{
	s->fd = make_file("divert-slots", slots_bytes(s));
	if (s->fd == -1 || map_slots(s, s->fd, PROT_READ | PROT_WRITE) == -1)
		return -1;
	s->file->n = s->n;
	s->file->size = s->size;
	/* without seals (Linux before 5.1), nothing is ever put there */
	if (fcntl(s->fd, F_ADD_SEALS, SEALS | F_SEAL_SEAL) == -1)
		s->low = SLOTS_MAX;
	s->returnedfd = make_file("divert-returned", RETURNED);
	if (s->returnedfd == -1 ||
	    fcntl(s->returnedfd, F_ADD_SEALS, SEALS_EDITS) == -1)
		return -1;
	s->returned = map(s->returnedfd, RETURNED, PROT_READ | PROT_WRITE);
	return s->returned == NULL ? -1 : 0;
}

static struct div_slots *
slots_alloc(uint32_t n, uint32_t size, uint64_t epoch)
{
	struct div_slots *s = calloc(1, sizeof(*s));
	int i;

	if (s == NULL)
		return NULL;
	s->n = n;
	s->size = size;
	s->epoch = epoch;
	s->fd = s->returnedfd = -1;
	for (i = 0; i < SLOTS_FILTERS; i++)
		s->editsfd[i] = -1;
	return s;
}

/* Slots of the reader with this epoch; NULL: the system has none. */
struct div_slots *
slots_new(uint32_t n, uint32_t size, uint64_t epoch)
{
	struct div_slots *s = slots_alloc(n, size, epoch);

	if (s == NULL)
		return NULL;
	if (make_slots(s) == 0)
		return s;
	div_slots_free(s);
	return NULL;
}

/*
 * Maps the slots of another process, and, unless -1, the page of returned ids;
 * closes both descriptors.
 */
struct div_slots *
slots_map(int fd, int returnedfd, uint64_t epoch)
{
	struct div_slots *s = slots_alloc(0, 0, epoch);

	if (s != NULL) {
		if (slots_measure(s, fd, SEALS))
			(void)map_slots(s, fd, PROT_READ);
		if (returnedfd != -1)
			s->returned = map(returnedfd, RETURNED,
			    PROT_READ | PROT_WRITE);
	}
	close(fd);
	if (returnedfd != -1)
		close(returnedfd);
	if (s != NULL && s->file != NULL)
		return s;
	div_slots_free(s);
	return NULL;
}

static int
make_edits(const struct div_slots *s, uint32_t n)
{
	struct div_slots edits = { .n = n, .size = s->size };
	struct slots_head head = { .n = n, .size = s->size };
	int fd = make_file("divert-edits", slots_bytes(&edits));

	if (fd == -1)
		return -1;
	if (pwrite(fd, &head, sizeof(head), 0) == sizeof(head) &&
	    fcntl(fd, F_ADD_SEALS, SEALS_EDITS | F_SEAL_SEAL) == 0)
		return fd;
	close(fd);
	return -1;
}

static void
close_edits(struct div_slots *s)
{
	int i;

	for (i = 0; i < SLOTS_FILTERS; i++) {
		if (s->editsfd[i] != -1)
			close(s->editsfd[i]);
		s->editsfd[i] = -1;
	}
}

/* Memory for so many edited packets of each filter; or none, for the sink wants all. */
void
slots_new_edits(struct div_slots *s, uint32_t n)
{
	int i;

	for (i = 0; i < SLOTS_FILTERS; i++)
		if ((s->editsfd[i] = make_edits(s, n)) == -1) {
			close_edits(s);
			return;
		}
}

/* Maps the memory of the filter with this number, and closes its descriptor. */
void
slots_map_edits(struct div_slots *s, uint32_t filter, int fd)
{
	struct div_slots *edits = s == NULL ? NULL :
					      slots_alloc(0, 0, s->epoch);

	if (edits != NULL && slots_measure(edits, fd, SEALS_EDITS) &&
	    map_slots(edits, fd, PROT_READ | PROT_WRITE) == 0)
		s->edits[filter - 1] = edits;
	else
		div_slots_free(edits);
	close(fd);
}

void
div_slots_free(struct div_slots *s)
{
	int i;

	if (s == NULL)
		return;
	for (i = 0; i < SLOTS_FILTERS; i++)
		div_slots_free(s->edits[i]);
	close_edits(s);
	if (s->file != NULL)
		munmap(s->file, slots_bytes(s));
	if (s->returned != NULL)
		munmap(s->returned, RETURNED);
	if (s->fd != -1)
		close(s->fd);
	if (s->returnedfd != -1)
		close(s->returnedfd);
	free(s);
}

/* The bytes of a pipe that stand for the slots of this reader. */
static struct flock
lock_of(const struct div_slots *s, short type, enum slots_taken n)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET };

	lock.l_start = (off_t)(s->epoch & INT64_MAX >> 1);
	lock.l_len = (off_t)n;
	return lock;
}

int
slots_lock(const struct div_slots *s, int fd, enum slots_taken what)
{
	struct flock lock = lock_of(s, F_RDLCK, what);

	/* only pipes have a size */
	return fcntl(fd, F_GETPIPE_SZ) == -1 ? -1 : fcntl(fd, F_SETLK, &lock);
}

enum slots_taken
slots_locked(const struct div_slots *s, int fd)
{
	struct flock lock = lock_of(s, F_WRLCK, SLOTS_REFERENCES);

	if (fcntl(fd, F_GETLK, &lock) == -1 || lock.l_type != F_RDLCK)
		return SLOTS_NONE;
	return lock.l_len == (off_t)SLOTS_EDITS ? SLOTS_EDITS :
						  SLOTS_REFERENCES;
}
