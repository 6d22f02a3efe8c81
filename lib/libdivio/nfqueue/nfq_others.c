/* SPDX-License-Identifier: ISC */

/*
 * The tables of other readers.  Two readers that edit the same connection would
 * meet each other's new packets, so a packet goes to the one that came first: a
 * later one accepts what that matches.  Readers that only look are left out; their
 * last chain has the name tee.
 */

#include <string.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>

#include "nfqueue/nfq.h"

static struct nfq_other *
find_other(struct nfq_rules *r, const char *table)
{
	unsigned int i;

	for (i = 0; i < r->nothers; i++)
		if (strcmp(r->others[i].table, table) == 0)
			return &r->others[i];
	return NULL;
}

static void
add_other(struct nfq_rules *r, const struct nft_shown *rule)
{
	struct nfq_other *o = &r->others[r->nothers];

	if (r->nothers == NFQ_OTHERS) {
		r->crowded = 1;
		return;
	}
	memcpy(o->table, rule->table, sizeof(o->table));
	o->hooks = 0;
	o->match = rule->program;
	r->nothers++;
}

/* Gets the rules of all tables; the kernel shows chains as they were made. */
static void
collect(const void *msg, void *arg)
{
	struct nft_shown rule;
	struct nfq_other *o;
	size_t i;

	if (!nft_show_rule(msg, &rule) ||
	    strncmp(rule.table, NFQ_TABLE, sizeof(NFQ_TABLE) - 1) != 0)
		return;
	if (rule.program.len != 0 && strcmp(rule.target, "divert") == 0)
		add_other(arg, &rule);
	if ((o = find_other(arg, rule.table)) == NULL)
		return;
	for (i = 0; i < NFQ_HOOKS; i++)
		if (strcmp(rule.chain, nfq_hooks[i].name) == 0)
			o->hooks |= nfq_hooks[i].bit;
}

/* Looks for the tables of other readers: the generation of all, or 0. */
uint32_t
nfq_rules_look(struct nfq_rules *r)
{
	uint8_t buf[NETLINK_MAX];
	uint32_t generation = 0;
	int fd;

	r->nothers = 0;
	r->crowded = 0;
	if (r->tee || (fd = netlink_open(NETLINK_NETFILTER)) == -1)
		return 0;
	nft_request(buf, NFT_MSG_GETGEN, 0);
	if (netlink_ask(fd, buf) == 0 &&
	    nft_show_generation(buf, &generation)) {
		nft_request(buf, NFT_MSG_GETRULE, NLM_F_DUMP);
		netlink_dump(fd, buf, collect, r);
	}
	close(fd);
	return generation;
}
