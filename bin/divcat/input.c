/* SPDX-License-Identifier: ISC */

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "divcat.h"
#include "privsep.h"

/*
 * Reports an error of div_reader_next().  1: a bad line was skipped, and the
 * input goes on; 0: it has ended.
 */
int
reader_bad(struct div_reader *r)
{
	int more = errno == EILSEQ;

	warnx("%s", div_reader_error(r));
	return more;
}

/* Registers the files of the command line with privsep, which opens them. */
void
inputs_add(void)
{
	char **name;

	for (name = opts.files; *name != NULL; name++)
		privsep_add(*name, O_RDONLY);
}

/* Who types sees that input is waited for, and Ctrl-C ends that. */
void
terminal_input(void)
{
	if (*opts.files != NULL || !isatty(STDIN_FILENO))
		return;
	if (!opts.quiet)
		warnx("reading the terminal, until Ctrl-D");
	signal(SIGINT, SIG_DFL);
}

/* "/dev/fd/63" is a descriptor of this process, which privsep does not have. */
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
	fd = privsep_open((int)(name - opts.files));
	if (fd == -1)
		warn("%s", *name);
	return fd;
}

/*
 * Calls each() with a reader on each file of the command line, or on standard
 * input, as cat does: a file that cannot be opened is reported, and skipped.
 * each() returns whether to go on; on_reuse() runs before each read from infd.
 * Returns the exit status.
 */
int
each_file(int (*each)(struct div_reader *), int (*on_reuse)(void *), int *infd)
{
	static char stdin_name[] = "-";
	char *only[] = { stdin_name, NULL };
	char **name = *opts.files == NULL ? only : opts.files;
	const char *label;
	struct div_reader *r;
	int more = 1, status = 0;

	for (; more && *name != NULL; name++) {
		if ((*infd = open_input(name)) == -1) {
			status = 1;
			continue;
		}
		label = *infd == STDIN_FILENO ? "stdin" : *name;
		if ((r = div_reader_new(*infd, label, opts.in)) == NULL)
			err(1, NULL);
		div_reader_on_reuse(r, on_reuse, infd);
		more = each(r);
		if (div_reader_skipped(r) != 0 && !opts.quiet)
			warnx("%s: %" PRIu64 " packets that are not IP skipped",
			    label, div_reader_skipped(r));
		div_reader_free(r);
		if (*infd != STDIN_FILENO)
			close(*infd);
	}
	return status;
}
