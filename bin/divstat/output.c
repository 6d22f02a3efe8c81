/* SPDX-License-Identifier: ISC */

/* Where reports go: standard error, or a file. */

#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "divstat.h"

static const char *path; /* NULL: stderr */
static char fresh[PATH_MAX];
static FILE *fp;
static int whole, failed;

/* If whole, each report replaces the file, so that readers never see a part. */
int
output_open(const char *file, int is_whole)
{
	whole = is_whole && file != NULL;
	path = file;
	if (whole)
		return 0;
	fp = file == NULL ? fdopen(dup(STDERR_FILENO), "w") : fopen(file, "we");
	return fp == NULL ? -1 : 0;
}

static void
fail(void)
{
	warn("%s", path == NULL ? "stderr" : path);
	failed = 1;
}

/* A new file beside the one that it will replace. */
static FILE *
begin_fresh(void)
{
	mode_t mask = umask(0);
	int fd;

	umask(mask);
	if ((size_t)snprintf(fresh, sizeof(fresh), "%s.XXXXXX", path) >=
	    sizeof(fresh)) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	if ((fd = mkstemp(fresh)) == -1)
		return NULL;
	fchmod(fd, 0666 & ~mask);
	return fdopen(fd, "w");
}

/* NULL when it cannot be written, which was said. */
FILE *
output_begin(void)
{
	if (whole && (fp = begin_fresh()) == NULL)
		fail();
	return fp;
}

void
output_end(void)
{
	int bad = ferror(fp) || fflush(fp) == EOF;

	clearerr(fp);
	if (whole) {
		bad |= fclose(fp) == EOF;
		bad = bad || rename(fresh, path) == -1;
		if (bad)
			unlink(fresh);
	}
	if (bad)
		fail();
}

/* The exit status as far as the reports go. */
int
output_status(void)
{
	return failed;
}
