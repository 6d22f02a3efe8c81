/* SPDX-License-Identifier: ISC */

/*
 * The counters, of the port or the two ports of -b together: their names for
 * people, and as metrics.  The rows of a metric follow one another; what one of
 * them counts, no other does, so that their sum means something.
 */

#include <stddef.h>
#include <string.h>

#include "counter.h"
#include "divcat.h"

#define PORT(member) PART_PORT, offsetof(struct counters, port.member)
#define QUEUE(member) PART_QUEUE, offsetof(struct counters, queue.member)
#define SINK(member) PART_SINK, offsetof(struct counters, sink.member)

#define VERDICT(name, value, member)                                   \
	{                                                              \
		name, "verdicts_total", "verdict=\"" value "\"",       \
		    "Packets judged, but for refused edits.", COUNTER, \
		    PORT(member)                                       \
	}
#define REFUSED(value, number)                                                 \
	{                                                                      \
		NULL, "refused_total", "reason=\"" value "\"",                 \
		    "Edits and frames refused.", COUNTER, PORT(reason[number]) \
	}

static struct div *ports[2];

const struct counter counters[] = {
	{ "received", "received_packets_total", NULL,
	    "Packets from the kernel.", COUNTER, PORT(received) },
	{ "own", "own_packets_total", NULL,
	    "Packets received that a writer has sent.", COUNTER, PORT(own) },
	{ "damaged", "damaged_packets_total", NULL,
	    "Packets received with a wrong checksum.", COUNTER, PORT(damaged) },
	{ "looped", "looped_packets_total", NULL,
	    "Packets received again and again.", COUNTER, PORT(looped) },
	{ "split", "split_packets_total", NULL,
	    "Super-packets of datagrams, received again as single ones.",
	    COUNTER, PORT(split) },
	VERDICT("passed", "pass", passed),
	VERDICT("edited", "edit", edited),
	VERDICT("dropped", "drop", dropped),
	VERDICT("expired", "expire", expired),
	VERDICT("translated", "translate", translated),
	VERDICT("absorbed", "absorb", absorbed),
	REFUSED("malformed", DIV_REFUSE_MALFORMED),
	REFUSED("fragment", DIV_REFUSE_FRAGMENT),
	REFUSED("truncated", DIV_REFUSE_TRUNCATED),
	REFUSED("damaged", DIV_REFUSE_DAMAGED),
	REFUSED("reassembly", DIV_REFUSE_REASSEMBLY),
	REFUSED("protocol", DIV_REFUSE_PROTOCOL),
	REFUSED("tcp_length", DIV_REFUSE_TCPLEN),
	REFUSED("syn", DIV_REFUSE_SYN),
	REFUSED("closed", DIV_REFUSE_CLOSED),
	REFUSED("signed", DIV_REFUSE_SIGNED),
	REFUSED("mptcp", DIV_REFUSE_MPTCP),
	REFUSED("tcpcrypt", DIV_REFUSE_CRYPT),
	REFUSED("unacceptable", DIV_REFUSE_UNACCEPTABLE),
	REFUSED("memory", DIV_REFUSE_MEMORY),
	REFUSED("passed", DIV_REFUSE_PASSED),
	REFUSED("mtu", DIV_REFUSE_MTU),
	REFUSED("too_long", DIV_REFUSE_TOOLONG),
	REFUSED("no_connection", DIV_REFUSE_NEXT),
	REFUSED("stale", DIV_STALE),
	REFUSED("no_packet", DIV_NOPACKET),
	REFUSED("late", DIV_LATE),
	REFUSED("expired", DIV_EXPIRED),
	REFUSED("gone", DIV_GONE),
	REFUSED("not_sent", DIV_NOTSENT),
	{ "let go", "let_go_verdicts_total", NULL,
	    "Packets passed whose flow was let go.", COUNTER, PORT(letgo) },
	{ "injected", "injected_packets_total", NULL, "New packets sent.",
	    COUNTER, PORT(injected) },
	{ "resized", "resized_segments_total", NULL,
	    "TCP segments whose length changed.", COUNTER, PORT(resized) },
	{ "resent", "resent_segments_total", NULL,
	    "TCP retransmissions of edited data.", COUNTER, PORT(resent) },
	{ "held", "held_segments_total", NULL,
	    "TCP segments that waited for a missing one.", COUNTER,
	    PORT(held) },
	{ "reset", "reset_connections_total", NULL,
	    "TCP connections that could not continue.", COUNTER, PORT(reset) },
	{ "evicted", "evicted_connections_total", NULL,
	    "TCP connections reset for lack of memory.", COUNTER,
	    PORT(evicted) },
	{ "plain", "plain_segments_total", NULL,
	    "SYNs without their offer of Multipath TCP.", COUNTER,
	    PORT(plain) },
	{ "invalid", "invalid_segments_total", NULL,
	    "TCP segments that their receiver does not accept.", COUNTER,
	    PORT(invalid) },
	{ "narrow", "narrow_paths_total", NULL,
	    "TCP paths that took less than the MSS.", COUNTER, PORT(narrow) },
	{ "unasked", "unasked_packets_total", NULL,
	    "New packets of which connection tracking told nothing.", COUNTER,
	    PORT(unasked) },
	{ "unguarded", "unguarded_connections_total", NULL,
	    "Translated TCP connections that met no rule for them.", COUNTER,
	    PORT(unguarded) },
	{ "strict", "strict_connections_total", NULL,
	    "Translated TCP connections that are tracked as INVALID.", COUNTER,
	    PORT(strict) },
	{ "errors", "errors_total", NULL, "Messages that the kernel refused.",
	    COUNTER, PORT(errors) },
	{ NULL, "pending_packets", NULL, "Packets that wait for a verdict.",
	    GAUGE, QUEUE(pending) },
	{ NULL, "overflowed_packets_total", NULL,
	    "Packets for which the queue was too short.", COUNTER,
	    QUEUE(overflowed) },
	{ NULL, "lost_packets_total", NULL,
	    "Packets that did not fit into the socket.", COUNTER, QUEUE(lost) },
	{ NULL, "let_go_packets_total", NULL,
	    "Packets of flows that were let go.", COUNTER, QUEUE(letgo) },
	{ NULL, "let_go_bytes_total", NULL, "Bytes of flows that were let go.",
	    COUNTER, QUEUE(letgo_bytes) },
	{ NULL, "connections", NULL, "TCP connections that are known.", GAUGE,
	    SINK(known) },
	{ NULL, "translated_connections_total", NULL,
	    "TCP connections whose sequence numbers were changed.", COUNTER,
	    SINK(translated) },
	{ NULL, "connections_memory_bytes", NULL,
	    "Memory in use for TCP connections.", GAUGE, SINK(memory) },
	{ NULL, "connections_memory_limit_bytes", NULL,
	    "Memory that TCP connections may use.", GAUGE, SINK(most) },
	{ 0 },
};

_Static_assert(DIV_NREASONS == 25, "each reason has a row");

/* Sets the ports of counters_read(); the second, a sink's, may be NULL. */
void
counters_of(struct div *first, struct div *second)
{
	ports[0] = first;
	ports[1] = second;
}

/* All members are of one type. */
static void
add(struct div_counters *sum, const struct div_counters *n)
{
	const uint64_t *from = (const uint64_t *)n;
	uint64_t *to = (uint64_t *)sum;
	size_t i;

	for (i = 0; i < sizeof(*sum) / sizeof(*to); i++)
		to[i] += from[i];
}

/* 0, or -1 while there is no port. */
int
counters_read(struct counters *c)
{
	const struct div *sink = ports[1] != NULL ? ports[1] : ports[0];

	memset(c, 0, sizeof(*c));
	if (ports[0] == NULL)
		return -1;
	add(&c->port, div_counters(ports[0]));
	if (ports[1] != NULL)
		add(&c->port, div_counters(ports[1]));
	div_connections(sink, &c->sink);
	c->has = PART_PORT | PART_SINK;
	if (div_kernel(ports[0], &c->queue))
		c->has |= PART_QUEUE;
	return 0;
}

uint64_t
counter_value(const struct counter *row, const struct counters *c)
{
	const uint8_t *base = (const uint8_t *)c;

	return *(const uint64_t *)(const void *)(base + row->offset);
}

void
ports_close(void)
{
	size_t i;

	for (i = 2; i-- > 0;)
		div_close(ports[i]);
}
