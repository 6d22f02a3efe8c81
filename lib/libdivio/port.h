/* SPDX-License-Identifier: ISC */

#ifndef DIVIO_PORT_H
#define DIVIO_PORT_H

#include "internal.h"
#include "flow.h"
#include "ledger.h"

enum verdict {
	ACCEPT,  /* as it was diverted, and as the frame has it */
	RESTORE, /* as it was diverted, whatever the frame has */
	REPLACE, /* with the frame's packet */
	DROP,
	ACCEPT_TO,
	DROP_TO /* all pending up to the frame's id */
};

struct div {
	const struct backend *be;
	void *priv; /* the backend's own */
	int fd;     /* readable: receive has something */
	int linefd; /* readable: call div_tick(); or -1 */
	int ctl;    /* socket to ask about interfaces */
	struct div_options opt;
	struct div_counters n;
	struct ledger ledger;
	struct flows *flows; /* NULL until there is TCP */
	uint64_t now;        /* of the last tick */
	uint64_t emitted;    /* highest id known to be under way */
	uint64_t epoch;      /* 0: has no reader yet */
	uint16_t port;
	int anyport;        /* the first frame will tell */
	int drained;        /* nothing new will come */
	int (*tie)(void *); /* before received memory goes */
	void *tiearg;
	char error[DIV_ERRLEN];
};

/*
 * What a system's divert sockets do.  All return -1 with the text in the
 * port's error; receive returns 1, or 0 when nothing is there; verdict and
 * inject return DIV_OK, or the reason that lost this one packet, which they have
 * counted.  A sink is not opened: it joins a reader of this process, or without
 * one nobody at first and then the reader that the port's epoch names.
 */
struct backend {
	uint32_t longest; /* packet that a verdict can carry */
	int local;        /* DIV_IN is on its way into this host only */
	int (*open)(struct div *, const char *);
	int (*join)(struct div *, struct div *);
	int (*receive)(struct div *, struct div_frame *);
	int (*verdict)(struct div *, const struct div_frame *, enum verdict);
	int (*inject)(struct div *, const struct div_frame *);
	int (*flush)(struct div *);
	int (*look)(struct div *); /* 1: knows how far the reader has come */
	int (*hear)(struct div *); /* from the other end of the pipeline */
	int (*drain)(struct div *);
	int (*finish)(struct div *, int);
	void (*close)(struct div *);
};

extern const struct backend backend_kernel, backend_pcap;

int port_fail(struct div *, int, const char *, ...)
    __attribute__((__format__(printf, 3, 4)));
int port_gone(struct div *);

enum div_reason
sink_mtu(const struct div *, struct div_frame *, const struct div_packet *);
int sink_inject(struct div *, const struct div_frame *);
enum flow_answer sink_tcp(struct div *, struct div_frame *);
int sink_tcp_tick(struct div *);
int sink_tcp_flush(struct div *);
int sink_tcp_finish(struct div *);

#endif /* DIVIO_PORT_H */
