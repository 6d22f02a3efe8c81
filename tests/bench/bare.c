/* SPDX-License-Identifier: ISC */

/*
 * The benchmark's third yardstick, the upper bound for three processes joined
 * by pipes: many packets in one system call, one verdict on all of them, and no
 * packet is parsed.
 */

#include <sys/uio.h>

#include <err.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "queue.h"

#define READ (256 * 1024)
#define PIPE (1024 * 1024)

/* At the start of a packet's room, all of which goes through the pipes. */
struct bare_header {
	uint32_t len, id; /* id 0: not a packet */
};

static uint8_t buf[2 * READ];

static void
write_all(int fd, struct iovec *v, int n)
{
	size_t done;
	ssize_t w;

	while (n > 0) {
		if ((w = writev(fd, v, n)) == -1)
			err(1, "write");
		for (done = (size_t)w; n > 0 && done >= v->iov_len; v++, n--)
			done -= v->iov_len;
		if (n > 0) {
			v->iov_base = (uint8_t *)v->iov_base + done;
			v->iov_len -= done;
		}
	}
}

static void
source(int queue, int to)
{
	static struct batch batch[BATCH];
	struct iovec out[BATCH];
	struct bare_header h;
	int i, n;

	for (;;) {
		n = batch_receive(queue, batch);
		for (i = 0; i < n; i++) {
			h.len = (uint32_t)batch[i].len;
			if (!queue_id(batch[i].room + BATCH_ROOM, h.len, &h.id))
				h.id = 0;
			memcpy(batch[i].room, &h, sizeof(h));
			out[i].iov_base = batch[i].room;
			out[i].iov_len = BATCH_ROOM + h.len;
		}
		write_all(to, out, n);
	}
}

static void
copy(int from, int to)
{
	struct iovec v;
	ssize_t n;

	while ((n = read(from, buf, READ)) > 0) {
		v.iov_base = buf;
		v.iov_len = (size_t)n;
		write_all(to, &v, 1);
	}
}

/* Returns the bytes of whole rooms, and the id of the last packet. */
static size_t
whole(size_t have, uint32_t *id)
{
	struct bare_header h;
	size_t at = 0;

	while (have - at >= BATCH_ROOM) {
		memcpy(&h, buf + at, sizeof(h));
		if (have - at < BATCH_ROOM + h.len)
			break;
		if (h.id != 0)
			*id = h.id;
		at += BATCH_ROOM + h.len;
	}
	return at;
}

static void
sink(int from, int fd, uint16_t queue)
{
	size_t have = 0, used;
	uint32_t id;
	ssize_t n;

	while ((n = read(from, buf + have, READ)) > 0) {
		id = 0;
		have += (size_t)n;
		used = whole(have, &id);
		have -= used;
		memmove(buf, buf + used, have);
		if (id != 0)
			queue_accept(fd, queue, NFQNL_MSG_VERDICT_BATCH, id);
	}
}

static void
pipe_new(int fd[2])
{
	if (pipe2(fd, O_CLOEXEC) == -1)
		err(1, "pipe");
	(void)fcntl(fd[0], F_SETPIPE_SZ, PIPE);
}

int
main(int argc, char *argv[])
{
	int queue, first[2], second[2];
	uint16_t number;

	queue = queue_open("bare", argc, argv, &number);
	pipe_new(first);
	pipe_new(second);
	switch (fork()) {
	case -1:
		err(1, "fork");
	case 0:
		close(first[1]);
		copy(first[0], second[1]);
		return 0;
	}
	close(first[0]);
	close(second[1]);
	switch (fork()) {
	case -1:
		err(1, "fork");
	case 0:
		close(first[1]);
		sink(second[0], queue, number);
		return 0;
	}
	close(second[0]);
	source(queue, first[1]);
}
