/* SPDX-License-Identifier: ISC */

/* recvmmsg(2) into static buffers. */

#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <poll.h>

#include "queue.h"

#define STRIDE (66 * 1024)

static uint8_t slots[BATCH][STRIDE];
static struct mmsghdr msgs[BATCH];
static struct iovec iovs[BATCH];

static void
slots_init(void)
{
	int i;

	for (i = 0; i < BATCH; i++) {
		iovs[i].iov_base = slots[i] + BATCH_ROOM;
		iovs[i].iov_len = STRIDE - BATCH_ROOM;
		msgs[i].msg_hdr.msg_iov = &iovs[i];
		msgs[i].msg_hdr.msg_iovlen = 1;
	}
}

/* Waits for messages; returns their number. */
int
batch_receive(int fd, struct batch batch[BATCH])
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int i, n;

	if (iovs[0].iov_len == 0)
		slots_init();
	while ((n = recvmmsg(fd, msgs, BATCH, MSG_DONTWAIT, NULL)) == -1) {
		if (errno != EAGAIN)
			err(1, "receive");
		poll(&pfd, 1, -1);
	}
	for (i = 0; i < n; i++) {
		batch[i].room = slots[i];
		batch[i].len = msgs[i].msg_len;
	}
	return n;
}
