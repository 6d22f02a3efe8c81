/* SPDX-License-Identifier: ISC */

/*
 * The backend of Linux: netfilter queues (nfnetlink_queue).  The kernel keeps a
 * packet until a verdict comes, and takes verdicts from the socket only that
 * bound the queue; a reader passes it to its writer (SCM_RIGHTS).
 *
 *   nfqueue.c      a queue as a divert port: opening, draining, closing
 *   nfq_msg.c      netlink messages
 *   nfq_receive.c  packets, in batches
 *   nfq_verdict.c  verdicts, gathered
 *   nfq_bind.c     the choice of a queue
 *   nfq_rules.c    a table of nftables that feeds the queue
 *   nfq_others.c   the tables of other readers
 *   nfq_rules_text.c  rules as text
 *   nfq_proc.c     /proc/net/netfilter/nfnetlink_queue
 *   handover.c     passes the queue's socket to the writer's process
 *   lend.c         passes the memory of packets to filters
 *   handover_socket.c  where reader and writer meet
 *   idpage.c       ids, in memory that reader and writer share
 *   raw.c          sockets for new packets
 *   guard.c        whether rules note connections as translated
 *   answer.c       answers to connections that are refused
 *   path.c         the way of a new packet, from the kernel's tables:
 *   conntrack.c    the entries of connection tracking (ctnetlink)
 *   route.c        routes and neighbours (rtnetlink(7))
 *   bridge.c       ends of flows that cross a bridge
 *   tuple.c        addresses and ports of a packet, and others in their place
 *   netlink.c      requests that the kernel answers at once
 */

#ifndef DIVIO_NFQ_H
#define DIVIO_NFQ_H

#include <sys/socket.h>
#include <sys/un.h>

#include <net/if.h>
#include <stdatomic.h>

#include "nftables/nft.h"
#include "port/port.h"
#include "stream/stream.h"

#define NETLINK_MAX 8192 /* bytes of a message */

int netlink_open(int);
int netlink_ask(int, void *);
int netlink_dump(int, void *, void (*)(const void *, void *), void *);

/* A direction of a flow; of a version and protocol, source first. */
struct tuple {
	uint8_t addr[2][16];
	uint16_t port[2]; /* host order */
	uint8_t version, proto;
	uint8_t zero[2];
};

int tuple_of(struct tuple *, const struct div_packet *);
void tuple_invert(struct tuple *, const struct tuple *);
void tuple_write(const struct tuple *, uint8_t *, const struct div_packet *);

/* An entry of connection tracking: as its packets arrive, before NAT. */
struct conntrack {
	struct tuple orig, reply;
	uint32_t mark;
};

size_t conntrack_request(uint8_t *, const struct tuple *);
int conntrack_parse(const void *, struct conntrack *);
int conntrack_find(int, const struct tuple *, struct conntrack *);
size_t conntrack_request_liberal(uint8_t *, const struct tuple *);
int conntrack_set_liberal(int, const struct tuple *);
int conntrack_delete(int, const struct tuple *);
int conntrack_joins(const struct conntrack *, const struct tuple *);
int conntrack_search(int, const struct tuple *, struct conntrack *);

/* Where a packet goes next. */
struct route {
	uint32_t oif;
	uint8_t type;    /* RTN_* */
	uint8_t version; /* of the hop, 4 or 6 */
	uint8_t hop[16]; /* the gateway, or the destination on the link */
	uint8_t zero[2];
};

struct lladdr {
	uint8_t addr[8];
	uint8_t len; /* 0: the link has none, or it is not known */
};

int route_find(int, const struct tuple *, uint32_t, uint32_t, uint32_t,
    struct route *);
int route_neighbour(int, const struct route *, struct lladdr *);

/*
 * The path of a new packet.  By a raw socket it goes through OUTPUT, with the
 * addresses that connection tracking knows; by a packet socket to its link, with
 * those that it has there.
 */
struct path {
	struct path_key {
		struct tuple t; /* as diverted */
		uint32_t mark, ifindex;
		uint8_t dir; /* enum div_dir */
		uint8_t zero[3];
	} key;
	uint64_t time;      /* ns, when the kernel was asked; 0: never */
	uint64_t untracked; /* ns, when a search found nothing; or 0 */
	uint8_t unknown;    /* a search is due, and not made yet */
	uint8_t tracked;    /* by conntrack, which knows t */
	struct tuple t;     /* for OUTPUT */
	uint32_t mark;
	uint32_t oif;         /* or 0 */
	uint8_t by_link;      /* by the packet socket */
	uint8_t bridged;      /* with the source's address, too */
	struct tuple on_link; /* the same, behind NAT */
	struct lladdr ll, source;
};

/* The kernel's tables, and what they said lately. */
struct paths {
	int conntrack, route;  /* netlink sockets, or -1 */
	uint32_t mark, mask;   /* of new packets */
	uint32_t bit;          /* of the mark, of translated connections */
	uint64_t search_since; /* ns, when the first search of a second was */
	uint64_t search_cost;  /* entries that searches looked at since */
	uint64_t unasked;      /* times that conntrack could not be asked */
	struct div_table *table;
	struct div_table *stations; /* NULL until a bridge is crossed */
};

int path_open(struct paths *, const struct div_options *);
void path_close(struct paths *);
int path_entry(struct paths *, struct path *, struct conntrack *);
const struct path *path_find(struct paths *, const struct div_frame *,
    const struct div_packet *, uint64_t);

/* An end that a bridge leads to: the port, and its address there. */
struct station {
	uint8_t addr[16]; /* IPv4 ones in the first bytes */
	uint32_t port;    /* interface index */
	struct lladdr ll;
};

void bridge_learn(struct paths *, const struct div_frame *);
const struct station *bridge_find(const struct paths *, const uint8_t[16]);

/* A packet message of the queue, parsed. */
struct nfq_packet {
	uint32_t id;
	uint32_t mark, indev, outdev;
	uint32_t priority; /* SO_PRIORITY of its sender, or a traffic class */
	uint32_t skbinfo;  /* NFQA_SKB_* */
	uint32_t origlen;  /* bytes of the packet */
	uint32_t physin, physout; /* ports of a bridge that it crosses, or 0 */
	struct lladdr hw;         /* its source on the link */
	uint8_t hook;             /* NF_INET_* */
	uint8_t *payload;
	uint32_t len; /* bytes of payload */
};

#define NFQ_VERDICT_MAX 64    /* bytes of a verdict without payload */
#define NFQ_BEYOND (1 << 30)  /* ids behind the newest: a verdict on all */
#define NFQ_PAYLOAD_MAX 65531 /* an attribute's length has 16 bits */

size_t nfq_config(uint8_t *, uint16_t, const struct div_options *);
size_t nfq_config_drain(uint8_t *, uint16_t, int);
size_t nfq_config_closed(uint8_t *, uint16_t);
size_t nfq_config_length(uint8_t *, uint16_t, uint32_t);
size_t nfq_config_unbind(uint8_t *, uint16_t);
size_t nfq_verdict(uint8_t *, uint16_t, const struct div_frame *, enum verdict,
    uint32_t);
size_t nfq_payload(uint8_t *, size_t, const uint8_t *, uint32_t);
size_t nfq_split(uint8_t *, uint16_t, uint64_t);
int nfq_parse(uint8_t *, size_t, struct nfq_packet *);

/* Puts the owner of a queue as text for people: 1, or 0 if there is none. */
int nfq_owner(uint16_t, char *, size_t);
uint64_t nfq_conntrack_count(void);
uint16_t nfq_free_queue(uint16_t);

/*
 * A new packet that must carry its flow's mark, not ours, is known by its
 * priority (socket(7), SO_PRIORITY): a traffic class that no discipline has, the
 * best effort band otherwise.
 */
static inline int
nfq_priority(uint32_t mark)
{
	return mark == 0 ?
	    0 :
	    (int)(0x44490000 | (mark * 0x9e3779b1 >> 16 & 0xfff0));
}

/* Sockets for new packets. */
struct raw {
	int fd[2];    /* raw(7), the second for IPv6; or -1 */
	int error[2]; /* errno, if one could not be opened */
	int link;     /* packet(7), or -1 */
	int frame;    /* the same, with the link's header */
};

int raw_open(struct raw *, uint32_t);
void raw_close(struct raw *);

/* The queue of a reader or a sink. */
#define NFQ_OUT_SIZE (256 * 1024) /* bytes of gathered verdicts */
#define NNAMES 16                 /* of interfaces that are remembered */

struct nfq {
	int fd;                 /* netlink socket */
	int rulesfd;            /* the same, for counters of rules; or -1 */
	struct handover *share; /* DIV_O_SHARE: the reader's end */
	struct nfq *reader;     /* a sink's, in the same process */
	_Atomic int drained;    /* a reader: no new packets will come */
	int settled;            /* a sink: resets may come in the queue */

	struct mmsghdr *msgs; /* the batch of the last receive */
	struct iovec (*iovs)[2];
	uint8_t *slots; /* memory of nslots messages */
	unsigned int nslots;
	uint32_t *lent; /* of each message: shared slot in its place, or 0 */
	unsigned int have, next; /* messages received; next to be parsed */
	uint64_t time; /* ns since 1970, of the last receive; 0: none */
	uint64_t last; /* newest id, extended to 64 bits */
	struct id_page *ids;
	int idfd;                /* memory of the page, or -1 */
	struct tcp_saved *conns; /* the writer's, or NULL */
	int connfd;              /* memory of them, or -1 */
	int kept[DIV_KEEP];      /* a writer has them until its end, or -1 */
	struct {
		uint32_t ifindex;
		uint64_t time; /* ns since 1970, of the look-up */
		char name[IF_NAMESIZE];
	} names[NNAMES];

	uint32_t pass;     /* the kernel's verdict on what passes, NF_* */
	uint8_t *out;      /* gathered verdicts */
	size_t used;       /* bytes of them */
	uint64_t top;      /* highest id with a verdict */
	uint64_t given;    /* number of ids with a verdict */
	struct {           /* the last verdict, if it can cover more ids */
		size_t at; /* offset in out */
		uint32_t mark;
		uint8_t type; /* of its frame; 0: it cannot */
	} run;
	struct raw raw;
	struct paths paths;  /* of new packets */
	struct path watched; /* of a translated connection */
	uint64_t watched_at; /* ns, when the kernel was asked about one */
	uint8_t watching;    /* it is to be asked */
};

int guard_noted(struct div *, const struct div_frame *);
void guard_watch(struct div *, const struct div_frame *);
int guard_flush(struct div *);

void bridge_set(struct div_frame *, const struct nfq_packet *);
int nfq_slots(struct nfq *, unsigned int);
int nfq_bind(struct div *, struct nfq *);
int nfq_await_ack(struct nfq *);
int nfq_answers(struct nfq *, uint32_t *);
int nfq_receive(struct div *, struct div_frame *);
int nfq_is_own(const struct nfq *, const struct nfq_packet *);
int nfq_give_verdict(struct div *, const struct div_frame *, enum verdict);
int nfq_set_pass(struct div *);
int nfq_give_split(struct div *, const struct div_frame *);
int nfq_flush(struct div *);
void nfq_note_sent(struct div *);
int nfq_inject(struct div *, const struct div_frame *);
int nfq_answer(struct div *, const struct div_frame *);
void nfq_resized(struct div *, const struct div_frame *);
int nfq_send_new(struct nfq *, const struct div_frame *, uint64_t);
int nfq_settle(const struct nfq *, uint16_t);
int nfq_send_rst(struct nfq *, uint16_t, const struct div_frame *, uint64_t);
void nfq_pass_own(const struct nfq *, uint16_t);

/* The rules of a reader that feed its queue. */
#define NFQ_TABLE "divert-" /* and the queue's number */
#define NFQ_OTHERS 16       /* tables of other readers */
#define NFQ_HOOKS 3

struct nfq_rules {
	char table[NFT_NAMELEN];
	uint16_t queue;
	unsigned int hooks;  /* DIV_HOOK_* */
	uint32_t mark, mask; /* of new packets */
	uint32_t letgo;      /* bit of the mark, or 0 */
	int tee;
	struct nft_program match, except;
	struct nfq_other {
		char table[NFT_NAMELEN];
		unsigned int hooks;
		struct nft_program match;
	} others[NFQ_OTHERS];
	unsigned int nothers;
	int crowded; /* there are more */
};

/* A hook of the rules, and its chains. */
struct nfq_hook {
	const char *name;
	const char *saved; /* behind the queue, with DIV_O_LETGO */
	unsigned int bit;  /* DIV_HOOK_* */
	uint32_t number;   /* NF_INET_* */
};

extern const struct nfq_hook nfq_hooks[NFQ_HOOKS];

int nfq_rules_open(struct div *);
uint32_t nfq_rules_look(struct nfq_rules *);
void nfq_rules_count(const struct div *, struct div_kernel *);
char *nfq_rules_text(const struct nfq_rules *);

/* The ids of a reader, for its writer. */
struct id_page {
	_Atomic uint64_t top;   /* highest id emitted */
	_Atomic uint64_t noted; /* last id noted, emitted or own */
	_Atomic uint64_t own[IDWIN_SIZE / 64]; /* bits: judged by the reader */
	uint32_t queue; /* packets that the kernel holds */
};

struct id_page *idpage_new(int *);
struct id_page *idpage_map(int);
void idpage_unmap(struct id_page *);
void idpage_note(struct id_page *, uint64_t, int);
uint64_t idpage_own(struct id_page *, uint64_t, uint64_t);

/*
 * Translated connections of the writer, which the reader resets if the writer is
 * killed.
 */
struct tcp_saved *connpage_new(int *);
struct tcp_saved *connpage_map(int);
void connpage_unmap(struct tcp_saved *);
int connpage_used(const struct tcp_saved *);
void connpage_reset(struct nfq *, uint16_t);

/*
 * The reader's end of the hand-over: a thread that passes the queue's socket
 * and the id page to one writer.  handover_event() is a descriptor that becomes
 * readable when the writer has gone.
 */
struct handover;

struct handover *handover_serve(struct div *, struct nfq *);
int handover_event(const struct handover *);
int handover_gone(const struct handover *);
uint64_t handover_expired(const struct handover *);
void handover_drained(struct handover *);
int handover_finish(struct handover *, int);

/* The reader's sockets; a suffix tells its services apart. */
int handover_listen(const struct div *, const char *);
int handover_reach(uint16_t, uint64_t, const char *);
int handover_is_trusted(int);

/* The reader's slots, for its filters. */
#define LEND_NAME "-slots-2"
void lend_accept(int, struct div_slots *);

/* The writer's end. */
enum handover_state { HANDOVER_NONE, HANDOVER_DRAINED, HANDOVER_BROKEN };

/* queue, id page, connections, slots, returned ids, edits, those of div_options */
#define HANDOVER_EDITS 5
#define HANDOVER_OWN (HANDOVER_EDITS + SLOTS_FILTERS)
#define HANDOVER_FDS (HANDOVER_OWN + DIV_KEEP)
_Static_assert(HANDOVER_FDS <= FDPASS_MAX, "too many for a message");

int handover_connect(uint16_t, uint64_t);
int handover_join(struct div *, int[HANDOVER_FDS], uint64_t *);
enum handover_state handover_poll(int);

#endif /* DIVIO_NFQ_H */
