/* SPDX-License-Identifier: ISC */

/*
 * The files of -f and -u.  A thread reads them again, because thousands of
 * patterns take seconds to compile; the old ones serve meanwhile.
 */

#include <err.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "divmark.h"
#include "opener.h"
#include "tool.h"

struct lists *lists;
static const char *patterns_file, *names_file; /* or NULL */
static int patterns_number, names_number;      /* of the opener's */

static struct {
	pthread_t thread;
	struct lists *lists; /* what it made, or NULL */
	atomic_int done;
	int busy;
	int again; /* asked for meanwhile */
} load;

void
list_error(char *err, const char *file, size_t line, size_t column,
    const char *why)
{
	snprintf(err, LIST_ERRLEN, "%s: line %zu, column %zu: %s", file, line,
	    column, why);
}

/* The bytes of a file and a NUL, or NULL and err. */
static char *
read_file(const char *name, int number, size_t *len, char *err)
{
	FILE *in = NULL;
	char *text = NULL;
	int fd;

	if ((fd = opener_open(number)) != -1 && (in = fdopen(fd, "r")) != NULL)
		text = tool_slurp(in, len);
	if (text == NULL)
		snprintf(err, LIST_ERRLEN, "%s: %s", name, strerror(errno));
	if (in != NULL)
		fclose(in);
	return text;
}

static void
place_error(char *err, const char *file, const char *text, size_t at,
    const char *why)
{
	size_t line = 1, column = 1, i;

	for (i = 0; i < at; i++) {
		column++;
		if (text[i] == '\n') {
			line++;
			column = 1;
		}
	}
	list_error(err, file, line, column, why);
}

static struct patterns *
load_patterns(const char *file, char *err)
{
	size_t len;
	char *text;

	if ((text = read_file(file, patterns_number, &len, err)) == NULL)
		return NULL;
	if (strlen(text) == len)
		return patterns_new(file, text, err);
	place_error(err, file, text, strlen(text), "a NUL, write it as \\x00");
	free(text);
	return NULL;
}

static struct div_names *
load_names(const char *file, char *err)
{
	struct div_names *names;
	char why[DIV_ERRLEN], *text;
	size_t len, where;

	if ((text = read_file(file, names_number, &len, err)) == NULL)
		return NULL;
	if ((names = div_names_new(text, len, &where, why)) == NULL) {
		place_error(err, file, text, where, why);
		free(text);
	}
	return names;
}

static void
lists_free(struct lists *l)
{
	patterns_free(l->patterns);
	div_names_free(l->names);
	free(l);
}

static struct lists *
lists_new(char *err)
{
	struct lists *l;

	if ((l = calloc(1, sizeof(*l))) == NULL) {
		strlcpy(err, strerror(errno), LIST_ERRLEN);
		return NULL;
	}
	if (patterns_file != NULL)
		l->patterns = load_patterns(patterns_file, err);
	if (names_file != NULL && (l->patterns != NULL || !patterns_file))
		l->names = load_names(names_file, err);
	if ((patterns_file == NULL || l->patterns != NULL) &&
	    (names_file == NULL || l->names != NULL))
		return l;
	lists_free(l);
	return NULL;
}

/* Either file may be NULL.  Exits if one is bad. */
void
lists_open(const char *patterns, const char *names)
{
	char err[LIST_ERRLEN];

	patterns_file = patterns;
	names_file = names;
	if (patterns != NULL)
		patterns_number = opener_add(patterns, O_RDONLY);
	if (names != NULL)
		names_number = opener_add(names, O_RDONLY);
	if ((lists = lists_new(err)) == NULL)
		errx(TOOL_USAGE, "%s", err);
}

static void *
load_run(void *arg)
{
	char err[LIST_ERRLEN];

	if ((load.lists = lists_new(err)) == NULL)
		warnx("%s; what was loaded before stays in force", err);
	load.done = 1;
	return arg;
}

static void
load_start(void)
{
	int error;

	load.done = load.again = 0;
	error = pthread_create(&load.thread, NULL, load_run, NULL);
	if (error != 0)
		warnc(error, "cannot reload");
	load.busy = error == 0;
}

/* What was read again takes the place of the old. */
void
lists_update(void)
{
	if (!load.busy || !load.done)
		return;
	pthread_join(load.thread, NULL);
	load.busy = 0;
	if (load.lists != NULL) {
		lists_free(lists);
		lists = load.lists;
	}
	if (load.again)
		load_start();
}

void
lists_reload(void)
{
	lists_update();
	load.again = 1;
	if (!load.busy)
		load_start();
}
