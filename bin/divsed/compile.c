/* SPDX-License-Identifier: ISC */

/*
 * The parser of scripts: [address[,address]][!]verb[arguments], separated by
 * semicolons or new lines (POSIX sed).  The table says how many addresses a
 * verb takes, how its arguments are parsed, and what runs it.
 */

#include <ctype.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "divsed.h"

static const struct verb verbs[] = {
	{ '{', 2, parse_open, exec_open },
	{ '}', 0, parse_close, NULL },
	{ ':', 0, parse_label, NULL },
	{ '=', 2, NULL, exec_number },
	{ 'A', 2, parse_A, exec_A },
	{ 'a', 2, parse_text, exec_a },
	{ 'b', 2, parse_branch, exec_b },
	{ 'c', 2, parse_text, exec_c },
	{ 'd', 2, NULL, exec_d },
	{ 'f', 2, parse_f, exec_f },
	{ 'i', 2, parse_text, exec_i },
	{ 'k', 2, NULL, exec_k },
	{ 'l', 2, parse_l, exec_l },
	{ 'm', 2, parse_m, exec_m },
	{ 'p', 2, NULL, exec_p },
	{ 'q', 1, NULL, exec_q },
	{ 's', 2, parse_s, exec_s },
	{ 'T', 2, parse_branch, exec_T },
	{ 't', 2, parse_branch, exec_t },
	{ 'w', 2, parse_w, exec_w },
	{ 'y', 2, parse_y, exec_y },
};

struct sed_command *script;
static struct sed_command **tail = &script;
unsigned int nranges;

static void
skip_comment(struct source *src)
{
	while (peek(src) != END && peek(src) != '\n')
		src->pos++;
}

static const struct verb *
find_verb(const struct source *src)
{
	size_t i;
	int c = peek(src);

	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (verbs[i].letter == c)
			return &verbs[i];
	if (c == END || c == '\n' || c == ';' || c == '#')
		fail(src, src->pos, "expected a command after the address");
	fail(src, src->pos,
	    isprint(c) ? "unknown command %c" : "unknown command \\x%02x",
	    (unsigned int)c);
}

static void
check_addresses(const struct source *src, const struct sed_command *c)
{
	int n = c->verb->naddresses;

	if (c->negated && n == 0)
		fail(src, c->start, "%c takes no !", c->verb->letter);
	if (n < 2 && c->addr[n].kind != ADDR_NONE)
		fail(src, c->start, "%c takes %s", c->verb->letter,
		    n == 0 ? "no address" : "one address, not a range");
}

static void
parse_negation(struct source *src, struct sed_command *c)
{
	skip_blanks(src);
	if (peek(src) != '!')
		return;
	src->pos++;
	c->negated = 1;
	skip_blanks(src);
	if (peek(src) == '!')
		fail(src, src->pos, "expected a command, not a second !");
}

static void
parse_command(struct source *src)
{
	struct sed_command *c;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		err(1, NULL);
	*tail = c;
	tail = &c->next;
	c->start = src->pos;
	parse_addresses(src, c);
	parse_negation(src, c);
	c->verb = find_verb(src);
	check_addresses(src, c);
	src->pos++;
	if (c->verb->parse != NULL)
		c->verb->parse(src, c);
	c->end = src->pos;
	skip_blanks(src);
	if (!at_end(src) && strchr("{:", c->verb->letter) == NULL)
		fail(src, src->pos, "expected ; or a new line after a command");
}

/* POSIX sed: a first line #n stands for -n. */
static void
first_line(struct source *src)
{
	if (strncmp(src->text, "#n", 2) == 0 &&
	    (src->text[2] == '\n' || src->text[2] == '\0'))
		nflag = 1;
}

/* Makes the list of commands from the source. */
void
compile(void)
{
	struct source *src = &source;

	first_line(src);
	while (peek(src) != END) {
		switch (peek(src)) {
		case ' ':
		case '\t':
		case '\n':
		case ';':
			src->pos++;
			break;
		case '#':
			skip_comment(src);
			break;
		default:
			parse_command(src);
		}
	}
	blocks_finish(src);
}
