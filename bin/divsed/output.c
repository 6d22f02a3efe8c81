/* SPDX-License-Identifier: ISC */

/* Files that packets are written to, as captures. */

#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "divsed.h"

struct output {
	struct output *next;
	char *name;
	struct div_writer *writer;
};

static struct output *outputs;
int outputs_failed;

static void
output_open(const struct source *src, size_t at, struct output *o)
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

/* Takes a file name.  As in sed the file is there, and empty, from now on. */
struct output *
parse_output(struct source *src)
{
	struct output *o;
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

/* A full disk does not stop the packets. */
static void
output_fail(struct output *o)
{
	warn("%s", o->name);
	div_writer_free(o->writer);
	o->writer = NULL;
	outputs_failed = 1;
}

void
output_put(struct output *o, const struct space *sp)
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
	struct output *o;

	for (o = outputs; o != NULL; o = o->next)
		if (o->writer != NULL && div_writer_flush(o->writer) == -1)
			output_fail(o);
}

void
parse_w(struct source *src, struct command *c)
{
	c->arg = parse_output(src);
}

enum outcome
exec_w(struct command *c, struct space *sp)
{
	c->matched++;
	output_put(c->arg, sp);
	return NEXT;
}
