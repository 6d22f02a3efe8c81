/* SPDX-License-Identifier: ISC */

/*
 * Distributions of jitter: uniform, or by a table of the inverse cumulative
 * distribution, as in netem.  A table is computed once and rounded; from then on
 * there are integers only, so that all machines have the same delays.
 */

#include <err.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "divdelay.h"
#include "tool.h"

#define TABLE_MAX 65536 /* values in a file */
#define NEWTON 4        /* steps from one quantile to the next */

static int16_t normal[DIST_SIZE], built[DIST_SIZE];
static int16_t *table; /* NULL: uniform */
static uint32_t size;  /* values of table */

static double
density(double x)
{
	return exp(-x * x / 2) / sqrt(2 * M_PI);
}

/* Quantiles of the normal distribution: the lower half, mirrored. */
const int16_t *
dist_normal(void)
{
	double q, x = -4.2;
	int i, n;

	if (normal[0] != 0)
		return normal;
	for (i = 0; i < DIST_SIZE / 2; i++) {
		q = (i + 0.5) / DIST_SIZE;
		for (n = 0; n < NEWTON; n++)
			x -= (erfc(-x / sqrt(2)) / 2 - q) / density(x);
		normal[i] = (int16_t)rint(x * DIST_SCALE);
		normal[DIST_SIZE - 1 - i] = (int16_t)-normal[i];
	}
	return normal;
}

/* The shape is 3, mean and scale are those of netem's table. */
static int
pareto(int i)
{
	double v = (1 / cbrt((DIST_SIZE - i - 0.5) / DIST_SIZE) - 1.5) * 4 / 3;

	return v * DIST_SCALE > INT16_MAX ? INT16_MAX :
					    (int)rint(v * DIST_SCALE);
}

static int16_t
normal_value(int i)
{
	return dist_normal()[i];
}

static int16_t
pareto_value(int i)
{
	return (int16_t)pareto(i);
}

/* As in NIST Net: it fits delays that were measured. */
static int16_t
paretonormal_value(int i)
{
	return (int16_t)((dist_normal()[i] + 3 * pareto(i)) / 4);
}

static const struct {
	const char *name;
	int16_t (*value)(int); /* NULL: no table */
} dists[] = {
	{ "uniform", NULL },
	{ "normal", normal_value },
	{ "pareto", pareto_value },
	{ "paretonormal", paretonormal_value },
};

#define NDISTS (sizeof(dists) / sizeof(dists[0]))

static void
build(int16_t (*value)(int))
{
	int i;

	for (i = 0; i < DIST_SIZE; i++)
		built[i] = value(i);
	table = built;
	size = DIST_SIZE;
}

static void
parse_line(const char *path, int line, char *s)
{
	char *word, *end;
	long v;

	s[strcspn(s, "#\n")] = '\0';
	while ((word = strsep(&s, " \t")) != NULL) {
		if (*word == '\0')
			continue;
		v = strtol(word, &end, 10);
		if (*end != '\0' || v < INT16_MIN || v > INT16_MAX)
			errx(TOOL_USAGE,
			    "-D %s: line %d: \"%s\": expected whole numbers from "
			    "-32768 to 32767",
			    path, line, word);
		if (size == TABLE_MAX)
			errx(TOOL_USAGE, "-D %s: line %d: more than %d numbers",
			    path, line, TABLE_MAX);
		table[size++] = (int16_t)v;
	}
}

static void
load(const char *path)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f;
	int line;

	if ((f = fopen(path, "r")) == NULL)
		errx(TOOL_USAGE,
		    "-D %s: expected uniform, normal, pareto, paretonormal or a "
		    "file with a table of netem: %s",
		    path, strerror(errno));
	if ((table = calloc(TABLE_MAX, sizeof(*table))) == NULL)
		err(1, NULL);
	size = 0;
	for (line = 1; getline(&text, &n, f) != -1; line++)
		parse_line(path, line, text);
	free(text);
	if (ferror(f) || size == 0)
		errx(TOOL_USAGE, "-D %s: no numbers in it", path);
	fclose(f);
}

void
dist_parse(const char *arg)
{
	size_t i;

	table = NULL;
	for (i = 0; i < NDISTS; i++) {
		if (strcmp(arg, dists[i].name) != 0)
			continue;
		if (dists[i].value != NULL)
			build(dists[i].value);
		return;
	}
	load(arg);
}

/* The deviation from the mean, in ns, of a part u of 2^32. */
int64_t
dist_value(uint32_t u, uint64_t jitter)
{
	int64_t j = (int64_t)jitter;

	if (table == NULL)
		return (int64_t)(2 * jitter * (u >> 8) >> 24) - j;
	return j * table[(uint64_t)u * size >> 32] / DIST_SCALE;
}

/* The greatest deviation. */
uint64_t
dist_most(uint64_t jitter)
{
	int64_t most = 0;
	uint32_t i;

	if (table == NULL)
		return jitter;
	for (i = 0; i < size; i++)
		if (table[i] > most)
			most = table[i];
	return jitter * (uint64_t)most / DIST_SCALE;
}
