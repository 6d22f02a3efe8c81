/* SPDX-License-Identifier: ISC */

#ifndef DIVIO_CAPTURE_H
#define DIVIO_CAPTURE_H

#include <sys/types.h>

#include <stdio.h>

#include <pcap.h>

#include "internal.h"

#define SNAPLEN 262144 /* libpcap reads no more */

/* One record of a file. */
struct record {
	uint32_t caplen, len;
	uint64_t time; /* ns */
	uint8_t *data; /* caplen bytes */
};

/*
 * A link type: strip gives the offset of the IP header, or -1 if there is none.
 * Packets of some come with padding behind them.
 */
struct link {
	uint32_t type; /* in files */
	int dlt;       /* libpcap's number */
	ssize_t (*strip)(const uint8_t *, size_t);
	int pads;
};

/* the codec's own part of a reader */
struct capture {
	int (*next)(struct div_reader *, struct record *);
	const struct link *link;
	struct div_frame frame; /* what is the same in all */
	uint64_t packets;

	/* classic files */
	int little;       /* byte order */
	uint32_t snaplen; /* bytes */
	uint32_t tick;    /* ns */

	/* others */
	FILE *fp;
	pcap_t *pcap;
	int error; /* errno of a read that failed */
};

const struct link *link_of_file(uint32_t);
const struct link *link_of_dlt(int);
int link_strip(const struct link *, const struct record *, struct div_frame *);
int classic_open(struct div_reader *, struct capture *);
int capture_fail(struct div_reader *, const char *);

#endif /* DIVIO_CAPTURE_H */
