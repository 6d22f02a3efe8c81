/* SPDX-License-Identifier: ISC */

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "divcat.h"
#include "opener.h"

/*
 * After div_reader_next() failed: says why.  1: a bad line was skipped, there
 * may be more; 0: this input has ended.
 */
int
reader_bad(struct div_reader *r)
{
	int more = errno == EILSEQ;

	warnx("%s", div_reader_error(r));
	return more;
}

/* The files of the command line will be opened when their turn comes. */
void
inputs_add(void)
{
	char **name;

	for (name = cmd.files; *name != NULL; name++)
		opener_add(*name, O_RDONLY);
}

/* The process that opens files has none of our descriptors: "/dev/fd/63". */
static int
own_descriptor(const char *name)
{
	static const char dir[] = "/dev/fd/";
	const char *bad;
	int fd;

	if (strcmp(name, "-") == 0 || strcmp(name, "/dev/stdin") == 0)
		return STDIN_FILENO;
	if (strncmp(name, dir, sizeof(dir) - 1) != 0)
		return -1;
	fd = (int)strtonum(name + sizeof(dir) - 1, 0, INT_MAX, &bad);
	return bad == NULL ? fd : -1;
}

static int
open_input(char **name)
{
	int fd = own_descriptor(*name);

	if (fd != -1)
		return fd;
	fd = opener_open((int)(name - cmd.files));
	if (fd == -1)
		warn("%s", *name);
	return fd;
}

/*
 * Goes through the files of the command line, or standard input, with a reader
 * on each, as cat does: one that cannot be opened is said, and not the last.
 * each() returns whether to go on; tie() runs before each read from infd.
 * Returns the exit status.
 */
int
each_file(int (*each)(struct div_reader *), int (*tie)(void *), int *infd)
{
	static char stdin_name[] = "-";
	char *only[] = { stdin_name, NULL };
	char **name = *cmd.files == NULL ? only : cmd.files;
	const char *label;
	struct div_reader *r;
	int more = 1, status = 0;

	for (; more && *name != NULL; name++) {
		if ((*infd = open_input(name)) == -1) {
			status = 1;
			continue;
		}
		label = *infd == STDIN_FILENO ? "stdin" : *name;
		if ((r = div_reader_new(*infd, label, cmd.in)) == NULL)
			err(1, NULL);
		div_reader_tie(r, tie, infd);
		more = each(r);
		if (div_reader_skipped(r) != 0 && !cmd.quiet)
			warnx("%s: %" PRIu64 " packets that are not IP skipped",
			    label, div_reader_skipped(r));
		div_reader_free(r);
		if (*infd != STDIN_FILENO)
			close(*infd);
	}
	return status;
}
