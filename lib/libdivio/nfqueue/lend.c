/* SPDX-License-Identifier: ISC */

/*
 * The reader's slots, for the filters of its pipeline: whoever connects to the
 * socket divert-PORT-EPOCH-slots-2 gets the memory, to read.  The last number is
 * that of its layout.
 */

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "nfqueue/nfq.h"

#define ANSWER 1000 /* ms that a filter waits for the reader */

void
lend_accept(int listener, const struct div_slots *slots)
{
	/* cppcheck-suppress nullPointer ; accept(2) allows it */
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd == -1) {
		/* without a free descriptor, poll(2) returns at once again */
		poll(NULL, 0, 10);
		return;
	}
	if (handover_is_trusted(fd))
		(void)fdpass_send(fd, "", 1, &slots->fd, 1, MSG_DONTWAIT);
	close(fd);
}

/* A connection to the reader with this port and epoch, to borrow its slots. */
int
div_slots_connect(uint16_t port, uint64_t epoch)
{
	return handover_reach(port, epoch, LEND_NAME);
}

/*
 * Borrows the slots of the reader with this epoch over a connection to it, which
 * is closed.  NULL if they cannot be had: frames come with their packets, then.
 */
struct div_slots *
div_slots_join(int fd, uint64_t epoch)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int slots = -1;
	char byte;

	if (fd == -1)
		return NULL;
	if (poll(&pfd, 1, ANSWER) == 1)
		(void)fdpass_recv(fd, &byte, 1, &slots, 1, 0);
	close(fd);
	return slots == -1 ? NULL : slots_map(slots, -1, epoch);
}
