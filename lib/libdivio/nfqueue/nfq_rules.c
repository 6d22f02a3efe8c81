/* SPDX-License-Identifier: ISC */

/*
 * The rules of a reader: a table divert-QUEUE, whose owner is the queue's
 * socket.  It goes when the last process that has the socket ends, the writer
 * among them, however it ends.
 *
 *	chain input { hook input; iif lo accept; jump match }
 *	chain forward { hook forward; jump match }
 *	chain output { hook output; jump match }
 *	chain match { OUR PACKETS accept; EXCEPTIONS accept; MATCH goto divert }
 *	chain divert { counter; queue num QUEUE bypass }
 *
 * With DIV_O_LETGO a bit in the mark of a verdict is saved to the connection's
 * mark, and packets of such connections are accepted before MATCH:
 *
 *	chain NAME-saved { hook NAME; mark BIT: ct mark set BIT, mark clear BIT }
 *	chain match { ...; ct mark BIT goto letgo; ... }
 *	chain letgo { counter; accept }
 *
 * A packet on the loopback interface passes output and input: output has it.
 *
 * The hooks accept what the table of an earlier reader matches (nfq_others.c).
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "nfqueue/nfq.h"

#define PRIORITY 10 /* behind the filter tables, before NAT of the source */
#define LOOPBACK 1  /* index of lo, in each network namespace */
#define TRIES 16    /* while other tables change */

_Static_assert(NFQ_HOOKS *(NFQ_OTHERS + 5) + 16 <= NFT_MESSAGES,
    "the rules fit into a transaction");

const struct nfq_hook nfq_hooks[NFQ_HOOKS] = {
	{ "input", "input-saved", DIV_HOOK_INPUT, NF_INET_LOCAL_IN },
	{ "forward", "forward-saved", DIV_HOOK_FORWARD, NF_INET_FORWARD },
	{ "output", "output-saved", DIV_HOOK_OUTPUT, NF_INET_LOCAL_OUT },
};

/* The kernel takes no program that jumps back. */
static int
has_loop(const struct nft_program *program)
{
	unsigned int i;

	for (i = 0; i < program->len; i++)
		if (program->code[i].code == (BPF_JMP | BPF_JA) &&
		    program->code[i].k >= program->len)
			return 1;
	return 0;
}

/* 0, or -1 with errno E2BIG or EINVAL. */
static int
compile(struct div *d, const char *expression, struct nft_program *program)
{
	struct div_filter *filter;
	char why[DIV_ERRLEN];
	unsigned int n;

	if ((filter = div_filter_new(expression, why)) == NULL)
		return port_fail(d, EINVAL, "%s: %s", expression, why);
	n = packet_filter_code(filter, program->code, XT_BPF_MAX_NUM_INSTR);
	div_filter_free(filter);
	if (n > XT_BPF_MAX_NUM_INSTR)
		return port_fail(d, E2BIG,
		    "%s: %u instructions, and the kernel takes %d of a rule: "
		    "name fewer hosts and ports, or a net",
		    expression, n, XT_BPF_MAX_NUM_INSTR);
	program->len = (uint16_t)n;
	if (has_loop(program))
		return port_fail(d, EINVAL,
		    "%s: the kernel takes no protochain, which is a loop",
		    expression);
	return 0;
}

static int
prepare(struct div *d, struct nfq_rules *r)
{
	const struct div_options *opt = &d->opt;

	snprintf(r->table, sizeof(r->table), NFQ_TABLE "%u", d->port);
	r->queue = d->port;
	r->hooks = opt->hooks;
	if (r->hooks == 0)
		r->hooks = DIV_HOOK_INPUT | DIV_HOOK_FORWARD | DIV_HOOK_OUTPUT;
	r->mark = opt->mark;
	r->mask = opt->markmask != 0 ? opt->markmask : UINT32_MAX;
	/* set in those of translated connections */
	r->mask &= ~div_translated_bit(opt);
	r->tee = opt->flags & DIV_O_TEE;
	if (opt->flags & DIV_O_LETGO && (r->letgo = port_letgo_bit(opt)) == 0)
		return port_fail(d, EINVAL,
		    "the mark leaves no bit of its mask for flows that are let "
		    "go");
	if (compile(d, opt->match, &r->match) == -1)
		return -1;
	return opt->except == NULL ? 0 : compile(d, opt->except, &r->except);
}

static void
put_match(struct nft_batch *b, const char *chain,
    const struct nft_program *program, int32_t verdict, const char *target)
{
	nft_rule(b, chain, "xt_bpf, by nft_compat");
	nft_match_program(b, program);
	nft_verdict(b, verdict, target);
}

static void
put_hook(struct nft_batch *b, const struct nfq_rules *r,
    const struct nfq_hook *hook)
{
	unsigned int i;

	nft_hook(b, hook->name, hook->number, PRIORITY);
	if (hook->bit == DIV_HOOK_INPUT && r->hooks & DIV_HOOK_OUTPUT) {
		nft_rule(b, hook->name, NULL);
		nft_match_meta(b, NFT_META_IIF, LOOPBACK, UINT32_MAX);
		nft_verdict(b, NF_ACCEPT, NULL);
	}
	for (i = 0; i < r->nothers; i++)
		if (r->others[i].hooks & hook->bit)
			put_match(b, hook->name, &r->others[i].match, NF_ACCEPT,
			    NULL);
	nft_rule(b, hook->name, NULL);
	nft_verdict(b, NFT_JUMP, "match");
}

/* Packets that the sink has injected are known by their mark or priority. */
static void
put_own(struct nft_batch *b, const struct nfq_rules *r)
{
	nft_rule(b, "match", NULL);
	nft_match_meta(b, NFT_META_MARK, r->mark, r->mask);
	nft_verdict(b, NF_ACCEPT, NULL);
	nft_rule(b, "match", NULL);
	nft_match_meta(b, NFT_META_PRIORITY, (uint32_t)nfq_priority(r->mark),
	    UINT32_MAX);
	nft_verdict(b, NF_ACCEPT, NULL);
}

/* Behind the queue: what the sink has said of a flow by a packet's mark. */
static void
put_saved(struct nft_batch *b, const struct nfq_rules *r,
    const struct nfq_hook *hook)
{
	nft_hook(b, hook->saved, hook->number, PRIORITY + 1);
	nft_rule(b, hook->saved, "connection marks (NFT_CT)");
	nft_match_meta(b, NFT_META_MARK, r->letgo, r->letgo);
	nft_set_connmark(b, r->letgo);
	nft_clear_mark(b, r->letgo);
}

static void
put_letgo(struct nft_batch *b, const struct nfq_rules *r)
{
	nft_rule(b, "match", "connection marks (NFT_CT)");
	nft_match_connmark(b, r->letgo);
	nft_verdict(b, NFT_GOTO, "letgo");
	nft_rule(b, "letgo", NULL);
	nft_count(b);
	nft_verdict(b, NF_ACCEPT, NULL);
}

static void
put_queue(struct nft_batch *b, const struct nfq_rules *r, const char *chain,
    int compat)
{
	nft_rule(b, chain, "NFT_QUEUE, or NFQUEUE by nft_compat");
	nft_count(b);
	if (compat)
		nft_queue_compat(b, r->queue);
	else
		nft_queue(b, r->queue);
}

static void
put_table(struct nft_batch *b, const struct nfq_rules *r, int compat)
{
	const char *last = r->tee ? "tee" : "divert";
	unsigned int i;

	nft_table(b);
	nft_chain(b, last);
	if (r->letgo != 0)
		nft_chain(b, "letgo");
	nft_chain(b, "match");
	for (i = 0; i < NFQ_HOOKS; i++) {
		if (!(r->hooks & nfq_hooks[i].bit))
			continue;
		put_hook(b, r, &nfq_hooks[i]);
		if (r->letgo != 0)
			put_saved(b, r, &nfq_hooks[i]);
	}
	if (r->mark != 0)
		put_own(b, r);
	if (r->letgo != 0)
		put_letgo(b, r);
	if (r->except.len != 0)
		put_match(b, "match", &r->except, NF_ACCEPT, NULL);
	put_match(b, "match", &r->match, NFT_GOTO, last);
	put_queue(b, r, last, compat);
}

/* 0, or -1 with errno and, if there is one, the part that the kernel lacks. */
static int
commit(struct nfq *q, const struct nfq_rules *r, uint8_t *buf,
    uint32_t generation, int compat, const char **missing)
{
	struct nft_batch b;
	uint32_t seq = 0;

	nft_begin(&b, buf, r->table, generation);
	put_table(&b, r, compat);
	nft_end(&b);
	if (send(q->fd, buf, b.used, 0) == -1)
		return -1;
	if (nfq_answers(q, &seq) == 0)
		return 0;
	*missing = nft_missing(&b, seq);
	return -1;
}

static int
make_table(struct nfq *q, struct nfq_rules *r, uint8_t *buf,
    const char **missing)
{
	uint32_t generation;
	int compat = 0, tries;

	for (tries = 0; tries < TRIES; tries++) {
		generation = nfq_rules_look(r);
		if (r->crowded) {
			errno = EMFILE;
			return -1;
		}
		if (commit(q, r, buf, generation, compat, missing) == 0)
			return 0;
		/* ERESTART: another table has changed since then */
		if (errno == ENOENT && !compat)
			compat = 1;
		else if (errno != ERESTART)
			return -1;
	}
	return -1;
}

static int
fail(struct div *d, const struct nfq_rules *r, int error, const char *missing)
{
	if (error == EPERM)
		return port_fail(d, error,
		    "table %s: no permission: rules need CAP_NET_ADMIN (be root)",
		    r->table);
	if (r->crowded)
		return port_fail(d, error,
		    "table %s: %d other readers have tables, which is the limit",
		    r->table, NFQ_OTHERS);
	if (missing != NULL)
		return port_fail(d, error, "table %s: the kernel lacks %s: %s",
		    r->table, missing, strerror(error));
	return port_fail(d, error, "table %s: %s", r->table, strerror(error));
}

/* A socket of its own: to that of the queue the kernel sends packets. */
static int
count_open(struct nfq *q)
{
	return q->rulesfd = netlink_open(NETLINK_NETFILTER);
}

/* Makes the rules of the options; the packets come at once. */
int
nfq_rules_open(struct div *d)
{
	struct nfq_rules *r = calloc(1, sizeof(*r));
	uint8_t *buf = calloc(1, NFT_BATCHLEN);
	const char *missing = NULL;
	int n = -1;

	if (r == NULL || buf == NULL)
		port_fail(d, errno, "%s", strerror(errno));
	else if (prepare(d, r) == 0) {
		if (make_table(d->priv, r, buf, &missing) == -1)
			fail(d, r, errno, missing);
		else if ((d->rules = nfq_rules_text(r)) == NULL ||
		    (r->letgo != 0 && count_open(d->priv) == -1))
			port_fail(d, errno, "%s", strerror(errno));
		else
			n = 0;
	}
	free(buf);
	free(r);
	return n;
}

static void
add_counters(const void *msg, void *arg)
{
	struct div_kernel *k = arg;
	struct nft_shown rule;

	if (!nft_show_rule(msg, &rule))
		return;
	k->letgo += rule.packets;
	k->letgo_bytes += rule.bytes;
}

/* Asks for the counter of the packets that the rules let go. */
void
nfq_rules_count(const struct div *d, struct div_kernel *k)
{
	const struct nfq *q = d->priv;
	uint8_t buf[NETLINK_MAX];
	char table[NFT_NAMELEN];

	if (q == NULL || q->rulesfd == -1)
		return;
	snprintf(table, sizeof(table), NFQ_TABLE "%u", d->port);
	nft_request_rules(buf, table, "letgo");
	netlink_dump(q->rulesfd, buf, add_counters, k);
}
