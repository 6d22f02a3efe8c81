/* SPDX-License-Identifier: ISC */

/*
 * Files of named patterns: name<TAB>[luhn:]regex[<TAB>expression].  A prefilter finds
 * the candidates in one pass; PCRE2 and the expression then decide.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "divmark.h"
#include "tool.h"

/* Before a regular expression: only numbers whose check digit is valid. */
static const char luhn[] = "luhn:";

struct patterns {
	char *text; /* of the file */
	struct mark_pattern *v;
	size_t n, size;
	struct prefilter *pre;
};

/* Takes the text before the next of stop; *rest is NULL after the last. */
static char *
cut(char **rest, const char *stop)
{
	char *field = *rest;
	size_t n = strcspn(field, stop);

	*rest = field[n] == '\0' ? NULL : field + n + 1;
	field[n] = '\0';
	return field;
}

static struct mark_pattern *
append(struct patterns *p)
{
	struct mark_pattern *v;

	if (p->n == p->size) {
		p->size = p->size == 0 ? 64 : 2 * p->size;
		v = reallocarray(p->v, p->size, sizeof(*v));
		if (v == NULL)
			return NULL;
		p->v = v;
	}
	v = &p->v[p->n++];
	memset(v, 0, sizeof(*v));
	return v;
}

/* Compiles a line.  Returns NULL, or a message on the text at *at. */
static const char *
parse_line(struct mark_pattern *v, char *line, const char **at,
    char why[DIV_ERRLEN])
{
	char *rest = line;
	size_t where;

	v->name = cut(&rest, "\t");
	*at = v->name;
	if (*v->name == '\0')
		return "a name is missing";
	if (rest == NULL)
		return "a tab and a regular expression are missing";
	v->regex = cut(&rest, "\t");
	if (strncmp(v->regex, luhn, sizeof(luhn) - 1) == 0) {
		v->luhn = 1;
		v->regex += sizeof(luhn) - 1;
	}
	*at = v->regex;
	v->re = div_regex_new(v->regex, strlen(v->regex), 0, &where, why);
	*at += where;
	if (v->re == NULL)
		return why;
	if (rest == NULL)
		return NULL;
	*at = rest;
	if (strchr(rest, '\t') != NULL)
		return "a tab too many";
	if ((v->filter = div_filter_new(rest, why)) == NULL)
		return why;
	return NULL;
}

static int
parse(struct patterns *p, const char *file, char *err)
{
	char *rest = p->text, *line, whybuf[DIV_ERRLEN];
	const char *at, *why;
	struct mark_pattern *v;
	size_t n, len;

	for (n = 1; rest != NULL; n++) {
		line = cut(&rest, "\n");
		len = strlen(line);
		if (len > 0 && line[len - 1] == '\r')
			line[len - 1] = '\0';
		if (*line == '\0' || *line == '#')
			continue;
		at = line;
		if ((v = append(p)) == NULL)
			why = strerror(errno);
		else
			why = parse_line(v, line, &at, whybuf);
		if (v == NULL || why != NULL) {
			tool_list_error(err, file, n, (size_t)(at - line) + 1,
			    why);
			return -1;
		}
		v->line = n;
	}
	return 0;
}

/*
 * Compiles the text of a file, which is freed with the patterns.  Returns NULL
 * with a message in err, of TOOL_LISTERR bytes.
 */
struct patterns *
patterns_new(const char *file, char *text, char *err)
{
	struct patterns *p;

	if ((p = calloc(1, sizeof(*p))) == NULL) {
		free(text);
		snprintf(err, TOOL_LISTERR, "%s: %s", file, strerror(errno));
		return NULL;
	}
	p->text = text;
	if (parse(p, file, err) == 0) {
		if ((p->pre = prefilter_new(p->v, p->n)) != NULL)
			return p;
		snprintf(err, TOOL_LISTERR, "%s: cannot compile all at once",
		    file);
	}
	patterns_free(p);
	return NULL;
}

/*
 * The first match in the order of the file from *next on, or NULL; then sets *next
 * behind it.
 */
const struct mark_pattern *
patterns_find(const struct patterns *p, size_t *next, const struct div_frame *f,
    const uint8_t *data, size_t len)
{
	const struct mark_pattern *v;
	const unsigned int *ids;
	size_t i, n;

	n = prefilter_scan(p->pre, data, len, &ids);
	for (i = 0; i < n; i++) {
		v = &p->v[ids[i]];
		if (ids[i] < *next ||
		    (v->filter != NULL && !div_filter_match(v->filter, f)))
			continue;
		*next = ids[i] + 1;
		if (match_payload(v->re, v->luhn, data, len))
			return v;
	}
	return NULL;
}

/*
 * -S: joins segments; a match may begin at the end and go on in the next one.
 */
void
patterns_search(const struct patterns *p, struct div_run *run)
{
	const struct mark_pattern *v;
	const unsigned int *ids;
	size_t i, n;

	n = prefilter_scan(p->pre, run->payload, run->len, &ids);
	for (i = 0; i < n; i++) {
		v = &p->v[ids[i]];
		if (v->filter == NULL ||
		    div_filter_match(v->filter, &run->frame[run->n - 1]))
			div_run_search(run, v->re);
	}
	if (prefilter_reach == 0 || p->n == 0)
		return;
	div_run_join(run,
	    run->len > prefilter_reach ? run->len - prefilter_reach : 0,
	    SIZE_MAX);
}

void
patterns_free(struct patterns *p)
{
	size_t i;

	if (p == NULL)
		return;
	for (i = 0; i < p->n; i++) {
		div_regex_free(p->v[i].re);
		div_filter_free(p->v[i].filter);
	}
	prefilter_free(p->pre);
	free(p->v);
	free(p->text);
	free(p);
}
