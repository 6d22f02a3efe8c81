/* SPDX-License-Identifier: ISC */

/*
 * The best that one process can do which only looks: many packets in one
 * system call, and one verdict on all of them.  The benchmark's other yardstick.
 */

#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "queue.h"

#define SLOTS 64
#define STRIDE (66 * 1024)

static uint8_t slots[SLOTS][STRIDE];
static struct mmsghdr msgs[SLOTS];
static struct iovec iovs[SLOTS];

static void
slots_init(void)
{
	int i;

	for (i = 0; i < SLOTS; i++) {
		iovs[i].iov_base = slots[i];
		iovs[i].iov_len = STRIDE;
		msgs[i].msg_hdr.msg_iov = &iovs[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
	}
}

/* Nobody else takes from the queue: what came before the last one is judged. */
static void
judge(int fd, uint16_t queue, int n)
{
	uint8_t out[QUEUE_VERDICT];
	uint32_t id;
	size_t len;

	while (n > 0 && queue_id(slots[n - 1], msgs[n - 1].msg_len, &id) == 0)
		n--;
	if (n == 0)
		return;
	len = queue_verdict(out, queue, NFQNL_MSG_VERDICT_BATCH, id);
	if (send(fd, out, len, 0) == -1)
		warn("verdict");
}

int
main(int argc, char *argv[])
{
	struct pollfd pfd = { .events = POLLIN };
	uint16_t queue;
	int n;

	pfd.fd = queue_open("best", argc, argv, &queue);
	slots_init();
	for (;;) {
		n = recvmmsg(pfd.fd, msgs, SLOTS, MSG_DONTWAIT, NULL);
		if (n == -1 && errno == EAGAIN)
			poll(&pfd, 1, -1);
		else if (n == -1)
			err(1, "receive");
		else
			judge(pfd.fd, queue, n);
	}
}
