/* SPDX-License-Identifier: ISC */

/*
 * The benchmark's first yardstick, the loop of most such tools: one process
 * receives a packet from the queue, sends its verdict, and receives the next.
 */

#include <sys/socket.h>

#include <err.h>

#include "queue.h"

static uint8_t buf[128 * 1024];

int
main(int argc, char *argv[])
{
	uint16_t queue;
	uint32_t id;
	ssize_t n;
	int fd;

	fd = queue_open("naive", argc, argv, &queue);
	while ((n = recv(fd, buf, sizeof(buf), 0)) > 0)
		if (queue_id(buf, (size_t)n, &id))
			queue_accept(fd, queue, NFQNL_MSG_VERDICT, id);
	err(1, "receive");
}
