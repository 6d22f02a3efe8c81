/* SPDX-License-Identifier: ISC */

/* Shared by the yardsticks. */

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

/* Messages, each with room for a header before it, and their lengths. */
#define BATCH 64
#define BATCH_ROOM 80 /* the length of a frame header */

struct batch {
	uint8_t *room;
	size_t len; /* of the message */
};

int batch_receive(int, struct batch[BATCH]);

#endif /* QUEUE_H */
