/* SPDX-License-Identifier: ISC */

/*
 * Blocks, labels and branches.  Commands are one list; a block or branch is a
 * pointer to the command to go on with.
 */

#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "divsed.h"

struct label { /* a definition, or a branch to one */
	struct label *next;
	struct sed_command *command;
	char *name;
	size_t at; /* in the script */
};

static struct label *labels, *branches;

static struct block {
	struct block *outer;
	struct sed_command *command;
} * open_block;

static void *
allocate(size_t size)
{
	void *p;

	if ((p = calloc(1, size)) == NULL)
		err(1, NULL);
	return p;
}

void
parse_open(struct source *src, struct sed_command *c)
{
	struct block *b = allocate(sizeof(*b));

	(void)src;
	b->outer = open_block;
	b->command = c;
	open_block = b;
}

void
parse_close(struct source *src, struct sed_command *c)
{
	struct block *b = open_block;

	if (b == NULL)
		fail(src, src->pos - 1, "} without {");
	b->command->jump = c;
	open_block = b->outer;
	free(b);
}

static char *
label_name(struct source *src)
{
	size_t at;
	char *name;

	skip_blanks(src);
	at = src->pos;
	while (!at_end(src) && peek(src) != ' ' && peek(src) != '\t')
		src->pos++;
	if ((name = strndup(src->text + at, src->pos - at)) == NULL)
		err(1, NULL);
	return name;
}

static const struct label *
find_label(const char *name)
{
	const struct label *l;

	for (l = labels; l != NULL; l = l->next)
		if (strcmp(l->name, name) == 0)
			return l;
	return NULL;
}

static struct label *
add_label(struct label **list, struct sed_command *c, char *name, size_t at)
{
	struct label *l = allocate(sizeof(*l));

	l->next = *list;
	l->command = c;
	l->name = name;
	l->at = at;
	*list = l;
	return l;
}

void
parse_label(struct source *src, struct sed_command *c)
{
	size_t at;
	char *name;

	skip_blanks(src);
	at = src->pos;
	name = label_name(src);
	if (*name == '\0')
		fail(src, at, "expected a label");
	if (find_label(name) != NULL)
		fail(src, at, "second label %s", name);
	add_label(&labels, c, name, at);
}

/* Without a label, jump stays NULL: the end of the script. */
void
parse_branch(struct source *src, struct sed_command *c)
{
	size_t at;
	char *name;

	skip_blanks(src);
	at = src->pos;
	name = label_name(src);
	if (*name != '\0')
		add_label(&branches, c, name, at);
	else
		free(name);
}

void
blocks_finish(struct source *src)
{
	const struct label *b, *l;

	if (open_block != NULL)
		fail(src, open_block->command->end - 1, "{ without }");
	for (b = branches; b != NULL; b = b->next) {
		if ((l = find_label(b->name)) == NULL)
			fail(src, b->at, "no label %s", b->name);
		b->command->jump = l->command;
	}
}

enum outcome
exec_open(struct sed_command *c, struct space *sp)
{
	(void)sp;
	c->matched++;
	return NEXT;
}

enum outcome
exec_b(struct sed_command *c, struct space *sp)
{
	(void)sp;
	c->matched++;
	return JUMP;
}

enum outcome
exec_t(struct sed_command *c, struct space *sp)
{
	if (!sp->substituted)
		return NEXT;
	sp->substituted = 0;
	return exec_b(c, sp);
}

enum outcome
exec_T(struct sed_command *c, struct space *sp)
{
	if (!sp->substituted)
		return exec_b(c, sp);
	sp->substituted = 0;
	return NEXT;
}
