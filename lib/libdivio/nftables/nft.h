/* SPDX-License-Identifier: ISC */

/*
 * Messages of nftables (linux/netfilter/nf_tables.h), for a table that belongs
 * to a netlink socket: the kernel removes it when the last descriptor of the
 * socket is closed.
 *
 *   nft_batch.c  transactions: tables, chains, rules
 *   nft_expr.c   the expressions of a rule
 *   nft_dump.c   the tables of other processes
 *
 * What the kernel cannot do by itself it does by extensions of iptables
 * (nft_compat): programs of the Berkeley packet filter always, queues where it
 * has no queue expression.
 */

#ifndef DIVIO_NFT_H
#define DIVIO_NFT_H

#include <linux/filter.h>
#include <linux/netfilter/xt_bpf.h>

#include "packet/packet.h"

#define NFT_NAMELEN 32  /* bytes of a table's name, with its NUL */
#define NFT_MESSAGES 96 /* of a transaction, at most */
#define NFT_BATCHLEN (NFT_MESSAGES * 1024) /* bytes of it */

/* A program on packets that start at the IP header; not 0: it matches. */
struct nft_program {
	uint16_t len; /* instructions */
	struct sock_filter code[XT_BPF_MAX_NUM_INSTR];
};

struct nlmsghdr;

/* A transaction: all of its messages take effect, or none does. */
struct nft_batch {
	uint8_t *buf; /* NFT_BATCHLEN bytes */
	size_t used;
	const char *table;
	struct nlmsghdr *msg; /* the last one */
	uint32_t seq;         /* of the first message */
	unsigned int n;       /* messages */
	/* parts of the kernel that each takes; or NULL */
	const char *needs[NFT_MESSAGES];
};

void nft_begin(struct nft_batch *, uint8_t *, const char *, uint32_t);
void nft_end(struct nft_batch *);
const char *nft_missing(const struct nft_batch *, uint32_t);
void nft_table(struct nft_batch *);
void nft_chain(struct nft_batch *, const char *);
void nft_hook(struct nft_batch *, const char *, uint32_t, int32_t);
void nft_rule(struct nft_batch *, const char *, const char *);
size_t nft_request(uint8_t *, uint16_t, uint16_t);
void nft_request_rules(uint8_t *, const char *, const char *);

/* Expressions, added to the last rule. */
void nft_match_meta(struct nft_batch *, uint32_t, uint32_t, uint32_t);
void nft_match_connmark(struct nft_batch *, uint32_t);
void nft_set_connmark(struct nft_batch *, uint32_t);
void nft_clear_mark(struct nft_batch *, uint32_t);
void nft_match_program(struct nft_batch *, const struct nft_program *);
void nft_count(struct nft_batch *);
void nft_verdict(struct nft_batch *, int32_t, const char *);
void nft_queue(struct nft_batch *, uint16_t);
void nft_queue_compat(struct nft_batch *, uint16_t);

/* A rule of any table, as the kernel shows it. */
struct nft_shown {
	char table[NFT_NAMELEN], chain[NFT_NAMELEN];
	char target[NFT_NAMELEN];   /* of a jump or goto; or "" */
	struct nft_program program; /* len 0: none */
	uint64_t packets, bytes;    /* of its counter */
};

int nft_show_rule(const void *, struct nft_shown *);
int nft_show_generation(const void *, uint32_t *);

#endif /* DIVIO_NFT_H */
