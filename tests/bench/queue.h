/* SPDX-License-Identifier: ISC */

/* What the yardsticks have in common. */

#ifndef QUEUE_H
#define QUEUE_H

#include <netinet/in.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>

#include <stddef.h>
#include <stdint.h>

int queue_open(const char *, int, char *[], uint16_t *);
int queue_id(const void *, size_t, uint32_t *);
void queue_accept(int, uint16_t, uint16_t, uint32_t);

/* Many messages at once, each with so much room before it, and its length. */
#define BATCH 64
#define BATCH_ROOM 80 /* as long as a frame's header */

struct batch {
	uint8_t *room;
	size_t len;
};

int batch_receive(int, struct batch[BATCH]);

#endif /* QUEUE_H */
