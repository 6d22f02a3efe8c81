/* SPDX-License-Identifier: ISC */

/* Frames carry their packets: other systems know no sealed memory. */

#include "stream/stream.h"

int
div_slots_connect(uint16_t port, uint64_t epoch)
{
	(void)port;
	(void)epoch;
	return -1;
}

struct div_slots *
div_slots_join(int fd, uint64_t epoch)
{
	(void)fd;
	(void)epoch;
	return NULL;
}

void
div_slots_free(struct div_slots *s)
{
	(void)s;
}

int
slots_lock(const struct div_slots *s, int fd, enum slots_taken what)
{
	(void)s;
	(void)fd;
	(void)what;
	return -1;
}

enum slots_taken
slots_locked(const struct div_slots *s, int fd)
{
	(void)s;
	(void)fd;
	return SLOTS_NONE;
}
