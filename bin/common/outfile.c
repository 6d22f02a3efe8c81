/* SPDX-License-Identifier: ISC */

/*
 * The output of reports: standard error, or a file.  Where each report
 * replaces the last one, it is written to a temporary file that is renamed, so
 * that readers never see a part.
 */

#include <sys/stat.h>

#include <err.h>
#include <stdlib.h>
#include <unistd.h>

#include "outfile.h"
#include "privsep.h"

static const char *path; /* NULL: stderr */
static FILE *fp;
static int whole, failed, number;

/* Links and devices stay: /dev/stdout is both. */
static int
is_replaceable(const char *file)
{
	struct stat st;

	return lstat(file, &st) == -1 || S_ISREG(st.st_mode);
}

/* is_whole: each report replaces the file. */
int
outfile_open(const char *file, int is_whole)
{
	whole = is_whole && file != NULL && is_replaceable(file);
	path = file;
	if (whole) {
		number = privsep_add(file, PRIVSEP_REPLACE);
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

/* NULL on an error, which was reported. */
FILE *
outfile_begin(void)
{
	int fd;

	if (!whole)
		return fp;
	fd = privsep_create(number);
	fp = fd == -1 ? NULL : fdopen(fd, "w");
	if (fp == NULL)
		fail();
	return fp;
}

void
outfile_end(void)
{
	int bad = ferror(fp) || fflush(fp) == EOF;

	clearerr(fp);
	if (whole) {
		bad |= fclose(fp) == EOF;
		bad = bad || privsep_commit(number) == -1;
		if (bad)
			privsep_abort(number);
	}
	if (bad)
		fail();
}

/* After outfile_begin(): nothing is replaced. */
void
outfile_abort(void)
{
	if (!whole)
		return;
	fclose(fp);
	privsep_abort(number);
}

/* The exit status: 1 if a report was lost. */
int
outfile_status(void)
{
	return failed;
}
