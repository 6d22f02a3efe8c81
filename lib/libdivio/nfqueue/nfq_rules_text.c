/* SPDX-License-Identifier: ISC */

/*
 * Rules as text for people: nft(8) has no words for programs, so these are the
 * rules of iptables(8) that would do the same.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nfqueue/nfq.h"

static void
put_program(FILE *f, const struct nft_program *program)
{
	unsigned int i;

	fprintf(f, " -m bpf --bytecode \"%u", program->len);
	for (i = 0; i < program->len; i++)
		fprintf(f, ",%u %u %u %u", program->code[i].code,
		    program->code[i].jt, program->code[i].jf,
		    program->code[i].k);
	fputc('"', f);
}

static void
put_accept(FILE *f, const char *chain, const struct nft_program *program)
{
	fprintf(f, "iptables -A %s", chain);
	put_program(f, program);
	fputs(" -j ACCEPT\n", f);
}

static void
put_queue(FILE *f, const char *chain, const struct nfq_rules *r)
{
	fprintf(f, "iptables -A %s", chain);
	if (r->mark != 0)
		fprintf(f, " -m mark ! --mark 0x%" PRIx32 "/0x%" PRIx32,
		    r->mark, r->mask);
	put_program(f, &r->match);
	fprintf(f, " -j NFQUEUE --queue-num %u --queue-bypass\n", r->queue);
}

/* Flows that the sink lets go; INPUT has no POSTROUTING behind it. */
static void
put_letgo(FILE *f, const char *chain, uint32_t bit)
{
	const char *saved = strcmp(chain, "INPUT") == 0 ?
	    "security -A INPUT" :
	    "mangle -A POSTROUTING";

	fprintf(f,
	    "iptables -A %s -m connmark --mark 0x%" PRIx32 "/0x%" PRIx32
	    " -j ACCEPT\n"
	    "iptables -t %s -m mark --mark 0x%" PRIx32 "/0x%" PRIx32
	    " -j CONNMARK --save-mark --mask 0x%" PRIx32 "\n",
	    chain, bit, bit, saved, bit, bit, bit);
}

static void
put_hook(FILE *f, const struct nfq_rules *r, const struct nfq_hook *hook)
{
	static const char *const chains[] = { "INPUT", "FORWARD", "OUTPUT" };
	const char *chain = chains[hook - nfq_hooks];
	unsigned int i;

	if (hook->bit == DIV_HOOK_INPUT && r->hooks & DIV_HOOK_OUTPUT)
		fprintf(f, "iptables -A %s -i lo -j ACCEPT\n", chain);
	for (i = 0; i < r->nothers; i++)
		if (r->others[i].hooks & hook->bit)
			put_accept(f, chain, &r->others[i].match);
	if (r->letgo != 0)
		put_letgo(f, chain, r->letgo);
	if (r->except.len != 0)
		put_accept(f, chain, &r->except);
	put_queue(f, chain, r);
}

/* Returns memory to be freed, or NULL. */
char *
nfq_rules_text(const struct nfq_rules *r)
{
	char *text = NULL;
	size_t len = 0, i;
	FILE *f;

	if ((f = open_memstream(&text, &len)) == NULL)
		return NULL;
	fprintf(f,
	    "# nft list table inet %s\n"
	    "# or, as rules of iptables (ip6tables alike):\n",
	    r->table);
	for (i = 0; i < r->nothers; i++)
		fprintf(f, "# what %s matches goes there first\n",
		    r->others[i].table);
	for (i = 0; i < NFQ_HOOKS; i++)
		if (r->hooks & nfq_hooks[i].bit)
			put_hook(f, r, &nfq_hooks[i]);
	if (fclose(f) == 0)
		return text;
	free(text);
	return NULL;
}
