/* SPDX-License-Identifier: ISC */

/*
 * The reader's slots, for the filters of its pipeline: whoever connects to the
 * socket divert-PORT-EPOCH-slots-2 gets the memory, to read, and with it memory for
 * edited packets, as long as there is some: its number comes before it, or 0.  The
 * last number of the name is that of the layout.
 */

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "nfqueue/nfq.h"

#define ANSWER 1000 /* ms that a filter waits for the reader */

static void
lend(int fd, struct div_slots *s)
{
	int pass[] = { s->fd, s->fd };
	uint8_t number = 0;

	if (s->filters < SLOTS_FILTERS && s->editsfd[s->filters] != -1) {
		pass[1] = s->editsfd[s->filters];
		number = (uint8_t)(s->filters + 1);
	}
	if (fdpass_send(fd, &number, 1, pass, 2, MSG_DONTWAIT) == 1 &&
	    number != 0)
		s->filters++;
}

void
lend_accept(int listener, struct div_slots *slots)
{
	/* cppcheck-suppress nullPointer ; accept(2) allows it */
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (fd == -1) {
		/* without a free descriptor, poll(2) returns at once again */
		poll(NULL, 0, 10);
		return;
	}
	if (handover_is_trusted(fd))
		lend(fd, slots);
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
	struct div_slots *s;
	int got[] = { -1, -1 };
	uint8_t number = 0;

	if (fd == -1)
		return NULL;
	if (poll(&pfd, 1, ANSWER) == 1)
		(void)fdpass_recv(fd, &number, 1, got, 2, 0);
	close(fd);
	if (got[0] == -1)
		return NULL;
	if ((s = slots_map(got[0], -1, epoch)) == NULL || number == 0 ||
	    number > SLOTS_FILTERS) {
		close(got[1]);
		return s;
	}
	slots_map_edits(s, number, got[1]);
	s->filter = s->edits[number - 1] == NULL ? 0 : number;
	return s;
}
