/* SPDX-License-Identifier: ISC */

/*
 * Files of lines, of -a and -j: opened with O_APPEND, one write for whole lines,
 * and opened again on SIGHUP as logrotate(8) expects.  Errors are reported once;
 * traffic does not depend on them.
 */

#include <sys/uio.h>

#include <err.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "divmark.h"
#include "privsep.h"
#include "tool.h"

/* Opens the file of an option; what says what is lost without it. */
void
output_open(struct mark_output *o, int letter, const char *file,
    const char *what)
{
	o->fd = -1;
	if ((o->name = file) == NULL)
		return;
	o->what = what;
	if (strcmp(file, "-") == 0)
		errx(TOOL_USAGE, "-%c -: frames go to standard output", letter);
	o->number = privsep_add(file, O_WRONLY | O_CREAT | O_APPEND);
	if ((o->fd = privsep_open(o->number)) == -1)
		err(1, "%s", file);
}

void
output_reopen(struct mark_output *o)
{
	int fd;

	if (o->name == NULL)
		return;
	if ((fd = privsep_open(o->number)) == -1) {
		warn("%s: still writing to the old one", o->name);
		return;
	}
	close(o->fd);
	o->fd = fd;
	o->torn = o->reported = 0;
}

/* Writes lines, without the new line at the end. */
void
output_write(struct mark_output *o, char *lines)
{
	struct iovec iov[] = {
		{ "\n", o->torn ? 1 : 0 },
		{ lines, strlen(lines) },
		{ "\n", 1 },
	};
	size_t size = iov[0].iov_len + iov[1].iov_len + iov[2].iov_len;
	ssize_t n;

	while ((n = writev(o->fd, iov, 3)) == -1 && errno == EINTR)
		;
	if (n == (ssize_t)size) {
		o->torn = 0;
		return;
	}
	if (n > 0)
		o->torn = 1;
	if (!o->reported++)
		warnc(n == -1 ? errno : ENOSPC, "%s: %s are lost", o->name,
		    o->what);
}
