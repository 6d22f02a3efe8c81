/* SPDX-License-Identifier: ISC */

/* l and =: packets and their numbers on standard error. */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "divsed.h"

static struct div_writer *log_writer;

/* l [label]: the label ends where the command does, blanks inside are kept. */
void
parse_l(struct source *src, struct sed_command *c)
{
	size_t len;
	FILE *out;
	char *label;

	skip_blanks(src);
	out = text_open(&label, &len);
	while (!at_end(src))
		putc(next(src), out);
	text_close(out, &label);
	while (len > 0 && (label[len - 1] == ' ' || label[len - 1] == '\t'))
		label[--len] = '\0';
	c->arg = label;
	if (log_writer == NULL &&
	    (log_writer = div_writer_new(STDERR_FILENO, DIV_FMT_TEXT)) == NULL)
		err(1, NULL);
}

/* Ignores errors of standard error: traffic does not depend on a log. */
enum outcome
exec_l(struct sed_command *c, struct space *sp)
{
	const char *label = c->arg;
	struct div_frame f;

	c->matched++;
	space_frame(sp, &f);
	if (*label != '\0')
		fprintf(stderr, "%s\t", label);
	fflush(stderr);
	if (div_writer_put(log_writer, &f) == 0)
		(void)div_writer_flush(log_writer);
	return NEXT;
}

enum outcome
exec_number(struct sed_command *c, struct space *sp)
{
	c->matched++;
	fprintf(stderr, "%llu\n", (unsigned long long)sp->number);
	return NEXT;
}
