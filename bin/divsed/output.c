/* SPDX-License-Identifier: ISC */

/*
 * w: packets are copied to pcap files, which are created when parsed (POSIX
 * sed).
 */

#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "divsed.h"

static struct sed_output *outputs;
int outputs_failed;

static void
output_open(const struct source *src, size_t at, struct sed_output *o)
{
	struct stat st, out;
	int fd;

	if (stat(o->name, &st) == 0 && fstat(STDOUT_FILENO, &out) == 0 &&
	    st.st_dev == out.st_dev && st.st_ino == out.st_ino)
		fail(src, at, "%s: standard output is for frames", o->name);
	fd = open(o->name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd == -1)
		fail(src, at, "%s: %s", o->name, strerror(errno));
	if ((o->writer = div_writer_new(fd, DIV_FMT_PCAP)) == NULL)
		err(1, NULL);
}

struct sed_output *
parse_output(struct source *src)
{
	struct sed_output *o;
	size_t at;
	char *name;

	name = parse_line(src, "a file name");
	at = src->pos - strlen(name);
	for (o = outputs; o != NULL; o = o->next) {
		if (strcmp(o->name, name) == 0) {
			free(name);
			return o;
		}
	}
	if ((o = calloc(1, sizeof(*o))) == NULL)
		err(1, NULL);
	o->name = name;
	o->next = outputs;
	outputs = o;
	output_open(src, at, o);
	return o;
}

/* An error is reported once; packets still pass. */
static void
output_fail(struct sed_output *o)
{
	warn("%s", o->name);
	div_writer_free(o->writer);
	o->writer = NULL;
	outputs_failed = 1;
}

void
output_put(struct sed_output *o, const struct space *sp)
{
	struct div_frame f;

	if (o->writer == NULL)
		return;
	space_frame(sp, &f);
	if (div_writer_put(o->writer, &f) == -1)
		output_fail(o);
}

void
outputs_flush(void)
{
	struct sed_output *o;

	for (o = outputs; o != NULL; o = o->next)
		if (o->writer != NULL && div_writer_flush(o->writer) == -1)
			output_fail(o);
}

void
parse_w(struct source *src, struct sed_command *c)
{
	c->arg = parse_output(src);
}

enum outcome
exec_w(struct sed_command *c, struct space *sp)
{
	c->matched++;
	output_put(c->arg, sp);
	return NEXT;
}
