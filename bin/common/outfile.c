/* SPDX-License-Identifier: ISC */

/*
 * The output of reports: standard error, or a file.  Where each report
 * replaces the last one, it is written to a temporary file that is renamed, so
 * that readers never see a part.
 */

#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "outfile.h"
#include "privsep.h"

static const char *path; /* NULL: stderr */
static FILE *fp;
static int whole, failed, failing, number;

/* Devices and pipes stay: /dev/stdout is one, or leads to a file. */
static int
is_replaceable(const char *file)
{
	struct stat st;

	return stat(file, &st) == -1 || S_ISREG(st.st_mode);
}

/* Links stay, too: the file that one leads to.  NULL: it leads nowhere. */
static const char *
behind_links(const char *file)
{
	struct stat st;

	if (lstat(file, &st) == -1 || !S_ISLNK(st.st_mode))
		return file;
	return realpath(file, NULL); /* until the end */
}

/* is_whole: each report replaces the file. */
int
outfile_open(const char *file, int is_whole)
{
	whole = is_whole && file != NULL && is_replaceable(file);
	if (whole && (file = behind_links(file)) == NULL)
		return -1;
	path = file;
	if (whole) {
		number = privsep_add(file, PRIVSEP_REPLACE);
		return 0;
	}
	fp = file == NULL ? fdopen(dup(STDERR_FILENO), "w") : fopen(file, "we");
	return fp == NULL ? -1 : 0;
}

/* Said once, until a report was written. */
static void
fail(int error)
{
	if (!failing)
		warnc(error, "%s", path == NULL ? "stderr" : path);
	failed = failing = 1;
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
		fail(errno);
	return fp;
}

void
outfile_end(void)
{
	int error = 0;

	if (fflush(fp) == EOF)
		error = errno;
	else if (ferror(fp)) /* in an earlier write(2) */
		error = EIO;
	clearerr(fp);
	if (whole) {
		if (fclose(fp) == EOF && error == 0)
			error = errno;
		if (error == 0 && privsep_commit(number) == -1)
			error = errno;
		if (error != 0)
			privsep_abort(number);
	}
	if (error != 0)
		fail(error);
	else if (whole) /* else there was perhaps nothing to write */
		failing = 0;
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
