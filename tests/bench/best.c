/* SPDX-License-Identifier: ISC */

/*
 * The benchmark's second yardstick, the upper bound for one process that edits
 * nothing: many packets in one system call, and one verdict on all of them.
 */

#include "queue.h"

static void
judge(int fd, uint16_t queue, const struct batch *batch, int n)
{
	uint32_t id;

	while (n-- > 0)
		if (queue_id(batch[n].room + BATCH_ROOM, batch[n].len, &id)) {
			queue_accept(fd, queue, NFQNL_MSG_VERDICT_BATCH, id);
			return;
		}
}

int
main(int argc, char *argv[])
{
	static struct batch batch[BATCH];
	uint16_t queue;
	int fd;

	fd = queue_open("best", argc, argv, &queue);
	for (;;)
		judge(fd, queue, batch, batch_receive(fd, batch));
}
