/* SPDX-License-Identifier: ISC */

/* Where reports go: standard error, or a file. */

#include <err.h>
#include <stdlib.h>
#include <unistd.h>

#include "divstat.h"
#include "opener.h"

static const char *path; /* NULL: stderr */
static FILE *fp;
static int whole, failed, number;

/* If whole, each report replaces the file, so that readers never see a part. */
int
output_open(const char *file, int is_whole)
{
	whole = is_whole && file != NULL;
	path = file;
	if (whole) {
		number = opener_add(file, OPENER_WHOLE);
		return 0;
	}
	fp = file == NULL ? fdopen(dup(STDERR_FILENO), "w") : fopen(file, "we");
	return fp == NULL ? -1 : 0;
}

static void
fail(void)
{
	warn("%s", path == NULL ? "stderr" : path);
	failed = 1;
}

/* NULL when it cannot be written, which was said. */
FILE *
output_begin(void)
{
	int fd;

	if (!whole)
		return fp;
	fd = opener_fresh(number);
	fp = fd == -1 ? NULL : fdopen(fd, "w");
	if (fp == NULL)
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
		bad = bad || opener_commit(number) == -1;
		if (bad)
			opener_abandon(number);
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
