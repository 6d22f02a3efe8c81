/* SPDX-License-Identifier: ISC */

/*
 * Three processes joined by pipes that only carry: many packets in one system
 * call, one verdict on all of them, and nothing is looked at.  What pipes leave
 * possible, the benchmark's third yardstick.
 */

#include <sys/socket.h>
#include <sys/uio.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "queue.h"

#define SLOTS 64
#define STRIDE (66 * 1024)
#define HEADER 80 /* as long as a frame's */
#define READ (256 * 1024)
#define PIPE (1024 * 1024)

struct header {
	uint32_t len, id; /* 0: no packet */
};

static uint8_t slots[SLOTS][STRIDE];
static struct mmsghdr msgs[SLOTS];
static struct iovec iovs[SLOTS], out[SLOTS];
static uint8_t buf[READ + STRIDE];

static void
slots_init(void)
{
	int i;

	for (i = 0; i < SLOTS; i++) {
		iovs[i].iov_base = slots[i] + HEADER;
		iovs[i].iov_len = STRIDE - HEADER;
		msgs[i].msg_hdr.msg_iov = &iovs[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
	}
}

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
forward(int to, int n)
{
	struct header h;
	int i;

	for (i = 0; i < n; i++) {
		h.len = msgs[i].msg_len;
		if (!queue_id(slots[i] + HEADER, h.len, &h.id))
			h.id = 0;
		memcpy(slots[i], &h, sizeof(h));
		out[i].iov_base = slots[i];
		out[i].iov_len = HEADER + h.len;
	}
	write_all(to, out, n);
}

static void
source(int queue, int to)
{
	struct pollfd pfd = { .fd = queue, .events = POLLIN };
	int n;

	slots_init();
	for (;;) {
		n = recvmmsg(queue, msgs, SLOTS, MSG_DONTWAIT, NULL);
		if (n == -1 && errno == EAGAIN)
			poll(&pfd, 1, -1);
		else if (n == -1)
			err(1, "receive");
		else
			forward(to, n);
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

/* The bytes of whole packets, and the id of the last. */
static size_t
whole(size_t have, uint32_t *id)
{
	struct header h;
	size_t at = 0;

	while (have - at >= HEADER) {
		memcpy(&h, buf + at, sizeof(h));
		if (have - at < HEADER + h.len)
			break;
		if (h.id != 0)
			*id = h.id;
		at += HEADER + h.len;
	}
	return at;
}

/* Nobody else takes from the queue: what came before the last one is judged. */
static void
sink(int from, int fd, uint16_t queue)
{
	uint8_t verdict[QUEUE_VERDICT];
	size_t have = 0, used;
	uint32_t id;
	ssize_t n;

	while ((n = read(from, buf + have, READ)) > 0) {
		id = 0;
		have += (size_t)n;
		used = whole(have, &id);
		have -= used;
		memmove(buf, buf + used, have);
		if (id != 0 &&
		    send(fd, verdict,
			queue_verdict(verdict, queue, NFQNL_MSG_VERDICT_BATCH,
			    id),
			0) == -1)
			warn("verdict");
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
