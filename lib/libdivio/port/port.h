/* SPDX-License-Identifier: ISC */

/*
 * Divert ports, over a backend: a reader, which receives packets; a sink, which
 * gives verdicts and sends new packets; or both in one.
 *
 *   port.c      opening, receiving, time limits, drain
 *   idwin.c     id window: which packets have had their verdict
 *   sink.c      verdicts: repair, refusal, new packets
 *   sink_slot.c frames by reference
 *   sink_mtu.c  datagrams that grew
 *   sink_tcp.c  segments: between the sink and tcp/
 *   sink_frag.c segments in fragments: reassembly
 */

#ifndef DIVIO_PORT_H
#define DIVIO_PORT_H

#include "tcp/tcp.h"

/* Which ids existed a certain time ago; noted in steps. */
#define IDAGE_STEPS 8

struct idage {
	uint64_t hold; /* ns; 0: nothing ever gets old */
	uint64_t last; /* newest id noted */
	struct {
		uint64_t time; /* ns */
		uint64_t id;   /* highest then */
	} note[IDAGE_STEPS + 1];
	unsigned int n;
};

uint64_t idage_tick(struct idage *, uint64_t, uint64_t);
void idage_clear(struct idage *);

/* Which packets have had their verdict; ids count up from 1. */
#define IDWIN_SIZE (1 << 20)
#define IDWIN_HURRY 10 /* part of the hold time, when the queue fills up */

enum idwin_answer { IDWIN_NEW, IDWIN_SEEN, IDWIN_LATE };

struct idwin {
	uint64_t closed;     /* no verdict is taken up to this id */
	uint64_t expired;    /* of these, missing ones up to it were dropped */
	uint64_t base, top;  /* ids that have a bit */
	uint64_t newest;     /* id that came back from the pipeline */
	uint64_t seen;       /* bits that are set */
	uint64_t *bits;      /* of id modulo IDWIN_SIZE: had its verdict */
	struct idage judged; /* ages of newest */
	struct idage early;  /* the same, for a queue that fills up */
	uint64_t overtaken;  /* id, due then */
	struct idage quiet;  /* ages of emitted ids since one came back */
};

int idwin_init(struct idwin *, uint64_t);
void idwin_extend(struct idwin *, uint64_t, uint64_t);
enum idwin_answer idwin_judge(struct idwin *, uint64_t);
enum idwin_answer idwin_own(struct idwin *, uint64_t);
int idwin_pending(struct idwin *, uint64_t);
int idwin_crowded(const struct idwin *, uint64_t, uint32_t);
uint64_t idwin_due(struct idwin *, uint64_t, uint64_t, uint32_t);
uint64_t idwin_missing(struct idwin *, uint64_t);
uint64_t idwin_close(struct idwin *, uint64_t);
void idwin_expire(struct idwin *, uint64_t);
void idwin_free(struct idwin *);

enum verdict {
	ACCEPT,  /* as diverted; the frame has the same packet */
	RESTORE, /* as diverted, whatever the frame has */
	REPLACE, /* with the frame's packet */
	DROP,
	ACCEPT_TO, /* as diverted: all pending up to the frame's id */
	DROP_TO
};

struct div {
	const struct backend *be;
	void *priv; /* of the backend */
	int fd;     /* readable: receive has something */
	int peerfd; /* to the other process; readable: div_tick(); or -1 */
	int ctl;    /* socket for ioctls on interfaces */
	struct div_options opt;
	struct div_counters n;
	struct idwin ids;
	uint64_t extra;           /* ns, that filters add to the hold */
	int disorder;             /* filters change the order on purpose */
	struct tcp_table *tcp;    /* NULL until there is TCP */
	struct sink_frags *frags; /* NULL until there are fragments */
	struct div_slots *slots;  /* of the port's reader, or NULL */
	uint8_t *copy;            /* of what lies in a slot; or NULL */
	struct tcp_saved *saved;  /* shared with the reader, or NULL */
	int guarded;              /* the backend knows of translations */
	uint32_t bit;             /* of marks of translated ones; or 0 */
	uint64_t watched;         /* of translated ones, shown to watch */
	uint64_t now;             /* ns, clock_now() of the last tick */
	uint64_t emitted;         /* highest id known to be in the pipeline */
	uint32_t queue;           /* packets that the kernel holds; or 0 */
	uint64_t epoch;           /* of the reader; 0: not joined yet */
	uint16_t port;
	char *rules;             /* its own, as text; or NULL */
	int anyport;             /* the first frame names the port */
	int alone;               /* there is no reader to join */
	int drained;             /* no new packets will come */
	int bypass;              /* packets that still come pass unseen */
	uint64_t returned;       /* packets, by div_recv() */
	int (*on_reuse)(void *); /* before memory of packets is reused */
	void *reuse_arg;
	char error[DIV_ERRLEN];
};

/*
 * The operations of a system's divert sockets.  All return -1 with the text in
 * the port's error; receive returns 1, or 0 when no packet is there; verdict
 * and inject return DIV_OK, or the reason why this one packet was lost, which
 * they have counted.  A sink is attached: to a reader of this process, or to
 * none; it then joins the reader in another process that the port's epoch
 * names.
 */
struct backend {
	uint32_t longest; /* bytes of a packet in a verdict, at most */
	int local;        /* DIV_IN packets are for this host only */
	int (*open)(struct div *);
	int (*attach)(struct div *, struct div *);
	int (*connect)(uint16_t, uint64_t); /* to a reader; or NULL */
	int (*join)(struct div *);
	int (*receive)(struct div *, struct div_frame *);
	int (*verdict)(struct div *, const struct div_frame *, enum verdict);
	int (*inject)(struct div *, const struct div_frame *);
	/* of the pending packet f->id, with its verdict: 1, or 0; or NULL */
	int (*answer)(struct div *, const struct div_frame *f);
	int (*flush)(struct div *);
	int (*sync_ids)(struct div *);  /* sets emitted: 1, or 0 if unknown */
	int (*poll_peer)(struct div *); /* the process at the other end */
	int (*drain)(struct div *);
	int (*guard)(struct div *); /* connections are translated; or NULL */
	/* the firewall's rules note connections as translated; or NULL */
	int (*noted)(struct div *, const struct div_frame *);
	void (*watch)(struct div *, const struct div_frame *);
	/* a connection is, from this segment on; or NULL */
	void (*resized)(struct div *, const struct div_frame *);
	int (*settle)(struct div *); /* they will be reset; or NULL */
	int (*finish)(struct div *, int);
	void (*close)(struct div *);
};

extern const struct backend backend_kernel;

struct div *port_open(const struct backend *, uint16_t,
    const struct div_options *, char[DIV_ERRLEN]);
int port_fail(struct div *, int, const char *, ...)
    __attribute__((__format__(printf, 3, 4)));
int port_gone(struct div *);
int port_reuse(struct div *);
uint32_t port_letgo_bit(const struct div_options *);

enum div_reason
sink_mtu(const struct div *, struct div_frame *, const struct div_packet *);
int sink_inject(struct div *, const struct div_frame *);
int sink_slot_take(struct div *, struct div_frame *, int);
enum tcp_action
sink_tcp(struct div *, struct div_frame *, const struct div_packet *, int *);
void sink_tcp_join(struct div *);
void sink_tcp_disorder(struct div *);
void sink_tcp_passed(struct div *, struct div_frame *);
int sink_tcp_may_leave(const struct div *, const struct div_packet *);
int sink_tcp_tick(struct div *);
int sink_tcp_flush(struct div *);
int sink_tcp_leave_queue(struct div *);
int sink_tcp_finish(struct div *);

#define FRAG_NONE (-2) /* not a fragment of TCP */
int sink_frag(struct div *, struct div_frame *, const struct div_packet *, int);
int sink_frag_tick(struct div *);
int sink_frag_flush(struct div *);
void sink_frag_free(struct div *);

#endif /* DIVIO_PORT_H */
