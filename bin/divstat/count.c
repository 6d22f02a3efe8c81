/* SPDX-License-Identifier: ISC */

#include <sys/types.h>
#include <netinet/in.h>

#include "divstat.h"

struct count counts[NROWS];
static uint64_t first = UINT64_MAX, last; /* time of frames, ns */

static enum row
row_of_protocol(const struct div_frame *f)
{
	struct div_packet p;

	if (div_packet_parse(&p, f->packet, f->caplen) == -1)
		return OTHER;
	switch (p.proto) {
	case IPPROTO_TCP:
		return TCP;
	case IPPROTO_UDP:
		return UDP;
	case IPPROTO_ICMP:
		return ICMP;
	case IPPROTO_ICMPV6:
		return ICMP6;
	default:
		return OTHER;
	}
}

static enum row
row_of_direction(const struct div_frame *f)
{
	if (f->type == DIV_INJECT)
		return INJECTED;
	switch (f->dir) {
	case DIV_IN:
		return IN;
	case DIV_OUT:
		return OUT;
	case DIV_FORWARD:
		return FORWARD;
	default:
		return UNKNOWN;
	}
}

static void
add(enum row row, uint64_t bytes)
{
	counts[row].packets++;
	counts[row].bytes += bytes;
}

/* Of what a snapshot cut, the bytes that were on their way count. */
static uint64_t
length(const struct div_frame *f)
{
	return (f->flags & DIV_F_TRUNC) != 0 ? f->origlen : f->caplen;
}

void
count_packet(const struct div_frame *f)
{
	uint64_t len = length(f);

	add(row_of_protocol(f), len);
	add(row_of_direction(f), len);
	add(TOTAL, len);
	if (f->digest != 0 && div_frame_edited(f))
		add(EDITED, len);
	if (f->time == 0)
		return;
	if (f->time < first)
		first = f->time;
	if (f->time > last)
		last = f->time;
}

/* The record of a drop tells how long the packet was. */
void
count_drop(const struct div_frame *f)
{
	if (f->type == DIV_DROP)
		add(DROPPED, f->origlen);
}

/* From the first packet to the last by their own time. */
double
count_seconds(void)
{
	return first < last ? (double)(last - first) / 1e9 : 0;
}
